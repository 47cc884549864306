"""A tour of everything that the face can do: every endpoint, event and action of the brief, live, on simulated platforms.

The accounts have passwords with whatever characters DAS takes, so that whoever listens can look for them afterwards.
"""

import asyncio
import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import httpx
from websockets.asyncio.client import ClientConnection, connect

from das_copy_trader.runtime.clock import SystemClock
from das_copy_trader.runtime.socket_network import SocketNetwork
from das_copy_trader.runtime.tasks import TaskSupervisor
from das_copy_trader.simulator.broker import SimulatedBroker
from das_copy_trader.simulator.control import Control, Ticket
from das_copy_trader.simulator.market import SymbolSpec
from das_copy_trader.simulator.platform import AccountSpec
from tests.support.brief import ACTIONS, ENDPOINTS, EVENTS
from tests.support.program import Program
from tests.support.secret_scan import files_of, leaks

PASSWORDS: Final = ("Mast\"er\\te'x%41", "{F2:[~^`$;s&+=#}", "%s%d%%/../<b>?", r"S3rv\u20acr!")
"""Of the master and the followers f2, f3, f4; the last is known by DAS_SERVERS alone."""
WRONG_PASSWORD: Final = 'never"stored\\%20'
TOKEN: Final = "To\"k\\en%41&+#'x"
HARD: Final = "GNS"
PATIENCE_S: Final = 30.0
_MSFT: Final = SymbolSpec(symbol="MSFT", price=Decimal(200))
_GNS: Final = SymbolSpec(symbol=HARD, price=Decimal(8))
Frame = dict[str, Any]


@asynccontextmanager
async def tour_platforms() -> AsyncIterator[Control]:
    """ACCT1 to ACCT4 with these passwords, on free ports; ACCT3 has to locate GNS before it can sell it short."""
    network, crashes = SocketNetwork(), list[str]()
    tasks = TaskSupervisor(lambda name, error: crashes.append(f"{name}: {error!r}"))
    broker = SimulatedBroker(network, SystemClock(), tasks, seed=1, symbols=(_MSFT, _GNS), step_s=0)
    for number, password in enumerate(PASSWORDS, start=1):
        hard = (HARD,) if number == 3 else ()
        spec = AccountSpec(account=f"ACCT{number}", trader=f"USER{number}", password=password, hard_to_borrow=hard)
        broker.add(spec)
    await broker.start()
    try:
        yield Control(broker)
    finally:
        await broker.stop()
        await tasks.stop_all()
        await network.close()
    assert not crashes


class Tour:
    """The requests that were made, the frames that came, and what was not as it should be."""

    def __init__(
        self, client: httpx.AsyncClient, socket: ClientConnection, control: Control | None, say: Callable[[str], None]
    ) -> None:
        self.client = client
        self._control = control
        self.answers: dict[str, bytes] = {}
        self.done: set[tuple[str, str]] = set()
        self.actions: dict[str, list[str]] = {}
        self.frames: list[Frame] = []
        self.faults: list[str] = []
        self.secrets: list[str] = []
        self._socket = socket
        self._say = say
        self._news = asyncio.Event()
        self._listening = asyncio.ensure_future(self._listen())

    @property
    def control(self) -> Control:
        """The platforms' hand; a demo's is not given to anybody."""
        assert self._control is not None
        return self._control

    @property
    def events(self) -> Counter[str]:
        """How often each type of frame has come."""
        return Counter(frame["type"] for frame in self.frames)

    def heard(self) -> dict[str, bytes]:
        """Everything that the program said: answers, their headers, events."""
        frames = {f"{frame['type']} {number}": json.dumps(frame).encode() for number, frame in enumerate(self.frames)}
        return self.answers | frames

    def leaks(self, folder: Path) -> list[str]:
        """Where a secret was told, or stands in a file of this folder."""
        return leaks(self.heard() | files_of(folder), self.secrets)

    async def end(self) -> None:
        """Stop listening."""
        self._listening.cancel()
        await asyncio.gather(self._listening, return_exceptions=True)

    async def request(self, method: str, path: str, *statuses: int, template: str = "", body: object = None) -> Any:  # noqa: ANN401 - JSON
        """One request; its JSON. `template` is the brief's name of the address."""
        answer = await self.client.request(method, path, json=body)
        name = template or path.partition("?")[0]
        place = f"answer {len(self.answers)} to {method} {path}"
        self.answers[place] = answer.content
        self.answers[f"headers of {place}"] = str(dict(answer.headers)).encode()
        wanted = statuses or (200,)
        is_right = answer.status_code in wanted and "There is no endpoint" not in answer.text
        self._say(f"{'ok   ' if is_right else 'WRONG'} {method:<6} {path:<52} {answer.status_code}")
        if is_right:
            self.done.add((method, _bare(name)))
        else:
            self.faults.append(f"{method} {path}: {answer.status_code}, not {wanted}: {answer.text[:200]}")
        try:
            return answer.json()
        except ValueError:
            return None

    async def event(self, kind: str, is_meant: Callable[[Frame], bool] = lambda _data: True) -> Frame:
        """The data of the first frame of this type for which that holds; waits for it."""
        seen = 0
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for frame in self.frames[seen:]:
                    seen += 1
                    if frame["type"] == kind and is_meant(frame["data"]):
                        data: Frame = frame["data"]
                        return data
                self._news.clear()
                await self._news.wait()

    async def act(self, action: str, wanted: str = "reply", **fields: object) -> Frame:
        """One action over the WebSocket; the data of its answer."""
        request_id = f"{action}-{len(self.frames)}"
        await self._socket.send(json.dumps({"action": action, "request_id": request_id, **fields}))
        data: Frame = {}
        kind = ""
        async with asyncio.timeout(PATIENCE_S):
            while not kind:
                for frame in self.frames:
                    if frame["type"] in {"reply", "error"} and frame["data"]["request_id"] == request_id:
                        kind, data = frame["type"], frame["data"]
                self._news.clear()
                if not kind:
                    await self._news.wait()
        is_right = kind == wanted and data["action"] == action
        self._say(f"{'ok   ' if is_right else 'WRONG'} WS     {action:<52} {kind} {data.get('message', '')}")
        self.actions.setdefault(action, []).append(kind)
        if not is_right:
            self.faults.append(f"{action}: {kind} {data}, not {wanted}")
        return data

    async def _listen(self) -> None:
        async for text in self._socket:
            self.frames.append(json.loads(text))
            self._news.set()


def account(control: Control, number: int, **more: object) -> dict[str, object]:
    """The account as the API takes it."""
    port = control.broker.platforms[number - 1].port
    where = {"broker_id": "SIM", "host": "127.0.0.1", "port": port, "username": f"USER{number}"}
    return {**where, "password": PASSWORDS[number - 1], "account_id": f"ACCT{number}", **more}


async def configure(tour: Tour) -> None:
    """The master, three followers, a broker in the stored settings; every answer on the way."""
    request, control = tour.request, tour.control
    await request("GET", "/api/master", 404)
    await request("POST", "/api/start", 409)
    await request("PUT", "/api/master", body=account(control, 1))
    kept = {name: text for name, text in account(control, 1).items() if name != "password"}
    await request("PUT", "/api/master", body=kept)
    await request("GET", "/api/master")
    for number in (2, 3):
        body = account(control, number, id=f"f{number}", name=f"F{number}", max_locate_price=0)
        await request("POST", "/api/followers", 201, body=body)
        await request("POST", "/api/followers", 409, body=body)
    other = account(
        control, 4, id="f4", name="F4", broker_id="Other", port=1, host="192.0.2.1", password=WRONG_PASSWORD
    )
    await request("POST", "/api/followers", 201, body=other)
    server = account(control, 4, broker_id="OTHER")
    del server["account_id"]
    content = f"LOG_LEVEL=DEBUG\nDAS_SERVERS={json.dumps([server])}\n"
    await request("POST", "/api/env-config/check", body={"content": content})
    await request("PUT", "/api/env-config", body={"content": content})
    shown = await request("GET", "/api/env-config")
    await request("PUT", "/api/env-config", body={"content": shown["content"]})
    await request("PUT", "/api/env-config", 422, body={"content": content + "APP_PORT=x\n"})
    await request("GET", "/api/das-servers")
    await request("GET", "/api/followers")


async def edit(tour: Tour) -> None:
    """Followers, multipliers and blacklist, each way."""
    request, one = tour.request, "/api/followers/{id}"
    pair = "/api/multipliers/{follower_id}/{symbol}"
    spare = account(tour.control, 2, id="spare", name="Spare", account_id="NOBODY", enabled=False)
    await request("POST", "/api/followers", 201, body=spare)
    await request("GET", "/api/followers/spare", template=one)
    await request("PUT", "/api/followers/spare", template=one, body={"name": "New", "password": WRONG_PASSWORD})
    await request("PATCH", "/api/followers/f2/multiplier", template=one + "/multiplier", body={"base_multiplier": 0.5})
    await request("PATCH", "/api/followers/spare/toggle", template=one + "/toggle")
    await request("PATCH", "/api/followers/spare/toggle", template=one + "/toggle", body={"enabled": False})
    entry = await request("POST", "/api/blacklist", 201, body={"follower_id": "spare", "symbol": "brk.b"})
    await request("POST", "/api/blacklist", 409, body={"follower_id": "spare", "symbol": "BRK.B"})
    await request("GET", "/api/blacklist?follower_id=spare")
    await request("DELETE", f"/api/blacklist/{entry['id']}", 204, template="/api/blacklist/{id}")
    await request("PUT", "/api/multipliers/spare/A%2FB", template=pair, body={"multiplier": "0.75"})
    await request("GET", "/api/multipliers/spare", template="/api/multipliers/{follower_id}")
    await request("DELETE", "/api/multipliers/spare/A%2FB", 204, template=pair)
    await tour.act("override_multiplier", follower_id="spare", symbol="MSFT", multiplier=2)
    await tour.act("override_multiplier", "error", follower_id="spare", symbol="MSFT", multiplier=0)
    await request("DELETE", "/api/followers/spare", 204, template=one)
    for path in ("/api/master", "/api/followers/f2"):
        await request(
            "PUT", path, 422, body={"password": WRONG_PASSWORD, "port": WRONG_PASSWORD, "colour": WRONG_PASSWORD}
        )
    for path in ("/api/followers", "/api/test-connection", "/api/auth"):
        await request("POST", path, 422, body={"password": [WRONG_PASSWORD], "token": {"x": WRONG_PASSWORD}})


def _limit(side: str, symbol: str, price: str, shares: int = 100) -> Ticket:
    return Ticket(symbol=symbol, side=side, shares=shares, limit=Decimal(price))


async def trade(tour: Tour) -> None:
    """An order, its replace and its cancel, as every follower's part is told."""
    control = tour.control
    await tour.request("POST", "/api/start")
    await tour.request("POST", "/api/start", 409)
    await tour.request("PUT", "/api/master", 409, body=account(control, 1))
    order = control.place("ACCT1", _limit("B", "MSFT", "150"))
    assert order is not None
    told = await tour.event("order_replicated", lambda data: data["master_order_id"] == order)
    if {name: part["quantity"] for name, part in told["follower_results"].items()} != {"f2": 50, "f3": 100, "f4": 100}:
        tour.faults.append(f"order_replicated: {told}")
    await tour.event("replication_update", lambda data: data["result"]["outcome"] == "working")
    control.replace("ACCT1", order, shares=200)
    await tour.event("order_replaced", lambda data: data["master_order_id"] == order)
    control.cancel("ACCT1", order)
    await tour.event("order_cancelled", lambda data: data["master_order_id"] == order)
    control.set_position("ACCT1", "MSFT", 100, Decimal(200))
    control.set_position("ACCT2", "MSFT", 30, Decimal(200))
    inferred = await tour.event("multiplier_inferred")
    if (inferred["follower_id"], Decimal(inferred["new_multiplier"])) != ("f2", Decimal("0.3")):
        tour.faults.append(f"multiplier_inferred: {inferred}")


async def queue(tour: Tour) -> None:
    """A follower goes away and comes back; what it missed is replayed and discarded, over HTTP and the WebSocket."""
    control, request, path = tour.control, tour.request, "/api/queued-actions/{follower_id}"
    await control.platform("ACCT3").go_offline()
    await tour.event("alert", lambda data: data["follower_id"] == "f3")
    orders = [control.place("ACCT1", _limit("B", "MSFT", "150")) for _ in range(4)]
    for order in orders:
        await tour.event("action_queued", lambda data, order=order: data["master_order_id"] == order)  # type: ignore[misc]
    await request("GET", "/api/queued-actions")
    await control.platform("ACCT3").go_online()
    offered = await tour.event("queued_actions_available", lambda data: data["follower_id"] == "f3")
    listed = await request("GET", "/api/queued-actions/f3", template=path)
    ids = [action["action_id"] for action in listed["actions"]]
    if [action["action_id"] for action in offered["actions"]] != ids or len(ids) != 4:
        tour.faults.append(f"the queue: {offered} and {listed}")
    await tour.act("replay_actions", follower_id="f3", action_ids=ids[:1])
    await tour.event("actions_replayed", lambda data: data["results"][0]["action_id"] == ids[0])
    await tour.act("discard_actions", follower_id="f3", action_ids=ids[1:2])
    await request("POST", "/api/queued-actions/f3/replay", template=path + "/replay", body={"action_ids": ids[2:3]})
    await request("POST", "/api/queued-actions/f3/discard", template=path + "/discard", body={"action_ids": ids[3:]})
    await tour.act("replay_actions", "error", follower_id="f3", action_ids=["none"])
    await tour.act("discard_actions", "error", follower_id="f3", action_ids=["none"])


async def sell_short(tour: Tour) -> None:
    """Short sales whose locates cost more than the limit: their tasks show offers and are cancelled or rejected."""
    control, request, path = tour.control, tour.request, "/api/short-sales/tasks/{task_id}"
    task_ids: list[str] = []
    for cancel in ("cancel_short_sale_task", "rest", "reject_locate_offer"):
        control.place("ACCT1", _limit("SS", HARD, "9"))
        told = await tour.event(
            "short_sale_task_update", lambda data: bool(data["offer"]) and data["task_id"] not in task_ids
        )
        task_ids.append(told["task_id"])
        await request("GET", "/api/short-sales/tasks")
        if cancel == "rest":
            await request("POST", f"/api/short-sales/tasks/{told['task_id']}/cancel", template=path + "/cancel")
        else:
            await tour.act(cancel, task_id=told["task_id"])
        end = await tour.event(
            "short_sale_task_update",
            lambda data: data["task_id"] == task_ids[-1] and data["status"] in {"cancelled", "failed"},
        )
        if not end["error"]:
            tour.faults.append(f"a task that ended without a reason: {end}")
    await tour.act("cancel_short_sale_task", "error", task_id=task_ids[0])
    await request("POST", f"/api/short-sales/tasks/{task_ids[0]}/cancel", 409, template=path + "/cancel")
    await request("GET", "/api/short-sales/tasks/all")
    await request("GET", "/api/locates")


async def look_around(tour: Tour) -> None:
    """Everything that can be read, a platform that repeats what it was sent, a refused log-in, and the end."""
    request, control = tour.request, tour.control
    control.nonsense("ACCT2", f"LOGIN USER2 {PASSWORDS[1]} ACCT2\r\n%ORDER {PASSWORDS[1]}\r\n".encode())
    control.refuse_login("ACCT4")
    control.disconnect("ACCT4")
    await tour.event("alert", lambda data: data["follower_id"] == "f4")
    await tour.event("log_entries")
    names = ("status", "health", "das-servers", "master", "followers", "blacklist", "env-config", "alerts", "events")
    for name in (*names, "replications", "logs?limit=2000&level=debug", "logs/runs", "openapi.json", "auth"):
        await request("GET", f"/api/{name}")
    story = (await request("GET", "/api/replications?limit=1"))[0]
    await request("GET", f"/api/replications/{story['trading_day']}/{story['master_order_id']}/explain")
    await request("GET", "/api/logs/download")
    await request("GET", "/api/diagnostics")
    await request("GET", "/metrics")
    await request("POST", "/api/test-connection", body={"follower_id": "f2"})
    await request("POST", "/api/test-connection", body={"password": WRONG_PASSWORD, "port": 1})
    await request("POST", "/api/test-connection", body={"follower_id": "f4", "password": WRONG_PASSWORD})
    await request("POST", "/api/followers/f2/cancel-copies")
    await request("POST", "/api/stop")
    await request("POST", "/api/stop")


async def whole_tour(tour: Tour) -> None:
    """All of it, in an order in which each has something to work on. What did not come in time is a fault."""
    for part in (configure, edit, trade, queue, sell_short, look_around):
        try:
            await part(tour)
        except TimeoutError:
            tour.faults.append(f"«{part.__name__}» waited for something that did not come")


def missing(tour: Tour) -> list[str]:
    """What of the brief was not seen: endpoints, events, actions that were done and ones that were refused."""
    names = [f"{method} {path}" for method, path in ENDPOINTS if (method, _bare(path)) not in tour.done]
    names += [f"event {name}" for name in EVENTS if not tour.events[name]]
    names += [
        f"action {name} with {kind}"
        for name in ACTIONS
        for kind in ("reply", "error")
        if kind not in tour.actions.get(name, [])
    ]
    return names


def _bare(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path)


@asynccontextmanager
async def tour_of(served: Program, say: Callable[[str], None]) -> AsyncIterator[Tour]:
    """A tour that is about to begin, of this program, which has to carry `TOKEN`."""
    headers = {"authorization": f"Bearer {TOKEN}"}
    address = served.base.replace("http", "ws") + "/ws"
    async with (
        tour_platforms() as control,
        httpx.AsyncClient(base_url=served.base, headers=headers, timeout=60) as client,
        connect(address, additional_headers=headers, max_size=None) as socket,
    ):
        opened = await client.get("/auth", params={"token": TOKEN})
        tour = Tour(client, socket, control, say)
        tour.secrets = [
            TOKEN,
            WRONG_PASSWORD,
            *PASSWORDS,
            opened.headers["set-cookie"].partition(";")[0].partition("=")[2],
        ]
        client.cookies.clear()
        try:
            yield tour
        finally:
            await tour.end()
