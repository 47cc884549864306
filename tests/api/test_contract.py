"""The contract: the document is the same each time, holds everything, and a running server keeps to it."""

import asyncio
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from das_copy_trader.api.app import bare_app
from tests.api.contract_hooks import FOLLOWER
from tests.support.face import follower_body
from tests.support.program import COMMAND, environment, program
from tests.tidy.source_tree import ROOT

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
CASES_MIN = 500


def printed_document(seed: str) -> str:
    done = subprocess.run(
        [*COMMAND, "openapi"],
        env=os.environ | {"PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout


def operations_of(document: dict[str, Any]) -> list[str]:
    methods = {"get", "put", "post", "patch", "delete"}
    return [f"{method} {path}" for path, item in document["paths"].items() for method in item if method in methods]


def test_the_document_is_the_same_each_time() -> None:
    assert printed_document("1") == printed_document("2")


def test_every_operation_has_a_summary_problems_and_what_it_answers() -> None:
    document = bare_app().openapi()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            place = f"{method} {path}"
            assert operation.get("description"), place
            assert operation["tags"], place
            answers = operation["responses"]
            assert {"401", "403", "405", "429"} <= set(answers), place
            done = next(answers[status] for status in ("200", "201", "204") if status in answers)
            assert done["description"], place
            if method in {"post", "put", "patch"} and "requestBody" in operation:
                assert {"413", "415", "422"} <= set(answers), place


def test_every_reference_leads_somewhere() -> None:
    document = bare_app().openapi()
    names = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))
    assert names <= set(document["components"]["schemas"])


def test_the_websockets_messages_are_told_apart_by_their_type_and_action() -> None:
    schemas = bare_app().openapi()["components"]["schemas"]
    for union, tag in (("ServerMessage", "type"), ("ClientMessage", "action")):
        assert schemas[union]["discriminator"]["propertyName"] == tag
    events = set(schemas["ServerMessage"]["discriminator"]["mapping"])
    assert {"state_update", "order_replicated", "order_cancelled", "order_replaced", "alert", "log_entries"} <= events
    actions = set(schemas["ClientMessage"]["discriminator"]["mapping"])
    assert {"cancel_short_sale_task", "override_multiplier", "replay_actions", "discard_actions"} <= actions


@pytest.mark.slow
async def test_a_running_server_keeps_to_the_document(tmp_path: Path) -> None:
    document = tmp_path / "openapi.json"
    document.write_text(printed_document("0"), encoding="utf-8")
    data = tmp_path / "data"
    data.mkdir()
    async with program(data, START_TIMEOUT_S="0.1") as served:
        async with served.client() as client:
            added = await client.post("/api/followers", json=follower_body(1, port=1))
            assert added.json()["id"] == FOLLOWER
        command = [
            *(sys.executable, "-m", "schemathesis.cli", "run", str(document), "--url", served.base),
            *("-H", f"Authorization: Bearer {served.token}", "--checks", CHECKS),
            *("--phases", "examples,coverage,fuzzing", "--max-examples", "4", "--seed", "1", "--workers", "1"),
            "--no-color",
        ]
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=tmp_path,
            env=environment(data, SCHEMATHESIS_HOOKS="tests.api.contract_hooks", PYTHONPATH=str(ROOT)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output = (await process.communicate())[0].decode()
        assert process.returncode == 0, output
        count = re.search(r"(\d+) generated, \1 passed", output)
        assert count is not None, output
        assert int(count[1]) >= CASES_MIN
        tested = re.search(r"Tested: +(\d+)", output)
        assert tested is not None, output
        assert int(tested[1]) == len(operations_of(json.loads(document.read_text(encoding="utf-8"))))
        print(f"{count[1]} cases over {tested[1]} operations: no 5xx, no undocumented status")
        async with served.client() as client:
            assert (await client.get("/api/status")).status_code == 200
