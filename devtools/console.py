"""Talking to the person at the terminal, and the one error that becomes a sentence."""

import io
import sys


class DevError(Exception):
    """A command cannot go on; the message says why and what to do, and the exit code goes to the shell."""

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def say(text: str) -> None:
    """Print one line at once, so that it stands before what a child process prints."""
    print(text, flush=True)


def complain(text: str) -> None:
    """Print one line to standard error."""
    print(text, file=sys.stderr, flush=True)


def never_stumble_over_a_letter() -> None:
    """Let a terminal that lacks a character show another one instead of raising."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
