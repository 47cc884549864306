"""Looks for secrets wherever somebody could read them, in every way that they could be written there."""

import base64
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import quote, quote_plus

OWN_BUSINESS = "app-token"
"""The one file that holds a secret on purpose, readable by its owner alone."""


def spellings(secret: str) -> frozenset[bytes]:
    """The secret as it is, inside JSON, as Python shows it, inside an address, and coded as in a Basic header."""
    texts = {secret, json.dumps(secret)[1:-1], repr(secret)[1:-1], quote(secret, safe=""), quote_plus(secret)}
    plain = secret.encode()
    return frozenset({text.encode() for text in texts} | {base64.b64encode(plain).rstrip(b"="), plain.hex().encode()})


def leaks(places: Mapping[str, bytes], secrets: Iterable[str]) -> list[str]:
    """Where one of the secrets stands. A zip archive is looked into."""
    found: list[str] = []
    for secret in secrets:
        for spelling in spellings(secret):
            found += [f"{place}: {secret!r}" for place, text in _unpacked(places).items() if spelling in text]
    return sorted(set(found))


def files_of(folder: Path) -> dict[str, bytes]:
    """Every file in it as it is now: database, write-ahead log, logs, keys."""
    files = [file for file in sorted(folder.rglob("*")) if file.is_file() and file.name != OWN_BUSINESS]
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


def _unpacked(places: Mapping[str, bytes]) -> dict[str, bytes]:
    texts = dict(places)
    for place, content in places.items():
        if content.startswith(b"PK\x03\x04"):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                texts |= {f"{place} {name}": archive.read(name) for name in archive.namelist()}
    return texts
