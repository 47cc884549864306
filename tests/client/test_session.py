"""One session after another with a scripted platform, in virtual time."""

from collections.abc import Callable, Coroutine

from das_copy_trader.client.endpoint import SessionPolicy
from das_copy_trader.domain.enums import ConnectionState
from das_copy_trader.runtime.ids import RandomSource
from das_copy_trader.runtime.virtual_time import run_virtual
from tests.client.support import World

READY = ConnectionState.READY
DISCONNECTED = ConnectionState.DISCONNECTED
ACCEPTED = "%ORDER 2839 127600720 SOFI B L 1 1 0 11.2 SAGEPRO Accepted 05:32:22 0 ACCT1 USER1 CMDAPI DAY N/A"
CANCELED = "%ORDER 2839 127600720 SOFI B L 1 0 1 11.2 SAGEPRO Canceled 05:32:27 0 ACCT1 USER1 CMDAPI DAY N/A"


def run(scene: Callable[[World], Coroutine[object, object, None]], policy: SessionPolicy | None = None) -> None:
    """Play a scene in virtual time; the client is stopped at the end and nothing may have crashed."""

    async def main(source: RandomSource) -> None:
        world = World(source.stream("test"), policy)
        await scene(world)
        await world.client.stop()
        await world.tasks.stop_all()
        assert not world.crashes

    run_virtual(main, seed=1, limit_s=7200)


def test_a_log_in_walks_through_the_states_to_ready() -> None:
    async def scene(world: World) -> None:
        await world.start_ready()
        assert world.listener.state_names == ["connecting", "logging_in", "syncing", "ready"]
        assert world.platform.lines[0] == "LOGIN USER1 s3cret-word ACCT1"
        assert world.listener.lists == 1
        assert world.client.state is READY

    run(scene)


def test_no_banner_is_needed() -> None:
    async def scene(world: World) -> None:
        world.platform.banner = []
        await world.start_ready()

    run(scene)
