"""The dependency audit: what it objects to, and what it lets pass."""

from importlib.metadata import PathDistribution
from pathlib import Path

import pytest

from devtools.audit import audit, licence_of, objection_to_licence, pins_of


def installed(folder: Path, name: str, version: str, *more: str) -> PathDistribution:
    place = folder / f"{name}-{version}.dist-info"
    place.mkdir()
    text = "\n".join(["Metadata-Version: 2.4", f"Name: {name}", f"Version: {version}", *more])
    (place / "METADATA").write_text(text + "\n\n", encoding="utf-8")
    return PathDistribution(place)


def test_a_package_as_pinned_under_a_permissive_licence_is_fine(tmp_path: Path) -> None:
    found = installed(tmp_path, "Some_Package", "1.0", "License-Expression: MIT")
    assert audit([found], {"some-package": "1.0"}) == []


@pytest.mark.parametrize(
    ("version", "licence", "part"),
    [
        ("2.0", "MIT", "but 1.0 is pinned"),
        ("1.0", "AGPL-3.0-only", "not permissive"),
        ("1.0", "", "not known to be permissive"),
    ],
)
def test_what_is_not_right_is_one_sentence(tmp_path: Path, version: str, licence: str, part: str) -> None:
    found = installed(tmp_path, "thing", version, f"License-Expression: {licence}")
    objections = audit([found], {"thing": "1.0"})
    assert len(objections) == 1
    assert part in objections[0]


def test_a_package_that_nobody_pinned_is_told(tmp_path: Path) -> None:
    assert "pinned nowhere" in audit([installed(tmp_path, "stray", "1.0", "License-Expression: MIT")], {})[0]


def test_a_licence_is_read_from_whatever_tells_it(tmp_path: Path) -> None:
    classified = "Classifier: License :: OSI Approved :: BSD License"
    assert licence_of(installed(tmp_path, "a", "1", classified)) == "BSD License"
    assert licence_of(installed(tmp_path, "b", "1", "License: Apache 2.0")) == "Apache 2.0"


def test_a_choice_of_licences_with_a_permissive_one_is_fine() -> None:
    assert objection_to_licence("a", "MIT OR GPL-3.0-only") == ""


def test_pins_are_read_with_extras_and_conditions(tmp_path: Path) -> None:
    file = tmp_path / "r.txt"
    file.write_text('# c\n-r other.txt\nsqlalchemy[asyncio]==2.1.0\nwinloop==1.0 ; sys_platform == "win32"\n', "utf-8")
    assert pins_of([file]) == {"sqlalchemy": "2.1.0", "winloop": "1.0"}
