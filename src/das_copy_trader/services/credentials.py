"""Passwords at rest: sealed with a key in the system's keyring, else in a file that only its owner can read."""

from pathlib import Path
from typing import Final, Protocol

import keyring
import structlog
from cryptography.fernet import Fernet, InvalidToken
from keyring.errors import KeyringError

from das_copy_trader.runtime.private_files import read_private, write_private

KEYRING_SERVICE: Final = "das-copy-trader"
_log = structlog.get_logger(__name__)


class SealBrokenError(Exception):
    """A sealed password cannot be opened with the present key; it has to be entered again."""


class KeyStore(Protocol):
    """Where the key lies."""

    def read(self) -> str | None:
        """The key, None when there is none here."""

    def write(self, key: str) -> None:
        """Keep a key."""


class FileKeyStore:
    """The key in a file beside the database, readable by its owner alone."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> str | None:
        """The key, None when there is none here. Raises PrivateFileError."""
        return read_private(self._path)

    def write(self, key: str) -> None:
        """Keep a key. Raises PrivateFileError."""
        write_private(self._path, key)


class KeyringKeyStore:
    """The key in the system's keyring (Windows Credential Manager, Keychain, Secret Service)."""

    def __init__(self, name: str) -> None:
        self._name = name

    @staticmethod
    def is_usable() -> bool:
        """Whether the system has a keyring that really keeps things."""
        return keyring.get_keyring().priority > 0

    def read(self) -> str | None:
        """The key, None when there is none here. Raises KeyringError."""
        return keyring.get_password(KEYRING_SERVICE, self._name)

    def write(self, key: str) -> None:
        """Keep a key. Raises KeyringError."""
        keyring.set_password(KEYRING_SERVICE, self._name, key)


class Credentials:
    """Seals and opens passwords. A sealed text is worthless without the key."""

    def __init__(self, key: str) -> None:
        self._fernet = Fernet(key)

    @classmethod
    def from_store(cls, store: KeyStore) -> "Credentials":
        """With the key of this store, made when there is none."""
        key = store.read()
        if key is None:
            key = Fernet.generate_key().decode()
            store.write(key)
        return cls(key)

    def seal(self, password: str) -> str:
        """The password as it may be stored."""
        return self._fernet.encrypt(password.encode()).decode()

    def open(self, sealed: str) -> str:
        """The password. Raises SealBrokenError with a sentence."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise SealBrokenError(
                "The stored password cannot be read: the key that sealed it is gone. Enter the password again."
            ) from None


def open_credentials(key_file: Path, database: Path) -> Credentials:
    """The product's credentials: a key file that is there wins, then the keyring, then a new key file with a notice.

    Raises PrivateFileError with a sentence.
    """
    files = FileKeyStore(key_file)
    if files.read() is not None:
        return Credentials.from_store(files)
    if KeyringKeyStore.is_usable():
        try:
            return Credentials.from_store(KeyringKeyStore(str(database)))
        except KeyringError as error:
            _log.warning("The system's keyring refused the key, a file is used", reason=type(error).__name__)
    _log.warning(
        "This system has no usable keyring: stored passwords are sealed with a key in a file. "
        "Whoever can read both the file and the database can read the passwords.",
        key_file=str(key_file),
    )
    return Credentials.from_store(files)
