"""The commands of dev.py."""

from collections.abc import Callable, Sequence
from time import monotonic
from typing import NoReturn

from devtools.browser import VARIABLE, provide_browser
from devtools.checks import run_checks
from devtools.console import DevError, complain, never_stumble_over_a_letter, say
from devtools.dashboard import build_if_changed, has_dashboard
from devtools.environment import Environment, Level, prepare
from devtools.node import require_node
from devtools.package import package
from devtools.process import become, run_to_end

USAGE = """\
Usage: python3 dev.py COMMAND [ARGUMENTS]

  demo     try it: simulated DAS platforms, a scripted trader, the product; prints the link
  serve    run the server, configured by the environment (see docs/OPERATIONS.md)
  test     all checks and all tests; --no-check leaves the checks out, the rest goes to pytest
  check    ruff, import-linter, mypy --strict, tidy tests, the dashboard's types, lint and tests
  bench    measure the hot path beside its references
  build    build the dashboard if its sources changed
  package  make the wheel and a program that needs no Python, under dist/
  setup    only make the environment

Each command sets up what it needs: .venv, the pinned packages, the dashboard, a browser for the tests.
The only things it wants from the machine are Python 3.11 or newer and Node 20 or newer."""


def main(arguments: Sequence[str]) -> int:
    """Run one command; the exit code for the shell. 2 = wrong use or wrong machine."""
    never_stumble_over_a_letter()
    name, rest = (arguments[0], list(arguments[1:])) if arguments else ("", [])
    if name in ("help", "-h", "--help"):
        say(USAGE)
        return 0
    command = COMMAND_BY_NAME.get(name)
    if command is None:
        complain(f"There is no command «{name}».\n\n{USAGE}" if name else USAGE)
        return 2
    try:
        return command(rest)
    except DevError as error:
        complain(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        complain("Stopped. Run dev.py again to go on.")
        return 130


def _demo(rest: list[str]) -> NoReturn:
    _product("demo", rest)


def _serve(rest: list[str]) -> NoReturn:
    _product("serve", rest)


def _product(name: str, rest: list[str]) -> NoReturn:
    require_node()
    environment = prepare(Level.RUNTIME)
    build_if_changed()
    # -P: what lies in the working directory is not imported by accident.
    become([str(environment.python), "-P", "-m", "das_copy_trader.cli", name, *rest])


def _test(rest: list[str]) -> int:
    begun_s = monotonic()
    require_node()
    environment = prepare(Level.DEV)
    build_if_changed()
    browser = provide_browser(environment)
    say(f"Browser for the tests: {browser}")
    check_code = 0
    if "--no-check" in rest:
        rest.remove("--no-check")
    else:
        check_code = run_checks(environment, with_tidy_tests=False)
    test_code = _pytest(environment, browser, rest)
    if check_code != 0:
        say("The checks before the tests failed; see above.")
    say(f"Total time: {monotonic() - begun_s:.0f} s.")
    return test_code or check_code


def _pytest(environment: Environment, browser: str, rest: list[str]) -> int:
    say("── tests (pytest)")
    command = [str(environment.python), "-m", "pytest", "-n", "2", *rest]
    return run_to_end(command, cwd=environment.root, extra={VARIABLE: browser})


def _check(_rest: list[str]) -> int:
    require_node()
    return run_checks(prepare(Level.DEV))


def _bench(rest: list[str]) -> NoReturn:
    environment = prepare(Level.RUNTIME)
    script = environment.root / "tests" / "bench" / "run.py"
    become([str(environment.python), str(script), *rest], extra={"PYTHONPATH": str(environment.root)})


def _build(_rest: list[str]) -> int:
    require_node()
    build_if_changed()
    say("The dashboard is up to date." if has_dashboard() else "There is no dashboard to build.")
    return 0


def _package(_rest: list[str]) -> int:
    require_node()
    build_if_changed()
    return package()


def _setup(_rest: list[str]) -> int:
    environment = prepare(Level.DEV)
    say(f"Ready: {environment.folder}")
    return 0


COMMAND_BY_NAME: dict[str, Callable[[list[str]], int]] = {
    "demo": _demo,
    "serve": _serve,
    "test": _test,
    "check": _check,
    "bench": _bench,
    "build": _build,
    "package": _package,
    "setup": _setup,
}
