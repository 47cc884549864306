"""The simulator's control surface: what a person at a montage, a venue, a broker or bad luck would do.

Everything is by account name and returns at once but for starting and ending programs. Errors are ControlError with a
sentence. `control_http` puts the same verbs behind a local port.
"""

import re
from collections.abc import Mapping
from decimal import Decimal

import msgspec

from das_copy_trader.protocol.render import render_message
from das_copy_trader.protocol.vocabulary import DumpKind, SideWord, TifWord
from das_copy_trader.simulator.broker import SimulatedBroker
from das_copy_trader.simulator.faults import Mute
from das_copy_trader.simulator.locates import LocateRoute
from das_copy_trader.simulator.market import MarketPhase
from das_copy_trader.simulator.orders import Kind, OrderEntry, Pricing, SimOrder
from das_copy_trader.simulator.platform import Platform, ReceivedCommand
from das_copy_trader.simulator.switches import GuiReplace, OrderFate

_FIRST_HAND_TOKEN = 101
_PRICE_NAMES = ("limit", "stop", "trail", "low", "high")
_SYMBOL = re.compile(r"[A-Za-z0-9./+^-]{1,12}")
"""What the wire takes for one word, and a person for a symbol."""


class ControlError(ValueError):
    """Something that cannot be done; the message is a sentence."""


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """An order as a person fills it in at the montage. `kind` by its name: LIMIT, MARKET, STOP_MARKET, …"""

    symbol: str
    side: str
    shares: int
    kind: str = "LIMIT"
    limit: Decimal | None = None
    stop: Decimal | None = None
    trail: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    peg: str = ""
    route: str = "SMAT"
    tif: str = TifWord.DAY_PLUS
    source: str = "Montage"
    is_post_only: bool = False


class Control:
    """Acts on one simulated broker."""

    def __init__(self, broker: SimulatedBroker) -> None:
        self.broker = broker
        self._hand_tokens: dict[str, int] = {}

    def platform(self, account: str) -> Platform:
        """The platform of an account. Raises ControlError."""
        try:
            return self.broker.platform(account)
        except KeyError:
            raise ControlError(f"There is no account {account!r}.") from None

    # --- at the montage ------------------------------------------------------------------------------------------

    def place(self, account: str, ticket: Ticket) -> int | None:
        """Place an order by hand; its id, or None when it was refused at once."""
        platform = self.platform(account)
        token = self._hand_tokens.get(account, _FIRST_HAND_TOKEN)
        self._hand_tokens[account] = token + 1
        entry = OrderEntry(
            token=token,
            side=_side(ticket.side),
            symbol=symbol_of(ticket.symbol),
            route=ticket.route,
            shares=_shares(ticket.shares),
            pricing=_pricing(ticket),
            tif=ticket.tif,
            is_post_only=ticket.is_post_only,
            source=ticket.source,
        )
        order = platform.venue.submit(entry)
        platform.run_due()
        return order.order_id if order is not None else None

    def replace(self, account: str, order_id: int, *, shares: int | None = None, ticket: Ticket | None = None) -> int:
        """Change an order by hand: a new total, or new prices. The id of the order that works now."""
        platform = self.platform(account)
        order = self._open(platform, order_id)
        total = order.qty if shares is None else _shares(shares)
        pricing = order.pricing if ticket is None else _pricing(ticket)
        if platform.switches.gui_replace is GuiReplace.SAME_ID:
            platform.venue.replace(order.order_id, total, pricing)
            platform.run_due()
            return order.order_id
        entry = msgspec.structs.replace(order.entry, shares=max(1, total - order.cum), pricing=pricing)
        platform.venue.cancel(order.order_id)
        platform.run_due()
        successor = platform.venue.submit(entry)
        platform.run_due()
        return successor.order_id if successor is not None else order.order_id

    def change(
        self, account: str, order_id: int, *, shares: int | None = None, prices: Mapping[str, Decimal] | None = None
    ) -> int:
        """Change an order by hand, naming only what changes; the id of the order that works now."""
        present = self._open(self.platform(account), order_id)
        kept = {name: getattr(present.pricing, name) for name in _PRICE_NAMES}
        for name in prices or {}:
            if kept.get(name) is None:
                raise ControlError(f"Order {order_id} is of kind {present.pricing.kind.name} and has no {name}.")
        ticket = Ticket(
            symbol=present.symbol,
            side=present.side.value,
            shares=present.qty,
            kind=present.pricing.kind.name,
            peg=present.pricing.peg,
            **{**kept, **(prices or {})},
        )
        return self.replace(account, order_id, shares=shares, ticket=ticket)

    def cancel(self, account: str, order_id: int) -> None:
        """Cancel an order by hand; a parent's name leads to its working child."""
        platform = self.platform(account)
        platform.venue.cancel(self._open(platform, order_id).order_id)
        platform.run_due()

    def _open(self, platform: Platform, order_id: int) -> SimOrder:
        order = platform.venue.find(order_id)
        if order is not None and order.is_open:
            return order
        for child in platform.venue.open_orders():
            if child.parent is not None and child.parent.order_id == order_id:
                return child
        raise ControlError(f"Order {order_id} is not open.")

    # --- as the venue and the broker -----------------------------------------------------------------------------

    def fill(self, account: str, order_id: int, *, shares: int | None = None, price: Decimal | None = None) -> int:
        """Fill an open order, whatever the market says; the shares filled."""
        platform = self.platform(account)
        filled = platform.venue.force_fill(self._open(platform, order_id), shares, price)
        platform.run_due()
        return filled

    def reject(self, account: str, order_id: int, note: str = "RT:Rejected") -> None:
        """Refuse an open order after all."""
        platform = self.platform(account)
        platform.venue.reject(self._open(platform, order_id), note)
        platform.run_due()

    def cancel_by_venue(self, account: str, order_id: int, note: str = "RT:Cxl-by-Venue") -> None:
        """The venue takes an order away."""
        platform = self.platform(account)
        platform.venue.end_by_venue(self._open(platform, order_id), note)
        platform.run_due()

    def next_fates(self, account: str, *fates: OrderFate) -> None:
        """What becomes of the next new orders of the account, one each."""
        self.platform(account).venue.fates.extend(fates)

    def set_position(self, account: str, symbol: str, shares: int, price: Decimal) -> None:
        """Give the account a position (negative: short) as if it had always been there."""
        platform = self.platform(account)
        holding = platform.ledger.holding(symbol_of(symbol), self.broker.time_of_day.stamp)
        holding.net = shares
        holding.avg_cost = price if shares else Decimal(0)
        holding.was_short = shares < 0
        platform.on_position(holding)

    def set_equity(self, account: str, equity: Decimal) -> None:
        """Change what the account is worth."""
        self.platform(account).ledger.open_equity = equity

    def grant_locate(self, account: str, symbol: str, shares: int) -> None:
        """Shares located by hand."""
        self.platform(account).locates.grant(symbol_of(symbol), _shares(shares))

    def set_hard_to_borrow(self, account: str, *symbols: str) -> None:
        """Which symbols need a locate at this account; all others are easy to borrow."""
        self.platform(account).locates.hard_to_borrow = frozenset(symbol_of(symbol) for symbol in symbols)

    def change_locate_route(self, account: str, name: str, changes: Mapping[str, object]) -> None:
        """Change how a locate route of the account behaves; a new name makes a new route. `changes`: LocateRoute's."""
        desk = self.platform(account).locates
        route = desk.route(name) or LocateRoute(name=symbol_of(name))
        desk.use_route(msgspec.structs.replace(route, **changes))

    # --- the market ----------------------------------------------------------------------------------------------

    def set_quote(self, symbol: str, bid: Decimal, ask: Decimal) -> None:
        """Put the quote where it is wanted. Raises ControlError when it cannot be one."""
        try:
            self.broker.market.set_quote(symbol_of(symbol), bid, ask)
        except ValueError as error:
            raise ControlError(str(error)) from None
        self.broker.agenda.run_due()

    def print_trade(self, symbol: str, price: Decimal, shares: int) -> None:
        """A trade goes over the tape."""
        self.broker.market.print_trade(symbol_of(symbol), price, _shares(shares))
        self.broker.agenda.run_due()

    def halt(self, symbol: str, *, is_halted: bool = True) -> None:
        """Halt a symbol, or resume it."""
        self.broker.market.halt(symbol_of(symbol), is_halted=is_halted, time_text=self.broker.time_of_day.text)
        self.broker.agenda.run_due()

    def restrict_shorts(self, symbol: str, *, is_restricted: bool = True) -> None:
        """Switch a symbol's short-sale restriction."""
        self.broker.market.restrict_shorts(symbol_of(symbol), is_restricted=is_restricted)

    def prohibit_shorts(self, symbol: str, *, is_prohibited: bool = True) -> None:
        """Whether nobody may sell a symbol short."""
        self.broker.market.instrument(symbol_of(symbol)).is_short_prohibited = is_prohibited

    def reuse_locates(self, symbol: str, *, is_reusable: bool = True) -> None:
        """Whether located shares of a symbol can be shorted again after a cover."""
        self.broker.market.instrument(symbol_of(symbol)).is_locate_reusable = is_reusable

    def set_phase(self, phase: MarketPhase) -> None:
        """Begin another part of the trading day."""
        self.broker.market.set_phase(phase)
        self.broker.agenda.run_due()

    def new_day(self) -> None:
        """Another trading day: ids begin again, every client is dropped."""
        self.broker.new_day()

    # --- trouble -------------------------------------------------------------------------------------------------

    def disconnect(self, account: str) -> None:
        """Cut every client of the account off, now."""
        self.platform(account).disconnect()

    async def go_offline(self, account: str) -> None:
        """End the program: the port is gone."""
        await self.platform(account).go_offline()

    async def go_online(self, account: str) -> None:
        """Start it again on the same port."""
        await self.platform(account).go_online()

    def set_order_server(self, account: str, *, is_up: bool) -> None:
        """Lose or regain the platform's link to the broker; the sockets stay."""
        self.platform(account).set_order_server(is_up=is_up)

    def delay_answers(self, account: str, delay_s: float) -> None:
        """Everything the platform says comes this much later; 0 ends it."""
        self.platform(account).faults.answer_delay_s = max(0.0, delay_s)

    def mute(self, account: str, mute: Mute) -> None:
        """Stop answering orders, or everything."""
        self.platform(account).faults.mute = mute

    def refuse_login(self, account: str, *, is_refused: bool = True) -> None:
        """Answer every LOGIN as if the password were wrong."""
        self.platform(account).faults.refuses_login = is_refused

    def stall(self, account: str, *, is_stalled: bool = True) -> None:
        """Stop reading from every client, or read again."""
        self.platform(account).set_stalled(is_stalled=is_stalled)

    def half_line(self, account: str, text: str = "%ORDER 4711 99 SOFI B L 1") -> None:
        """Begin a line and never end it."""
        self.platform(account).write_raw(text.encode("latin-1"))

    def nonsense(self, account: str, payload: bytes = b"\x00\xff%ORDER x y\r\n#NewServer:Something:Else\r\n") -> None:
        """Bytes that no platform should say."""
        self.platform(account).write_raw(payload)

    def heal(self, account: str) -> None:
        """End the faults of the account that last."""
        platform = self.platform(account)
        platform.faults.heal()
        platform.set_stalled(is_stalled=False)
        platform.set_order_server(is_up=True)

    # --- reading -------------------------------------------------------------------------------------------------

    def rows(self, account: str, kind: DumpKind) -> list[str]:
        """The lines of a block as a client would get them, without header and end."""
        return [render_message(message) for message in self.platform(account).block(kind)[1:-1]]

    def received(self, account: str) -> list[ReceivedCommand]:
        """Every command that the platform got, in order."""
        return list(self.platform(account).received)


def _side(word: str) -> SideWord:
    try:
        return SideWord(word.upper())
    except ValueError:
        raise ControlError(f"A side is B, S or SS, not {word!r}.") from None


def symbol_of(text: str) -> str:
    """A symbol as everything here spells it. Raises ControlError for what is none."""
    if _SYMBOL.fullmatch(text) is None:
        raise ControlError("A symbol has up to 12 letters, digits and the signs . / + ^ -")
    return text.upper()


def _shares(shares: int) -> int:
    if shares <= 0:
        raise ControlError("Shares have to be a whole number above zero.")
    return shares


def _pricing(ticket: Ticket) -> Pricing:
    try:
        kind = Kind[ticket.kind.upper()]
    except KeyError:
        raise ControlError(f"A kind is one of {', '.join(kind.name for kind in Kind)}.") from None
    needed = {
        Kind.LIMIT: ("limit",),
        Kind.STOP_MARKET: ("stop",),
        Kind.STOP_LIMIT: ("stop", "limit"),
        Kind.STOP_LIMIT_EXTENDED: ("stop", "limit"),
        Kind.TRAILING: ("trail",),
        Kind.RANGE: ("low", "high"),
        Kind.RANGE_MARKET: ("low", "high"),
    }.get(kind, ())
    prices = {
        "limit": ticket.limit,
        "stop": ticket.stop,
        "trail": ticket.trail,
        "low": ticket.low,
        "high": ticket.high,
    }
    for name in needed:
        price = prices[name]
        if price is None or not price.is_finite() or not 0 < price < 1_000_000:
            raise ControlError(f"An order of kind {kind.name} needs {' and '.join(needed)}, in dollars above zero.")
    used = {name: prices[name] for name in needed}
    if kind is Kind.PEG:
        used["limit"] = ticket.limit
    return Pricing(kind=kind, peg=ticket.peg.upper() or "MID", **used)
