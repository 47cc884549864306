"""The control surface over HTTP."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from das_copy_trader.protocol.vocabulary import DumpKind
from das_copy_trader.runtime.clock import SystemClock
from das_copy_trader.runtime.socket_network import SocketNetwork
from das_copy_trader.runtime.tasks import TaskSupervisor
from das_copy_trader.simulator.broker import SimulatedBroker
from das_copy_trader.simulator.control import Control
from das_copy_trader.simulator.control_http import make_app
from das_copy_trader.simulator.control_server import ControlServer
from das_copy_trader.simulator.locates import LocateHabit, LocateRoute
from das_copy_trader.simulator.platform import AccountSpec
from tests.simulator.world import D

ORDER = {"symbol": "SOFI", "side": "B", "shares": 100, "limit": "15.50", "route": "ARCA"}


def make_control(tasks: TaskSupervisor) -> Control:
    broker = SimulatedBroker(SocketNetwork(), SystemClock(), tasks, seed=1, step_s=0)
    broker.add(AccountSpec(account="ACCT1", trader="USER1", password="secret"))
    broker.market.set_quote("SOFI", D("15.99"), D("16.01"))
    return Control(broker)


@asynccontextmanager
async def opened() -> AsyncIterator[tuple[Control, httpx.AsyncClient]]:
    crashes: list[BaseException] = []
    tasks = TaskSupervisor(lambda _, error: crashes.append(error))
    control = make_control(tasks)
    transport = httpx.ASGITransport(make_app(control))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:9900") as client:
        yield control, client
    await control.broker.stop()
    await tasks.stop_all()
    assert crashes == []


async def test_orders_by_hand() -> None:
    async with opened() as (control, client):
        placed = await client.post("/accounts/ACCT1/orders", json=ORDER)
        order_id = placed.json()["order_id"]
        assert placed.status_code == 200
        replaced = await client.post(f"/accounts/ACCT1/orders/{order_id}/replace", json={"shares": 50})
        assert replaced.json() == {"order_id": order_id}
        filled = await client.post(f"/accounts/ACCT1/orders/{order_id}/fill", json={"shares": 20})
        assert filled.json() == {"shares": 20}
        assert (await client.post(f"/accounts/ACCT1/orders/{order_id}/cancel")).status_code == 204
        rows = (await client.get("/accounts/ACCT1/orders")).json()
        assert rows == control.rows("ACCT1", DumpKind.ORDERS)
        assert rows[0].split(" ")[6:9] == ["50", "0", "30"]
        for block, count in (("trades", 1), ("positions", 1), ("locates", 0), ("commands", 0)):
            assert len((await client.get(f"/accounts/ACCT1/{block}")).json()) == count


async def test_venue_and_broker() -> None:
    async with opened() as (control, client):
        ids = [(await client.post("/accounts/ACCT1/orders", json=ORDER)).json()["order_id"] for _ in range(2)]
        await client.post(f"/accounts/ACCT1/orders/{ids[0]}/reject", json={"note": "No"})
        await client.post(f"/accounts/ACCT1/orders/{ids[1]}/venue-cancel")
        await client.post("/accounts/ACCT1/fates", json={"fates": ["platform_reject"]})
        assert (await client.post("/accounts/ACCT1/orders", json=ORDER)).json() == {"order_id": None}
        await client.post("/accounts/ACCT1/position", json={"symbol": "SOFI", "shares": -100, "price": 16})
        statuses = [row.split(" ")[11] for row in control.rows("ACCT1", DumpKind.ORDERS)]
        assert statuses == ["Rejected", "Canceled"]
        assert control.platform("ACCT1").ledger.net("SOFI") == -100


async def test_the_market() -> None:
    async with opened() as (control, client):
        body = {"bid": "20.00", "ask": "20.02", "print_price": "20.01", "halted": True, "short_restricted": True}
        assert (await client.post("/market/symbols/SOFI", json=body)).status_code == 204
        assert (await client.get("/market")).json() == [
            {
                "symbol": "SOFI",
                "bid": "20.00",
                "ask": "20.02",
                "last": "20.01",
                "halted": True,
                "short_restricted": True,
            }
        ]
        assert (await client.post("/market/symbols/SOFI", json={"bid": "20.00"})).status_code == 409
        assert (await client.post("/market/phase", json={"phase": "pre"})).status_code == 204
        assert (await client.post("/market/new-day")).status_code == 204
        assert control.broker.market.phase == "pre"


async def test_trouble() -> None:
    async with opened() as (control, client):
        faults = {
            "answer_delay_s": 0.3,
            "mute": "orders",
            "refuse_login": True,
            "stall": True,
            "order_server_up": False,
        }
        assert (await client.post("/accounts/ACCT1/faults", json=faults)).status_code == 204
        platform = control.platform("ACCT1")
        assert (platform.faults.answer_delay_s, platform.faults.mute, platform.is_order_server_up) == (
            0.3,
            "orders",
            False,
        )
        for verb in ("heal", "disconnect", "half-line", "nonsense", "online", "offline"):
            assert (await client.post(f"/accounts/ACCT1/{verb}")).status_code == 204
        assert (platform.faults.answer_delay_s, platform.is_online, platform.is_order_server_up) == (0.0, False, True)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/accounts/NOPE/orders", ORDER, 409),
        ("/accounts/ACCT1/orders", {**ORDER, "side": "X"}, 409),
        ("/accounts/ACCT1/orders", {**ORDER, "shares": 0}, 422),
        ("/accounts/ACCT1/orders", {**ORDER, "limit": "NaN"}, 422),
        ("/accounts/ACCT1/orders", {**ORDER, "route": "A B"}, 422),
        ("/accounts/ACCT1/orders", {**ORDER, "colour": "red"}, 422),
        ("/accounts/ACCT1/orders/77/cancel", {}, 409),
        ("/accounts/ACCT1/orders", {**ORDER, "symbol": "SO FI"}, 422),
        ("/accounts/ACCT1/orders", {**ORDER, "symbol": "SOFI\n"}, 422),
        ("/accounts/ACCT1/orders", {**ORDER, "tif": "EVER"}, 422),
        ("/accounts/ACCT1/orders", {**ORDER, "limit": None}, 409),
        ("/accounts/ACCT1/orders/x/cancel", {}, 422),
        ("/accounts/ACCT1/fates", {"fates": ["fame"]}, 422),
        ("/accounts/ACCT1/locates", {"symbol": "A B", "shares": 100}, 422),
        ("/accounts/ACCT1/hard-to-borrow", {"symbols": ["A B"]}, 422),
        ("/market/symbols/A%20B", {"bid": "1", "ask": "2"}, 422),
        ("/market/symbols/SOFI", {"bid": "1"}, 409),
        ("/nothing", {}, 404),
    ],
)
async def test_bad_input_gets_a_sentence_and_never_a_500(path: str, body: dict[str, object], status: int) -> None:
    async with opened() as (_, client):
        answer = await client.post(path, json=body)
        assert answer.status_code == status
        detail = answer.json()["detail"]
        assert isinstance(detail, str)
        assert detail.endswith((".", "-"))


async def test_each_fault_of_the_input_is_named() -> None:
    async with opened() as (_, client):
        answer = await client.post("/accounts/ACCT1/orders", json={**ORDER, "shares": 0, "colour": "red"})
        assert answer.json()["detail"] == "shares: Input should be greater than 0. There is no field 'colour' here."
        broken = await client.post("/accounts/ACCT1/orders", content=b"{bad")
        assert broken.json()["detail"] == "The body is no JSON."
        wrong = await client.put("/accounts/ACCT1/heal")
        assert (wrong.status_code, wrong.json()["detail"]) == (
            405,
            "There is no PUT /accounts/ACCT1/heal. GET / lists what there is.",
        )


async def test_it_takes_what_curl_sends_by_itself() -> None:
    async with opened() as (_, client):
        form = {"content-type": "application/x-www-form-urlencoded"}
        placed = await client.post("/accounts/ACCT1/orders", content=json.dumps(ORDER), headers=form)
        order_id = placed.json()["order_id"]
        assert (await client.post(f"/accounts/ACCT1/orders/{order_id}/fill", headers=form)).json() == {"shares": 100}


async def test_its_first_page_says_what_there_is() -> None:
    async with opened() as (_, client):
        page = (await client.get("/")).text
        assert "POST /accounts/{account}/orders/{order_id}/fill  {shares, price}" in page
        assert "curl 127.0.0.1:PORT/accounts/ACCT1/orders -d" in page


async def test_an_order_is_changed_by_naming_what_changes() -> None:
    async with opened() as (control, client):
        stop = {"symbol": "SOFI", "side": "B", "shares": 100, "kind": "STOP_LIMIT", "stop": "17", "limit": "17.5"}
        order_id = (await client.post("/accounts/ACCT1/orders", json=stop)).json()["order_id"]
        changed = await client.post(f"/accounts/ACCT1/orders/{order_id}/replace", json={"stop": "17.2", "shares": 80})
        assert changed.json() == {"order_id": order_id}
        assert control.rows("ACCT1", DumpKind.ORDERS)[0].split(" ")[5:10] == ["SL:17.2", "80", "80", "0", "17.5"]
        refused = await client.post(f"/accounts/ACCT1/orders/{order_id}/replace", json={"trail": "1"})
        assert refused.json()["detail"] == f"Order {order_id} is of kind STOP_LIMIT and has no trail."


async def test_what_an_account_is_worth_and_may_short() -> None:
    async with opened() as (control, client):
        assert (await client.post("/accounts/ACCT1/equity", json={"equity": "1000"})).status_code == 204
        assert (await client.post("/accounts/ACCT1/hard-to-borrow", json={"symbols": ["gns"]})).status_code == 204
        assert (await client.post("/accounts/ACCT1/locates", json={"symbol": "gns", "shares": 300})).status_code == 204
        platform = control.platform("ACCT1")
        assert platform.venue.buying_power == 4000
        assert not platform.locates.is_easy("GNS")
        assert platform.locates.unused_shares("GNS") == 300


async def test_an_unknown_block_gets_a_sentence() -> None:
    async with opened() as (_, client):
        assert "There is no block" in (await client.get("/accounts/ACCT1/colours")).json()["detail"]


@pytest.mark.parametrize("headers", [{"Origin": "http://127.0.0.1:9900"}, {"Host": "evil.example"}, {"Host": ""}])
async def test_web_pages_and_strange_names_are_refused(headers: dict[str, str]) -> None:
    async with opened() as (_, client):
        assert (await client.get("/accounts", headers=headers)).status_code == 403


async def test_it_is_served_on_loopback_and_ends_when_asked() -> None:
    crashes: list[BaseException] = []
    tasks = TaskSupervisor(lambda _, error: crashes.append(error))
    control = make_control(tasks)
    server = ControlServer(control, 0)
    serving = tasks.start("control", server.run())
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as client:
        answer = await client.get("/accounts")
    assert answer.json() == [
        {"account": "ACCT1", "trader": "USER1", "host": "127.0.0.1", "port": 0, "online": False, "clients": 0}
    ]
    server.stop()
    await serving
    await control.broker.stop()
    assert crashes == []


async def test_a_taken_port_is_the_callers_to_explain() -> None:
    control = make_control(TaskSupervisor(lambda _, __: None))
    first = ControlServer(control, 0)
    with pytest.raises(OSError, match="in use"):
        ControlServer(control, first.port)
    first.stop()
    await control.broker.stop()


async def test_locate_routes_are_made_and_changed() -> None:
    async with opened() as (control, client):
        desk = control.platform("ACCT1").locates
        sold = {"price": "0.02", "habit": "sells_half", "min_charge": "1.5", "size": 500}
        assert (await client.post("/accounts/ACCT1/locate-routes/SAGE", json=sold)).status_code == 204
        assert (
            await client.post("/accounts/ACCT1/locate-routes/loc9", json={"is_offer_route": True})
        ).status_code == 204
        changed, made = desk.route("SAGE"), desk.route("LOC9")
        assert changed == LocateRoute(
            name="SAGE", price=D("0.02"), habit=LocateHabit.SELLS_HALF, min_charge=D("1.5"), size=500
        )
        assert made == LocateRoute(name="LOC9", is_offer_route=True)
        refused = await client.post("/accounts/ACCT1/locate-routes/SAGE", json={"habit": "sings"})
        assert refused.json()["detail"].startswith("habit: Input should be 'sells'")


async def test_what_the_market_says_of_shorts() -> None:
    async with opened() as (control, client):
        shorts = {"short_prohibited": True, "locate_reusable": False, "short_restricted": True}
        assert (await client.post("/market/symbols/SOFI", json=shorts)).status_code == 204
        instrument = control.broker.market.instrument("SOFI")
        assert instrument.is_short_prohibited
        assert not instrument.is_locate_reusable
        assert instrument.has_short_restriction
