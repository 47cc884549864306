"""The control surface behind a local port: JSON over HTTP, on this machine only.

Not a product face: no accounts, no token. What keeps it harmless: it binds loopback, answers only to the names of this
machine, and refuses whatever a browser sends on behalf of a page (an `Origin` header).
"""

import contextlib
import socket
from collections.abc import Awaitable, Callable, Generator
from decimal import Decimal
from typing import Annotated, Final

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from das_copy_trader.protocol.vocabulary import DumpKind
from das_copy_trader.simulator.control import Control, ControlError, Ticket
from das_copy_trader.simulator.faults import Mute
from das_copy_trader.simulator.market import MarketPhase
from das_copy_trader.simulator.switches import OrderFate

HOST: Final = "127.0.0.1"
_OWN_NAMES: Final = frozenset({"127.0.0.1", "localhost"})
Dollars = Annotated[Decimal, Field(gt=0, lt=1_000_000)]
Shares = Annotated[int, Field(gt=0, lt=100_000_000)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class OrderBody(_Body):
    """An order by hand; see `control.Ticket`."""

    symbol: str = Field(min_length=1, max_length=12)
    side: str
    shares: Shares
    kind: str = "LIMIT"
    limit: Dollars | None = None
    stop: Dollars | None = None
    trail: Dollars | None = None
    low: Dollars | None = None
    high: Dollars | None = None
    route: str = Field("SMAT", pattern="^[A-Za-z0-9]{1,12}$")
    tif: str = Field("DAY+", pattern="^[A-Za-z0-9+]{1,8}$")
    source: str = Field("Montage", pattern="^[A-Za-z0-9]{1,16}$")

    def ticket(self) -> Ticket:
        """The same for the control surface."""
        return Ticket(**self.model_dump())


class ReplaceBody(_Body):
    """A new total, or new prices."""

    shares: Shares | None = None
    order: OrderBody | None = None


class FillBody(_Body):
    """How much to fill, at what price; nothing: all, at the quote."""

    shares: Shares | None = None
    price: Dollars | None = None


class NoteBody(_Body):
    """A reason."""

    note: str = Field("RT:Rejected", max_length=120, pattern=r"^[\x20-\x7e]*$")


class PositionBody(_Body):
    """A position to set; shares below zero are short."""

    symbol: str = Field(min_length=1, max_length=12)
    shares: int = Field(gt=-100_000_000, lt=100_000_000)
    price: Dollars


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


def make_app(control: Control) -> FastAPI:
    """The application; its endpoints are listed in docs/SIMULATOR.md."""
    app = FastAPI(title="Simulator control", docs_url=None, redoc_url=None)
    app.middleware("http")(_refuse_strangers)
    app.exception_handler(ControlError)(_sentence)
    _add_reading(app, control)
    _add_orders(app, control)
    _add_trouble(app, control)
    _add_market(app, control)
    return app


async def _refuse_strangers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    host = request.headers.get("host", "").rsplit(":", 1)[0]
    if host not in _OWN_NAMES or "origin" in request.headers:
        return JSONResponse({"detail": "This port serves programs of this machine, not web pages."}, 403)
    return await call_next(request)


async def _sentence(_: Request, error: Exception) -> Response:
    return JSONResponse({"detail": str(error)}, 409)


def _add_reading(app: FastAPI, control: Control) -> None:
    kinds = {
        "orders": DumpKind.ORDERS,
        "positions": DumpKind.POSITIONS,
        "trades": DumpKind.TRADES,
        "locates": DumpKind.LOCATES,
    }

    @app.get("/accounts")
    async def accounts() -> list[AccountState]:
        return [
            AccountState(
                account=platform.spec.account,
                trader=platform.spec.trader,
                host=platform.spec.host,
                port=platform.port,
                online=platform.is_online,
                clients=platform.client_count,
            )
            for platform in control.broker.platforms
        ]

    @app.get("/accounts/{account}/commands")
    async def commands(account: str) -> list[CommandLine]:
        return [CommandLine(at_s=it.at_s, client=it.client, text=it.text) for it in control.received(account)]

    @app.get("/accounts/{account}/{block}")
    async def rows(account: str, block: str) -> list[str]:
        if block not in kinds:
            raise ControlError(f"There is no block {block!r}; there are {', '.join(kinds)}.")
        return control.rows(account, kinds[block])


def _add_orders(app: FastAPI, control: Control) -> None:
    @app.post("/accounts/{account}/orders")
    async def place(account: str, body: OrderBody) -> Placed:
        return Placed(order_id=control.place(account, body.ticket()))

    @app.post("/accounts/{account}/orders/{order_id}/replace")
    async def replace(account: str, order_id: int, body: ReplaceBody) -> Placed:
        ticket = body.order.ticket() if body.order is not None else None
        return Placed(order_id=control.replace(account, order_id, shares=body.shares, ticket=ticket))

    @app.post("/accounts/{account}/orders/{order_id}/cancel", status_code=204)
    async def cancel(account: str, order_id: int) -> None:
        control.cancel(account, order_id)

    @app.post("/accounts/{account}/orders/{order_id}/fill")
    async def fill(account: str, order_id: int, body: FillBody) -> Filled:
        return Filled(shares=control.fill(account, order_id, shares=body.shares, price=body.price))

    @app.post("/accounts/{account}/orders/{order_id}/reject", status_code=204)
    async def reject(account: str, order_id: int, body: NoteBody) -> None:
        control.reject(account, order_id, body.note)

    @app.post("/accounts/{account}/orders/{order_id}/venue-cancel", status_code=204)
    async def venue_cancel(account: str, order_id: int) -> None:
        control.cancel_by_venue(account, order_id)

    @app.post("/accounts/{account}/position", status_code=204)
    async def position(account: str, body: PositionBody) -> None:
        control.set_position(account, body.symbol, body.shares, body.price)

    @app.post("/accounts/{account}/fates", status_code=204)
    async def fates(account: str, body: FatesBody) -> None:
        control.next_fates(account, *body.fates)


def _apply(control: Control, account: str, body: FaultsBody) -> None:
    control.platform(account)
    if body.answer_delay_s is not None:
        control.delay_answers(account, body.answer_delay_s)
    if body.mute is not None:
        control.mute(account, body.mute)
    if body.refuse_login is not None:
        control.refuse_login(account, is_refused=body.refuse_login)
    if body.stall is not None:
        control.stall(account, is_stalled=body.stall)
    if body.order_server_up is not None:
        control.set_order_server(account, is_up=body.order_server_up)


def _add_trouble(app: FastAPI, control: Control) -> None:
    @app.post("/accounts/{account}/faults", status_code=204)
    async def faults(account: str, body: FaultsBody) -> None:
        _apply(control, account, body)

    @app.post("/accounts/{account}/heal", status_code=204)
    async def heal(account: str) -> None:
        control.heal(account)

    @app.post("/accounts/{account}/disconnect", status_code=204)
    async def disconnect(account: str) -> None:
        control.disconnect(account)

    @app.post("/accounts/{account}/offline", status_code=204)
    async def offline(account: str) -> None:
        await control.go_offline(account)

    @app.post("/accounts/{account}/online", status_code=204)
    async def online(account: str) -> None:
        try:
            await control.go_online(account)
        except OSError:
            raise ControlError("Its port is taken by another program now.") from None

    @app.post("/accounts/{account}/half-line", status_code=204)
    async def half_line(account: str) -> None:
        control.half_line(account)

    @app.post("/accounts/{account}/nonsense", status_code=204)
    async def nonsense(account: str) -> None:
        control.nonsense(account)


def _add_market(app: FastAPI, control: Control) -> None:
    @app.get("/market")
    async def market() -> list[MarketState]:
        found = [control.broker.market.instrument(symbol) for symbol in control.broker.market.symbols]
        return [
            MarketState(
                symbol=it.symbol,
                bid=str(it.bid),
                ask=str(it.ask),
                last=str(it.last),
                halted=it.is_halted,
                short_restricted=it.has_short_restriction,
            )
            for it in found
        ]

    @app.post("/market/phase", status_code=204)
    async def phase(body: PhaseBody) -> None:
        control.set_phase(body.phase)

    @app.post("/market/new-day", status_code=204)
    async def new_day() -> None:
        control.new_day()

    @app.post("/market/symbols/{symbol}", status_code=204)
    async def move(symbol: str, body: MarketBody) -> None:
        if (body.bid is None) != (body.ask is None):
            raise ControlError("A quote needs bid and ask.")
        if body.bid is not None and body.ask is not None:
            control.set_quote(symbol, body.bid, body.ask)
        if body.halted is not None:
            control.halt(symbol, is_halted=body.halted)
        if body.short_restricted is not None:
            control.restrict_shorts(symbol, is_restricted=body.short_restricted)
        if body.print_price is not None:
            control.print_trade(symbol, body.print_price, body.print_shares)


class _QuietServer(uvicorn.Server):
    """Leaves the signals to the program that it is a part of."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


class ControlServer:
    """Serves the application on loopback. `run` ends after `stop`. Raises OSError when the port is taken."""

    def __init__(self, control: Control, port: int) -> None:
        # Bound here and not by uvicorn, which ends the whole program when a port is taken.
        self._socket = socket.create_server((HOST, port))
        config = uvicorn.Config(make_app(control), log_config=None, access_log=False, lifespan="off")
        self._server = _QuietServer(config)
        self._is_serving = False

    @property
    def port(self) -> int:
        """The port in use."""
        return int(self._socket.getsockname()[1])

    async def run(self) -> None:
        """Serve until stopped."""
        self._is_serving = True
        await self._server.serve(sockets=[self._socket])

    def stop(self) -> None:
        """Ask it to end."""
        self._server.should_exit = True
        if not self._is_serving:
            self._socket.close()
