"""Latency benchmark of the hot path: master's row in, followers' orders out. It reports and never asserts.

    python tests/bench/run.py [--quick] [--n 1,10,50,200] [--rounds 5] [--json FILE]

A feeder plays DAS for one master and N followers on loopback; a C relay, minimal asyncio relays and the product take
turns as the copier. Reads as Markdown; RELIABILITY.md says what the goal figures mean.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.bench.micro import parse_notes  # noqa: E402 - the path is set first
from tests.bench.programs import FLOOR, Program, Workshop, open_workshop  # noqa: E402
from tests.bench.report import render, to_json  # noqa: E402
from tests.bench.rounds import USUAL_PROGRAMS, Scale, run_rounds  # noqa: E402


def read_arguments(words: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="N = 1 and 10, two short rounds: a minute at most")
    parser.add_argument("--n", help="numbers of followers, comma separated")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--programs", help=f"comma separated; usually {','.join(USUAL_PROGRAMS)}")
    parser.add_argument("--orders", type=int, help="orders a cell; usually as many as fit the time")
    parser.add_argument("--rate", type=float, help="orders a second; usually 200, and fewer from N = 100 on")
    parser.add_argument("--sending-row", action="store_true", help="a Sending row before each Accepted of the master")
    parser.add_argument("--no-compiler", action="store_true", help="do as if there were no C compiler")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    return parser.parse_args(words)


def scale_of(options: argparse.Namespace) -> Scale:
    """Say how much to measure: the whole takes minutes, the quick one seconds."""
    default = "1,10" if options.quick else "1,10,50,200"
    return Scale(
        followers=tuple(sorted({int(word) for word in (options.n or default).split(",")})),
        rounds=options.rounds or (2 if options.quick else 5),
        seconds=0.5 if options.quick else 1.5,
        orders=options.orders,
        rate=options.rate,
        has_sending_row=options.sending_row,
    )


def chosen(workshop: Workshop, names: str | None) -> tuple[Program, ...]:
    """Pick the programs asked for that can run here, and tell of those that cannot."""
    wanted = names.split(",") if names else USUAL_PROGRAMS
    by_name = {program.name: program for program in workshop.programs}
    unknown = [name for name in wanted if name not in by_name]
    if unknown:
        sys.exit(f"There is no program {', '.join(unknown)}; there are {', '.join(by_name)}.")
    for name in wanted:
        if by_name[name].missing:
            print(f"{name} is left out: {by_name[name].missing}.", file=sys.stderr)
    return tuple(by_name[name] for name in wanted if not by_name[name].missing)


def main() -> int:
    options = read_arguments()
    scale = scale_of(options)
    with tempfile.TemporaryDirectory() as directory:
        workshop = open_workshop(Path(directory), use_compiler=not options.no_compiler)
        programs = chosen(workshop, options.programs)
        notes = parse_notes()
        outcome = run_rounds(
            scale, programs, workshop.feeder_argv, lambda text: print(text, file=sys.stderr, flush=True)
        )
        if FLOOR not in [program.name for program in programs]:
            floor = next(program for program in workshop.programs if program.name == FLOOR)
            outcome.no_floor = floor.missing or "not asked for"
    print(render(outcome, workshop.feeder_note, notes))
    if options.json:
        options.json.write_text(json.dumps(to_json(outcome, workshop.feeder_note, notes), indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
