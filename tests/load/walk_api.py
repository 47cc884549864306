"""Walks the whole API of the brief against the running program and simulated platforms, and prints what came.

    .venv/bin/python tests/load/walk_api.py

Every endpoint, all eleven events and all four actions, live; then everything that was heard or written is looked through
for the passwords and the token. Exit code 1 when anything is not as the brief says.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.support.program import program  # noqa: E402
from tests.support.tour import TOKEN, missing, tour_of, whole_tour  # noqa: E402


async def main() -> int:
    """Start everything, walk, look for secrets, end it; the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        async with program(Path(folder), APP_AUTH_TOKEN=TOKEN) as served, tour_of(served, print) as tour:
            await whole_tour(tour)
            faults = [*tour.faults, *(f"not seen: {name}" for name in missing(tour))]
            faults += [f"a secret in {place}" for place in tour.leaks(Path(folder))]
    print(f"\n{len(tour.done)} addresses; events: {dict(sorted(tour.events.items()))}")
    print(f"{len(tour.heard())} answers, headers and events and every file were looked through for secrets")
    for fault in faults:
        print(f"FAULT {fault}")
    print("All as the brief says." if not faults else f"{len(faults)} faults.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
