"""The demo's story and its long run, on virtual time: the real product on simulated platforms."""

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest

from das_copy_trader.cli.demo import configure
from das_copy_trader.cli.demo_lines import LocateLines, line_of
from das_copy_trader.container import Container
from das_copy_trader.domain.configuration import AlertRecord
from das_copy_trader.domain.enums import AlertLevel, OrdType, Outcome, Side
from das_copy_trader.domain.identifiers import ClOrdId, FollowerId, OrderId, Symbol
from das_copy_trader.domain.locates import ShortTaskStatus
from das_copy_trader.engine.observer import FollowerResult, OutcomeChange, ReplicationKind, ReplicationRecord
from das_copy_trader.runtime.clock import LoopClock
from das_copy_trader.runtime.ids import RandomSource
from das_copy_trader.runtime.memory_network import MemoryNetwork
from das_copy_trader.runtime.settings import Settings
from das_copy_trader.runtime.tasks import TaskSupervisor
from das_copy_trader.runtime.virtual_time import run_virtual
from das_copy_trader.services.config_store import MemoryConfigStore
from das_copy_trader.services.credentials import Credentials
from das_copy_trader.simulator.broker import SimulatedBroker
from das_copy_trader.simulator.demo_world import DEAR_SYMBOL, FOLLOWERS, HARD_SYMBOL, DemoWorld
from tests.support.program import COMMAND, LINK, environment

MORNING: Final = datetime(2026, 10, 2, 14, 0, tzinfo=UTC)
STORY_S: Final = 100.0
HALF, BORROWER, ABSENT = (FollowerId(one.account.lower()) for one in FOLLOWERS)


@dataclass
class Demo:
    """The product and its simulated world, and what they told."""

    world: DemoWorld
    container: Container
    scenes: list[str] = field(default_factory=list)
    records: list[ReplicationRecord] = field(default_factory=list)
    alerts: list[AlertRecord] = field(default_factory=list)
    told_at_s: list[float] = field(default_factory=list)

    def outcome(self, kind: ReplicationKind, symbol: str, side: Side, follower_id: FollowerId) -> list[Outcome]:
        """A follower's outcomes when the master did this."""
        results = [one.results for one in self.records if (one.kind, one.symbol, one.side) == (kind, symbol, side)]
        return [result.outcome for some in results for result in some if result.follower_id == follower_id]


@asynccontextmanager
async def demo(randomness: RandomSource, seed: int) -> AsyncIterator[Demo]:
    """The demo as the command puts it together, less the sockets, the database and the terminal."""
    loop = asyncio.get_running_loop()
    clock = LoopClock(loop, MORNING)
    network = MemoryNetwork(randomness.stream("network"))
    crashes: list[BaseException] = []
    tasks = TaskSupervisor(lambda _, error: crashes.append(error))
    container = Container(
        Settings.model_construct(),
        network=network,
        clock=clock,
        randomness=randomness,
        store=MemoryConfigStore(),
        credentials=Credentials("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="),
    )
    await container.start()
    broker = SimulatedBroker(network, clock, tasks, seed=seed)
    world = DemoWorld(broker, tasks)
    await broker.start()
    await configure(container, world)
    played = Demo(world, container)

    def note(record: ReplicationRecord) -> None:
        played.records.append(record)
        played.told_at_s.append(loop.time())

    container.relay.on_record.append(note)
    container.alerts.listen(played.alerts.append)
    await container.system.start()
    world.begin(played.scenes.append)
    yield played
    await container.stop()
    await broker.stop()
    await tasks.stop_all()
    assert crashes == []
    assert not [alert.message for alert in played.alerts if "died" in alert.message]


@pytest.mark.parametrize("seed", [7, 1, 2])
def test_the_first_minutes_show_the_whole_product(seed: int) -> None:
    async def main(randomness: RandomSource) -> None:
        async with demo(randomness, seed) as played:
            await asyncio.sleep(STORY_S)
            kinds = Counter(record.kind for record in played.records)
            assert {ReplicationKind.REPLICATED, ReplicationKind.REPLACED, ReplicationKind.CANCELLED} <= set(kinds)
            types = {record.ord_type for record in played.records}
            assert types == {OrdType.MARKET, OrdType.LIMIT, OrdType.STOP, OrdType.TRAILING_STOP}
            # Short sales: out at once where it is easy, located where it is not, an offer that waits for the user.
            assert played.container.engine.shorts is not None
            short_tasks = played.container.engine.shorts.book.records(with_ended=True)
            tasks = {(task.symbol, task.follower_id): task for task in short_tasks}
            assert tasks[Symbol("PLTR"), BORROWER].located_quantity == 0
            assert tasks[Symbol(HARD_SYMBOL), BORROWER].status is ShortTaskStatus.COMPLETED
            assert tasks[Symbol(HARD_SYMBOL), BORROWER].located_quantity == 200
            assert tasks[Symbol(DEAR_SYMBOL), BORROWER].offer is not None
            # The multiplier that a hand showed; the order that waits on the queue of the one that was away.
            assert played.container.multipliers.effective(HALF, Symbol("NVDA")) == 1
            assert [entry.master.order.symbol for entry in played.container.engine.queue.entries(ABSENT)] == ["AAPL"]
            assert played.world.broker.platform(FOLLOWERS[2].account).is_online
            assert {alert.level for alert in played.alerts} >= {AlertLevel.INFO, AlertLevel.WARN, AlertLevel.ERROR}
            assert not [scene for scene in played.scenes if scene.startswith("Too late")]

    run_virtual(main, seed=seed)


def test_the_story_neither_rushes_nor_pauses() -> None:
    async def main(randomness: RandomSource) -> None:
        async with demo(randomness, 7) as played:
            begun_s = asyncio.get_running_loop().time()
            await asyncio.sleep(STORY_S)
            times_s = [begun_s, *played.told_at_s]
            pauses_s = [later - earlier for earlier, later in pairwise(times_s)]
            assert max(pauses_s) <= 15.0
            assert len(played.records) <= STORY_S / 5

    run_virtual(main, seed=7)


def test_an_hour_later_it_still_trades_with_money_left() -> None:
    async def main(randomness: RandomSource) -> None:
        async with demo(randomness, 7) as played:
            await asyncio.sleep(3600)
            world = played.world
            recent = [at_s for at_s in played.told_at_s if at_s > asyncio.get_running_loop().time() - 300]
            assert len(recent) >= 20
            for platform in world.broker.platforms:
                assert platform.is_online
                assert platform.venue.buying_power > 2_000_000
                assert len(platform.venue.open_orders()) < 20
            refused = [alert.message for alert in played.alerts if "Buying Power" in alert.message]
            assert refused == []
            outcomes = Counter(result.outcome for record in played.records for result in record.results)
            assert outcomes[Outcome.UNKNOWN] == 0

    run_virtual(main, seed=7)


def test_owners_close_what_their_master_no_longer_has() -> None:
    async def main(randomness: RandomSource) -> None:
        async with demo(randomness, 7) as played:
            world = played.world
            await asyncio.sleep(STORY_S)
            world.trader.stop()
            left = world.broker.platform(FOLLOWERS[0].account)
            world.control.set_position(FOLLOWERS[0].account, "IBM", 300, Decimal(100))
            await asyncio.sleep(45)
            assert left.ledger.net("IBM") == 300
            await asyncio.sleep(60)
            assert left.ledger.net("IBM") == 0
            assert left.ledger.net("SOFI") == 200  # the master has it still

    run_virtual(main, seed=7)


# --- the terminal --------------------------------------------------------------------------------------------------


def result(
    name: str, outcome: Outcome, quantity: int, reason: str = "", sent_us: float | None = None
) -> FollowerResult:
    return FollowerResult(
        follower_id=FollowerId(name),
        outcome=outcome,
        success=True,
        quantity=quantity,
        reason=reason,
        cl_ord_id=ClOrdId(1),
        order_id=None,
        filled_quantity=0,
        sent_us=sent_us,
        acked_us=None,
    )


def record(kind: ReplicationKind, *results: FollowerResult, stop: str | None = None) -> ReplicationRecord:
    return ReplicationRecord(
        kind=kind,
        occurred_at=MORNING,
        master_order_id=OrderId(2001),
        symbol=Symbol("SOFI"),
        side=Side.SELL,
        quantity=400,
        ord_type=OrdType.STOP_LIMIT if stop else OrdType.MARKET,
        price=Decimal("15.9") if stop else None,
        stop_price=Decimal(stop) if stop else None,
        trail_amount=None,
        time_in_force=None,
        reason="",
        results=results,
    )


@pytest.mark.parametrize(
    ("told", "line"),
    [
        (
            record(
                ReplicationKind.REPLICATED,
                result("a", Outcome.PENDING, 200, sent_us=110.0),
                result("b", Outcome.WORKING, 1000, sent_us=190.0),
            ),
            "order   SELL   400 SOFI  at the market -> A: 200, B: 1000 (last one out after 0.19 ms)",
        ),
        (
            record(
                ReplicationKind.REPLICATED,
                result("a", Outcome.SKIPPED, 0, "It has none."),
                result("b", Outcome.SKIPPED, 0, "It has none."),
                stop="16",
            ),
            "order   SELL   400 SOFI  stop 16 limit 15.9 -> A + B: skipped (It has none)",
        ),
        (
            record(ReplicationKind.CANCELLED, result("a", Outcome.WORKING, 200), result("b", Outcome.CANCELLED, 0)),
            "cancel  SELL   400 SOFI  at the market -> A: cancel sent, B: cancelled",
        ),
        (
            record(ReplicationKind.REPLACED, result("a", Outcome.QUEUED, 200), result("b", Outcome.REJECTED, 7)),
            "replace SELL   400 SOFI  at the market -> A: queued, B: 7 rejected",
        ),
    ],
)
def test_a_line_says_what_each_follower_does(told: ReplicationRecord, line: str) -> None:
    written = line_of(told, str.upper)
    time, _, rest = written.partition(" ")
    assert time.count(":") == 2
    order, arrow, parts = rest.partition(" -> ")
    assert f"{order.rstrip()}{arrow}{parts}" == line


def test_a_short_sale_that_waited_for_shares_gets_a_line_at_its_end() -> None:
    lines = LocateLines(str.upper)
    lines.on_record(record(ReplicationKind.REPLICATED, *(result(name, Outcome.SHORT_TASK, 5) for name in "abc")))

    def change(name: str, outcome: Outcome, after_s: float, reason: str = "") -> str | None:
        at = MORNING + timedelta(seconds=after_s)
        return lines.on_change(OutcomeChange(at, OrderId(2001), Symbol("SOFI"), result(name, outcome, 5, reason)))

    assert change("a", Outcome.PENDING, 0.01) is None
    assert change("b", Outcome.SHORT_TASK, 1.0) is None
    assert change("b", Outcome.WORKING, 1.5) == "B: the short sale of 5 SOFI is out, 1.5 s later"
    assert change("b", Outcome.FILLED, 1.6) is None
    assert change("c", Outcome.FAILED, 120, "Time is up.") == "C: the short sale of 5 SOFI is failed (Time is up)"


async def test_the_command_prints_a_link_and_a_line_for_each_order_and_ends_on_ctrl_c(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        "demo",
        env=environment(tmp_path, PYTHONUNBUFFERED="1"),
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    said: list[str] = []
    async with asyncio.timeout(60):
        while not said or " -> " not in said[-1]:
            said.append((await process.stdout.readline()).decode())
            assert said[-1], "it ended early"
        process.send_signal(signal.SIGINT)
        rest, complaints = await process.communicate()
    assert process.returncode == 0
    assert LINK.search("".join(said))
    assert said[-2].startswith("The master buys 400 SOFI")
    assert "Half size: 200, Needs locates: 400, Drops out: 1000" in said[-1]
    assert rest.decode().endswith("The demo has ended; nothing of it is kept.\n")
    # The log belongs to the screen and to the file; in the terminal it would say everything twice.
    assert complaints.decode() == ""
