"""The ways in for browsers, and the static files of the dashboard."""

import base64
import hashlib
import re
from pathlib import Path
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Body, Query, Request
from fastapi.routing import APIRoute
from pydantic import BaseModel, StringConstraints
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Match
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from das_copy_trader.api.access import AccessPolicy
from das_copy_trader.api.answers import answer, described, no_content
from das_copy_trader.api.bodies import FORBID_UNKNOWN
from das_copy_trader.api.problems import problem
from das_copy_trader.api.security import SIGN_IN_PAGE, STRICT_POLICY, address_of, too_many_tries
from das_copy_trader.api.throttle import FailedTries

COOKIE_LIFE_S: Final = 30 * 24 * 3600
OPEN: Final[dict[str, object]] = {"security": []}
"""OpenAPI's word for «needs no token»."""
IMMUTABLE_FOLDER: Final = "_next/static/"
_INLINE_SCRIPT: Final = re.compile(rb"<script(?P<attributes>[^>]*)>(?P<text>.*?)</script>", re.DOTALL)


class AuthState(msgspec.Struct, frozen=True):
    """Whether this browser or program is signed in."""

    is_signed_in: bool


class SignInBody(BaseModel):
    """`POST /api/auth`."""

    model_config = FORBID_UNKNOWN

    token: Annotated[str, StringConstraints(max_length=500)]


class Door(msgspec.Struct, frozen=True):
    """What decides who comes in; `app.state.door`."""

    policy: AccessPolicy
    failed_tries: FailedTries


auth_router: Final = APIRouter(tags=["Access"])
"""The ways in: the printed link, and the sign-in page. Both give the browser its cookie."""


@auth_router.get("/auth", include_in_schema=False)
async def open_link(request: Request, token: Annotated[str, Query(max_length=500)] = "") -> Response:
    """The printed link."""
    sentence = "This link is not valid: open the one that the program printed when it last started."
    return _refusal(request, token, sentence) or _give_cookie(request, RedirectResponse("/", status_code=303))


@auth_router.get("/login", include_in_schema=False)
@auth_router.get("/login.js", include_in_schema=False)
@auth_router.get("/login.css", include_in_schema=False)
async def sign_in_page(request: Request) -> Response:
    """The page with the form, and its two files."""
    name = request.url.path.removeprefix("/")
    return FileResponse(SIGN_IN_PAGE.with_name(name if "." in name else SIGN_IN_PAGE.name))


@auth_router.get(
    "/api/auth", responses=described(AuthState, text="Answered without a token as well"), openapi_extra=OPEN
)
async def auth_state(request: Request) -> Response:
    """Whether the caller is signed in."""
    policy = _door(request).policy
    return answer(AuthState(policy.bears_token(request.headers) or policy.has_cookie(request.headers)))


@auth_router.post(
    "/api/auth",
    status_code=204,
    responses=described(None, 400, 413, 415, 422, status=204, text="Signed in: the cookie is set"),
    openapi_extra=OPEN,
)
async def sign_in(request: Request, body: Annotated[SignInBody, Body()]) -> Response:
    """Sign a browser in with the access token. 429 after ten wrong ones in a minute."""
    return _refusal(request, body.token, "This is not the access token.") or _give_cookie(request, no_content())


@auth_router.delete("/api/auth", status_code=204, responses=described(None, status=204, text="Signed out"))
async def sign_out(request: Request) -> Response:
    """Sign this browser out: its cookie is taken away."""
    response = no_content()
    response.delete_cookie(_door(request).policy.cookie_name, path="/", httponly=True, samesite="strict")
    return response


def _door(request: Request) -> Door:
    door = request.app.state.door
    assert isinstance(door, Door)
    return door


def _refusal(request: Request, token: str, sentence: str) -> Response | None:
    door, address = _door(request), address_of(request.scope)
    wait_s = door.failed_tries.wait_s(address)
    if wait_s:
        return too_many_tries(wait_s)
    if door.policy.is_token(token):
        return None
    door.failed_tries.note(address, token)
    return problem(401, sentence)


def _give_cookie(request: Request, response: Response) -> Response:
    policy = _door(request).policy
    response.set_cookie(
        policy.cookie_name, policy.cookie_value, max_age=COOKIE_LIFE_S, httponly=True, samesite="strict", path="/"
    )
    return response


def fallback_router(routes: list[APIRoute]) -> APIRouter:
    """What none of these endpoints took, before the pages would answer with HTML. To be included last."""
    router = APIRouter()

    @router.api_route(
        "/api/{rest:path}",
        methods=["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"],
        include_in_schema=False,
        response_model=None,
    )
    async def unknown_endpoint(request: Request, rest: str) -> Response:
        """No endpoint is there, or none of this method."""
        taken = {method for route in routes if _is_at(route, request.scope) for method in route.methods or ()}
        if taken:
            refusal = problem(405, "This address does not take this method.")
            refusal.headers["allow"] = ", ".join(sorted(taken))
            return refusal
        return problem(404, f"There is no endpoint {request.url.path[:100]}.")

    return router


def _is_at(route: APIRoute, scope: Scope) -> bool:
    return route.matches(scope)[0] is not Match.NONE


class Pages(StaticFiles):
    """The built pages, with rules for caching: pages always asked for anew, hashed files kept for ever.

    The scripts inside the exported pages are allowed by their hashes, read once: nothing else that stands in a page can
    run. Their libraries set styles by themselves, which cannot be hashed.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder, html=True)
        self._policy = content_security_policy(folder)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file, or 404 as a problem."""
        response = await super().get_response(path, scope)
        kept = path.replace("\\", "/").startswith(IMMUTABLE_FOLDER) and response.status_code == 200
        response.headers["cache-control"] = "private, max-age=31536000, immutable" if kept else "no-cache"
        # On «304 Not Modified» too, which names no type: a browser takes its headers for the page that it kept.
        response.headers["content-security-policy"] = self._policy
        return response


def content_security_policy(folder: Path) -> str:
    """The policy for the pages of this folder; the strict one when none of them holds a script."""
    hashes: dict[str, None] = {}
    for page in sorted(folder.rglob("*.html")):
        for script in _INLINE_SCRIPT.finditer(page.read_bytes()):
            if b"src=" not in script["attributes"]:
                digest = base64.b64encode(hashlib.sha256(script["text"]).digest()).decode()
                hashes[f"'sha256-{digest}'"] = None
    if not hashes:
        return STRICT_POLICY
    return STRICT_POLICY.replace("script-src 'self'", f"script-src 'self' {' '.join(hashes)}").replace(
        "style-src 'self'", "style-src 'self' 'unsafe-inline'"
    )
