"""Every endpoint: what it answers, what it changes, how it refuses."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from das_copy_trader.domain.identifiers import FollowerId, Symbol
from das_copy_trader.runtime.settings import DasServer, Settings
from tests.support.face import DAS_PASSWORD, Face, account_body, follower_body, open_face, simulated_platforms

F2 = FollowerId("f2")
MSFT = Symbol("MSFT")


@pytest.fixture
async def face() -> AsyncIterator[Face]:
    async with open_face() as opened:
        yield opened


@pytest.fixture
async def with_follower(face: Face) -> Face:
    assert (await face.client.post("/api/followers", json=follower_body(2))).status_code == 201
    return face


def is_problem(answer: object, status: int) -> bool:
    from httpx import Response

    assert isinstance(answer, Response)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert body["detail"]
    assert DAS_PASSWORD not in answer.text
    return True


# ---------------------------------------------------------------------------------------------------------------- system


async def test_a_fresh_start_is_stopped_and_empty(face: Face) -> None:
    status = (await face.client.get("/api/status")).json()
    assert (status["mode"], status["running"], status["master"], status["followers"]) == ("stopped", False, None, [])
    assert (await face.client.get("/api/health")).json()["accounts"] == []
    assert (await face.client.get("/api/followers")).json() == []
    assert (await face.client.get("/api/replications")).json() == []
    assert (await face.client.get("/api/alerts")).json() == []


async def test_starting_without_a_master_is_a_conflict(face: Face) -> None:
    assert is_problem(await face.client.post("/api/start"), 409)


async def test_stopping_twice_is_fine(face: Face) -> None:
    assert (await face.client.post("/api/stop")).status_code == 200
    assert (await face.client.post("/api/stop")).json()["mode"] == "stopped"


async def test_start_connects_everything_and_copies_and_starting_twice_is_a_conflict(face: Face) -> None:
    async with simulated_platforms(2) as control:
        ports = [platform.port for platform in control.broker.platforms]
        await face.client.put("/api/master", json=account_body(1, ports[0]))
        await face.client.post("/api/followers", json=follower_body(2, ports[1]))
        started = (await face.client.post("/api/start")).json()
        assert (started["mode"], started["running"]) == ("copying", True)
        assert started["master"]["state"] == "ready"
        assert started["followers"][0]["state"] == "ready"
        health = (await face.client.get("/api/health")).json()
        assert [account["state"] for account in health["accounts"]] == ["ready", "ready"]
        assert health["ok"] is True
        assert is_problem(await face.client.post("/api/start"), 409)
        assert is_problem(await face.client.put("/api/master", json=account_body(1, ports[1])), 409)
        stopped = (await face.client.post("/api/stop")).json()
        assert (stopped["mode"], stopped["master"]["state"]) == ("stopped", "disconnected")
        assert (await face.client.post("/api/start")).json()["mode"] == "copying"


async def test_a_closed_port_and_a_wrong_password_have_a_state_and_a_reason_and_hold_nobody_up(face: Face) -> None:
    async with simulated_platforms(2) as control:
        ports = [platform.port for platform in control.broker.platforms]
        await face.client.put("/api/master", json=account_body(1, ports[0]))
        await face.client.post("/api/followers", json=follower_body(2, ports[1], password="wrong"))
        await face.client.post("/api/followers", json=follower_body(3, 1))
        await face.client.post("/api/start")
        health = {account["id"]: account for account in (await face.client.get("/api/health")).json()["accounts"]}
        assert health["master"]["state"] == "ready"
        assert health["f2"]["state"] == "login_refused"
        assert "refused the connection" in health["f3"]["reason"]
        assert (await face.client.get("/api/health")).json()["ok"] is False
        levels = [alert["level"] for alert in (await face.client.get("/api/alerts")).json()]
        assert "error" in levels


async def test_an_account_without_a_password_is_told_apart(face: Face) -> None:
    async with simulated_platforms(1) as control:
        await face.client.put("/api/master", json=account_body(1, control.broker.platforms[0].port))
        body = follower_body(2)
        del body["password"]
        assert (await face.client.post("/api/followers", json=body)).json()["has_password"] is False
        started = (await face.client.post("/api/start")).json()
        assert started["mode"] == "copying"
        assert "password" in started["followers"][0]["reason"]


async def test_das_servers_are_shown_without_passwords_and_override_accounts() -> None:
    server = DasServer.model_validate(
        {
            "broker_id": "Sim",
            "host": "10.0.0.1",
            "port": 9001,
            "username": "other",
            "password": DAS_PASSWORD,
            "smart_routes": ["SMART9"],
            "locate_routes": {"ALLROUTE": 1},
        }
    )
    async with open_face(Settings.model_construct(das_servers=(server,))) as face:
        answer = await face.client.get("/api/das-servers")
        assert DAS_PASSWORD not in answer.text
        assert answer.json()[0]["has_password"] is True
        body = account_body(1)
        del body["password"]
        stored = (await face.client.put("/api/master", json=body)).json()
        assert stored["has_password"] is True
        assert stored["overridden_by_env"] is True
        assert stored["effective_order_route"] == "SMART9"
        master = face.container.configuration.master
        assert master is not None
        endpoint = face.container.configuration.endpoint(master)
        assert (endpoint.host, endpoint.port, endpoint.username) == ("10.0.0.1", 9001, "other")


@pytest.mark.parametrize("limit", ["0", "501", "-1", "x", "1.5"])
async def test_a_limit_out_of_bounds_is_refused(face: Face, limit: str) -> None:
    assert is_problem(await face.client.get(f"/api/replications?limit={limit}"), 422)


# ---------------------------------------------------------------------------------------------------------------- master


async def test_the_master_is_not_there_before_it_is_configured(face: Face) -> None:
    assert is_problem(await face.client.get("/api/master"), 404)


async def test_an_absent_password_keeps_the_stored_one(face: Face) -> None:
    stored = await face.client.put(
        "/api/master", json=account_body(1, locate_routes={"ALLROUTE": 1}, order_route="ARCA")
    )
    assert stored.json()["has_password"] is True
    body = account_body(1, port=9999)
    del body["password"]
    changed = (await face.client.put("/api/master", json=body)).json()
    assert (changed["port"], changed["has_password"], changed["order_route"]) == (9999, True, None)
    master = face.container.configuration.master
    assert master is not None
    assert face.container.configuration.endpoint(master).password == DAS_PASSWORD
    assert DAS_PASSWORD not in (await face.client.get("/api/master")).text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("port", 0),
        ("port", 65536),
        ("port", True),
        ("port", "x"),
        ("port", 1.5),
        ("host", ""),
        ("host", "two words"),
        ("username", "a b"),
        ("username", "line\nbreak"),
        ("password", "with blank"),
        ("password", ""),
        ("account_id", ""),
        ("account_id", None),
        ("locate_routes", {"A": 2}),
        ("locate_routes", {"A B": 1}),
        ("locate_routes", []),
        ("order_route", "A B"),
        ("unknown_field", 1),
        ("id", "f1"),
    ],
)
async def test_a_master_with_a_bad_field_is_refused_by_its_name(face: Face, field: str, value: object) -> None:
    answer = await face.client.put("/api/master", json=account_body(1) | {field: value})
    assert is_problem(answer, 422)
    assert field in answer.json()["detail"]


@pytest.mark.parametrize("missing", ["broker_id", "host", "port", "username", "account_id"])
async def test_a_master_with_a_missing_field_is_refused(face: Face, missing: str) -> None:
    body = account_body(1)
    del body[missing]
    assert is_problem(await face.client.put("/api/master", json=body), 422)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"NaN", b'{"port": NaN}', b"\xff\xfe", b'"text"', b"[" * 100_000, b"1" * 5000]
)
async def test_a_body_that_is_no_object_is_bad_input_and_nothing_worse(face: Face, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    answer = await face.client.put("/api/master", content=body, headers=headers)
    assert is_problem(answer, 422 if answer.status_code == 422 else 400)


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"port": "x"}, "port", "it should be a number, or a decimal string such as 0.5"),
        ({"port": 1.5}, "port", "it should be a whole number"),
        ({"port": 0}, "port", "it should be greater than or equal to 1"),
        ({"host": "two words"}, "host", "it should be a host name or an address, such as 127.0.0.1"),
        (
            {"username": "a b"},
            "username",
            "it may hold 1 to 64 visible ASCII characters and no blank: DAS takes no other",
        ),
        ({"locate_routes": []}, "locate_routes", "it should be an object"),
        ({"locate_routes": {"A": 2}}, "locate_routes.A", "it should be 0 or 1"),
        ({"order_route": "A B"}, "order_route", "a route has 1 to 32 letters, digits, or _ . + - and no blank"),
        ({"colour": 1}, "colour", "this field is not known"),
        ({"account_id": None}, "account_id", "it should be a valid string"),
    ],
)
async def test_what_is_wrong_is_told_in_plain_words(
    face: Face, changes: dict[str, object], field: str, message: str
) -> None:
    problem = (await face.client.put("/api/master", json=account_body(1) | changes)).json()
    assert problem["errors"] == [{"field": field, "message": message}]
    assert problem["detail"] == f"{field}: {message}."


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"{", "body: this is not valid JSON."),
        (b"", "body: this field is needed."),
        (b"[]", "body: it should be a JSON object."),
        (b'"text"', "body: it should be a JSON object."),
        (b"{}", "broker_id: this field is needed."),
    ],
)
async def test_a_body_that_cannot_be_read_is_told_in_plain_words(face: Face, body: bytes, detail: str) -> None:
    headers = {"content-type": "application/json"}
    answer = await face.client.put("/api/master", content=body, headers=headers)
    assert (answer.status_code, answer.json()["detail"]) == (422, detail)


async def test_what_is_optional_may_be_null_or_empty(face: Face) -> None:
    body = account_body(1, locate_routes=None, order_route="", broker_id="Two Words & Sons")
    stored = (await face.client.put("/api/master", json=body)).json()
    assert (stored["locate_routes"], stored["order_route"]) == ({}, None)
    assert stored["broker_id"] == "Two Words & Sons"
    assert (await face.client.post("/api/followers", json=follower_body(2))).status_code == 201
    entry = await face.client.post("/api/blacklist", json={"follower_id": "f2", "symbol": "TSLA", "reason": None})
    assert (entry.status_code, entry.json()["reason"]) == (201, "")


# ------------------------------------------------------------------------------------------------------------- followers


async def test_a_follower_has_the_defaults_of_the_brief(with_follower: Face) -> None:
    follower = (await with_follower.client.get("/api/followers/f2")).json()
    assert follower["base_multiplier"] == "1"
    assert follower["max_locate_price"] == "0.10"
    assert follower["locate_retry_timeout"] == 120
    assert (follower["enabled"], follower["guard_closing"], follower["auto_accept_locates"]) == (True, True, False)
    assert follower["effective_order_route"] == "SMAT"
    assert "password" not in follower


async def test_a_taken_id_or_account_is_a_conflict(with_follower: Face) -> None:
    assert is_problem(await with_follower.client.post("/api/followers", json=follower_body(2)), 409)
    assert is_problem(await with_follower.client.post("/api/followers", json=follower_body(2) | {"id": "other"}), 409)
    assert is_problem(await with_follower.client.put("/api/master", json=account_body(2)), 409)


async def test_put_changes_what_is_given_and_nothing_else(with_follower: Face) -> None:
    changed = (await with_follower.client.put("/api/followers/f2", json={"name": "New", "order_route": "ARCA"})).json()
    assert (changed["name"], changed["order_route"], changed["port"]) == ("New", "ARCA", 9000)
    assert changed["has_password"] is True
    cleared = (await with_follower.client.put("/api/followers/f2", json={"order_route": None, "id": "f2"})).json()
    assert cleared["order_route"] is None
    assert is_problem(await with_follower.client.put("/api/followers/f2", json={"id": "f3"}), 422)
    assert is_problem(await with_follower.client.put("/api/followers/f2", json={"name": None}), 422)
    assert is_problem(await with_follower.client.put("/api/followers/f2", json={"nonsense": 1}), 422)


async def test_followers_come_in_the_order_of_adding_and_go_with_their_tables(with_follower: Face) -> None:
    client = with_follower.client
    await client.post("/api/followers", json=follower_body(1))
    await client.put("/api/multipliers/f2/MSFT", json={"multiplier": 2})
    await client.post("/api/blacklist", json={"follower_id": "f2", "symbol": "TSLA"})
    assert [one["id"] for one in (await client.get("/api/followers")).json()] == ["f2", "f1"]
    assert (await client.delete("/api/followers/f2")).status_code == 204
    assert is_problem(await client.delete("/api/followers/f2"), 404)
    assert (await client.get("/api/blacklist")).json() == []
    assert with_follower.container.multipliers.effective(F2, MSFT) == 1


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (0.5, "0.5"),
        ("0.5", "0.5"),
        (2, "2"),
        ("1e-3", "0.001"),
        ("000.25", "0.25"),
        (1000, "1000"),
        (" .5 ", "0.5"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1 / 3, "0.3333333333333333"),
    ],
)
async def test_a_base_multiplier_holds_at_once(with_follower: Face, value: object, stored: str) -> None:
    answer = await with_follower.client.patch("/api/followers/f2/multiplier", json={"base_multiplier": value})
    assert Decimal(answer.json()["base_multiplier"]) == Decimal(stored)
    assert with_follower.container.multipliers.effective(F2, MSFT) == Decimal(stored)


@pytest.mark.parametrize(
    "value",
    [
        0,
        -1,
        "0",
        "NaN",
        "Infinity",
        "-Infinity",
        "1e400",
        1001,
        "x",
        "",
        None,
        True,
        [],
        {},
        "1_0",
        "\u0663",
        "0,5",
        "0x1",
        "1e9999999",
    ],
)
async def test_a_multiplier_out_of_bounds_is_refused_everywhere(with_follower: Face, value: object) -> None:
    client = with_follower.client
    assert is_problem(await client.patch("/api/followers/f2/multiplier", json={"base_multiplier": value}), 422)
    assert is_problem(await client.put("/api/multipliers/f2/MSFT", json={"multiplier": value}), 422)
    assert is_problem(await client.put("/api/followers/f2", json={"base_multiplier": value}), 422)
    assert with_follower.container.multipliers.effective(F2, MSFT) == 1


async def test_toggle_flips_and_sets(with_follower: Face) -> None:
    client = with_follower.client
    assert (await client.patch("/api/followers/f2/toggle")).json()["enabled"] is False
    assert (await client.patch("/api/followers/f2/toggle", json={})).json()["enabled"] is True
    assert (await client.patch("/api/followers/f2/toggle", json={"enabled": True})).json()["enabled"] is True
    assert (await client.patch("/api/followers/f2/toggle", json={"enabled": False})).json()["enabled"] is False
    assert is_problem(await client.patch("/api/followers/f2/toggle", json={"on": 1}), 422)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/api/followers/nobody", None),
        ("PUT", "/api/followers/nobody", {"name": "x"}),
        ("DELETE", "/api/followers/nobody", None),
        ("PATCH", "/api/followers/nobody/multiplier", {"base_multiplier": 1}),
        ("PATCH", "/api/followers/nobody/toggle", None),
        ("GET", "/api/multipliers/nobody", None),
        ("PUT", "/api/multipliers/nobody/MSFT", {"multiplier": 1}),
        ("DELETE", "/api/multipliers/nobody/MSFT", None),
        ("GET", "/api/blacklist?follower_id=nobody", None),
        ("POST", "/api/blacklist", {"follower_id": "nobody", "symbol": "MSFT"}),
        ("DELETE", "/api/blacklist/7", None),
        ("GET", "/api/nothing", None),
        ("POST", "/api/nothing", {}),
    ],
)
async def test_what_is_not_there_is_not_found(face: Face, method: str, path: str, body: object) -> None:
    assert is_problem(await face.client.request(method, path, json=body), 404)


# ------------------------------------------------------------------------------------------ multipliers and the blacklist


async def test_a_symbols_multiplier_is_set_shown_and_removed(with_follower: Face) -> None:
    client, multipliers = with_follower.client, with_follower.container.multipliers
    put = (await client.put("/api/multipliers/f2/msft", json={"multiplier": "0.75"})).json()
    assert (put["symbol"], put["multiplier"], put["source"]) == ("MSFT", "0.75", "user_override")
    assert multipliers.effective(F2, MSFT) == Decimal("0.75")
    assert [one["symbol"] for one in (await client.get("/api/multipliers/f2")).json()] == ["MSFT"]
    assert (await client.delete("/api/multipliers/f2/MSFT")).status_code == 204
    assert multipliers.effective(F2, MSFT) == 1
    assert is_problem(await client.delete("/api/multipliers/f2/MSFT"), 404)


async def test_a_symbol_with_a_slash_has_an_address(with_follower: Face) -> None:
    put = await with_follower.client.put("/api/multipliers/f2/BRK/B", json={"multiplier": 2})
    assert put.json()["symbol"] == "BRK/B"


@pytest.mark.parametrize("symbol", ["MS FT", "TOOLONGSYMBOL", "A*", "ÄÖ", "%00"])
async def test_what_is_no_symbol_is_refused(with_follower: Face, symbol: str) -> None:
    assert is_problem(await with_follower.client.put(f"/api/multipliers/f2/{symbol}", json={"multiplier": 2}), 422)
    body = {"follower_id": "f2", "symbol": symbol}
    assert is_problem(await with_follower.client.post("/api/blacklist", json=body), 422)


async def test_a_blacklisted_symbol_is_excluded_at_once_and_the_same_pair_is_a_conflict(with_follower: Face) -> None:
    client, blacklist = with_follower.client, with_follower.container.blacklist
    body = {"follower_id": "f2", "symbol": "tsla", "reason": "too wild"}
    entry = (await client.post("/api/blacklist", json=body)).json()
    assert (entry["symbol"], entry["reason"], entry["allow_closing"]) == ("TSLA", "too wild", False)
    assert blacklist.is_blacklisted(F2, Symbol("TSLA"))
    assert is_problem(await client.post("/api/blacklist", json=body), 409)
    assert [one["id"] for one in (await client.get("/api/blacklist?follower_id=f2")).json()] == [entry["id"]]
    assert (await client.delete(f"/api/blacklist/{entry['id']}")).status_code == 204
    assert not blacklist.is_blacklisted(F2, Symbol("TSLA"))


@pytest.mark.parametrize("entry", ["x", "0", "-1", "1.5", "9" * 40])
async def test_what_is_no_entry_number_is_refused(face: Face, entry: str) -> None:
    assert is_problem(await face.client.delete(f"/api/blacklist/{entry}"), 422)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/api/status", "GET"),
        ("POST", "/api/master", "GET, PUT"),
        ("GET", "/api/start", "POST"),
        ("OPTIONS", "/api/followers/f1", "DELETE, GET, PUT"),
        ("HEAD", "/api/status", "GET"),
        ("PUT", "/metrics", "GET, HEAD"),
    ],
)
async def test_a_method_that_an_address_does_not_take_is_refused(
    face: Face, method: str, path: str, allowed: str
) -> None:
    answer = await face.client.request(method, path)
    assert answer.status_code == 405
    assert answer.headers["allow"] == allowed
    assert method == "HEAD" or is_problem(answer, 405)
