"""docs/SIMULATOR.md says what there is."""

from pathlib import Path

import msgspec
import pytest
from fastapi.routing import APIRoute

from das_copy_trader.simulator.control import Control
from das_copy_trader.simulator.control_http import make_app
from das_copy_trader.simulator.orders import Kind
from das_copy_trader.simulator.switches import Switches
from tests.simulator.world import World, simulated

MANUAL = (Path(__file__).parents[2] / "docs" / "SIMULATOR.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [field.name for field in msgspec.structs.fields(Switches)])
def test_every_switch_is_listed(name: str) -> None:
    assert f"`{name}`" in MANUAL


@pytest.mark.parametrize("name", [kind.name for kind in Kind])
def test_every_kind_is_listed(name: str) -> None:
    assert name in MANUAL


@simulated
async def test_every_endpoint_is_listed(world: World) -> None:
    routes = [route for route in make_app(Control(world.broker)).routes if isinstance(route, APIRoute)]
    assert len(routes) > 15
    for route in routes:
        verb = next(word for word in reversed(route.path.split("/")) if not word.startswith("{"))
        assert verb in MANUAL, route.path
