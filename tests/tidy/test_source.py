"""The whole source tree keeps the rules of the house."""

import re

import pytest

from tests.tidy import rules
from tests.tidy.rules import Rule
from tests.tidy.source_tree import ROOT, SOURCE, TESTS, Finding, assert_nothing_found, modules_below, written_files

# Started by name, by path or by a command, not by an import.
TEST_BED = frozenset({"das_copy_trader.runtime.virtual_time", "das_copy_trader.runtime.memory_network"})
"""Shipped for tests, ours and anyone's: the product itself has no use for them."""
ENTRIES = frozenset({"das_copy_trader.cli.main", "das_copy_trader.cli.__main__"}) | TEST_BED
MIGRATIONS = "src/das_copy_trader/persistence/migrations/"
# Spelled in pieces, so that this file itself is clean.
MACHINE_PATHS = re.compile(r"(?<![\w.\-])/(wo" + r"rk|fa" + r"rm|ro" + r"ot)/|/tmp/bash" + r"_jobs|/home/[a-z]+/")
REGISTRY_HOSTS = re.compile(
    r"py" + r"pi\.org|python" + r"hosted|registry\.np" + r"mjs|npm" + r"js\.org|deb\.de" + r"bian"
)

PRODUCT_RULES: list[Rule] = [rules.too_long, rules.broad_excepts, rules.unfinished_work, rules.missing_docstrings]


@pytest.mark.parametrize("rule", PRODUCT_RULES)
def test_the_product_keeps(rule: Rule) -> None:
    modules = [module for module in modules_below(SOURCE) if not module.place.startswith(MIGRATIONS)]
    assert modules
    assert_nothing_found([finding for module in modules for finding in rule(module)])


@pytest.mark.parametrize("rule", [rules.too_long, rules.broad_excepts, rules.unfinished_work])
def test_the_tools_and_tests_keep(rule: Rule) -> None:
    modules = [*modules_below(ROOT / "devtools"), *modules_below(TESTS)]
    assert_nothing_found([finding for module in modules for finding in rule(module)])


def test_nothing_outside_runtime_depends_on_chance() -> None:
    modules = [module for module in modules_below(SOURCE) if "/runtime/" not in module.place]
    assert_nothing_found([finding for module in modules for finding in rules.nondeterminism(module)])


def test_only_the_command_line_prints() -> None:
    modules = [module for module in modules_below(SOURCE) if "/cli/" not in module.place]
    assert_nothing_found([finding for module in modules for finding in rules.prints(module)])


def test_every_test_can_fail() -> None:
    modules = [module for module in modules_below(TESTS) if module.place.split("/")[-1].startswith("test_")]
    assert modules
    assert_nothing_found([finding for module in modules for finding in rules.dishonest_tests(module)])


def test_every_module_is_reached() -> None:
    modules = [module for module in modules_below(SOURCE) if not module.place.startswith(MIGRATIONS)]
    assert_nothing_found(rules.unreached(modules, ENTRIES))


def test_in_the_client_only_translate_knows_wire_and_domain() -> None:
    modules = [module for module in modules_below(SOURCE / "client") if not module.place.endswith("/translate.py")]
    assert_nothing_found([finding for module in modules for finding in rules.wire_and_domain(module)])


def test_no_file_names_a_machine_or_a_registry() -> None:
    findings: list[Finding] = []
    for path in written_files():
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
            for pattern in (MACHINE_PATHS, REGISTRY_HOSTS):
                match = pattern.search(line)
                if match is not None:
                    findings.append(Finding(path.relative_to(ROOT).as_posix(), number, f"names {match[0]}"))
    assert_nothing_found(findings)


@pytest.mark.parametrize(
    "line", ["see /wo" + "rk/x", "/tmp/bash" + "_jobs/1", "https://py" + "pi.org/simple", "/ho" + "me/jane/x"]
)
def test_a_machine_or_a_registry_would_be_seen(line: str) -> None:
    assert MACHINE_PATHS.search(line) or REGISTRY_HOSTS.search(line)


def test_a_network_path_is_no_machine_path() -> None:
    assert MACHINE_PATHS.search("the framework/ and net" + "work/ folders, ./wo" + "rk/") is None


def test_the_readme_leads_with_the_two_commands() -> None:
    opening = (ROOT / "README.md").read_text(encoding="utf-8")[:2500]
    assert "python3 dev.py demo" in opening
    assert "python3 dev.py test" in opening
