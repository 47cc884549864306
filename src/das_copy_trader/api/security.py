"""The door: a pure ASGI middleware that looks at every HTTP request and WebSocket before anything else does."""

from pathlib import Path
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from das_copy_trader.api.access import AccessPolicy
from das_copy_trader.api.problems import problem
from das_copy_trader.api.throttle import FailedTries

BODY_MAX: Final = 1_000_000
READING_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
OPEN_PATHS: Final = frozenset({"/auth", "/api/auth", "/login", "/login.js", "/login.css"})
"""What a browser needs to sign in. Host and origin are checked for these too."""
OWN_FETCH_SITES: Final = frozenset({"same-origin", "none"})
STRICT_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
SECURITY_HEADERS: Final = {
    "content-security-policy": STRICT_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
SIGN_IN_PAGE: Final = Path(__file__).parent.parent / "web" / "login" / "login.html"


class SecurityMiddleware:
    """Refuses foreign hosts and origins (403), requests without token (401), bodies that are too large or no JSON."""

    def __init__(self, app: ASGIApp, policy: AccessPolicy, failed_tries: FailedTries) -> None:
        self._app = app
        self._policy = policy
        self._failed_tries = failed_tries
        self._sign_in_page = SIGN_IN_PAGE.read_text(encoding="utf-8")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a connection through, or answer it here."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        guarded = _with_security_headers(send)
        refusal = self._refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, guarded)
        elif scope["type"] == "http":
            limit = _BodyLimit(scope, receive, guarded)
            await self._app(scope, limit.receive, limit.send)
        else:
            await self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        is_websocket = scope["type"] == "websocket"
        if not self._policy.is_own_host(headers.get("host")):
            return problem(403, "This server answers only when it is called by its own address, such as 127.0.0.1.")
        is_acting = is_websocket or scope["method"] not in READING_METHODS
        if self._is_foreign(headers, is_acting=is_acting, path=scope["path"]):
            return problem(403, "This request comes from a foreign page.")
        bears_token = self._policy.bears_token(headers)
        is_open = not is_websocket and scope["path"] in OPEN_PATHS
        if not (bears_token or self._policy.has_cookie(headers) or is_open):
            return self._unauthorized(scope, headers)
        if is_acting and not (bears_token or is_open) and "origin" not in headers:
            return problem(403, "A request without an Origin header needs the token in an Authorization header.")
        return None if is_websocket else _unfit_body(scope["method"], headers)

    def _is_foreign(self, headers: Headers, *, is_acting: bool, path: str) -> bool:
        """Whether a foreign page is behind it. A link that leads here from elsewhere may open pages, nothing else."""
        origin = headers.get("origin")
        if is_acting and origin is not None and not self._policy.is_own_origin(origin):
            return True
        is_page = not is_acting and not path.startswith(("/api/", "/metrics"))
        return not is_page and headers.get("sec-fetch-site", "none") not in OWN_FETCH_SITES

    def _unauthorized(self, scope: Scope, headers: Headers) -> Response:
        address = address_of(scope)
        guess = self._policy.guess(headers)
        if guess:
            wait_s = self._failed_tries.wait_s(address)
            self._failed_tries.note(address, guess)
            if wait_s:
                return too_many_tries(wait_s)
        if scope["type"] == "http" and "text/html" in headers.get("accept", ""):
            return HTMLResponse(self._sign_in_page, status_code=401)
        response = problem(
            401, "The access token is missing or wrong: open the printed link, or send «Authorization: Bearer TOKEN»."
        )
        response.headers["www-authenticate"] = "Bearer"
        return response


def address_of(scope: Scope) -> str:
    """Where a request comes from."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def too_many_tries(wait_s: int) -> Response:
    """The answer to one guess too many."""
    response = problem(429, f"Too many wrong tokens came from here. Try again in {wait_s} s.")
    response.headers["retry-after"] = str(wait_s)
    return response


class _BodyLimit:
    """Refuses a body that turns out larger than `BODY_MAX` (413): one that comes in pieces does not say so before."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._received = 0
        self._is_answered = False
        self._is_refused = False

    async def receive(self) -> Message:
        """The next piece of the body; beyond the limit the app sees the client as gone."""
        message = await self._receive()
        if message["type"] == "http.request":
            self._received += len(message.get("body", b""))
            if self._received > BODY_MAX:
                if not self._is_answered:
                    self._is_answered = self._is_refused = True
                    await _too_large()(self._scope, self._receive, self._send)
                return {"type": "http.disconnect"}
        return message

    async def send(self, message: Message) -> None:
        """The app's answer, unless the refusal was one."""
        self._is_answered = True
        if not self._is_refused:
            await self._send(message)


def _too_large() -> Response:
    return problem(413, f"The body is larger than {BODY_MAX} bytes.")


def _unfit_body(method: str, headers: Headers) -> Response | None:
    if method in READING_METHODS:
        return None
    length = headers.get("content-length", "0")
    if not length.isascii() or not length.isdigit() or int(length[:12]) > BODY_MAX or len(length) > 12:
        return _too_large()
    has_body = length != "0" or "transfer-encoding" in headers
    media_type = headers.get("content-type", "").partition(";")[0].strip().casefold()
    if has_body and media_type != "application/json":
        return problem(415, "The body has to be JSON, with «Content-Type: application/json».")
    return None


def _with_security_headers(send: Send) -> Send:
    async def send_guarded(message: Message) -> None:
        if message["type"] in {"http.response.start", "websocket.http.response.start"}:
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("cache-control", "no-store")
        await send(message)

    return send_guarded
