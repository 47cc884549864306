"""The door: host, origin and token, on HTTP and WebSocket (product.md 9, reliability.md 2.3)."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from das_copy_trader.api.access import AccessPolicy
from das_copy_trader.api.throttle import FailedTries
from tests.support.brief import ENDPOINTS
from tests.support.face import BEARER, PORT, TOKEN, Face, open_face, serve_face

OWN = f"http://127.0.0.1:{PORT}"


@pytest.fixture
async def face() -> AsyncIterator[Face]:
    async with open_face() as opened:
        yield opened


@pytest.mark.parametrize(
    ("host", "is_own"),
    [
        ("127.0.0.1:8787", True),
        ("localhost:8787", True),
        ("LOCALHOST:8787", True),
        ("[::1]:8787", True),
        ("127.0.0.1", False),
        ("127.0.0.1:80", False),
        ("localhost.:8787", False),
        ("evil.example:8787", False),
        ("127.0.0.1.evil.example:8787", False),
        ("localhost:8787@evil.example", False),
        ("", False),
    ],
)
def test_only_own_names_with_the_port_are_own_hosts(host: str, is_own: bool) -> None:
    assert AccessPolicy("t", 8787).is_own_host(host) is is_own


def test_the_bind_address_is_an_own_host_as_well() -> None:
    assert AccessPolicy("t", 8787, ("192.168.1.5",)).is_own_host("192.168.1.5:8787")


@pytest.mark.parametrize(
    ("host", "is_own"),
    [
        ("192.168.1.5:8787", True),
        ("[2001:db8::5]:8787", True),
        ("localhost:8787", True),
        ("192.168.1.5:80", False),
        ("192.168.1.5", False),
        ("192.168.1.5.evil.example:8787", False),
        ("evil.example:8787", False),
    ],
)
def test_listening_everywhere_each_address_is_own_and_no_name_is(host: str, is_own: bool) -> None:
    assert AccessPolicy("t", 8787, ("0.0.0.0",), is_everywhere=True).is_own_host(host) is is_own


@pytest.mark.parametrize("host", ["evil.example:8787", "127.0.0.1:1", "", "localhost.evil.example:8787"])
@pytest.mark.parametrize("path", ["/api/status", "/", "/auth?token=" + TOKEN, "/api/nothing"])
async def test_a_foreign_host_is_refused_even_with_the_token(face: Face, host: str, path: str) -> None:
    answer = await face.client.get(path, headers={"host": host})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("origin", "site", "status"),
    [
        (OWN, None, 200),
        (OWN, "same-origin", 200),
        (f"http://localhost:{PORT}", None, 200),
        (None, None, 200),
        (OWN, "cross-site", 403),
        (OWN, "same-site", 403),
        (None, "none", 200),
        (None, "cross-site", 403),
        (None, "same-site", 403),
        ("http://evil.example", None, 403),
        ("http://127.0.0.1:9999", None, 403),
        (f"http://127.0.0.1:{PORT}/", None, 403),
        ("null", None, 403),
        ("", None, 403),
    ],
)
async def test_a_foreign_origin_cannot_act_even_with_the_token(
    face: Face, origin: str | None, site: str | None, status: int
) -> None:
    headers = {name: text for name, text in (("origin", origin), ("sec-fetch-site", site)) if text is not None}
    answer = await face.client.post("/api/stop", headers=headers)
    assert answer.status_code == status


@pytest.mark.parametrize("path", ["/api/status", "/metrics", "/api/nothing", "/api/logs/download"])
async def test_a_foreign_page_cannot_even_read(face: Face, path: str) -> None:
    for site in ("cross-site", "same-site", "nonsense"):
        assert (await face.client.get(path, headers={"sec-fetch-site": site})).status_code == 403


async def test_a_link_from_elsewhere_opens_the_pages(face: Face) -> None:
    foreign = {"sec-fetch-site": "cross-site"}
    assert (await face.client.get("/", headers=foreign)).status_code == 200
    assert (await face.client.get(f"/auth?token={TOKEN}", headers=foreign)).status_code == 303


@pytest.mark.parametrize(("method", "path"), ENDPOINTS)
async def test_no_endpoint_answers_without_the_token_or_under_another_name(face: Face, method: str, path: str) -> None:
    for headers in ({"authorization": ""}, {"authorization": "Bearer wrong"}, {"cookie": "das_copy_trader_8787=wrong"}):
        refused = await face.client.request(method, path, headers={"authorization": ""} | headers)
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"] == "Bearer"
    for headers in ({"host": "evil.example:8787"}, {"sec-fetch-site": "cross-site"}):
        assert (await face.client.request(method, path, headers=headers)).status_code == 403


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", "Bearer é"],
)
@pytest.mark.parametrize("path", ["/api/status", "/api/openapi.json", "/", "/status.js", "/api/nothing"])
async def test_without_the_token_nothing_is_answered(face: Face, authorization: str | None, path: str) -> None:
    headers = [] if authorization is None else [(b"authorization", authorization.encode("latin-1"))]
    del face.client.headers["authorization"]
    answer = await face.client.get(path, headers=headers)
    assert answer.status_code == 401
    assert TOKEN not in answer.text


async def test_a_browser_without_the_token_is_told_what_to_open(face: Face) -> None:
    del face.client.headers["authorization"]
    answer = await face.client.get("/", headers={"accept": "text/html"})
    assert answer.status_code == 401
    assert "open the link" in answer.text


async def test_the_opened_link_gives_a_cookie_that_lets_in(face: Face) -> None:
    del face.client.headers["authorization"]
    opened = await face.client.get(f"/auth?token={TOKEN}")
    assert (opened.status_code, opened.headers["location"]) == (303, "/")
    cookie = opened.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert TOKEN not in cookie
    assert (await face.client.get("/api/status")).status_code == 200
    assert (await face.client.post("/api/stop", headers={"origin": OWN})).status_code == 200


async def test_the_cookie_alone_without_an_origin_cannot_act(face: Face) -> None:
    await face.client.get(f"/auth?token={TOKEN}")
    del face.client.headers["authorization"]
    assert (await face.client.post("/api/stop")).status_code == 403


@pytest.mark.parametrize("query", ["", "?token=", "?token=wrong", f"?token={TOKEN}x"])
async def test_a_wrong_link_gives_no_cookie(face: Face, query: str) -> None:
    answer = await face.client.get("/auth" + query)
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
async def test_a_form_cannot_post(face: Face, content_type: str) -> None:
    answer = await face.client.put("/api/master", content=b"{}", headers={"content-type": content_type})
    assert answer.status_code == 415


async def test_a_body_that_is_too_large_is_refused(face: Face) -> None:
    headers = {"content-type": "application/json"}
    answer = await face.client.put("/api/master", content=b" " * 1_000_001, headers=headers)
    assert answer.status_code == 413


async def test_a_body_that_grows_too_large_on_its_way_is_refused(face: Face) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(30):
            yield b" " * 50_000

    headers = {"content-type": "application/json"}
    answer = await face.client.put("/api/master", content=pieces(), headers=headers)
    assert answer.status_code == 413
    assert "larger than" in answer.json()["detail"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/api/status", "/", "/nothing", "/api/nothing"])
async def test_every_answer_carries_the_security_headers(face: Face, path: str) -> None:
    headers = (await face.client.get(path)).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    scripts = next(part for part in headers["content-security-policy"].split("; ") if part.startswith("script-src"))
    assert "unsafe" not in scripts
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert "access-control-allow-origin" not in headers
    assert headers["cache-control"] in {"no-store", "no-cache"}


async def test_a_get_changes_nothing(face: Face) -> None:
    for path in ("/api/start", "/api/stop", "/api/followers/f1/toggle"):
        assert (await face.client.get(path)).status_code in {404, 405}
    assert not face.container.system.is_running


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (BEARER, None),
        (BEARER | {"origin": "own"}, None),
        ({"origin": "own", "cookie": "own"}, None),
        ({}, 401),
        ({"authorization": "Bearer wrong"}, 401),
        ({"cookie": "wrong"}, 401),
        ({"cookie": "own"}, 403),
        ({"origin": "own"}, 401),
        ({"origin": "own", "authorization": "Bearer wrong"}, 401),
        ({"origin": "own", "cookie": "wrong"}, 401),
        (BEARER | {"origin": "http://evil.example"}, 403),
        (BEARER | {"origin": "null"}, 403),
        ({"origin": "http://evil.example", "cookie": "own"}, 403),
        (BEARER | {"origin": "own", "sec-fetch-site": "cross-site"}, 403),
        (BEARER | {"sec-fetch-site": "cross-site"}, 403),
    ],
)
async def test_a_websocket_is_refused_before_it_is_accepted(
    face: Face, headers: dict[str, str], status: int | None
) -> None:
    async with serve_face(face) as policy:
        meant = dict(headers)
        if meant.get("origin") == "own":
            meant["origin"] = f"http://127.0.0.1:{policy.port}"
        if "cookie" in meant:
            value = policy.cookie_value if meant["cookie"] == "own" else "0" * 64
            meant["cookie"] = f"{policy.cookie_name}={value}"
        address = f"ws://127.0.0.1:{policy.port}/ws"
        if status is None:
            async with connect(address, additional_headers=meant) as socket:
                assert '"state_update"' in str(await socket.recv())
        else:
            with pytest.raises(InvalidStatus) as refused:
                async with connect(address, additional_headers=meant):
                    pass
            assert refused.value.response.status_code == status


async def test_a_websocket_under_a_foreign_host_is_refused(face: Face) -> None:
    async with serve_face(face) as policy:
        address = f"ws://evil.example:{policy.port}/ws"
        with pytest.raises(InvalidStatus) as refused:
            async with connect(address, host="127.0.0.1", port=policy.port, additional_headers=BEARER):
                pass
        assert refused.value.response.status_code == 403


# ------------------------------------------------------------------------------------------------------------ signing in
async def test_the_sign_in_page_is_open_and_its_form_gives_the_cookie(face: Face) -> None:
    del face.client.headers["authorization"]
    page = await face.client.get("/login")
    assert page.status_code == 200
    assert "form" in page.text
    for path in ("/login.js", "/login.css"):
        assert (await face.client.get(path)).status_code == 200
    assert (await face.client.get("/api/auth")).json() == {"is_signed_in": False}
    refused = await face.client.post("/api/auth", json={"token": "wrong"}, headers={"origin": OWN})
    assert refused.status_code == 401
    assert (await face.client.post("/api/auth", json={"token": TOKEN}, headers={"origin": OWN})).status_code == 204
    assert (await face.client.get("/api/auth")).json() == {"is_signed_in": True}
    assert (await face.client.get("/api/status")).status_code == 200
    assert (await face.client.delete("/api/auth", headers={"origin": OWN})).status_code == 204
    assert (await face.client.get("/api/status")).status_code == 401


async def test_a_foreign_page_cannot_sign_in(face: Face) -> None:
    answer = await face.client.post("/api/auth", json={"token": TOKEN}, headers={"origin": "http://evil.example"})
    assert answer.status_code == 403


async def test_many_wrong_tokens_are_throttled_and_who_is_in_stays_in() -> None:
    async with open_face() as face:
        tries = [await _try(face, f"Bearer wrong{number}") for number in range(12)]
        assert tries == [401] * 10 + [429] * 2
        blocked = await face.client.post("/api/auth", json={"token": TOKEN})
        assert blocked.status_code == 429
        assert 0 < int(blocked.headers["retry-after"]) <= 60
        assert (await face.client.get(f"/auth?token={TOKEN}")).status_code == 429
        assert (await face.client.get("/api/status")).status_code == 200
        del face.client.headers["authorization"]
        assert (await face.client.get("/api/status")).status_code == 401


async def test_the_same_wrong_token_is_no_new_guess() -> None:
    async with open_face() as face:
        assert [await _try(face, "Bearer wrong") for _ in range(30)] == [401] * 30
        assert (await face.client.post("/api/auth", json={"token": TOKEN})).status_code == 204


async def _try(face: Face, authorization: str) -> int:
    return (await face.client.get("/api/status", headers={"authorization": authorization})).status_code


def test_a_throttled_address_may_try_again_after_a_minute() -> None:
    clock = HandClock()
    tries = FailedTries(clock)
    for second in range(10):
        assert tries.wait_s("here") == 0
        clock.at_s = float(second)
        tries.note("here", f"guess {second}")
        tries.note("here", f"guess {second}")
    assert tries.wait_s("here") == 51
    assert tries.wait_s("there") == 0
    clock.at_s = 60.0
    assert tries.wait_s("here") == 0


class HandClock:
    """A clock that is set by hand."""

    at_s = 0.0

    def now(self) -> datetime:
        return datetime(2026, 1, 5, 14, 30, tzinfo=UTC)

    def monotonic_s(self) -> float:
        return self.at_s

    def perf_ns(self) -> int:
        return 0
