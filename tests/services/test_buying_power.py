"""Buying power is asked for by itself, and a platform that does not answer is asked seldom."""

import asyncio

from das_copy_trader.client.das_client import MasterClient, TradingClient
from tests.support.face import account_body, follower_body, open_face, simulated_platforms


async def test_every_ready_account_shows_its_buying_power() -> None:
    async with open_face() as face, simulated_platforms(2) as control:
        ports = [platform.port for platform in control.broker.platforms]
        await face.client.put("/api/master", json=account_body(1, ports[0]))
        await face.client.post("/api/followers", json=follower_body(2, ports[1]))
        await face.client.post("/api/start")
        shown: list[str | None] = [None]
        async with asyncio.timeout(30):
            while None in shown:
                await asyncio.sleep(0.05)
                status = (await face.client.get("/api/status")).json()
                shown = [status["master"]["buying_power"], status["followers"][0]["buying_power"]]
        assert all(float(amount or 0) > 0 for amount in shown)


async def test_one_question_is_open_at_a_time() -> None:
    async with open_face() as face, simulated_platforms(1) as control:
        await face.client.put("/api/master", json=account_body(1, control.broker.platforms[0].port))
        await face.client.post("/api/start")
        clients: list[MasterClient | TradingClient] = [client for _, _, client in face.container.snapshots.clients()]
        asked = len(face.container.tasks)
        for _ in range(5):
            face.container.buying_power.look()
        assert len(clients) == 1
        assert len(face.container.tasks) <= asked + 1
