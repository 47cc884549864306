"""Starting other programs: their exit code is ours, and Ctrl-C is theirs to answer."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn


def child_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Our environment less what would lead another interpreter astray, plus `extra`."""
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONHOME", "PYTHONPATH")}
    if sys.platform == "win32":
        environment.setdefault("PYTHONUTF8", "1")
    environment.update(extra or {})
    return environment


def shell_code(returncode: int) -> int:
    """The exit code a shell shows: 128 + n for a program ended by signal n."""
    return 128 - returncode if returncode < 0 else returncode


def run_to_end(command: Sequence[str], *, cwd: Path | None = None, extra: Mapping[str, str] | None = None) -> int:
    """Run a program with our terminal and return its exit code.

    Ctrl-C reaches the program by the terminal; we wait until it has cleaned up. SIGTERM is handed on.
    """
    child = subprocess.Popen(command, cwd=cwd, env=child_environment(extra))

    def hand_on(_number: int, _frame: FrameType | None) -> None:
        child.terminate()

    before = signal.signal(signal.SIGTERM, hand_on)
    try:
        while True:
            try:
                return shell_code(child.wait())
            except KeyboardInterrupt:
                continue
    finally:
        signal.signal(signal.SIGTERM, before)


def run_captured(command: Sequence[str], *, cwd: Path | None = None, timeout_s: float | None = None) -> tuple[int, str]:
    """Run a program without a terminal; its exit code and all it printed.

    A program that is missing, cannot be started or takes too long is exit code 127 and the reason.
    """
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            env=child_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout_s,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return 127, str(error)
    return shell_code(done.returncode), done.stdout


def become(command: Sequence[str], *, extra: Mapping[str, str] | None = None) -> NoReturn:
    """End as this program: its signals, its exit code. Where a process cannot replace itself, wait for it instead."""
    if sys.platform == "win32":
        sys.exit(run_to_end(command, extra=extra))
    sys.stdout.flush()
    os.execve(command[0], list(command), child_environment(extra))  # noqa: S606 - no shell is the point
