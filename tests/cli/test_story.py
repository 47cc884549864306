"""One order's story over a kill of the real process: what the former life saw and sent, and what the next one did."""

import asyncio
import signal
from decimal import Decimal
from pathlib import Path

import httpx

from das_copy_trader.simulator.control import Control, Ticket
from tests.support.face import account_body, follower_body, simulated_platforms
from tests.support.program import program

PATIENCE_S = 60


async def _until_outcome(client: httpx.AsyncClient, order_id: int, outcome: str) -> str:
    """The order's trading day, once the database says that f2's copy has this outcome."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            answer = await client.get(f"/api/replications?master_order_id={order_id}&follower=f2&outcome={outcome}")
            found = answer.json()
            if found:
                return str(found[0]["trading_day"])
            await asyncio.sleep(0.01)


def _buy(control: Control) -> int:
    order_id = control.place("ACCT1", Ticket(symbol="MSFT", side="B", shares=100, limit=Decimal(150)))
    assert order_id is not None
    return order_id


async def test_a_story_goes_on_over_a_kill(tmp_path: Path) -> None:
    async with simulated_platforms(2) as control:
        ports = [platform.port for platform in control.broker.platforms]
        async with program(tmp_path) as served, served.client() as client:
            await client.put("/api/master", json=account_body(1, ports[0]))
            await client.post("/api/followers", json=follower_body(2, ports[1], base_multiplier="0.5"))
            assert (await client.post("/api/start")).status_code == 200
            order_id = _buy(control)
            day = await _until_outcome(client, order_id, "working")
            served.process.send_signal(signal.SIGKILL)
            await served.process.wait()
        control.cancel("ACCT1", order_id)
        missed = _buy(control)
        async with program(tmp_path) as served, served.client() as client:
            before = (await client.get(f"/api/replications/{day}/{order_id}/explain")).json()
            assert before["conclusions"]["f2"].startswith("f2: working, order ")
            assert (await client.post("/api/start")).status_code == 200
            await _until_outcome(client, order_id, "cancelled")
            await _until_outcome(client, missed, "queued")
            story = (await client.get(f"/api/replications/{day}/{order_id}/explain")).json()
            other = (await client.get(f"/api/replications/{day}/{missed}/explain")).json()
    steps = story["steps"]
    assert steps[: len(before["steps"])] == before["steps"], "what the former life kept stands first and unchanged"
    rest = iter((step["follower_id"], step["kind"]) for step in steps)
    wanted = [(None, "seen"), ("f2", "sent"), ("f2", "changed"), ("f2", "cancel_sent"), ("f2", "changed")]
    assert all(step in rest for step in wanted), steps
    assert [step["at"] for step in steps] == sorted(step["at"] for step in steps)
    assert story["conclusions"]["f2"].startswith("f2: cancelled, order ")
    assert sum(step["kind"] == "sent" for step in steps) == 1
    venue = control.platform("ACCT2").venue
    (copy,) = [order for order in venue.orders if order.parent is None]
    assert f"order {copy.order_id}" in story["conclusions"]["f2"]
    assert all(step["kind"] != "sent" for step in other["steps"])
    assert "two complete order lists do not have it" in other["conclusions"]["f2"]
