"""Passwords at rest."""

import os
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from das_copy_trader.services.credentials import (
    Credentials,
    FileKeyStore,
    KeyringKeyStore,
    SealBrokenError,
    open_credentials,
)

PASSWORD = "Geheim-123"


def test_a_sealed_password_opens_with_its_key_alone() -> None:
    credentials = Credentials(Fernet.generate_key().decode())
    sealed = credentials.seal(PASSWORD)
    assert PASSWORD not in sealed
    assert credentials.open(sealed) == PASSWORD
    with pytest.raises(SealBrokenError, match="Enter the password again"):
        Credentials(Fernet.generate_key().decode()).open(sealed)


def test_the_key_file_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    store = FileKeyStore(tmp_path / "a.key")
    sealed = Credentials.from_store(store).seal(PASSWORD)
    assert Credentials.from_store(store).open(sealed) == PASSWORD
    if os.name == "posix":
        assert (tmp_path / "a.key").stat().st_mode & 0o077 == 0


def test_a_key_file_that_is_there_wins_and_a_new_one_is_made_where_no_keyring_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(KeyringKeyStore, "is_usable", staticmethod(lambda: False))
    key_file = tmp_path / "a.key"
    sealed = open_credentials(key_file, tmp_path / "a.db").seal(PASSWORD)
    assert open_credentials(key_file, tmp_path / "a.db").open(sealed) == PASSWORD
