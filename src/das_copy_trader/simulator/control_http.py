"""The control surface over HTTP: JSON, on this machine only. `control_server` serves it.

Not a product face: no accounts, no token. What keeps it harmless: it is served on loopback, answers only to the names
of this machine, and refuses whatever a browser sends on behalf of a page (an `Origin` header).
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Final, get_args

from fastapi import FastAPI, Path, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from das_copy_trader.protocol.vocabulary import DumpKind
from das_copy_trader.simulator.control import Control, ControlError
from das_copy_trader.simulator.control_bodies import (
    SYMBOL_PATTERN,
    AccountState,
    CommandLine,
    EquityBody,
    FatesBody,
    FaultsBody,
    FillBody,
    Filled,
    HardToBorrowBody,
    LocateBody,
    LocateRouteBody,
    MarketBody,
    MarketState,
    NoteBody,
    OrderBody,
    PhaseBody,
    Placed,
    PositionBody,
    ReplaceBody,
)

HOST: Final = "127.0.0.1"
_OWN_NAMES: Final = frozenset({"127.0.0.1", "localhost"})


def make_app(control: Control) -> FastAPI:
    """The application; its endpoints are listed by `GET /` and in docs/SIMULATOR.md."""
    app = FastAPI(title="Simulator control", docs_url=None, redoc_url=None)
    app.middleware("http")(_let_in)
    app.exception_handler(ControlError)(_cannot_be_done)
    app.exception_handler(RequestValidationError)(_bad_input)
    app.exception_handler(HTTPException)(_no_such_address)
    _add_reading(app, control)
    _add_orders(app, control)
    _add_account(app, control)
    _add_trouble(app, control)
    _add_market(app, control)
    manual = _manual([route for route in app.routes if isinstance(route, APIRoute)], control)

    @app.get("/")
    async def help_page() -> PlainTextResponse:
        """What there is."""
        return PlainTextResponse(manual)

    return app


async def _let_in(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    host = request.headers.get("host", "").rsplit(":", 1)[0]
    if host not in _OWN_NAMES or "origin" in request.headers:
        return JSONResponse({"detail": "This port serves programs of this machine, not web pages."}, 403)
    # `curl -d` calls everything a form; here it is JSON, whatever it is called.
    headers = [(name, text) for name, text in request.scope["headers"] if name != b"content-type"]
    request.scope["headers"] = [*headers, (b"content-type", b"application/json")]
    return await call_next(request)


async def _cannot_be_done(_: Request, error: Exception) -> Response:
    return JSONResponse({"detail": str(error)}, 409)


async def _bad_input(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    sentences: list[str] = []
    for fault in error.errors():
        where = ".".join(str(part) for part in fault["loc"] if part != "body" and not isinstance(part, int))
        if fault["type"] == "json_invalid":
            sentences.append("The body is no JSON.")
        elif fault["type"] == "extra_forbidden":
            sentences.append(f"There is no field {where!r} here.")
        else:
            sentences.append(f"{where or 'The body'}: {fault['msg']}.")
    return JSONResponse({"detail": " ".join(sentences)}, 422)


async def _no_such_address(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    sentence = f"There is no {request.method} {request.url.path}. GET / lists what there is."
    return JSONResponse({"detail": sentence}, error.status_code)


def _manual(routes: list[APIRoute], control: Control) -> str:
    """A page for people with curl."""
    account = next((platform.spec.account for platform in control.broker.platforms), "ACCT1")
    lines = ["The control surface of the simulated DAS platforms. JSON in and out; docs/SIMULATOR.md tells more.", ""]
    for route in routes:
        fields = ", ".join(_fields_of(route))
        lines.append(f"{' '.join(route.methods or ()):<5}{route.path}{f'  {{{fields}}}' if fields else ''}")
        lines.append(f"       {(route.endpoint.__doc__ or '').strip()}")
    order = '{"symbol": "SOFI", "side": "B", "shares": 100, "limit": "15.95"}'
    lines += ["", "For example:", f"  curl 127.0.0.1:PORT/accounts/{account}/orders -d '{order}'", ""]
    return "\n".join(lines)


def _fields_of(route: APIRoute) -> list[str]:
    """The names of what the body may hold."""
    body = getattr(route.endpoint, "__annotations__", {}).get("body")
    kinds = get_args(body) or (body,)
    return [name for kind in kinds for name in getattr(kind, "model_fields", {})]


def _add_reading(app: FastAPI, control: Control) -> None:
    kinds = {
        "orders": DumpKind.ORDERS,
        "positions": DumpKind.POSITIONS,
        "trades": DumpKind.TRADES,
        "locates": DumpKind.LOCATES,
    }

    @app.get("/accounts")
    async def accounts() -> list[AccountState]:
        """Every account: its port, and how many clients are connected."""
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
        """Every command that came, in order, with its time; without passwords."""
        return [CommandLine(at_s=it.at_s, client=it.client, text=it.text) for it in control.received(account)]

    @app.get("/accounts/{account}/{block}")
    async def rows(account: str, block: str) -> list[str]:
        """`block` is orders, positions, trades or locates: the rows as a client gets them."""
        if block not in kinds:
            raise ControlError(f"There is no block {block!r}; there are {', '.join(kinds)}.")
        return control.rows(account, kinds[block])


def _add_orders(app: FastAPI, control: Control) -> None:
    @app.post("/accounts/{account}/orders")
    async def place(account: str, body: OrderBody) -> Placed:
        """Place an order by hand, as at the montage."""
        return Placed(order_id=control.place(account, body.ticket()))

    @app.post("/accounts/{account}/orders/{order_id}/replace")
    async def replace(account: str, order_id: int, body: ReplaceBody) -> Placed:
        """Change an order by hand: a new total, or new prices."""
        return Placed(order_id=control.change(account, order_id, shares=body.shares, prices=body.prices()))

    @app.post("/accounts/{account}/orders/{order_id}/cancel", status_code=204)
    async def cancel(account: str, order_id: int) -> None:
        """Cancel an order by hand; a parent's id leads to its child."""
        control.cancel(account, order_id)

    @app.post("/accounts/{account}/orders/{order_id}/fill")
    async def fill(account: str, order_id: int, body: FillBody | None = None) -> Filled:
        """Fill an order, whatever the market says: all of it, at the quote, unless told."""
        wish = body or FillBody()
        return Filled(shares=control.fill(account, order_id, shares=wish.shares, price=wish.price))

    @app.post("/accounts/{account}/orders/{order_id}/reject", status_code=204)
    async def reject(account: str, order_id: int, body: NoteBody | None = None) -> None:
        """Refuse an order after all, as the broker."""
        control.reject(account, order_id, (body or NoteBody()).note)

    @app.post("/accounts/{account}/orders/{order_id}/venue-cancel", status_code=204)
    async def venue_cancel(account: str, order_id: int) -> None:
        """Take an order away, as the venue."""
        control.cancel_by_venue(account, order_id)


def _add_account(app: FastAPI, control: Control) -> None:
    @app.post("/accounts/{account}/position", status_code=204)
    async def position(account: str, body: PositionBody) -> None:
        """Give the account a position; shares below zero are short."""
        control.set_position(account, body.symbol, body.shares, body.price)

    @app.post("/accounts/{account}/fates", status_code=204)
    async def fates(account: str, body: FatesBody) -> None:
        """What becomes of the next new orders, one each."""
        control.next_fates(account, *body.fates)

    @app.post("/accounts/{account}/equity", status_code=204)
    async def equity(account: str, body: EquityBody) -> None:
        """Change what the account is worth, in dollars; its buying power follows."""
        control.set_equity(account, body.equity)

    @app.post("/accounts/{account}/hard-to-borrow", status_code=204)
    async def hard_to_borrow(account: str, body: HardToBorrowBody) -> None:
        """Which symbols need a locate at this account; all others are easy to borrow."""
        control.set_hard_to_borrow(account, *body.symbols)

    @app.post("/accounts/{account}/locate-routes/{route}", status_code=204)
    async def locate_route(
        account: str, route: Annotated[str, Path(pattern=SYMBOL_PATTERN)], body: LocateRouteBody
    ) -> None:
        """How a locate route behaves: price, size, minimum charge, habit; a new name makes a new route."""
        control.change_locate_route(account, route, body.changes())

    @app.post("/accounts/{account}/locates", status_code=204)
    async def locates(account: str, body: LocateBody) -> None:
        """Give the account located shares, as if bought at the window."""
        control.grant_locate(account, body.symbol, body.shares)


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
        """Faults that last until `heal`; what is absent stays as it is."""
        _apply(control, account, body)

    @app.post("/accounts/{account}/heal", status_code=204)
    async def heal(account: str) -> None:
        """End the faults that last."""
        control.heal(account)

    @app.post("/accounts/{account}/disconnect", status_code=204)
    async def disconnect(account: str) -> None:
        """Cut every client off, now."""
        control.disconnect(account)

    @app.post("/accounts/{account}/offline", status_code=204)
    async def offline(account: str) -> None:
        """End the program: its port is gone."""
        await control.go_offline(account)

    @app.post("/accounts/{account}/online", status_code=204)
    async def online(account: str) -> None:
        """Start the program again, on the same port."""
        try:
            await control.go_online(account)
        except OSError:
            raise ControlError("Its port is taken by another program now.") from None

    @app.post("/accounts/{account}/half-line", status_code=204)
    async def half_line(account: str) -> None:
        """Begin a line and never end it."""
        control.half_line(account)

    @app.post("/accounts/{account}/nonsense", status_code=204)
    async def nonsense(account: str) -> None:
        """Say bytes that no platform should say."""
        control.nonsense(account)


def _add_market(app: FastAPI, control: Control) -> None:
    @app.get("/market")
    async def market() -> list[MarketState]:
        """Every symbol's quote."""
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
        """Begin another part of the day: pre, regular, post or closed."""
        control.set_phase(body.phase)

    @app.post("/market/new-day", status_code=204)
    async def new_day() -> None:
        """Another day: ids begin again, clients are dropped, positions and GTC orders stay."""
        control.new_day()

    @app.post("/market/symbols/{symbol}", status_code=204)
    async def move(symbol: Annotated[str, Path(pattern=SYMBOL_PATTERN)], body: MarketBody) -> None:
        """Move a symbol's market: quote, trade, halt, short-sale restriction."""
        if (body.bid is None) != (body.ask is None):
            raise ControlError("A quote needs bid and ask.")
        if body.bid is not None and body.ask is not None:
            control.set_quote(symbol, body.bid, body.ask)
        if body.halted is not None:
            control.halt(symbol, is_halted=body.halted)
        if body.short_restricted is not None:
            control.restrict_shorts(symbol, is_restricted=body.short_restricted)
        if body.short_prohibited is not None:
            control.prohibit_shorts(symbol, is_prohibited=body.short_prohibited)
        if body.locate_reusable is not None:
            control.reuse_locates(symbol, is_reusable=body.locate_reusable)
        if body.print_price is not None:
            control.print_trade(symbol, body.print_price, body.print_shares)
