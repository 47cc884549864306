"""A desk with many followers and symbols that is made up: states and events as the product tells them."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from random import Random
from typing import Any

import msgspec

from das_copy_trader.domain.enums import ConnectionState, Mode, Outcome
from das_copy_trader.services.messages import (
    AccountState,
    Budgets,
    DailyRestartState,
    DriftState,
    Event,
    FollowerOutcome,
    FollowerState,
    OrderReplicated,
    OutcomeUpdate,
    PositionState,
    ReplicationState,
    ReplicationUpdate,
    StateUpdate,
    SystemState,
    WorkingOrder,
)

EPOCH = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
HALF = Decimal("0.5")
ORDER_EVERY = 20
"""One event in so many is a new order of the master; the others are what becomes of its copies."""
RARELY = 0.02
"""How often a position's size changes within a second."""


class BigDesk:
    """Gives a new state whenever it is asked, with a new result for every position."""

    def __init__(self, followers: int, symbols: int, *, seed: int = 1) -> None:
        self._random = Random(seed)
        self._names = [f"f{number}" for number in range(1, followers + 1)]
        self._symbols = [f"S{number:03}" for number in range(symbols)]
        self._sizes = {(owner, symbol): 100 for owner in ["", *self._names] for symbol in self._symbols}
        self._orders: list[int] = []
        self.snapshots = 0
        self.events = 0

    def next_state(self) -> SystemState:
        """The whole, a second later."""
        self.snapshots += 1
        for symbol in self._symbols:
            if self._random.random() < RARELY:
                self._sizes["", symbol] = 100 * self._random.randrange(-9, 10)
                for name in self._names:
                    self._sizes[name, symbol] = self._sizes["", symbol] // 2
        return SystemState(
            boot_id="big-desk",
            build_id="1",
            server_time=EPOCH,
            mode=Mode.COPYING,
            mode_reason="The master's orders are copied.",
            started_at=EPOCH,
            master=AccountState(**self._account(""), account_id="MASTER"),
            followers=[self._follower(name) for name in self._names],
            history_rows_waiting=0,
            daily_restart=DailyRestartState(
                trading_day=date(2026, 3, 2), next_restart_at=EPOCH, last_restart_at=None, last_result=""
            ),
        )

    def orders(self, count: int) -> list[Callable[[int], Event]]:
        """Orders of the master, to begin with full lists."""
        return [self.event(number * ORDER_EVERY) for number in range(1, count + 1)]

    def day(self, after: int, count: int) -> list[Callable[[int], Event]]:
        """So many orders of the master after the first ones, each with what becomes of its copies."""
        begin = after * ORDER_EVERY + 1
        return [self.event(number) for number in range(begin, begin + count * ORDER_EVERY)]

    def event(self, number: int) -> Callable[[int], Event]:
        """An order of the master, or what became of one copy of one of the last orders."""
        self.events += 1
        symbol = self._random.choice(self._symbols)
        if not self._orders or number % ORDER_EVERY == 0:
            self._orders = [*self._orders[-9:], number]
            results = {name: _outcome(Outcome.WORKING) for name in self._names}
            order = ReplicationState(
                EPOCH, number, symbol, "BUY", 100, "Limit", Decimal("23.2"), None, None, "DAY", "", results
            )
            return lambda seq: OrderReplicated(seq, order)
        outcome = _outcome(self._random.choice((Outcome.FILLED, Outcome.PARTIALLY_FILLED, Outcome.CANCELLED)))
        name, order_id = self._random.choice(self._names), self._random.choice(self._orders)
        change = OutcomeUpdate(EPOCH, order_id, symbol, name, outcome)
        return lambda seq: ReplicationUpdate(seq, change)

    def snapshot_bytes(self) -> int:
        """How big a snapshot is on the wire."""
        return len(msgspec.json.encode(StateUpdate(1, self.next_state())))

    def _follower(self, name: str) -> FollowerState:
        return FollowerState(
            **self._account(name),
            account_id=f"ACCOUNT-{name}",
            follower_id=name,
            name=f"Follower {name}",
            enabled=True,
            order_route="SMAT",
            base_multiplier=HALF,
            multipliers={},
            blacklist=[],
        )

    def _account(self, owner: str) -> dict[str, Any]:
        positions = [self._position(owner, symbol) for symbol in self._symbols]
        working = [
            WorkingOrder(number, self._symbols[number], "BUY", 100, 100, 0, "Limit", HALF, None, "NEW", is_copy=True)
            for number in range(2)
        ]
        return {
            "broker_id": "SIM",
            "state": ConnectionState.READY,
            "reason": "Orders, positions and trades are complete.",
            "since": EPOCH,
            "is_current": True,
            "latency_ms": round(self._random.random() * 3, 3),
            "positions": positions,
            "working_orders": working,
            "buying_power": Decimal(self._random.randrange(10_000_000)) / 100,
            "realized_pl": Decimal(0),
            "unrealized_pl": sum((one.unrealized_pl or Decimal(0) for one in positions), Decimal(0)),
            "budgets": Budgets(50, 100, 100, 0),
        }

    def _position(self, owner: str, symbol: str) -> PositionState:
        size = self._sizes[owner, symbol]
        result = Decimal(self._random.randrange(-100_000, 100_000)) / 100
        if owner == "":
            return PositionState(symbol, size, Decimal("23.21"), Decimal(0), result)
        return PositionState(symbol, size, Decimal("23.21"), Decimal(0), result, HALF, "base", size, DriftState.IN_STEP)


def _outcome(outcome: Outcome) -> FollowerOutcome:
    return FollowerOutcome(outcome, success=True, order_id=7, quantity=50, filled_quantity=0, reason="", sent_us=120.5)
