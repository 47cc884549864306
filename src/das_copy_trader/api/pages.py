"""The pages: the opened link, and the static files of the dashboard."""

import base64
import hashlib
import re
from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Match
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from das_copy_trader.api.access import AccessPolicy
from das_copy_trader.api.problems import problem
from das_copy_trader.api.security import STRICT_POLICY

COOKIE_LIFE_S: Final = 30 * 24 * 3600
IMMUTABLE_FOLDER: Final = "_next/static/"
_INLINE_SCRIPT: Final = re.compile(rb"<script(?P<attributes>[^>]*)>(?P<text>.*?)</script>", re.DOTALL)


def auth_router(policy: AccessPolicy) -> APIRouter:
    """`GET /auth?token=…`: the printed link. Gives the browser its cookie and sends it to the first page."""
    router = APIRouter()

    @router.get("/auth", include_in_schema=False)
    async def open_link(token: Annotated[str, Query(max_length=500)] = "") -> Response:
        if not policy.is_token(token):
            return problem(401, "This link is not valid: open the one that the program printed when it last started.")
        response = RedirectResponse("/", status_code=303)
        response.set_cookie(
            policy.cookie_name, policy.cookie_value, max_age=COOKIE_LIFE_S, httponly=True, samesite="strict", path="/"
        )
        return response

    @router.api_route(
        "/api/{rest:path}",
        methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        include_in_schema=False,
        response_model=None,
    )
    async def unknown_endpoint(request: Request, rest: str) -> Response:
        """Before the pages, which would answer with HTML."""
        if any(route.matches(request.scope)[0] is Match.PARTIAL for route in request.app.routes):
            return problem(405, "This address does not take this method.")
        return problem(404, f"There is no endpoint {request.url.path[:100]}.")

    return router


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
        if response.headers.get("content-type", "").startswith("text/html"):
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
