"""dev.py: what it decides, on made-up machines."""

import ast
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import pytest

from das_copy_trader.container import DASHBOARD_PAGES
from devtools import dashboard
from devtools.browser import VARIABLE, Machine, find_browser
from devtools.commands import COMMAND_BY_NAME, main
from devtools.console import DevError
from devtools.environment import (
    Environment,
    Level,
    Stamp,
    Step,
    fingerprint_of,
    is_locked,
    next_step,
    only_one_at_a_time,
    read_stamp,
    tail,
)
from devtools.node import complaint_about_node
from devtools.process import run_captured, run_to_end, shell_code
from tests.tidy.source_tree import ROOT

DEV = ROOT / "dev.py"


# ------------------------------------------------------------------------------------------------------------ versions
def test_every_python_that_is_still_found_can_parse_it() -> None:
    text = DEV.read_text(encoding="ascii")  # an older Python takes other letters for an error
    assert ast.parse(text, feature_version=(3, 5)).body


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 5, 2), (3, 9, 2), (3, 10, 13)])
def test_an_older_python_gets_one_sentence(version: tuple[int, int, int]) -> None:
    pretence = f"import sys; sys.version_info = {version!r}; exec(compile(open({str(DEV)!r}).read(), 'dev.py', 'exec'))"
    done = subprocess.run([sys.executable, "-c", pretence], capture_output=True, text=True, check=False)
    number = ".".join(map(str, version))
    assert done.stderr == (
        f"DAS Copy Trader needs Python 3.11 or newer; this is {number}. "
        "Install it from python.org and run dev.py again.\n"
    )
    assert done.returncode == 2


@pytest.mark.parametrize(
    ("version", "part"),
    [
        (None, "none was found"),
        ("v18.19.0\n", "this is 18.19.0"),
        ("v9.1.0", "this is 9.1.0"),
        ("command not understood", "does not answer"),
    ],
)
def test_a_wrong_node_gets_one_sentence(version: str | None, part: str) -> None:
    complaint = complaint_about_node(version)
    assert complaint is not None
    assert part in complaint
    assert "\n" not in complaint


@pytest.mark.parametrize("version", ["v20.0.0", "v20.20.2\n", "v24.1.0"])
def test_a_new_enough_node_will_do(version: str) -> None:
    assert complaint_about_node(version) is None


def test_the_command_line_says_the_sentence_about_node(tmp_path: Path) -> None:
    node = tmp_path / ("node.bat" if sys.platform == "win32" else "node")
    node.write_text("@echo v16.2.0\n" if sys.platform == "win32" else "#!/bin/sh\necho v16.2.0\n", encoding="utf-8")
    node.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        [sys.executable, str(DEV), "build"], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("DAS Copy Trader needs Node 20 or newer; this is 16.2.0.")
    assert len(done.stderr.splitlines()) == 1


# ------------------------------------------------------------------------------------------------------------ commands
def test_an_unknown_command_gets_the_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fly"]) == 2
    complaint = capsys.readouterr().err
    assert "There is no command «fly»." in complaint
    assert all(f"\n  {name} " in complaint for name in COMMAND_BY_NAME)


def test_no_command_gets_the_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "Usage:" in capsys.readouterr().err


def test_help_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert "Usage:" in capsys.readouterr().out


def test_a_program_s_exit_code_is_ours() -> None:
    assert run_to_end([sys.executable, "-c", "raise SystemExit(7)"]) == 7
    assert shell_code(-2) == 130


def test_a_missing_program_is_an_exit_code_and_a_reason() -> None:
    code, output = run_captured(["no-such-program-here"])
    assert code == 127
    assert output


def test_the_tail_of_an_output_is_short() -> None:
    assert tail("one\ntwo\nthree\n", 2) == "    two\n    three"


# --------------------------------------------------------------------------------------------------------- environment
WANTED = Stamp(python="cpython 3.11", root="/there", fingerprint="abc", level=Level.RUNTIME)


def environment_with(
    root: Path, stamp: Stamp | str | None, *, python: bool = True, unfinished: bool = False
) -> Environment:
    environment = Environment(root)
    environment.python.parent.mkdir(parents=True)
    if python:
        environment.python.touch()
    if unfinished:
        environment.unfinished_file.touch()
    if stamp is not None:
        text = stamp if isinstance(stamp, str) else json.dumps(asdict(stamp))
        environment.stamp_file.write_text(text, encoding="utf-8")
    return environment


def stamp_like(
    python: str = "cpython 3.11", root: str = "/there", fingerprint: str = "abc", level: str = "runtime"
) -> Stamp:
    return Stamp(python=python, root=root, fingerprint=fingerprint, level=Level(level))


@pytest.mark.parametrize(
    ("found", "step"),
    [
        (stamp_like(), Step.NOTHING),
        (stamp_like(level="dev"), Step.NOTHING),
        (stamp_like(fingerprint="old"), Step.INSTALL),
        (stamp_like(python="cpython 3.12"), Step.MAKE_ANEW),
        (stamp_like(root="/elsewhere"), Step.MAKE_ANEW),
        ("half a sta", Step.INSTALL),
        ("[]", Step.INSTALL),
        (None, Step.INSTALL),
    ],
)
def test_what_a_stamp_asks_for(tmp_path: Path, found: Stamp | str | None, step: Step) -> None:
    assert next_step(environment_with(tmp_path, found), WANTED) is step


def test_tools_are_added_to_an_environment_without_them(tmp_path: Path) -> None:
    environment = environment_with(tmp_path, stamp_like())
    assert next_step(environment, stamp_like(level="dev")) is Step.INSTALL


def test_no_environment_is_made(tmp_path: Path) -> None:
    assert next_step(Environment(tmp_path), WANTED) is Step.MAKE_ANEW


def test_an_environment_without_its_python_is_made_anew(tmp_path: Path) -> None:
    assert next_step(environment_with(tmp_path, WANTED, python=False), WANTED) is Step.MAKE_ANEW


def test_an_interrupted_installation_is_made_anew(tmp_path: Path) -> None:
    assert next_step(environment_with(tmp_path, None, unfinished=True), WANTED) is Step.MAKE_ANEW


def test_a_stamp_reads_back(tmp_path: Path) -> None:
    assert read_stamp(environment_with(tmp_path, WANTED).stamp_file) == WANTED


@pytest.mark.parametrize("changed", ["requirements/runtime.txt", "requirements/dev.txt", "pyproject.toml"])
def test_a_changed_requirement_changes_the_fingerprint(tmp_path: Path, changed: str) -> None:
    (tmp_path / "requirements").mkdir()
    for name in ("requirements/runtime.txt", "requirements/dev.txt", "pyproject.toml"):
        (tmp_path / name).write_text("one", encoding="utf-8")
    before = fingerprint_of(tmp_path)
    (tmp_path / changed).write_text("two", encoding="utf-8")
    assert fingerprint_of(tmp_path) != before


def test_two_at_once_wait_for_each_other(tmp_path: Path) -> None:
    with only_one_at_a_time(tmp_path), (tmp_path / ".dev-lock").open("a+b") as second:
        assert not is_locked(second)
    with (tmp_path / ".dev-lock").open("a+b") as third:
        assert is_locked(third)


def test_a_folder_that_cannot_be_written_to_gets_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DevError, match="Put the project into a folder of your own"), only_one_at_a_time(tmp_path / "x"):
        pass


def test_paths_on_windows_differ(tmp_path: Path) -> None:
    assert Environment(tmp_path, is_windows=True).python.as_posix().endswith(".venv/Scripts/python.exe")
    assert Environment(tmp_path, is_windows=True).program("ruff").endswith("ruff.exe")
    assert Environment(tmp_path, is_windows=False).python.as_posix().endswith(".venv/bin/python")


# ------------------------------------------------------------------------------------------------------------- browser
def machine(
    platform: str,
    starting: list[str],
    on_path: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Machine:
    return Machine(platform, environment or {}, (on_path or {}).get, lambda path: path in starting)


def test_a_browser_on_the_path_comes_first() -> None:
    linux = machine("linux", ["/usr/bin/chromium", "/opt/google/chrome/chrome"], {"chromium": "/usr/bin/chromium"})
    assert find_browser(linux) == "/usr/bin/chromium"


def test_a_placeholder_that_does_not_start_is_passed_over() -> None:
    on_path = {"chromium-browser": "/usr/bin/chromium-browser"}
    assert find_browser(machine("linux", ["/snap/bin/chromium"], on_path)) == "/snap/bin/chromium"


@pytest.mark.parametrize(
    ("platform", "place", "environment"),
    [
        ("linux", "/opt/google/chrome/chrome", {}),
        ("darwin", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", {}),
        ("darwin", "/Users/j/Applications/Chromium.app/Contents/MacOS/Chromium", {"HOME": "/Users/j"}),
        ("win32", r"C:\Programs\Google\Chrome\Application\chrome.exe", {"PROGRAMFILES": r"C:\Programs"}),
        ("win32", r"C:\x86\Microsoft\Edge\Application\msedge.exe", {"PROGRAMFILES(X86)": r"C:\x86"}),
    ],
)
def test_the_usual_places_are_looked_at(platform: str, place: str, environment: dict[str, str]) -> None:
    assert find_browser(machine(platform, [place], environment=environment)) == place


def test_no_browser_is_none() -> None:
    assert [find_browser(machine(platform, [])) for platform in ("linux", "darwin", "win32")] == [None, None, None]


def test_a_named_browser_is_taken() -> None:
    linux = machine(
        "linux", ["/my/browser", "/usr/bin/chromium"], {"chromium": "/usr/bin/chromium"}, {VARIABLE: "/my/browser"}
    )
    assert find_browser(linux) == "/my/browser"


def test_a_named_browser_that_is_none_is_not_passed_over() -> None:
    linux = machine("linux", ["/usr/bin/chromium"], {"chromium": "/usr/bin/chromium"}, {VARIABLE: "/my/browser"})
    with pytest.raises(DevError, match="/my/browser"):
        find_browser(linux)


# ----------------------------------------------------------------------------------------------------------- dashboard
def test_without_a_frontend_there_is_nothing_to_build(tmp_path: Path) -> None:
    dashboard.build_if_changed(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_sources_decide_and_made_folders_do_not(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "page.tsx").write_text("one", encoding="utf-8")
    before = dashboard.fingerprint_of(tmp_path)
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "x.js").write_text("made", encoding="utf-8")
    (tmp_path / "next-env.d.ts").write_text("made by the build")
    (tmp_path / "tsconfig.tsbuildinfo").write_text("made by the build")
    assert dashboard.fingerprint_of(tmp_path) == before
    (tmp_path / "src" / "page.tsx").write_text("two", encoding="utf-8")
    assert dashboard.fingerprint_of(tmp_path) != before


def test_the_built_pages_have_a_folder_of_their_own() -> None:
    status_page = ROOT / "src" / "das_copy_trader" / "web" / "status" / "index.html"
    assert status_page.is_file()
    assert ROOT / dashboard.BUILT_INTO not in status_page.parents
    assert ROOT / dashboard.BUILT_INTO == DASHBOARD_PAGES


# ------------------------------------------------------------------------------------------------------------------ CI
def test_ci_runs_the_second_command() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "dev.py test" in script
