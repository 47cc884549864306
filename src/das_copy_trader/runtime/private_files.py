"""Files that only their owner may read: the access token and the key of the stored passwords."""

import contextlib
import os
import secrets
from pathlib import Path

TOKEN_BYTES = 32


class PrivateFileError(Exception):
    """A private file cannot be made or read; the message is a sentence for people."""


def read_private(path: Path) -> str | None:
    """The text of a private file, None when there is none. On POSIX it is closed to others if it was open.

    Raises PrivateFileError when it cannot be read.
    """
    try:
        text = path.read_text(encoding="ascii").strip()
        if os.name == "posix" and path.stat().st_mode & 0o077:
            path.chmod(0o600)
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise PrivateFileError(f"The file {path} cannot be read ({_why(error)}). Correct or remove it.") from None
    return text or None


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read (0600 from its first instant). Raises PrivateFileError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise PrivateFileError(f"The file {path} cannot be written ({_why(error)}). Is the folder writable?") from None


def load_or_make_token(path: Path) -> str:
    """The access token in this file; when there is none, a new random one of 256 bits. Raises PrivateFileError."""
    token = read_private(path)
    if token is None:
        token = secrets.token_urlsafe(TOKEN_BYTES)
        write_private(path, token)
    return token


def _why(error: Exception) -> str:
    return (error.strerror or type(error).__name__) if isinstance(error, OSError) else "it is not plain text"
