"""The machine of `test_closing_machine` on seeded walks, longer and more of them than hypothesis affords in the time.

`HYPOTHESIS_PROFILE=hunt` walks further.
"""

import random

import pytest
from hypothesis import settings

from tests.engine.test_closing_machine import ENDED, MULTIPLIERS, ClosingMachine

WALKS = 20_000 if settings.default is settings.get_profile("hunt") else 1_500
CHUNKS = 3
KINDS = (
    *["enter"] * 3,
    *["leave"] * 4,
    *["process"] * 6,
    *["fill_copy"] * 5,
    *["fill", "pass_time", "find_follower"] * 2,
    *["replace", "cancel", "refuse", "end_at_venue", "close_by_hand", "lose_follower"],
)


def take_step(machine: ClosingMachine, chance: random.Random) -> None:
    kind = chance.choice(KINDS)
    name, pick, part = chance.choice(sorted(MULTIPLIERS)), chance.randrange(50), chance.randint(1, 3)
    qty, price, flag = chance.randint(1, 150), chance.randint(95, 105), chance.random() < 0.5
    arguments: dict[str, dict[str, object]] = {
        "enter": {"qty": qty, "price": price},
        "leave": {"part": part, "price": price, "is_pair": flag},
        "replace": {"pick": pick, "qty": qty, "price": price},
        "cancel": {"pick": pick},
        "fill": {"pick": pick, "part": part},
        "process": {"name": name, "is_shown": chance.random() < 0.8},
        "refuse": {"name": name},
        "end_at_venue": {"name": name, "pick": pick, "status": chance.choice(ENDED)},
        "fill_copy": {
            "name": name,
            "pick": pick,
            "part": part,
            "rows": chance.choice(["pos first", "order first", "pos due"]),
        },
        "close_by_hand": {"name": name, "qty": min(qty, 40)},
        "lose_follower": {"name": name, "is_inbox_lost": flag},
        "find_follower": {"name": name},
        "pass_time": {"seconds": chance.choice([0.1, 1.1, 2.5, 6.5])},
    }
    getattr(machine, kind)(**arguments[kind])


def walk(seed: int) -> None:
    chance = random.Random(seed)
    machine = ClosingMachine()
    parts = [chance.randint(0, 120) for _ in range(3)]
    machine.begin(is_short_day=chance.random() < 0.4, held=chance.randint(0, 200), parts=parts)
    for _ in range(chance.choice([20, 40, 120])):
        take_step(machine, chance)
        machine.nobody_is_where_the_master_never_was()
        machine.nothing_that_works_could_bring_anybody_there()
        machine.no_copy_is_sent_twice()
    machine.teardown()


@pytest.mark.parametrize("chunk", range(CHUNKS))
@pytest.mark.timeout(600)
def test_no_walk_brings_anybody_where_the_master_never_was(chunk: int) -> None:
    failures: list[str] = []
    for seed in range(chunk, WALKS, CHUNKS):
        try:
            walk(seed)
        except Exception as error:  # noqa: BLE001 - whatever it is, the seed that shows it again has to be told
            failures.append(f"seed {seed}: {error!r}")
    assert failures == []
