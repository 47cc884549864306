"""What a person needs to run it: missed events, logs, figures, diagnostics, a connection test."""

from typing import Annotated, Any, Final, cast

import msgspec
from fastapi import APIRouter, Body, Query, Request
from starlette.responses import Response, StreamingResponse

from das_copy_trader.api.answers import answer, described
from das_copy_trader.api.bodies import ConnectionTestBody
from das_copy_trader.api.context import context_of
from das_copy_trader.api.diagnostics import diagnostics_bundle
from das_copy_trader.runtime.log_files import LogRun, chunks_of
from das_copy_trader.runtime.logging import LogEntry
from das_copy_trader.runtime.metrics import CONTENT_TYPE
from das_copy_trader.services.connection_test import ConnectionReport
from das_copy_trader.services.credentials import SealBrokenError
from das_copy_trader.services.errors import NotFoundError, UnusableError
from das_copy_trader.services.messages import Event

router = APIRouter(tags=["Operations"])
SEQ_MAX: Final = 2**53
_LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}


class MissedEvents(msgspec.Struct, frozen=True):
    """Events after a number, oldest first. `is_complete`: none between `after_seq` and the first one is lost.

    `has_more`: ask again with the last one's `seq`. `boot_id` tells whether the numbers are of the same life still.
    """

    boot_id: str
    last_seq: int
    is_complete: bool
    has_more: bool
    events: list[Event]


def _text_of(media_type: str, text: str, *problems: int, is_binary: bool = False) -> dict[int | str, dict[str, Any]]:
    responses = described(None, *problems, text=text)
    schema: dict[str, str] = {"type": "string"} | ({"format": "binary"} if is_binary else {})
    responses[200] = {"description": text, "content": {media_type: {"schema": schema}}}
    return responses


@router.get("/api/events", responses=described(MissedEvents, 422, text="As `WS /ws` told them"))
async def get_events(
    request: Request,
    after_seq: Annotated[int, Query(ge=0, le=SEQ_MAX)] = 0,
    limit: Annotated[int, Query(ge=1, le=2000)] = 500,
) -> Response:
    """Events that a browser missed. The newest 2000 are kept."""
    context = context_of(request)
    notifications = context.notifications
    events = notifications.events_after(after_seq, limit)
    last_told = events[-1].seq if events else after_seq
    return answer(
        MissedEvents(
            context.snapshots.boot_id,
            notifications.seq,
            after_seq >= notifications.oldest_seq - 1,
            last_told < notifications.seq,
            cast("list[Event]", [msgspec.Raw(event.text.encode()) for event in events]),
        )
    )


@router.get("/api/logs", responses=described(list[LogEntry], 422, text="Oldest first"))
async def get_logs(
    request: Request,
    after: Annotated[int, Query(ge=0, le=SEQ_MAX)] = 0,
    limit: Annotated[int, Query(ge=1, le=2000)] = 500,
    level: Annotated[str, Query(pattern="^(debug|info|warning|error|critical)$")] = "debug",
) -> Response:
    """The newest log lines with a number above `after`, of this level and above."""
    least = _LEVELS[level]
    entries = [entry for entry in context_of(request).log_ring.since(after) if _LEVELS.get(entry.level, 20) >= least]
    return answer(entries[-limit:])


@router.get("/api/logs/runs", responses=described(list[LogRun], text="Newest first"))
async def get_log_runs(request: Request) -> Response:
    """The starts of the program whose logs are kept."""
    return answer(context_of(request).log_files.runs())


@router.get(
    "/api/logs/download",
    responses=_text_of("application/x-ndjson", "One JSON object a line", 404, 422),
    response_class=StreamingResponse,
)
async def download_log(request: Request, run: Annotated[str | None, Query(max_length=100)] = None) -> Response:
    """A run's log file, this run's without `run`. Passwords and token are not in it."""
    files = context_of(request).log_files.files(run)
    if not files:
        raise NotFoundError("There is no log of this run.")
    name = files[-1].parent.name
    headers = {"content-disposition": f'attachment; filename="das-copy-trader-{name}.jsonl"'}
    return StreamingResponse(chunks_of(files), media_type="application/x-ndjson", headers=headers)


@router.get("/api/diagnostics", responses=_text_of("application/zip", "A zip archive", is_binary=True))
async def get_diagnostics(request: Request) -> Response:
    """State, health, settings, figures and the log's end in one file, without secrets: for whoever helps."""
    headers = {"content-disposition": 'attachment; filename="das-copy-trader-diagnostics.zip"'}
    return Response(diagnostics_bundle(context_of(request)), media_type="application/zip", headers=headers)


@router.get("/metrics", responses=_text_of("text/plain", "Prometheus's text format"))
async def get_metrics(request: Request) -> Response:
    """Figures for Prometheus: latencies per stage and follower, outcomes, queues, reconnects, limits left."""
    return Response(context_of(request).metrics.text(), headers={"content-type": CONTENT_TYPE})


@router.post(
    "/api/test-connection",
    responses=described(ConnectionReport, 400, 404, 413, 415, 422, text="Each step, whatever it came to"),
)
async def test_connection(request: Request, body: Annotated[ConnectionTestBody, Body()]) -> Response:
    """Try an account's connection: address, login, lists, order server. It cannot trade and changes nothing."""
    context = context_of(request)
    fields = body.model_dump(exclude={"follower_id", "password"}, exclude_none=True)
    password = body.password.get_secret_value() if body.password is not None else None
    try:
        endpoint = context.configuration.trial_endpoint(body.follower_id, fields, password)
    except SealBrokenError as error:
        raise UnusableError(str(error)) from None
    return answer(await context.connection_tester.test(endpoint))
