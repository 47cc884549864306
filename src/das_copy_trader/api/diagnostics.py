"""A bundle for whoever helps: what the program shows of itself, without a secret in it."""

import io
import platform
import sys
import zipfile
from typing import Final

import msgspec

from das_copy_trader import __version__
from das_copy_trader.api.context import ApiContext
from das_copy_trader.api.health import health_view
from das_copy_trader.services.relay import alert_state

LOG_TAIL_BYTES: Final = 2_000_000
ALERTS_MAX: Final = 500


class Program(msgspec.Struct, frozen=True):
    """Which program on which machine."""

    version: str
    python: str
    system: str
    boot_id: str
    uptime_s: float


def diagnostics_bundle(context: ApiContext) -> bytes:
    """A zip archive. Everything in it passes the redactor."""
    snapshots = context.snapshots
    program = Program(__version__, sys.version, platform.platform(), snapshots.boot_id, round(snapshots.uptime_s, 1))
    parts: dict[str, bytes] = {
        "program.json": _json(program),
        "settings.json": _json(context.env_config.state().settings),
        "state.json": _json(snapshots.state()),
        "health.json": _json(health_view(context)),
        "alerts.json": _json([alert_state(record) for record in context.alerts.latest(ALERTS_MAX)]),
        "replications.json": _json(snapshots.replications(ALERTS_MAX)),
        "metrics.txt": context.metrics.text(),
        "log.jsonl": context.log_files.tail(LOG_TAIL_BYTES),
    }
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in parts.items():
            bundle.writestr(name, context.redactor.clean(content.decode(errors="replace")))
    return archive.getvalue()


def _json(shown: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(shown), indent=2)
