"""The static pages: what may run in them, and how long a browser keeps them."""

import base64
import hashlib
from pathlib import Path

import httpx
from starlette.applications import Starlette

from das_copy_trader.api.pages import Pages, content_security_policy
from das_copy_trader.api.security import STRICT_POLICY


def built_pages(folder: Path) -> Path:
    (folder / "_next" / "static").mkdir(parents=True)
    (folder / "settings").mkdir()
    (folder / "_next" / "static" / "a.js").write_text("1", encoding="utf-8")
    (folder / "index.html").write_text("<script>one()</script><script src='/_next/static/a.js'></script>", "utf-8")
    (folder / "settings" / "index.html").write_text("<script>\ntwo()\n</script>", encoding="utf-8")
    return folder


def hash_of(script: bytes) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'"


def test_scripts_in_the_pages_are_allowed_by_their_hash_alone(tmp_path: Path) -> None:
    policy = content_security_policy(built_pages(tmp_path))
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert scripts.split() == ["script-src", "'self'", hash_of(b"one()"), hash_of(b"\ntwo()\n")]
    assert "default-src 'none'" in policy


def test_pages_without_scripts_get_the_strict_policy(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<script src='/a.js'></script>", encoding="utf-8")
    assert content_security_policy(tmp_path) == STRICT_POLICY


async def test_pages_are_asked_for_anew_and_hashed_files_are_kept(tmp_path: Path) -> None:
    app = Starlette()
    app.mount("/", Pages(built_pages(tmp_path)))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", follow_redirects=True) as client:
        page = await client.get("/settings")
        assert page.status_code == 200
        assert page.headers["cache-control"] == "no-cache"
        assert hash_of(b"one()") in page.headers["content-security-policy"]
        assert "immutable" in (await client.get("/_next/static/a.js")).headers["cache-control"]
