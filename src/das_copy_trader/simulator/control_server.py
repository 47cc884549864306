"""Serves the control surface on a port of this machine."""

import contextlib
import socket
from collections.abc import Generator

import uvicorn

from das_copy_trader.simulator.control import Control
from das_copy_trader.simulator.control_http import HOST, make_app


class _QuietServer(uvicorn.Server):
    """Leaves the signals to the program that it is a part of."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


class ControlServer:
    """Serves the application on loopback. `run` ends after `stop`. Raises OSError when the port is taken."""

    def __init__(self, control: Control, port: int) -> None:
        # Bound here and not by uvicorn, which ends the whole program when a port is taken.
        self._socket = socket.create_server((HOST, port))
        config = uvicorn.Config(make_app(control), log_config=None, access_log=False, lifespan="off")
        self._server = _QuietServer(config)
        self._is_serving = False

    @property
    def port(self) -> int:
        """The port in use."""
        return int(self._socket.getsockname()[1])

    async def run(self) -> None:
        """Serve until stopped."""
        self._is_serving = True
        await self._server.serve(sockets=[self._socket])

    def stop(self) -> None:
        """Ask it to end."""
        self._server.should_exit = True
        if not self._is_serving:
            self._socket.close()
