"""What the contract's fuzzing may not do, connect to anybody else; and what it may find: a follower that is there."""

from typing import Any

import schemathesis

FOLLOWER = "f1"


@schemathesis.hook
def before_call(_context: object, case: Any, _arguments: object) -> None:  # noqa: ANN401 - the library's own type
    """Accounts stay on this machine, at a port where nobody listens; every other follower id is a known one."""
    body = case.body
    if isinstance(body, dict) and isinstance(body.get("host"), str) and body["host"]:
        body["host"] = "127.0.0.1"
        port = body.get("port")
        if isinstance(port, int) and not isinstance(port, bool) and 1 <= port <= 65535:
            body["port"] = 1
    path = case.operation.path
    name = "follower_id" if "{follower_id}" in path else "id" if path.startswith("/api/followers/{id}") else ""
    is_removal = case.method == "DELETE" and path == "/api/followers/{id}"
    if name and not is_removal and isinstance(case.path_parameters, dict):
        given = case.path_parameters.get(name)
        if isinstance(given, str) and len(given) % 2:
            case.path_parameters[name] = FOLLOWER
