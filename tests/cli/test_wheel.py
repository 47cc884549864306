"""The wheel: built, installed into an environment of its own, served with its pages."""

import asyncio
import shutil
import signal
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import httpx
import pytest

from tests.support.program import LINK, environment
from tests.tidy.source_tree import ROOT


def build_wheel(sources: Path, target: Path) -> Path:
    """With the build tools of this environment, from a copy: no index is asked, and nothing is left behind here."""
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(ROOT / "src", sources / "src", ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, sources)
    command = ["-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-q", "-w", str(target)]
    done = subprocess.run(
        [sys.executable, *command, str(sources)], capture_output=True, text=True, check=False, timeout=110
    )
    assert done.returncode == 0, done.stderr
    return next(target.glob("*.whl"))


def environment_with(wheel: Path, folder: Path) -> Path:
    """A new environment with the wheel in it; what it needs is lent by ours, our own package is not."""
    venv.create(folder, with_pip=False)
    site = Path(sysconfig.get_path("purelib", "venv", {"base": str(folder), "platbase": str(folder)}))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    (site / "lent.pth").write_text(f"{sysconfig.get_path('purelib')}\n", encoding="utf-8")
    return folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"


def place_of_the_package(python: Path, folder: Path) -> str:
    command = [str(python), "-c", "import das_copy_trader; print(das_copy_trader.__file__)"]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder).stdout


@pytest.mark.slow
async def test_the_wheel_serves_with_its_pages(tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path / "sources", tmp_path / "wheel")
    names = zipfile.ZipFile(wheel).namelist()
    for needed in ("web/status/index.html", "web/login/login.html", "py.typed", "persistence/migrations/env.py"):
        assert f"das_copy_trader/{needed}" in names
    assert not [name for name in names if name.endswith((".db", ".key", ".log")) or "app-token" in name]
    python = environment_with(wheel, tmp_path / "env")
    assert str(tmp_path) in place_of_the_package(python, tmp_path)
    process = await asyncio.create_subprocess_exec(
        python,
        *("-m", "das_copy_trader.cli", "serve"),
        env=environment(tmp_path),
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    try:
        found = None
        while found is None:
            line = (await process.stdout.readline()).decode()
            assert line, "it ended before it was ready"
            found = LINK.search(line)
        async with httpx.AsyncClient(base_url=found[1], follow_redirects=True, timeout=30) as client:
            page = await client.get(f"/auth?token={found[2]}")
            assert page.status_code == 200
            assert "text/html" in page.headers["content-type"]
            assert (await client.get("/api/status")).json()["mode"] == "stopped"
    finally:
        process.send_signal(signal.SIGTERM)
        await process.communicate()
    assert process.returncode == 0
