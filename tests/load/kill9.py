"""Kills the real process at random moments while a master trades, and looks at what the followers' platforms have.

`python tests/load/kill9.py --kills 201`: several lanes at once, each with its own simulated platforms on real sockets,
its own database and its own process of the product. A lane starts the process, starts copying, lets the master place,
replace and cancel at random, and kills with SIGKILL at a random moment; the master goes on while the process is dead.
After every few kills it starts once more, waits until everything is settled, and judges:

- no master order has two follower orders on one follower, of whichever attempt;
- no follower order copies an order that the master never placed;
- every order of the master that was seen by a copying process, and is live, has a copy or a stated outcome;
- no copy works whose master order has ended; live copies have the master's scaled quantity and price.

Prints the counts; exits 1 when something is wrong. Prints the seed that repeats a run's decisions (not its timing).
"""

import argparse
import asyncio
import signal
import sys
import tempfile
from collections import Counter, deque
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from random import Random

import httpx

from das_copy_trader.domain.identifiers import is_copy_id, master_bits_of
from das_copy_trader.domain.quantity import scale_quantity
from das_copy_trader.simulator.control import Control, ControlError, Ticket
from das_copy_trader.simulator.orders import SimOrder
from tests.support.face import account_body, follower_body, simulated_platforms
from tests.support.program import Program, program

MULTIPLIERS = {2: Decimal("0.5"), 3: Decimal(1), 4: Decimal("2.5")}
EQUITY = Decimal(100_000_000)
SETTLE_S = 16.0
KILLS_A_JUDGEMENT = 10
CHANGES_A_MINUTE = 80
"""Replaces and cancels of the master: DAS takes 100 of each a minute from a follower, and what waits for that is no wrong."""


@dataclass
class Tally:
    """What a lane has counted."""

    counts: Counter[str] = field(default_factory=Counter)
    wrongs: list[str] = field(default_factory=list)


class Lane:
    """One world: platforms, a database, and a process that is killed again and again."""

    def __init__(self, number: int, random: Random, control: Control, folder: Path) -> None:
        self._name = f"lane {number}"
        self._random = random
        self._control = control
        for platform in control.broker.platforms:
            control.set_equity(platform.spec.account, EQUITY)
        self._folder = folder
        self._is_configured = False
        self._placed: list[int] = []
        self._changed_s: deque[float] = deque(maxlen=CHANGES_A_MINUTE)
        self.tally = Tally()

    async def run(self, kills: int) -> None:
        for kill in range(1, kills + 1):
            await self._live_and_die()
            if kill % KILLS_A_JUDGEMENT == 0 or kill == kills:
                await self._judge()
                print(
                    f"{self._name}: {kill} kills, {dict(self.tally.counts)}, wrong: {len(self.tally.wrongs)}",
                    flush=True,
                )

    async def _live_and_die(self) -> None:
        life_s = self._random.uniform(0.0, 2.0)
        with suppress(httpx.HTTPError):
            async with program(self._folder) as served, served.client() as client:
                trading = asyncio.create_task(self._trade(60.0))
                killing = asyncio.create_task(self._kill_after(served, life_s))
                await self._start(client)
                self.tally.counts["started"] += 1
                await killing
                trading.cancel()
        self.tally.counts["kills"] += 1
        await self._trade(self._random.choice((0.0, 0.0, 0.2)))

    async def _kill_after(self, served: Program, life_s: float) -> None:
        await asyncio.sleep(life_s)
        with suppress(ProcessLookupError):
            served.process.send_signal(signal.SIGKILL)
        await served.process.wait()

    async def _start(self, client: httpx.AsyncClient) -> None:
        if not self._is_configured:
            ports = [platform.port for platform in self._control.broker.platforms]
            await client.put("/api/master", json=account_body(1, ports[0]))
            for number, multiplier in MULTIPLIERS.items():
                body = follower_body(number, ports[number - 1], base_multiplier=str(multiplier))
                await client.post("/api/followers", json=body)
            self._is_configured = True
        await client.post("/api/start")

    # --- the master ----------------------------------------------------------------------------------------------

    async def _trade(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        end_s = loop.time() + seconds
        while loop.time() < end_s:
            with suppress(ControlError):
                self._act()
            await asyncio.sleep(self._random.uniform(0.01, 0.4))

    def _act(self) -> None:
        live = [order for order in self._master_orders() if order.is_open]
        now_s = asyncio.get_running_loop().time()
        roll = self._random.random()
        if roll < 0.5 or not live:
            if len(live) < 30:
                order_id = self._control.place("ACCT1", self._ticket())
                if order_id is not None:
                    self._placed.append(order_id)
                    self.tally.counts["placed"] += 1
        elif len(self._changed_s) == CHANGES_A_MINUTE and now_s < self._changed_s[0] + 60.0:
            return
        elif roll < 0.7:
            self._changed_s.append(now_s)
            order = self._random.choice(live)
            self._control.replace(
                "ACCT1", order.order_id, shares=self._random.randint(1, 9) * 100, ticket=self._ticket()
            )
            self.tally.counts["replaced"] += 1
        else:
            self._changed_s.append(now_s)
            self._control.cancel("ACCT1", self._random.choice(live).order_id)
            self.tally.counts["cancelled"] += 1

    def _ticket(self) -> Ticket:
        price = Decimal(self._random.randint(15000, 17000)) / 100
        return Ticket(symbol="MSFT", side="B", shares=self._random.randint(1, 9) * 100, limit=price, route="ARCA")

    def _master_orders(self) -> list[SimOrder]:
        return self._control.platform("ACCT1").venue.open_orders("MSFT")

    # --- the judgement ---------------------------------------------------------------------------------------------

    async def _judge(self) -> None:
        async with program(self._folder) as served, served.client() as client:
            await self._start(client)
            await asyncio.sleep(SETTLE_S)
            found = await self._look(client)
            if found.wrongs:  # a busy machine takes longer to settle; what is wrong stays so
                self.tally.counts["judgements that had to look twice"] += 1
                await asyncio.sleep(SETTLE_S)
                found = await self._look(client)
        self.tally.counts += found.counts
        self.tally.wrongs += found.wrongs
        self.tally.counts["judgements"] += 1

    async def _look(self, client: httpx.AsyncClient) -> Tally:
        found = Tally()
        stated = await _stated_outcomes(client)
        live_master = {order.order_id: order for order in self._master_orders() if order.is_open}
        for number, multiplier in MULTIPLIERS.items():
            self._judge_follower(number, multiplier, live_master, stated, found)
        return found

    def _judge_follower(
        self,
        number: int,
        multiplier: Decimal,
        live_master: dict[int, SimOrder],
        stated: set[tuple[str, int]],
        found: Tally,
    ) -> None:
        venue = self._control.platform(f"ACCT{number}").venue
        known = {master_bits_of(master_id) for master_id in self._placed}
        for order in venue.orders:
            if is_copy_id(order.entry.token) and master_bits_of(order.entry.token) not in known:
                found.wrongs.append(f"{self._name}, follower {number}: {order.order_id} copies no order")
        for master_id in self._placed:
            copies = [order for order in venue.orders if _copies(order, master_id) and order.parent is None]
            open_copies = [order for order in venue.open_orders("MSFT") if _copies(order, master_id)]
            where = f"{self._name}, follower {number}, master order {master_id}"
            if len(copies) > 1:
                found.wrongs.append(f"{where}: {len(copies)} orders")
            master = live_master.get(master_id)
            if master is None:
                if open_copies:
                    found.wrongs.append(f"{where}: the copy works on although the master's order has ended")
            elif open_copies:
                found.counts["live copies checked"] += 1
                quantity, price = scale_quantity(master.qty, multiplier), master.pricing.limit
                if open_copies[0].qty != quantity or open_copies[0].pricing.limit != price:
                    found.wrongs.append(
                        f"{where}: has {open_copies[0].qty} at {open_copies[0].pricing.limit}, not {quantity} at {price}"
                    )
            elif copies:
                found.counts["live orders whose copy the follower's platform ended"] += 1
            elif (f"f{number}", master_id) in stated:
                found.counts["live orders without copy, with a stated outcome"] += 1
            else:
                found.wrongs.append(f"{where}: live, without a copy and without an outcome")


def _copies(order: SimOrder, master_id: int) -> bool:
    """Whether an order is an attempt, whichever, to copy this one of the master's."""
    return is_copy_id(order.entry.token) and master_bits_of(order.entry.token) == master_bits_of(master_id)


async def _stated_outcomes(client: httpx.AsyncClient) -> set[tuple[str, int]]:
    """(follower, master order) pairs that the product accounts for: in the queue, or with an outcome."""
    stated: set[tuple[str, int]] = set()
    queued = await client.get("/api/queued-actions")
    for follower in queued.json():
        stated |= {(follower["follower_id"], action["master_order_id"]) for action in follower["actions"]}
    return stated


async def main(kills: int, lanes: int, seed: int) -> int:
    """Run the lanes; 0 when nothing is wrong."""
    print(f"seed {seed}, {kills} kills in {lanes} lanes")

    async def lane(number: int) -> Tally:
        async with simulated_platforms(4) as control:
            with tempfile.TemporaryDirectory() as folder:
                one = Lane(number, Random(f"{seed}/{number}"), control, Path(folder))
                await one.run(kills // lanes)
                return one.tally

    tallies = await asyncio.gather(*(lane(number) for number in range(lanes)))
    total: Counter[str] = sum((tally.counts for tally in tallies), Counter())
    wrongs = [wrong for tally in tallies for wrong in tally.wrongs]
    print("\n".join(f"{count:>8}  {name}" for name, count in total.items()))
    print(f"{len(wrongs):>8}  wrong")
    print("\n".join(wrongs[:50]))
    return 1 if wrongs else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=201)
    parser.add_argument("--lanes", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    sys.exit(asyncio.run(main(options.kills, options.lanes, options.seed)))
