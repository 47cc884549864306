"""The program as it is started, in a process of its own."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import unquote

import httpx

COMMAND = [sys.executable, "-m", "das_copy_trader.cli"]
LINK = re.compile(r"(http://[^ ]+)/auth\?token=([^\s]+)")


def environment(folder: Path, **more: str) -> dict[str, str]:
    kept = {name: text for name, text in os.environ.items() if not name.upper().startswith(("APP_", "DAS_", "DB_"))}
    backend = {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
    return kept | backend | {"DB_PATH": str(folder / "a.db"), "APP_PORT": "0"} | more


class Program:
    """A started server."""

    def __init__(self, process: asyncio.subprocess.Process, base: str, token: str) -> None:
        self.process = process
        self.base = base
        self.token = token

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.base, headers={"authorization": f"Bearer {self.token}"}, timeout=30)


@asynccontextmanager
async def program(folder: Path, **more: str) -> AsyncIterator[Program]:
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        "serve",
        env=environment(folder, **more),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            found = None
            while found is None:
                line = (await process.stdout.readline()).decode()
                assert line, "it ended before it was ready"
                found = LINK.search(line)
        yield Program(process, found[1], unquote(found[2]))
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.communicate()
