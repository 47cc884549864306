"""Walks the whole API of the brief against the running demo, as the README starts it, and prints what came.

    .venv/bin/python tests/load/walk_demo.py

The demo's own story brings the events; what needs a second time (a queue, a short task to cancel) is brought about with
what the API offers. Takes about three minutes. Exit code 1 when anything is not as the brief says.
"""

import asyncio
import signal
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import unquote

import httpx
from websockets.asyncio.client import connect

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.support.program import COMMAND, LINK, environment  # noqa: E402
from tests.support.tour import Frame, Tour, missing  # noqa: E402

ONE = "/api/followers/{id}"
QUEUE = "/api/queued-actions/{follower_id}"
TASK = "/api/short-sales/tasks/{task_id}"
ABSENT = "simf3"


async def edit(tour: Tour) -> None:
    """What a user may change while the demo trades: a spare follower, multipliers, blacklist, settings."""
    request = tour.request
    (shown,) = [one for one in await request("GET", "/api/followers") if one["id"] == ABSENT]
    address = {name: shown[name] for name in ("broker_id", "host", "port", "username")}
    body = {**address, "id": "spare", "name": "Spare", "account_id": "NOBODY", "password": "x", "enabled": False}
    await request("POST", "/api/followers", 201, body=body)
    await request("GET", "/api/followers/spare", template=ONE)
    await request("PUT", "/api/followers/spare", template=ONE, body={"name": "Still spare"})
    await request("PATCH", "/api/followers/spare/multiplier", template=ONE + "/multiplier", body={"base_multiplier": 3})
    await request("PATCH", "/api/followers/spare/toggle", template=ONE + "/toggle", body={"enabled": False})
    entry = await request("POST", "/api/blacklist", 201, body={"follower_id": "spare", "symbol": "BRK.B"})
    await request("GET", "/api/blacklist")
    await request("DELETE", f"/api/blacklist/{entry['id']}", 204, template="/api/blacklist/{id}")
    pair = "/api/multipliers/{follower_id}/{symbol}"
    await request("PUT", "/api/multipliers/spare/MSFT", template=pair, body={"multiplier": "0.75"})
    await request("GET", "/api/multipliers/spare", template="/api/multipliers/{follower_id}")
    await request("DELETE", "/api/multipliers/spare/MSFT", 204, template=pair)
    await tour.act("override_multiplier", follower_id="spare", symbol="MSFT", multiplier=2)
    await tour.act("override_multiplier", "error", follower_id="nobody", symbol="MSFT", multiplier=2)
    await request("DELETE", "/api/followers/spare", 204, template=ONE)
    content = (await request("GET", "/api/env-config"))["content"]
    await request("PUT", "/api/env-config", body={"content": content})
    for path in ("das-servers", "status", "health", "master"):
        await request("GET", f"/api/{path}")


async def watch_the_story(tour: Tour) -> None:
    """The scenes, one after another, as the events tell them."""
    for kind in ("order_replicated", "order_replaced", "order_cancelled", "multiplier_inferred"):
        await told(tour, kind)
    offered = await told(tour, "short_sale_task_update", offer=True)
    task_id = offered["task_id"]
    await tour.request("GET", "/api/short-sales/tasks")
    await tour.act("cancel_short_sale_task", task_id=task_id)
    await tour.act("cancel_short_sale_task", "error", task_id="none")
    await tour.request("POST", f"/api/short-sales/tasks/{task_id}/cancel", 409, template=TASK + "/cancel")
    await tour.request("GET", "/api/short-sales/tasks/all")
    missed = await told(tour, "action_queued")
    await told(tour, "queued_actions_available")
    await tour.act("replay_actions", follower_id=missed["follower_id"], action_ids=[missed["action_id"]])
    await told(tour, "actions_replayed")


async def miss_some_more(tour: Tour) -> None:
    """A follower that cannot be reached for a while: its address is changed, and put right again."""
    request = tour.request
    port = (await request("GET", f"/api/followers/{ABSENT}", template=ONE))["port"]
    known = {frame["data"]["action_id"] for frame in tour.frames if frame["type"] == "action_queued"}
    await request("PUT", f"/api/followers/{ABSENT}", template=ONE, body={"port": 1})
    ids: list[str] = []
    while len(ids) < 3:
        new = await told(tour, "action_queued", not_in=known | set(ids))
        ids.append(new["action_id"])
    await request("PUT", f"/api/followers/{ABSENT}", template=ONE, body={"port": port})
    await request("GET", "/api/queued-actions")
    await request("GET", f"/api/queued-actions/{ABSENT}", template=QUEUE)
    await tour.act("discard_actions", follower_id=ABSENT, action_ids=ids[:1])
    await tour.act("discard_actions", "error", follower_id=ABSENT, action_ids=["none"])
    await tour.act("replay_actions", "error", follower_id=ABSENT, action_ids=["none"])
    for number, verb in enumerate(("replay", "discard"), start=1):
        path = f"/api/queued-actions/{ABSENT}/{verb}"
        await request("POST", path, template=f"{QUEUE}/{verb}", body={"action_ids": [ids[number]]})


async def stop(tour: Tour) -> None:
    """The end, a start and the end again; the master's settings are put where nothing runs."""
    await tour.request("POST", "/api/start", 409)
    await tour.request("POST", "/api/stop")
    master = await tour.request("GET", "/api/master")
    names = ("broker_id", "host", "port", "username", "account_id")
    await tour.request("PUT", "/api/master", body={name: master[name] for name in names})
    await tour.request("POST", "/api/start")
    await tour.request("POST", "/api/stop")
    await told(tour, "log_entries")
    await told(tour, "state_update")
    await told(tour, "alert")


async def told(tour: Tour, kind: str, *, offer: bool = False, not_in: set[str] | None = None) -> Frame:
    """The first such event, which the story may still be far from."""
    data: Frame = {}
    for _ in range(6):
        try:
            data = await tour.event(
                kind,
                lambda data: (not offer or bool(data["offer"])) and (not_in is None or data["action_id"] not in not_in),
            )
        except TimeoutError:
            continue
        print(f"event        {kind}", flush=True)
        return data
    raise TimeoutError(kind)


async def main() -> int:
    """Start the demo, walk, end it as Ctrl-C does; the exit code."""
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        process = await asyncio.create_subprocess_exec(
            *COMMAND,
            "demo",
            env=environment(Path(folder)),
            cwd=folder,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        assert process.stdout is not None
        found = None
        while found is None:
            line = (await process.stdout.readline()).decode()
            assert line, "the demo ended before it was ready"
            found = LINK.search(line)
        reading = asyncio.ensure_future(process.stdout.read())
        headers = {"authorization": f"Bearer {unquote(found[2])}"}
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=found[1], headers=headers, timeout=60))
        address = found[1].replace("http", "ws") + "/ws"
        socket = await stack.enter_async_context(connect(address, additional_headers=headers, max_size=None))
        tour = Tour(client, socket, None, lambda line: print(line, flush=True))
        for part in (edit, watch_the_story, miss_some_more, stop):
            try:
                await part(tour)
            except TimeoutError:
                tour.faults.append(f"«{part.__name__}» waited for something that did not come")
        await tour.end()
        process.send_signal(signal.SIGINT)
        said = (await reading).decode()
        code = await process.wait()
    faults = [*tour.faults, *(f"not seen: {name}" for name in missing(tour))]
    faults += [f"the demo ended with {code}"] * (code != 0) + ["a traceback on the terminal"] * ("Traceback" in said)
    print(f"\n{len(tour.done)} addresses; events: {dict(sorted(tour.events.items()))}")
    print("\n".join(f"FAULT {fault}" for fault in faults) or "All as the brief says.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
