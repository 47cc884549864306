"""Three followers, three hard-to-borrow symbols, one moment: who asks, buys and shorts when. Run it to see the timeline.

Also: how long a short takes that needs no locate. Virtual time, simulated platforms, 5 ms each way.

    python -m tests.load.shorts_timeline
"""

import asyncio

import msgspec

from das_copy_trader.runtime.faults import FaultPlan
from das_copy_trader.runtime.ids import RandomSource
from das_copy_trader.runtime.virtual_time import run_virtual
from das_copy_trader.simulator.switches import Breach, Switches
from tests.sim.short_world import HARD, ShortWorld

LATENCY_S = 0.005
WORDS = ("SLPRICEINQUIRE", "SLNEWORDER", "NEWORDER", "SLOFFEROPERATION")


class Step(msgspec.Struct, frozen=True):
    """A command that a follower's platform received, in seconds after the master's first short."""

    at_s: float
    follower: str
    text: str


class Timeline(msgspec.Struct, frozen=True):
    """What happened. `most_at_once`: locates in flight over all followers; `closest_s`: between two inquiries of one."""

    steps: list[Step]
    most_at_once: int
    closest_s: float
    shorted: int


def timeline(followers: int = 3) -> Timeline:
    """The master shorts every symbol at once."""

    async def main(randomness: RandomSource) -> Timeline:
        switches = Switches(locate_delay_s=1.0, breach=Breach.CLOSE)
        world = ShortWorld(randomness, faults=FaultPlan(latency_s=LATENCY_S), switches=switches)
        await world.open(followers)
        shorts = world.container.engine.shorts
        assert shorts is not None
        start_s = asyncio.get_running_loop().time()
        for symbol in HARD:
            world.short(symbol, 100)
        most = 0
        for _ in range(2000):
            await asyncio.sleep(0.01)
            most = max(most, shorts.locates_in_flight)
        steps, closest, shorted = [], 99.0, 0
        for platform in world.followers:
            last_s = -99.0
            for command in world.heard(platform, *WORDS):
                steps.append(Step(command.at_s - start_s, platform.spec.account, command.text))
                if command.text.startswith("SLPRICE"):
                    closest = min(closest, command.at_s - last_s)
                    last_s = command.at_s
            shorted += len(world.open_orders(platform))
        await world.close()
        return Timeline(sorted(steps, key=lambda step: step.at_s), most, closest, shorted)

    return run_virtual(main, seed=1, limit_s=600)


def time_without_locate() -> tuple[float, list[str]]:
    """Seconds from the master's line to the follower's platform having the short; what it was asked before."""

    async def main(randomness: RandomSource) -> tuple[float, list[str]]:
        world = ShortWorld(randomness, faults=FaultPlan(latency_s=LATENCY_S))
        await world.open(1)
        (platform,) = world.followers
        before = len(platform.received)
        start_s = asyncio.get_running_loop().time()
        world.short("MSFT", 100)
        await asyncio.sleep(1)
        heard = list(platform.received)[before:]
        asked = [command.text for command in heard if not command.text.startswith(("NEWORDER", "ECHO", "GET BP"))]
        (order,) = [command for command in heard if command.text.startswith("NEWORDER")]
        await world.close()
        return order.at_s - start_s, asked

    return run_virtual(main, seed=1, limit_s=600)


def main() -> None:
    """Print it."""
    found = timeline()
    for step in found.steps:
        print(f"{step.at_s:7.3f} s  {step.follower}  {step.text}")
    print(f"\nlocates in flight at once, at most: {found.most_at_once}")
    print(f"between two price inquiries of one connection, at least: {found.closest_s:.3f} s")
    print(f"short orders that work at the followers: {found.shorted}")
    took_s, asked = time_without_locate()
    trip_s = 2 * LATENCY_S
    print(f"\nno locate needed: {took_s * 1000:.2f} ms from the master's line to the follower's short on its platform;")
    print(
        f"the lines' own way there is {trip_s * 1000:.0f} ms, the question's round trip {trip_s * 1000:.0f} ms: {asked}"
    )


if __name__ == "__main__":
    main()
