"""The dashboard's types are made from the program's own description of its interface."""

import json

from das_copy_trader.api.app import bare_app
from tests.tidy.source_tree import ROOT


def test_the_dashboard_was_made_for_this_interface() -> None:
    committed = json.loads((ROOT / "frontend" / "openapi.json").read_text(encoding="utf-8"))
    assert committed == json.loads(json.dumps(bare_app().openapi())), (
        "Run «das-copy-trader openapi > frontend/openapi.json», then «npm run api» in frontend/."
    )
