"""What the control surface takes and gives over HTTP: bodies of requests, and answers."""

from decimal import Decimal
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from das_copy_trader.protocol.vocabulary import TifWord
from das_copy_trader.simulator.control import Ticket
from das_copy_trader.simulator.faults import Mute
from das_copy_trader.simulator.locates import LocateHabit
from das_copy_trader.simulator.market import MarketPhase
from das_copy_trader.simulator.switches import OrderFate

Dollars = Annotated[Decimal, Field(gt=0, lt=1_000_000)]
Shares = Annotated[int, Field(gt=0, lt=100_000_000)]
SYMBOL_PATTERN: Final = r"^[A-Za-z0-9./+^-]{1,12}$"
SymbolWord = Annotated[str, Field(pattern=SYMBOL_PATTERN)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class OrderBody(_Body):
    """An order by hand; see `control.Ticket`."""

    symbol: SymbolWord
    side: str
    shares: Shares
    kind: str = "LIMIT"
    limit: Dollars | None = None
    stop: Dollars | None = None
    trail: Dollars | None = None
    low: Dollars | None = None
    high: Dollars | None = None
    route: str = Field("SMAT", pattern="^[A-Za-z0-9]{1,12}$")
    tif: TifWord = TifWord.DAY_PLUS
    source: str = Field("Montage", pattern="^[A-Za-z0-9]{1,16}$")

    def ticket(self) -> Ticket:
        """The same for the control surface."""
        return Ticket(**self.model_dump())


class ReplaceBody(_Body):
    """A new total, new prices, or both; what is absent stays as it is."""

    shares: Shares | None = None
    limit: Dollars | None = None
    stop: Dollars | None = None
    trail: Dollars | None = None
    low: Dollars | None = None
    high: Dollars | None = None

    def prices(self) -> dict[str, Decimal]:
        """The prices that are given, by name."""
        return {name: price for name, price in self.model_dump(exclude={"shares"}).items() if price is not None}


class FillBody(_Body):
    """How much to fill, at what price; nothing: all, at the quote."""

    shares: Shares | None = None
    price: Dollars | None = None


class NoteBody(_Body):
    """A reason."""

    note: str = Field("RT:Rejected", max_length=120, pattern=r"^[\x20-\x7e]*$")


class PositionBody(_Body):
    """A position to set; shares below zero are short."""

    symbol: SymbolWord
    shares: int = Field(gt=-100_000_000, lt=100_000_000)
    price: Dollars


class EquityBody(_Body):
    """What the account is worth."""

    equity: Annotated[Decimal, Field(ge=0, lt=1_000_000_000_000)]


class LocateBody(_Body):
    """Shares that somebody located at the window."""

    symbol: SymbolWord
    shares: Shares


class HardToBorrowBody(_Body):
    """The symbols that need a locate at this account; all others are easy to borrow."""

    symbols: list[SymbolWord]


class LocateRouteBody(_Body):
    """How a locate route behaves; what is absent stays. Dollars a share; `size` is what it has of any symbol."""

    price: Dollars | None = None
    size: Annotated[int, Field(ge=0, lt=100_000_000)] | None = None
    min_charge: Annotated[Decimal, Field(ge=0, lt=1_000_000)] | None = None
    habit: LocateHabit | None = None
    is_offer_route: bool | None = None

    def changes(self) -> dict[str, object]:
        """What is given, by name."""
        return {name: value for name, value in self.model_dump().items() if value is not None}


class FaultsBody(_Body):
    """Lasting faults; what is absent stays as it is."""

    answer_delay_s: float | None = Field(None, ge=0, le=3600)
    mute: Mute | None = None
    refuse_login: bool | None = None
    stall: bool | None = None
    order_server_up: bool | None = None


class FatesBody(_Body):
    """What becomes of the next new orders."""

    fates: list[OrderFate]


class MarketBody(_Body):
    """A symbol's market; what is absent stays as it is."""

    bid: Dollars | None = None
    ask: Dollars | None = None
    print_price: Dollars | None = None
    print_shares: Shares = 100
    halted: bool | None = None
    short_restricted: bool | None = None
    short_prohibited: bool | None = None
    locate_reusable: bool | None = None


class PhaseBody(_Body):
    """A part of the trading day."""

    phase: MarketPhase


class Placed(BaseModel):
    """The id of the order that came of it; None when it was refused at once."""

    order_id: int | None


class Filled(BaseModel):
    """Shares filled."""

    shares: int


class AccountState(BaseModel):
    """One platform."""

    account: str
    trader: str
    host: str
    port: int
    online: bool
    clients: int


class CommandLine(BaseModel):
    """A command that a platform received."""

    at_s: float
    client: int
    text: str


class MarketState(BaseModel):
    """One symbol."""

    symbol: str
    bid: str
    ask: str
    last: str
    halted: bool
    short_restricted: bool
