"""One engine per account: no account has two parts, and another program on a platform is told of."""

import asyncio

import pytest

from das_copy_trader.domain.configuration import FollowerConfig
from das_copy_trader.domain.identifiers import FollowerId
from das_copy_trader.runtime.faults import CALM
from das_copy_trader.runtime.ids import RandomSource
from das_copy_trader.runtime.virtual_time import run_virtual
from das_copy_trader.services.errors import ConflictError
from tests.acceptance.platform import HOST, ScriptedPlatform
from tests.acceptance.world import World


class CrowdedPlatform(ScriptedPlatform):
    """A platform that counts two programs at its API."""

    def hear(self, line: str) -> None:
        super().hear(line)
        if line.strip().upper() == "CLIENT":
            self.say("Client number 2")


async def _world(randomness: RandomSource, platform: type[ScriptedPlatform] = ScriptedPlatform) -> World:
    world = World(randomness, CALM, platform)
    await world.open()
    await world.add_follower("f1", multiplier="1", route=None, is_enabled=True, guard_closing=True)
    return world


def test_an_account_that_is_reached_in_another_way_is_still_the_same_account() -> None:
    async def main(randomness: RandomSource) -> None:
        world = await _world(randomness)
        again = FollowerConfig(
            follower_id=FollowerId("f2"),
            name="Again",
            broker_id="another name for the broker",
            host=HOST.upper(),
            port=9001,
            username="SOMEBODY",
            account_id="acct2",
        )
        with pytest.raises(ConflictError, match="one part only"):
            await world.container.configuration.add_follower(again, "secret")
        await world.close()

    run_virtual(main, seed=1, limit_s=60)


def test_another_program_on_a_platform_is_told_of() -> None:
    async def main(randomness: RandomSource) -> None:
        world = await _world(randomness, CrowdedPlatform)
        await world.start()
        await asyncio.sleep(1)
        assert [alert for alert in world.alerts() if "2 programs use its CMD API" in alert]
        await world.close()

    run_virtual(main, seed=1, limit_s=60)
