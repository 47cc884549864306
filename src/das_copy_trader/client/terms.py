"""An order's terms: decoded from its row, and proven by a second line where the decoding is a guess."""

from decimal import Decimal

from das_copy_trader.client.order_track import Track
from das_copy_trader.client.translate import order_text, quote_row
from das_copy_trader.client.type_table import TypeTable
from das_copy_trader.domain.enums import ExecType
from das_copy_trader.domain.orders import OrderTerms
from das_copy_trader.protocol.messages import OrderRow


def refresh_terms(track: Track, row: OrderRow, table: TypeTable, *, is_option: bool) -> bool:
    """Decode the row into the order's terms; whether what the order asks for has changed.

    A price heard before the row is the proof of guessed terms, or contradicts them.
    """
    order = track.order
    terms_before, text_before = order.terms, order.ord_type_text
    order.ord_type_text = row.type_text
    track.proof, track.is_proven = None, False
    if is_option:
        _leave_undecodable(track, "it is an option order")
        return text_before != row.type_text
    decoded = table.decode(order_text(row, track.first_tif))
    if decoded.terms is None:
        _leave_undecodable(track, decoded.problem)
        return True
    if decoded.proof is None:
        _take(track, decoded.terms)
        return order.terms != terms_before
    track.proof = decoded.proof
    track.waiting_terms = decoded.terms
    heard, track.act_px = track.act_px, None
    if heard is None:
        order.terms = None
        order.undecodable = f"The order is not copied yet: {decoded.problem}. Row: {quote_row(row)}"
        order.awaits_proof = True
        return True
    prove_terms(track, heard)
    return order.terms != terms_before


def prove_terms(track: Track, px: Decimal) -> bool:
    """Compare the price of an %OrderAct line with the number of guessed terms; whether it proves them."""
    terms = track.waiting_terms
    if px == track.proof and terms is not None:
        _take(track, terms)
        track.is_proven = True
        return True
    _leave_undecodable(
        track, f"its type says {track.proof} and its %OrderAct line {px}, so what it means is not certain"
    )
    return False


def take_act_price(track: Track, px: Decimal) -> ExecType | None:
    """A further %OrderAct price of an order with guessed terms; what there is to tell of it, if anything."""
    order = track.order
    if order.awaits_proof:
        is_proof = prove_terms(track, px)
        if track.is_replace_untold:
            track.is_replace_untold = False
            return ExecType.REPLACED
        return ExecType.TERMS_PROVEN if is_proof else ExecType.STATUS
    if px != track.proof:
        track.act_px = px  # of a replace whose row is still to come
    return None


def _take(track: Track, terms: OrderTerms) -> None:
    order = track.order
    order.terms = terms
    order.undecodable = ""
    order.awaits_proof = False


def _leave_undecodable(track: Track, problem: str) -> None:
    order = track.order
    order.terms = None
    order.awaits_proof = False
    order.undecodable = f"The order cannot be copied: {problem}. Row: {quote_row(track.row)}"
