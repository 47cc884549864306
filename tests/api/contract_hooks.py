"""What the contract's fuzzing may not do: connect to anybody else."""

from typing import Any

import schemathesis


@schemathesis.hook
def before_call(_context: object, case: Any, _arguments: object) -> None:  # noqa: ANN401 - the library's own type
    """Accounts stay on this machine, at a port where nobody listens."""
    body = case.body
    if isinstance(body, dict) and isinstance(body.get("host"), str) and body["host"]:
        body["host"] = "127.0.0.1"
        port = body.get("port")
        if isinstance(port, int) and not isinstance(port, bool) and 1 <= port <= 65535:
            body["port"] = 1
