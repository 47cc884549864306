"""What short sales need of the outside: a follower's locate desk, a place to keep what was spent, and who is told."""

from collections.abc import Callable
from decimal import Decimal
from typing import Protocol

from das_copy_trader.domain.identifiers import ClOrdId, Symbol
from das_copy_trader.domain.locates import InquiryAnswer, LedgerEntry, LocateOrder, ShortTaskRecord
from das_copy_trader.domain.positions import ShortState


class LocateDesk(Protocol):
    """One follower's locates. Whatever waits raises LocateError; nothing is ever asked twice by itself."""

    def listen(self, on_order: Callable[[LocateOrder], None]) -> None:
        """Tell this of each locate order's new state, listed or pushed."""

    async def short_state(self, symbol: Symbol) -> ShortState:
        """Whether the symbol can be sold short without a locate."""

    async def available(self, symbol: Symbol) -> int | None:
        """Located shares that the platform counts as available; None where it does not answer."""

    async def is_reusable(self, symbol: Symbol) -> bool:
        """Whether located shares can be sold short again after covering; False where the platform does not answer."""

    async def minimum_charge(self, route: str) -> Decimal | None:
        """The least that a route charges for a purchase, in dollars; None where the platform does not answer."""

    def located_orders(self, symbol: Symbol) -> list[LocateOrder]:
        """Today's locate orders of the symbol, as last told."""

    def located_order(self, cl_ord_id: ClOrdId) -> LocateOrder | None:
        """The locate order with this id, if the platform has shown it."""

    def located_symbols(self) -> list[Symbol]:
        """Symbols of which shares were located today."""

    def shorted_today_qty(self, symbol: Symbol) -> int:
        """Shares sold short today, covered or not."""

    def was_reusable(self, symbol: Symbol) -> bool:
        """What the platform last answered about using located shares again; False before it was asked."""

    async def read_located(self) -> None:
        """Have the platform list its locate orders again."""

    @property
    def inquiry_refusal(self) -> str:
        """Why no price inquiry may go out to this platform any more, empty where it may."""

    async def inquiry_turn(self) -> None:
        """Wait until the platform's limit allows a price inquiry."""

    async def inquire(self, symbol: Symbol, shares: int, routes: frozenset[str] = frozenset()) -> InquiryAnswer:
        """Ask every route without offers for its price; no route of DAS's tests is left out here.

        `routes`, in capitals, where any are named: when they have answered nobody else is waited for.
        """

    async def order(
        self, symbol: Symbol, shares: int, route: str, cl_ord_id: ClOrdId, limit_price: Decimal
    ) -> LocateOrder:
        """Order locates; returns the order once it is over, or OFFERED. Raises LocateNotNeeded where none are needed.

        An order that stays open too long is cancelled; one whose end is not seen raises LocateUnanswered.
        """

    async def accept_offer(self, cl_ord_id: ClOrdId) -> LocateOrder:
        """Take what is offered; returns the order once it is over."""

    def recognise(self, cl_ord_id: ClOrdId, symbol: Symbol, shares: int, route: str, *, others: frozenset[int]) -> None:
        """An earlier life of the process may have ordered this; `others` are locate orders that it cannot be."""

    def abandon(self, cl_ord_id: ClOrdId) -> None:
        """Cancel an order, or reject its offer, now or as soon as the platform shows it. Returns at once."""


class ShortHistory(Protocol):
    """What is remembered of a day."""

    @property
    def entries(self) -> tuple[LedgerEntry, ...]:
        """The day's ledger, oldest first."""

    @property
    def tasks(self) -> tuple[ShortTaskRecord, ...]:
        """The day's tasks, oldest first."""

    @property
    def last_entry_id(self) -> int:
        """The highest number that any entry of any day has; 0 where there is none."""


class ShortStore(Protocol):
    """Keeps the ledger and the tasks."""

    async def load(self, trading_day: str) -> ShortHistory:
        """A day's ledger and tasks."""

    async def write_entry(self, entry: LedgerEntry) -> None:
        """Keep an entry, new or changed; it survives a power cut when this returns. Raises LedgerWriteError."""

    def note_entry(self, entry: LedgerEntry) -> None:
        """Keep an entry that costs nothing, a little later."""

    def note_task(self, record: ShortTaskRecord) -> None:
        """Keep a task's state, a little later."""


class ShortSaleObserver(Protocol):
    """Who is told of tasks. Must return at once."""

    def on_short_sale_task(self, record: ShortTaskRecord) -> None:
        """A task changed."""
