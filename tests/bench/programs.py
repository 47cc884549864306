"""The programs under test, and what has to be built for them.

A program is a command line that takes `--master-port`, `--follower-ports` and `--multipliers`, logs in everywhere as
MASTER, F001, F002, ..., prints READY and copies until it is stopped.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
NO_COMPILER = "no C compiler"
FLOOR = "c_floor"
ECHOING_FLOOR = "c_floor_echo"


@dataclass(frozen=True)
class Program:
    """One row of the table: how it is started, and what its followers do.

    `is_silent`: the followers answer no order (they do for every other program). `is_product`: the bars are for it.
    `missing`: why it cannot run here, empty when it can.
    """

    name: str
    argv: tuple[str, ...]
    note: str
    is_silent: bool = False
    is_product: bool = False
    missing: str = ""


@dataclass(frozen=True)
class Workshop:
    """What was built: the feeder's command line, and the programs in the order of the table."""

    feeder_argv: tuple[str, ...]
    feeder_note: str
    programs: tuple[Program, ...]


def open_workshop(directory: Path, *, use_compiler: bool = True) -> Workshop:
    """Compile the feeder and the C relay into `directory`, with the Python feeder where that cannot be done."""
    compiler = find_compiler() if use_compiler else None
    relay = compiler and compile_c(compiler, "relay", directory)
    feeder = compiler and compile_c(compiler, "feeder", directory)
    return Workshop(
        feeder_argv=(feeder,) if feeder else (sys.executable, str(HERE / "feeder.py")),
        feeder_note="feeder.c" if feeder else "feeder.py, with user-space receive times",
        programs=(*references(relay or ""), *products()),
    )


def references(relay: str) -> tuple[Program, ...]:
    """List the yardsticks; without a compiled relay the floor is missing, and says so."""
    missing = "" if relay else NO_COMPILER
    minimal = (sys.executable, str(HERE / "relay_asyncio.py"))
    no_uvloop = "" if sys.platform != "win32" else "uvloop does not exist on Windows"
    return (
        Program(FLOOR, (relay,), "C, epoll; followers silent: the floor", is_silent=True, missing=missing),
        Program(ECHOING_FLOOR, (relay,), "the same, followers answer 4 lines an order", missing=missing),
        Program("asyncio_min", minimal, "asyncio Protocol, transport.write, no checks"),
        Program("asyncio_min_silent", minimal, "the same, followers silent", is_silent=True),
        Program(
            "uvloop_min", (*minimal, "--loop", "uvloop"), "the same on uvloop, followers answer", missing=no_uvloop
        ),
    )


def products() -> tuple[Program, ...]:
    """List the product on both loops."""
    script = HERE / "product.py"
    missing = "" if script.exists() else "product.py is not there"
    no_uvloop = "" if sys.platform != "win32" else "uvloop does not exist on Windows"
    argv = (sys.executable, str(script), "--loop")
    return (
        Program("product_asyncio", (*argv, "asyncio"), "the whole engine on asyncio", is_product=True, missing=missing),
        Program(
            "product_uvloop",
            (*argv, "uvloop"),
            "the whole engine on uvloop",
            is_product=True,
            missing=missing or no_uvloop,
        ),
    )


def find_compiler() -> str | None:
    """Find cc, gcc or clang; the C programs are written for epoll, so elsewhere than on Linux there is none."""
    if sys.platform != "linux":
        return None
    names = [os.environ.get("CC", ""), "cc", "gcc", "clang"]
    return next((path for name in names if name and (path := shutil.which(name))), None)


def compile_c(compiler: str, name: str, directory: Path) -> str | None:
    """Compile one file with -O2; None, and the compiler's own words on stderr, when it fails."""
    target = directory / name
    command = [compiler, "-O2", "-std=gnu11", "-o", str(target), str(HERE / f"{name}.c")]
    if subprocess.run(command, check=False).returncode != 0:
        print(f"{name}.c did not compile; going on without it", file=sys.stderr)
        return None
    return str(target)
