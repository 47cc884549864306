"""The rules themselves: each must be able to object, and must leave good code alone."""

import pytest

from tests.tidy import rules
from tests.tidy.rules import Rule
from tests.tidy.source_tree import Module


def module(text: str) -> Module:
    return Module("sample.py", text)


BAD: list[tuple[Rule, str]] = [
    (rules.too_long, "x = 1\n" * 501),
    (rules.too_long, "def f():\n" + "    x = 1\n" * 70),
    (rules.nondeterminism, "import time\n"),
    (rules.nondeterminism, "from time import monotonic\n"),
    (rules.nondeterminism, "import secrets\n"),
    (rules.nondeterminism, "from uuid import uuid4\n"),
    (rules.nondeterminism, "import threading\n"),
    (rules.nondeterminism, "from concurrent.futures import ThreadPoolExecutor\n"),
    (rules.nondeterminism, "from concurrent import futures\n"),
    (rules.nondeterminism, "import random\nrandom.shuffle(x)\n"),
    (rules.nondeterminism, "from random import choice\n"),
    (rules.nondeterminism, "import random\nr = random.Random()\n"),
    (rules.nondeterminism, "import os\nos.urandom(8)\n"),
    (rules.nondeterminism, "import datetime\ndatetime.datetime.now()\n"),
    (rules.nondeterminism, "from datetime import datetime\ndatetime.utcnow()\n"),
    (rules.nondeterminism, "from datetime import date\ndate.today()\n"),
    (rules.nondeterminism, "import asyncio\nasyncio.create_task(f())\n"),
    (rules.nondeterminism, "from asyncio import create_task\n"),
    (rules.nondeterminism, "self._loop.create_task(f())\n"),
    (rules.nondeterminism, "asyncio.get_running_loop\nloop.run_in_executor(None, f)\n"),
    (rules.nondeterminism, "asyncio.to_thread(f)\n"),
    (rules.nondeterminism, "async def f():\n    async with asyncio.TaskGroup() as g:\n        pass\n"),
    (rules.nondeterminism, "for x in {1, 2}:\n    pass\n"),
    (rules.nondeterminism, "y = [x for x in set(z)]\n"),
    (rules.nondeterminism, "for i, x in enumerate(set(z)):\n    pass\n"),
    (rules.nondeterminism, "import time  # determinism-ok: no\n"),
    (rules.broad_excepts, "try:\n    pass\nexcept Exception:\n    pass\n"),
    (rules.broad_excepts, "try:\n    pass\nexcept Exception:  # noqa: BLE001\n    pass\n"),
    (rules.broad_excepts, "try:\n    pass\nexcept (ValueError, Exception):\n    pass\n"),
    (rules.broad_excepts, "try:\n    pass\nexcept:\n    pass\n"),
    (rules.unfinished_work, "x = 1  # TO" + "DO later\n"),
    (rules.unfinished_work, "# FIX" + "ME\n"),
    (rules.unfinished_work, "def f():\n    raise NotImplementedError\n"),
    (rules.prints, "print('x')\n"),
    (rules.missing_docstrings, "x = 1\n"),
    (rules.missing_docstrings, '"""Module."""\n\n\ndef f():\n    pass\n'),
    (rules.missing_docstrings, '"""Module."""\n\n\nclass C:\n    pass\n'),
    (rules.dishonest_tests, "def test_nothing():\n    f()\n"),
    (rules.dishonest_tests, "async def test_x(page):\n    expect(page)\n"),
    (rules.dishonest_tests, "@pytest.mark.skip\ndef test_x():\n    assert x\n"),
    (rules.dishonest_tests, "def test_x():\n    time.sleep(1)\n    assert x\n"),
    (rules.dishonest_tests, "from unittest.mock import Mock\n"),
    (rules.wire_and_domain, "from das_copy_trader import domain, protocol\n"),
    (rules.wire_and_domain, "from das_copy_trader.domain.enums import Side\nimport das_copy_trader.protocol.parse\n"),
]

GOOD: list[tuple[Rule, str]] = [
    (rules.too_long, "x = 1\n" * 500),
    (rules.too_long, "def f():\n" + "    x = 1\n" * 69),
    (rules.nondeterminism, "from datetime import time, datetime\nclock.now()\nloop.time()\n"),
    (rules.nondeterminism, "from random import Random\nrandom = Random(7)\n"),
    (rules.nondeterminism, "for x in sorted({1, 2}):\n    pass\n"),
    (rules.nondeterminism, "tasks.create_task(f())\n"),
    (rules.nondeterminism, "import time  # determinism-ok: measures, decides nothing\n"),
    (rules.nondeterminism, "# determinism-ok: measures, decides nothing\nimport time\n"),
    (
        rules.broad_excepts,
        "try:\n    pass\nexcept Exception:  # noqa: BLE001 - a listener's bug must not stop the others\n    pass\n",
    ),
    (rules.nondeterminism, "from random import Random\ndef f(random: Random):\n    return random.choice([1])\n"),
    (rules.broad_excepts, "try:\n    pass\nexcept ValueError:\n    pass\n"),
    (rules.unfinished_work, "# Prices of the symbol are whole cents.\n"),
    (rules.missing_docstrings, '"""Module."""\n\n\ndef _f():\n    pass\n'),
    (rules.dishonest_tests, "def test_x():\n    with pytest.raises(ValueError):\n        f()\n"),
    (rules.dishonest_tests, "async def test_x(page):\n    await expect(page).not_to_have_title('x')\n"),
    (rules.dishonest_tests, "def same(a):\n    assert a\n\n\ndef test_x():\n    same(1)\n"),
    (rules.wire_and_domain, "from das_copy_trader.domain.enums import Side\n"),
]


@pytest.mark.parametrize(("rule", "text"), BAD)
def test_a_rule_objects_to_a_bad_sample(rule: Rule, text: str) -> None:
    assert rule(module(text))


@pytest.mark.parametrize(("rule", "text"), GOOD)
def test_a_rule_leaves_a_good_sample_alone(rule: Rule, text: str) -> None:
    assert rule(module(text)) == []


def test_a_module_that_nobody_imports_is_found() -> None:
    used = Module("src/das_copy_trader/used.py", "")
    entry = Module("src/das_copy_trader/entry.py", "from das_copy_trader import used\n")
    forgotten = Module("src/das_copy_trader/forgotten.py", "import das_copy_trader.forgotten\n")
    found = rules.unreached([used, entry, forgotten], frozenset({"das_copy_trader.entry"}))
    assert [finding.place for finding in found] == ["src/das_copy_trader/forgotten.py"]
