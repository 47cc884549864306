"""The dashboard is built with Node: is a new enough one there?"""

import re
import shutil

from devtools.console import DevError
from devtools.process import run_captured

REQUIRED_MAJOR = 20
INSTALL = "Install it from nodejs.org and run dev.py again."


def complaint_about_node(version: str | None) -> str | None:
    """The sentence for a missing (None), unreadable or too old Node; None when it will do.

    `version` is what `node --version` prints, for example "v20.20.2".
    """
    if version is None:
        return f"DAS Copy Trader needs Node {REQUIRED_MAJOR} or newer, and none was found. {INSTALL}"
    match = re.match(r"v?(\d+)\.", version.strip())
    if match is None:
        return f"DAS Copy Trader needs Node {REQUIRED_MAJOR} or newer; «node --version» does not answer. {INSTALL}"
    if int(match[1]) < REQUIRED_MAJOR:
        return f"DAS Copy Trader needs Node {REQUIRED_MAJOR} or newer; this is {version.strip().lstrip('v')}. {INSTALL}"
    return None


def require_node() -> None:
    """Raise DevError (exit code 2) with one sentence unless Node is new enough."""
    node = shutil.which("node")
    version = None if node is None else run_captured([node, "--version"], timeout_s=30)[1]
    complaint = complaint_about_node(version)
    if complaint is not None:
        raise DevError(complaint, exit_code=2)
