"""Tries an account's connection step by step, without trading: the client that it uses cannot send an order."""

import asyncio
from collections.abc import Callable
from enum import StrEnum
from typing import Final

import msgspec

from das_copy_trader.client.das_client import MasterClient, TradingClient
from das_copy_trader.client.endpoint import AccountEndpoint
from das_copy_trader.client.errors import ClientError
from das_copy_trader.domain.account import AccountListener
from das_copy_trader.domain.enums import ConnectionState
from das_copy_trader.runtime.clock import Clock
from das_copy_trader.services.account_tap import Silence

TIMEOUT_S: Final = 30.0


class StepName(StrEnum):
    """The steps of a test, in their order."""

    ADDRESS = "address"
    LOGIN = "login"
    LISTS = "lists"
    ORDER_SERVER = "order_server"
    BUYING_POWER = "buying_power"
    OTHER_CLIENTS = "other_clients"


class ConnectionStep(msgspec.Struct, frozen=True):
    """One step: whether it went well (None: it was not reached, or could not be told), a sentence, how long it took."""

    name: StepName
    ok: bool | None
    detail: str
    elapsed_ms: float


class ConnectionReport(msgspec.Struct, frozen=True):
    """What a test came to. `address` is where the account was looked for, DAS_SERVERS considered."""

    ok: bool
    address: str
    account_id: str
    steps: list[ConnectionStep]


_STEP_BY_STATE: Final = {
    ConnectionState.CONNECTING: StepName.ADDRESS,
    ConnectionState.LOGGING_IN: StepName.LOGIN,
    ConnectionState.SYNCING: StepName.LISTS,
}
_DONE_BY_STEP: Final = {
    StepName.ADDRESS: "The port is open.",
    StepName.LOGIN: "The platform took user, password and account.",
}
_ENDS: Final = frozenset(
    {
        ConnectionState.READY,
        ConnectionState.DEGRADED,
        ConnectionState.LOGIN_REFUSED,
        ConnectionState.DISCONNECTED,
    }
)


class ConnectionTester:
    """`make_client(endpoint, listener)` makes a client that can only read; `live_clients` are those of the product."""

    def __init__(
        self,
        make_client: Callable[[AccountEndpoint, AccountListener], MasterClient],
        live_clients: Callable[[], list[MasterClient | TradingClient]],
        clock: Clock,
    ) -> None:
        self._make_client = make_client
        self._live_clients = live_clients
        self._clock = clock

    async def test(self, endpoint: AccountEndpoint) -> ConnectionReport:
        """Connect, log in, read the lists, ask two questions, leave. Never raises for what the platform does."""
        live = self._live_client(endpoint)
        if live is not None:
            return _of_live(live, endpoint)
        trial = _Trial(self._clock)
        client = self._make_client(endpoint, trial)
        client.start()
        try:
            async with asyncio.timeout(TIMEOUT_S):
                await trial.ended.wait()
        except TimeoutError:
            trial.give_up(f"This took longer than {TIMEOUT_S:g} s.")
        try:
            if client.state is ConnectionState.READY:
                await self._ask(client, trial)
            return _report(endpoint, trial.steps)
        finally:
            await client.stop()

    def _live_client(self, endpoint: AccountEndpoint) -> MasterClient | TradingClient | None:
        """A second login beside one that trades is asking for trouble: the live one is looked at instead."""
        for client in self._live_clients():
            if client.endpoint == endpoint and client.state in {ConnectionState.READY, ConnectionState.DEGRADED}:
                return client
        return None

    async def _ask(self, client: MasterClient, trial: "_Trial") -> None:
        try:
            power = await client.get_buying_power()
            trial.add(StepName.BUYING_POWER, ok=True, detail=f"Buying power {power.current}.")
        except ClientError as error:
            trial.add(StepName.BUYING_POWER, ok=None, detail=f"Not told, which is harmless: {error}")
        try:
            count = await client.client_count()
            others = count - 1
            detail = "No other API client is there." if others < 1 else f"{others} other API clients are there."
            trial.add(StepName.OTHER_CLIENTS, ok=True if others < 1 else None, detail=detail)
        except ClientError as error:
            trial.add(StepName.OTHER_CLIENTS, ok=None, detail=f"Not told, which is harmless: {error}")


class _Trial(Silence):
    """Listens to the one session of a test and writes its steps down."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._begun_s = clock.monotonic_s()
        self._open: StepName | None = None
        self.steps: list[ConnectionStep] = []
        self.ended = asyncio.Event()

    def on_state_changed(self, state: ConnectionState, reason: str) -> None:
        """Close the step that ran, open the next."""
        if self.ended.is_set():
            return
        failed = state in {ConnectionState.LOGIN_REFUSED, ConnectionState.DISCONNECTED}
        if self._open is not None:
            detail = reason if failed else _DONE_BY_STEP.get(self._open, reason)
            self.add(self._open, ok=not failed, detail=detail)
        self._open = _STEP_BY_STATE.get(state)
        if state in {ConnectionState.READY, ConnectionState.DEGRADED}:
            is_up = state is ConnectionState.READY
            detail = "The platform is linked to its order server." if is_up else reason
            self.add(StepName.ORDER_SERVER, ok=is_up, detail=detail)
        if state in _ENDS:
            self.ended.set()

    def give_up(self, detail: str) -> None:
        """It took too long."""
        self.add(self._open or StepName.ADDRESS, ok=False, detail=detail)
        self.ended.set()

    def add(self, name: StepName, *, ok: bool | None, detail: str) -> None:
        """A step has ended."""
        now_s = self._clock.monotonic_s()
        elapsed_ms = round((now_s - self._begun_s) * 1000, 1)
        self._begun_s = now_s
        self.steps.append(ConnectionStep(name, ok, detail, elapsed_ms))


def _report(endpoint: AccountEndpoint, steps: list[ConnectionStep]) -> ConnectionReport:
    missing = [name for name in StepName if name not in {step.name for step in steps}]
    steps = [*steps, *(ConnectionStep(name, None, "Not reached.", 0.0) for name in missing)]
    is_ok = all(step.ok is not False for step in steps) and not {StepName.ADDRESS, StepName.LOGIN} & {*missing}
    return ConnectionReport(is_ok, endpoint.address, endpoint.account_id, steps)


def _of_live(client: MasterClient | TradingClient, endpoint: AccountEndpoint) -> ConnectionReport:
    is_ready = client.state is ConnectionState.READY
    detail = "The account is connected at this moment; the test looked at this connection and opened none beside it."
    steps = [
        ConnectionStep(StepName.ADDRESS, True, detail, 0.0),
        ConnectionStep(StepName.LOGIN, True, "It is logged in.", 0.0),
        ConnectionStep(StepName.LISTS, True, "Its lists have been read.", 0.0),
        ConnectionStep(StepName.ORDER_SERVER, is_ready, client.state_reason, 0.0),
    ]
    return _report(endpoint, steps)
