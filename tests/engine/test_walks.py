"""The machine of `test_machine` on long seeded walks: a thousand times the steps that hypothesis affords in the time.

A failure prints its seed and the shortest walk that still fails; `HYPOTHESIS_PROFILE=hunt` walks further.
"""

import random

import pytest
from hypothesis import settings

from tests.engine.test_machine import ENDED, MULTIPLIERS, CopyingMachine

WALKS = 40_000 if settings.default is settings.get_profile("hunt") else 3_000
CHUNKS = 4
KINDS = (
    *["place"] * 3,
    *["replace"] * 2,
    *["process"] * 5,
    *["fill_copy"] * 3,
    *["find_follower", "pass_time", "arm"] * 2,
    *["accept", "cancel", "fill", "lose_master", "find_master", "process_silently", "lists", "refuse", "end_at_venue"],
    *["accept_at_venue", "route_on", "pace", "release", "lose_follower", "disarm"],
)
INVARIANTS = (
    CopyingMachine.sends_each_copy_at_most_once,
    CopyingMachine.sends_nothing_when_it_must_not,
    CopyingMachine.keeps_to_the_scale,
    CopyingMachine.never_sells_more_than_the_long,
    CopyingMachine.gives_every_follower_one_outcome,
)
Step = tuple[str, dict[str, object]]  # the arguments of one rule: numbers, words and flags


def draw_step(chance: random.Random) -> Step:
    kind = chance.choice(KINDS)
    name, pick, flag = chance.choice(sorted(MULTIPLIERS)), chance.randrange(50), chance.random() < 0.5
    qty, price, part = chance.randint(1, 300), chance.randint(95, 105), chance.randint(1, 3)
    rows, seconds = chance.choice(["pos first", "order first", "pos due"]), chance.choice([0.1, 1.1, 2.5, 6.5])
    is_sending, status = chance.random() < 0.3, chance.choice(ENDED)
    arguments: dict[str, dict[str, object]] = {
        "place": {"qty": qty, "price": price, "is_sell": flag, "is_sending": is_sending},
        "replace": {"pick": pick, "qty": qty, "price": price},
        "fill": {"pick": pick, "part": part},
        "find_master": {"is_mirror_new": flag},
        "process": {"name": name, "is_sending": is_sending},
        "end_at_venue": {"name": name, "pick": pick, "status": status},
        "accept_at_venue": {"name": name, "pick": pick},
        "route_on": {"name": name, "pick": pick, "is_shown": flag},
        "fill_copy": {"name": name, "pick": pick, "part": part, "rows": rows},
        "lose_follower": {"name": name, "is_inbox_lost": flag},
        "find_follower": {"name": name, "is_mirror_new": flag},
        "pass_time": {"seconds": seconds},
        **{key: {"pick": pick} for key in ("accept", "cancel")},
        **{key: {} for key in ("lose_master", "disarm", "arm")},
        **{key: {"name": name} for key in ("process_silently", "lists", "refuse", "pace", "release")},
    }
    return kind, arguments[kind]


def walk(steps: list[Step]) -> None:
    machine = CopyingMachine()
    for kind, arguments in steps:
        if kind in ("arm", "disarm") and machine.is_armed is (kind == "arm"):
            continue
        getattr(machine, kind)(**arguments)
        for invariant in INVARIANTS:
            invariant(machine)
    machine.teardown()


def is_failing(steps: list[Step]) -> bool:
    try:
        walk(steps)
    except Exception:  # noqa: BLE001 - whatever it is, the shortest walk that raises is looked for
        return True
    return False


def shortest(steps: list[Step]) -> list[Step]:
    size = len(steps) // 2
    while size:
        start = 0
        while start < len(steps):
            fewer = steps[:start] + steps[start + size :]
            if is_failing(fewer):
                steps = fewer
            else:
                start += size
        size //= 2
    return steps


@pytest.mark.parametrize("chunk", range(CHUNKS))
@pytest.mark.timeout(600)
def test_walks(chunk: int) -> None:
    for seed in range(chunk, WALKS, CHUNKS):
        chance = random.Random(seed)
        steps = [draw_step(chance) for _ in range(chance.choice([20, 40, 120]))]
        if is_failing(steps):
            steps = shortest(steps)
            print(f"SEED={seed}", *steps, sep="\n")
            walk(steps)
            assert not steps, "a walk failed only the first time"
