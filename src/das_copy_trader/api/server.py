"""Runs the app on a port, inside a loop that is ours: signals and the order of the end are the caller's."""

import asyncio
import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from das_copy_trader.api.paced_websocket import PacedWebSocket
from das_copy_trader.runtime.tasks import TaskSupervisor

WEBSOCKET_MESSAGE_MAX: Final = 64 * 1024
SHUTDOWN_TIMEOUT_S: Final = 3


class PortTakenError(Exception):
    """The port cannot be bound; the message is a sentence for people. Exit code 4."""


def bind(host: str, port: int) -> socket.socket:
    """A bound socket. Raises PortTakenError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host.strip("[]"), port))
        listening.listen(128)
        listening.setblocking(False)
    except OSError as error:
        listening.close()
        is_not_ours = isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL
        advice = (
            "This machine has no such address. Correct APP_HOST."
            if is_not_ours
            else "Is another program there, or a DAS Copy Trader that already runs? Set APP_PORT to another port."
        )
        raise PortTakenError(
            f"The address {host}:{port} cannot be used ({error.strerror or error}). {advice}"
        ) from None
    return listening


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the program's, not the server's."""
        yield


class HttpServer:
    """uvicorn on a bound socket."""

    def __init__(self, app: ASGIApp, listening: socket.socket, tasks: TaskSupervisor) -> None:
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,  # it would write the token of the opened link
            lifespan="off",
            loop="none",
            server_header=False,
            date_header=False,
            ws=PacedWebSocket,
            ws_max_size=WEBSOCKET_MESSAGE_MAX,
            ws_per_message_deflate=False,  # it costs the loop 10 ms a client and snapshot
            timeout_graceful_shutdown=SHUTDOWN_TIMEOUT_S,
            h11_max_incomplete_event_size=64 * 1024,
            http="h11",
        )
        self._server = _Server(config)
        self._listening = listening
        self._tasks = tasks
        self._task: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The port in use."""
        return int(self._listening.getsockname()[1])

    async def start(self) -> None:
        """Serve from now on."""
        self._task = self._tasks.start("http server", self._server.serve([self._listening]))
        while not self._server.started and not self._task.done():  # noqa: ASYNC110 - uvicorn offers no event
            await asyncio.sleep(0.01)
        if self._task.done():
            self._task.result()

    async def wait(self) -> None:
        """Until the server ends, which it does by itself only when something broke."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def stop(self) -> None:
        """End it: no new connections, open ones are closed within `SHUTDOWN_TIMEOUT_S`."""
        self._server.should_exit = True
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        self._listening.close()
