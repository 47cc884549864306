"""A browser for the browser tests: found, or installed, or a clear failure."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath, PurePosixPath, PureWindowsPath

from devtools.console import DevError, say
from devtools.environment import Environment, tail
from devtools.process import run_captured

VARIABLE = "DAS_TEST_BROWSER"
COMMANDS = (
    "google-chrome",
    "google-chrome-stable",
    "chromium",
    "chromium-browser",
    "chrome",
    "microsoft-edge",
    "microsoft-edge-stable",
    "msedge",
)
LINUX_PLACES = (
    "/opt/google/chrome/chrome",
    "/usr/lib/chromium/chromium",
    "/snap/bin/chromium",
    "/opt/microsoft/msedge/msedge",
)
MAC_PLACES = (
    "Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "Applications/Chromium.app/Contents/MacOS/Chromium",
    "Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
WINDOWS_FOLDERS = ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")
WINDOWS_PLACES = (
    "Google/Chrome/Application/chrome.exe",
    "Chromium/Application/chrome.exe",
    "Microsoft/Edge/Application/msedge.exe",
)
PLAYWRIGHT_PATH = (
    "from playwright.sync_api import sync_playwright as p\nwith p() as it: print(it.chromium.executable_path)"
)


@dataclass(frozen=True, slots=True)
class Machine:
    """What the search needs to know of a machine; a test makes one up."""

    platform: str
    environment: Mapping[str, str]
    which: Callable[[str], str | None]
    starts: Callable[[str], bool]
    """Whether a path is a browser that can be started (a snap's placeholder and a missing library cannot)."""


def this_machine() -> Machine:
    """The machine we are on."""
    return Machine(sys.platform, os.environ, shutil.which, browser_starts)


def browser_starts(path: str) -> bool:
    """Whether `path --version` answers. On Windows that would open a window, so being a file must do."""
    if not os.path.isfile(path):  # noqa: PTH113 - a path of another machine's kind in tests, a plain string here
        return False
    return sys.platform == "win32" or run_captured([path, "--version"], timeout_s=60)[0] == 0


def candidates(machine: Machine) -> Iterator[str]:
    """Where a browser may be: PATH first, then the places where installers put it."""
    for command in COMMANDS:
        found = machine.which(command)
        if found is not None:
            yield found
    places: Iterator[PurePath]
    if machine.platform == "win32":
        folders = [machine.environment[name] for name in WINDOWS_FOLDERS if machine.environment.get(name)]
        places = (PureWindowsPath(folder) / place for place in WINDOWS_PLACES for folder in folders)
    elif machine.platform == "darwin":
        homes = ("/", machine.environment.get("HOME", "/"))
        places = (PurePosixPath(home) / place for place in MAC_PLACES for home in homes)
    else:
        places = (PurePosixPath(place) for place in LINUX_PLACES)
    yield from map(str, places)


def find_browser(machine: Machine) -> str | None:
    """The path of a browser that starts; None when there is none.

    Errors: DevError when the variable DAS_TEST_BROWSER names something that is none: a wish is not passed over.
    """
    wished = machine.environment.get(VARIABLE)
    if wished:
        if machine.starts(wished):
            return wished
        raise DevError(f"{VARIABLE} names {wished}, which is no browser that starts. Correct it or unset it.")
    return next((path for path in candidates(machine) if machine.starts(path)), None)


def provide_browser(environment: Environment) -> str:
    """The path of a browser, installing one if need be. Errors: DevError when there is no way to one."""
    machine = this_machine()
    found = find_browser(machine) or _playwright_browser(environment, machine)
    if found is not None:
        return found
    reports: list[str] = []
    say("No browser found for the browser tests. Trying Playwright's own …")
    code, output = run_captured([str(environment.python), "-m", "playwright", "install", "chromium"], timeout_s=900)
    if code == 0:
        found = _playwright_browser(environment, machine)
        if found is not None:
            return found
        output = "It was installed but does not start: system libraries are missing."
    reports.append(f"Playwright's download:\n{tail(output, 4)}")
    if _is_root_on_debian():
        say("That did not work. Installing Debian's chromium …")
        reports.append(f"Debian's package:\n{tail(_install_debian_package(), 4)}")
        found = find_browser(machine)
        if found is not None:
            return found
    raise DevError(
        "The browser tests need Chromium, Chrome or Edge, and none could be found or installed. Install one, or set "
        f"{VARIABLE} to its path, and run dev.py again. What was tried:\n" + "\n".join(reports)
    )


def _playwright_browser(environment: Environment, machine: Machine) -> str | None:
    code, output = run_captured([str(environment.python), "-c", PLAYWRIGHT_PATH], timeout_s=60)
    path = output.strip()
    return path if code == 0 and path and machine.starts(path) else None


def _is_root_on_debian() -> bool:
    return sys.platform == "linux" and os.geteuid() == 0 and shutil.which("apt-get") is not None


def _install_debian_package() -> str:
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", "chromium"]
    output = run_captured(["apt-get", "update", "-q"], timeout_s=600)[1]
    command = ["env", "DEBIAN_FRONTEND=noninteractive", *install]
    return output + run_captured(command, timeout_s=1200)[1]
