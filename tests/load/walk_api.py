"""Walks the whole API of the brief against a running demo, as a browser and a program would, and prints what came.

    .venv/bin/python tests/load/walk_api.py

Exit code 1 when anything is not as the brief says.
"""

import asyncio
import contextlib
import json
import re
import signal
import sys
import tempfile
from collections import Counter
from pathlib import Path

import httpx
from websockets.asyncio.client import ClientConnection, connect

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.support.brief import ACTIONS, ENDPOINTS  # noqa: E402
from tests.support.program import COMMAND, LINK, environment  # noqa: E402

LISTEN_S = 90.0
WANTED = {"state_update", "order_replicated", "order_cancelled", "order_replaced", "alert", "log_entries"}


class Walk:
    """The requests that were made, and what was wrong."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.done: dict[tuple[str, str], int] = {}
        self.faults: list[str] = []
        self.texts: list[str] = []

    async def __call__(self, method: str, path: str, *statuses: int, template: str = "", body: object = None) -> object:
        """One request; its JSON."""
        answer = await self.client.request(method, path, json=body)
        self.texts.append(answer.text)
        name = template or path.partition("?")[0]
        self.done[method, re.sub(r"\{[^}]*\}", "{}", name)] = answer.status_code
        wanted = statuses or (200,)
        is_right = answer.status_code in wanted and "There is no endpoint" not in answer.text
        print(f"{'ok  ' if is_right else 'WRONG'} {method:<6} {path:<46} {answer.status_code}")
        if not is_right:
            self.faults.append(f"{method} {path}: {answer.status_code}, not {wanted}: {answer.text[:200]}")
        with contextlib.suppress(ValueError):
            return answer.json()
        return None


async def walk_rest(walk: Walk) -> None:
    """Every endpoint, in an order in which each has something to work on."""
    await walk("GET", "/api/das-servers")
    await walk("GET", "/api/status")
    await walk("GET", "/api/health")
    await walk("POST", "/api/start", 409)
    master = await walk("GET", "/api/master")
    assert isinstance(master, dict)
    fields = ("broker_id", "host", "port", "username", "account_id")
    account = {name: master[name] for name in fields}
    await walk("PUT", "/api/master", 409, body=account)
    followers = await walk("GET", "/api/followers")
    assert isinstance(followers, list)
    first = followers[0]["id"]
    new = account | {
        "id": "walker",
        "name": "Walker",
        "account_id": "NOBODY",
        "password": "no-password",
        "enabled": False,
    }
    await walk("POST", "/api/followers", 201, body=new)
    one = "/api/followers/{id}"
    await walk("GET", "/api/followers/walker", template=one)
    await walk("PUT", "/api/followers/walker", template=one, body={"name": "Walker the second"})
    await walk(
        "PATCH", "/api/followers/walker/multiplier", template=one + "/multiplier", body={"base_multiplier": "0.5"}
    )
    await walk("PATCH", "/api/followers/walker/toggle", template=one + "/toggle", body={"enabled": False})
    entry = await walk("POST", "/api/blacklist", 201, body={"follower_id": "walker", "symbol": "TSLA"})
    assert isinstance(entry, dict)
    await walk("GET", "/api/blacklist")
    await walk("DELETE", f"/api/blacklist/{entry['id']}", 204, template="/api/blacklist/{id}")
    pair = "/api/multipliers/{follower_id}/{symbol}"
    await walk("PUT", "/api/multipliers/walker/TSLA", template=pair, body={"multiplier": 2})
    await walk("GET", "/api/multipliers/walker", template="/api/multipliers/{follower_id}")
    await walk("DELETE", "/api/multipliers/walker/TSLA", 204, template=pair)
    await walk("GET", "/api/short-sales/tasks")
    await walk("GET", "/api/short-sales/tasks/all")
    await walk("POST", "/api/short-sales/tasks/none/cancel", 404, template="/api/short-sales/tasks/{task_id}/cancel")
    await walk("GET", "/api/queued-actions")
    queue = "/api/queued-actions/{follower_id}"
    await walk("GET", f"/api/queued-actions/{first}", template=queue)
    await walk(
        "POST",
        f"/api/queued-actions/{first}/replay",
        200,
        404,
        template=queue + "/replay",
        body={"action_ids": ["none"]},
    )
    await walk(
        "POST",
        f"/api/queued-actions/{first}/discard",
        200,
        404,
        template=queue + "/discard",
        body={"action_ids": ["none"]},
    )
    await walk("GET", "/api/env-config")
    await walk("PUT", "/api/env-config", body={"content": "LOG_LEVEL=INFO\n"})
    await walk("DELETE", "/api/followers/walker", 204, template=one)
    for path in ("/api/replications", "/api/alerts", "/api/events", "/api/logs", "/api/logs/runs", "/metrics"):
        await walk("GET", path)
    await walk("POST", "/api/test-connection", body={"follower_id": first})
    await walk("GET", "/api/auth")
    await walk("POST", "/api/stop")
    await walk("POST", "/api/stop")


async def listen(socket: ClientConnection, counts: Counter[str], wanted: set[str]) -> None:
    """Count frames until every wanted type has come."""
    async with asyncio.timeout(LISTEN_S):
        while wanted - set(counts):
            counts[json.loads(await socket.recv())["type"]] += 1


async def act(socket: ClientConnection, action: str, fields: dict[str, object], walk: Walk) -> None:
    """One client action; its answer names it."""
    await socket.send(json.dumps({"action": action, "request_id": action, **fields}))
    async with asyncio.timeout(20):
        while True:
            frame = json.loads(await socket.recv())
            if frame["type"] in {"reply", "error"} and frame["data"].get("request_id") == action:
                break
    print(f"ok   WS     {action:<46} {frame['type']} {frame['data'].get('message', '')}")
    if frame["data"]["action"] != action:
        walk.faults.append(f"the answer to {action} names {frame['data']['action']}")


async def main() -> int:
    """Start the demo, walk, end it; the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        process = await asyncio.create_subprocess_exec(
            *COMMAND,
            "demo",
            "--quiet",
            env=environment(Path(folder)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        assert process.stdout is not None
        found = None
        while found is None:
            line = (await process.stdout.readline()).decode()
            if not line:
                print("The demo ended before it was ready.")
                return 1
            found = LINK.search(line)
        try:
            return await walk_demo(found[1], found[2])
        finally:
            process.send_signal(signal.SIGTERM)
            await process.communicate()


async def walk_demo(base: str, token: str) -> int:
    """The walk against a running program."""
    headers = {"authorization": f"Bearer {token}"}
    counts: Counter[str] = Counter()
    async with httpx.AsyncClient(base_url=base, headers=headers, timeout=60) as client:
        walk = Walk(client)
        address = base.replace("http", "ws") + "/ws"
        async with connect(address, additional_headers=headers, max_size=None) as socket:
            try:
                await listen(socket, counts, WANTED)
            except TimeoutError:
                walk.faults.append(f"events that did not come within {LISTEN_S:g} s: {sorted(WANTED - set(counts))}")
            follower = (await client.get("/api/followers")).json()[0]["id"]
            fields: dict[str, dict[str, object]] = {
                "override_multiplier": {"follower_id": follower, "symbol": "MSFT", "multiplier": 1},
                "cancel_short_sale_task": {"task_id": "none"},
                "replay_actions": {"follower_id": follower, "action_ids": ["none"]},
                "discard_actions": {"follower_id": follower, "action_ids": ["none"]},
            }
            for action in ACTIONS:
                await act(socket, action, fields[action], walk)
        await walk_rest(walk)
        if any("simulated" in text and '"password"' in text for text in walk.texts):
            walk.faults.append("an answer holds a password")
        missing = [
            f"{method} {path}"
            for method, path in ENDPOINTS
            if (method, re.sub(r"\{[^}]*\}", "{}", path)) not in walk.done
        ]
    walk.faults += [f"not walked: {name}" for name in missing]
    print(f"\n{len(walk.done)} addresses, events {dict(counts)}")
    for fault in walk.faults:
        print(f"FAULT {fault}")
    print("All as the brief says." if not walk.faults else f"{len(walk.faults)} faults.")
    return 1 if walk.faults else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
