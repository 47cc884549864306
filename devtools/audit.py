"""What of the dependencies can be judged without a network: is it what is pinned, and may it be used?

Known weaknesses and withdrawn releases need an index; they are not judged here.
"""

import re
import sys
from collections.abc import Iterable
from importlib.metadata import Distribution, distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OWN = frozenset({"das-copy-trader"})
TOOLS = frozenset({"pip", "setuptools", "wheel"})
"""What every environment has of itself."""
PERMISSIVE = re.compile(
    r"\b(MIT|BSD|0BSD|Apache|ISC|PSF|Python Software Foundation|MPL|Mozilla Public License|Unlicense|Zlib|HPND|CC0)\b",
    re.IGNORECASE,
)
UNWANTED = re.compile(r"\b(AGPL|GPL|Affero|SSPL|BUSL|Commons Clause|Proprietary)\b", re.IGNORECASE)
_PIN = re.compile(r"([a-z0-9][a-z0-9-]*)(?:\[[a-z,]+\])?==([^ ;]+)")


def canonical(name: str) -> str:
    """A package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins_of(files: Iterable[Path]) -> dict[str, str]:
    """Version by package, of all these requirement files."""
    pins: dict[str, str] = {}
    for file in files:
        for line in file.read_text(encoding="utf-8").splitlines():
            found = _PIN.match(line)
            if found is not None:
                pins[canonical(found[1])] = found[2]
    return pins


def licence_of(distribution: Distribution) -> str:
    """What a package says of its licence, shortly."""
    metadata = distribution.metadata
    if "License-Expression" in metadata:
        return metadata["License-Expression"]
    classifiers = [text for text in metadata.get_all("Classifier") or [] if text.startswith("License ::")]
    if classifiers:
        return "; ".join(text.rpartition(":: ")[2] for text in classifiers)
    return metadata["License"].strip().partition("\n")[0] if "License" in metadata else ""


def objection_to_licence(name: str, licence: str) -> str:
    """A sentence about a licence that is unknown or unwanted; empty when it is fine."""
    if UNWANTED.search(licence) and not PERMISSIVE.search(licence):
        return f"{name}: its licence «{licence}» is not permissive."
    if not PERMISSIVE.search(licence):
        return f"{name}: its licence «{licence or 'none told'}» is not known to be permissive; look at it."
    return ""


def audit(found: Iterable[Distribution], pins: dict[str, str]) -> list[str]:
    """One sentence for each thing that is not right."""
    objections: list[str] = []
    for distribution in sorted(found, key=lambda one: canonical(one.metadata["Name"])):
        name = canonical(distribution.metadata["Name"])
        if name in OWN:
            continue
        pinned = pins.get(name)
        if pinned is None and name not in TOOLS:
            objections.append(f"{name} {distribution.version} is installed, but pinned nowhere.")
        elif pinned is not None and pinned != distribution.version:
            objections.append(f"{name} {distribution.version} is installed, but {pinned} is pinned.")
        objections += filter(None, [objection_to_licence(name, licence_of(distribution))])
    return objections


def main() -> int:
    """Judge the environment that runs this; 0 when nothing is to object to."""
    found = list(distributions())
    objections = audit(found, pins_of(sorted((ROOT / "requirements").glob("*.txt"))))
    for objection in objections:
        print(objection)
    if not objections:
        print(f"{len(found)} packages: each as pinned, each under a permissive licence. (No index was asked.)")
    return 1 if objections else 0


if __name__ == "__main__":
    sys.exit(main())
