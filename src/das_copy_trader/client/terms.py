"""An order's terms: decoded from its row, and proven by a second line where the decoding is a guess."""

from decimal import Decimal

from das_copy_trader.client.order_track import Track
from das_copy_trader.client.translate import OrderFacts, quote_row
from das_copy_trader.client.type_table import OrderText, TypeTable
from das_copy_trader.domain.enums import ExecType
from das_copy_trader.domain.orders import OrderTerms


def refresh_terms(track: Track, facts: OrderFacts, table: TypeTable) -> bool:
    """Decode the row into the order's terms; whether what the order asks for has changed.

    The time in force is the first row's, since routes rewrite it (seen live, das-cmd-api.md 3.3). A price heard before
    the row is the proof of guessed terms, or contradicts them.
    """
    order = track.order
    terms_before, text_before = order.terms, order.ord_type_text
    order.ord_type_text = facts.type_text
    track.price = facts.price
    track.proof = None
    if facts.is_option:
        _leave_undecodable(track, "it is an option order")
        return text_before != facts.type_text
    first = track.first_facts
    decoded = table.decode(OrderText(facts.type_text, facts.price, first.time_in_force, first.unknown_tif))
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
        order.undecodable = f"The order is not copied yet: {decoded.problem}. Row: {quote_row(facts.row)}"
        order.awaits_proof = True
        return True
    prove_terms(track, heard)
    return order.terms != terms_before


def prove_terms(track: Track, px: Decimal) -> bool:
    """Compare the price of an %OrderAct line with the number of guessed terms; whether it proves them."""
    terms = track.waiting_terms
    if px == track.proof and terms is not None:
        _take(track, terms)
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
