"""`dev.py check`: every check runs, the failures are summed up at the end."""

from dataclasses import dataclass
from time import monotonic

from devtools.console import say
from devtools.dashboard import has_dashboard, provide_packages
from devtools.environment import Environment, only_one_at_a_time
from devtools.process import run_to_end


@dataclass(frozen=True, slots=True)
class Check:
    """One named command that passes with exit code 0."""

    name: str
    command: tuple[str, ...]
    folder: str = ""
    """Where it runs, seen from the root."""


def checks_of(environment: Environment) -> list[Check]:
    """All checks, quick ones first."""
    program = environment.program
    pytest = (str(environment.python), "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/tidy")
    return [
        Check("lint (ruff check)", (program("ruff"), "check", ".")),
        Check("format (ruff format)", (program("ruff"), "format", "--check", ".")),
        Check("rooms (import-linter)", (program("lint-imports"),)),
        Check("types (mypy --strict)", (program("mypy"),)),
        Check("dependencies (pins and licences)", (str(environment.python), "-m", "devtools.audit")),
        *_checks_of_dashboard(environment),
        Check("tidy tests", pytest),
    ]


def _checks_of_dashboard(environment: Environment) -> list[Check]:
    if not has_dashboard(environment.root):
        return []
    with only_one_at_a_time(environment.root):
        npm = provide_packages(environment.root / "frontend")
    check_by_script = {
        "api:check": "dashboard's types made from openapi.json",
        "types": "dashboard's types (tsc)",
        "lint": "dashboard's lint (ESLint)",
        "test": "dashboard's tests (Vitest)",
    }
    return [Check(name, (npm, "run", "--silent", script), "frontend") for script, name in check_by_script.items()]


def run_checks(environment: Environment, *, with_tidy_tests: bool = True) -> int:
    """Run them all with the root as working directory; 0 when all passed, else 1."""
    failed: list[str] = []
    for check in checks_of(environment):
        if not with_tidy_tests and check.name == "tidy tests":
            continue
        say(f"── {check.name}")
        begun_s = monotonic()
        code = run_to_end(check.command, cwd=environment.root / check.folder)
        say(f"   {'passed' if code == 0 else 'FAILED'} in {monotonic() - begun_s:.1f} s")
        if code != 0:
            failed.append(check.name)
    if failed:
        say(f"Checks failed: {', '.join(failed)}.")
        return 1
    say("All checks passed.")
    return 0
