"""A platform that dies of its second price inquiry: it dies once at most, and is never asked again by itself."""

import asyncio

from das_copy_trader.runtime.ids import RandomSource
from das_copy_trader.runtime.virtual_time import run_virtual
from das_copy_trader.simulator.switches import Switches
from tests.sim.short_world import ShortWorld


def inquiries(*, may_inquire: bool) -> list[str]:
    """What a crashing platform is asked while the master shorts three symbols, and for ten minutes after it is back."""

    async def main(randomness: RandomSource) -> list[str]:
        world = ShortWorld(randomness, switches=Switches(crash_on_second_inquiry=True))
        await world.open(1, price_inquiries=may_inquire, locate_retry_timeout=300)
        (platform,) = world.followers
        for symbol in ("GME", "AMC", "BBBY"):
            world.short(symbol, 100)
            await asyncio.sleep(20)
            await platform.go_online()
        world.short("GME", 300)
        await asyncio.sleep(600)
        heard = [command.text for command in world.heard(platform, "SLPRICEINQUIRE")]
        await world.close()
        return heard

    return run_virtual(main, seed=1, limit_s=3600)


def test_after_a_crash_no_inquiry_is_repeated() -> None:
    assert len(inquiries(may_inquire=True)) == 2


def test_switched_off_the_crash_is_never_tripped() -> None:
    assert inquiries(may_inquire=False) == []
