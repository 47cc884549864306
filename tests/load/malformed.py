"""Throws 10,000 malformed WebSocket messages and 10,000 malformed HTTP bodies at a running server; prints what came.

    .venv/bin/python tests/load/malformed.py [COUNT]

Exit code 1 when anything is answered with 5xx, the server dies, or its memory grows.
"""

import asyncio
import json
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path

from websockets.asyncio.client import connect

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.support.program import Program, program  # noqa: E402

COUNT = 10_000
GROWTH_MAX_KB = 16_000
BASES = (
    '{"action": "override_multiplier", "follower_id": "f1", "symbol": "MSFT", "multiplier": "1.5", "request_id": "r"}',
    '{"action": "replay_actions", "follower_id": "f1", "action_ids": ["a", "b"]}',
    '{"broker_id": "B", "host": "h", "port": 9000, "username": "u", "password": "p", "account_id": "A"}',
    '{"content": "LOG_LEVEL=INFO\\nDAS_SERVERS=[]\\n"}',
    '{"multiplier": 1}',
)
TARGETS = (
    ("PUT", "/api/master"),
    ("POST", "/api/followers"),
    ("PUT", "/api/followers/f1"),
    ("PATCH", "/api/followers/f1/multiplier"),
    ("PATCH", "/api/followers/f1/toggle"),
    ("PUT", "/api/multipliers/f1/MSFT"),
    ("POST", "/api/blacklist"),
    ("PUT", "/api/env-config"),
    ("POST", "/api/auth"),
)


def malformed(chance: random.Random) -> bytes:
    """Something that no client would mean: a cut, bitten, nested, huge or senseless text."""
    kind = chance.randrange(8)
    text = chance.choice(BASES).encode()
    if kind == 0:
        return text[: chance.randrange(1, len(text))]
    if kind == 1:
        bitten = bytearray(text)
        for _ in range(chance.randrange(1, 9)):
            bitten[chance.randrange(len(bitten))] = chance.randrange(256)
        return b"\xff" + bytes(bitten)
    if kind == 2:
        return chance.choice([b"[", b'{"a":']) * chance.randrange(1, 9000)
    if kind == 3:
        return json.dumps({"action": "x" * chance.randrange(9000), "multiplier": 10**400}).encode()
    if kind == 4:
        return chance.choice([b"", b"null", b"[]", b"NaN", b"-Infinity", b"1e999", b'"\\ud800"', b"\x00", b"{}{}"])
    if kind == 5:
        return json.dumps({chance.choice("abc"): [None, {}, True, -1, 1e308]}).encode()
    if kind == 6:
        return chance.randbytes(chance.randrange(1, 500))
    return text.replace(b'"', b"'")


def memory_kb(process_id: int) -> int:
    """The process's resident memory; 0 where the system does not tell."""
    try:
        pages = int(Path(f"/proc/{process_id}/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0
    return pages * 4


async def throw_messages(served: Program, count: int, chance: random.Random) -> Counter[str]:
    """Over one WebSocket; each is answered before the next is sent."""
    answers: Counter[str] = Counter()
    headers = {"authorization": f"Bearer {served.token}"}
    async with connect(served.base.replace("http", "ws") + "/ws", additional_headers=headers, max_size=None) as socket:
        for _ in range(count):
            message = malformed(chance)
            as_text = message.decode(errors="replace")
            await socket.send(as_text if chance.random() < 0.5 else message)
            while (frame := json.loads(await socket.recv()))["type"] not in {"reply", "error"}:
                pass
            answers[frame["type"]] += 1
    return answers


async def throw_bodies(served: Program, count: int, chance: random.Random) -> Counter[str]:
    """To every address that takes a body."""
    answers: Counter[str] = Counter()
    async with served.client() as client:
        for _ in range(count):
            method, path = chance.choice(TARGETS)
            headers = {"content-type": chance.choice(["application/json"] * 8 + ["text/plain", ""])}
            answer = await client.request(method, path, content=malformed(chance), headers=headers)
            answers[str(answer.status_code)] += 1
    return answers


async def main(count: int) -> int:
    """Throw everything once to warm up and then measured; the exit code."""
    chance = random.Random(5)
    with tempfile.TemporaryDirectory() as folder:
        async with program(Path(folder), LOG_LEVEL="WARNING") as served:
            await throw_messages(served, count // 10, chance)
            await throw_bodies(served, count // 10, chance)
            before_kb = memory_kb(served.process.pid)
            messages = await throw_messages(served, count, chance)
            bodies = await throw_bodies(served, count, chance)
            after_kb = memory_kb(served.process.pid)
            async with served.client() as client:
                is_alive = (await client.get("/api/status")).status_code == 200
    print(f"{count} WebSocket messages: {dict(messages)}")
    print(f"{count} HTTP bodies: {dict(sorted(bodies.items()))}")
    print(f"memory {before_kb} kB before, {after_kb} kB after; the server is {'alive' if is_alive else 'DEAD'}")
    is_fine = is_alive and not any(status.startswith("5") for status in bodies) and after_kb - before_kb < GROWTH_MAX_KB
    return 0 if is_fine else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else COUNT)))
