"""Status, health, start, stop, configured servers, alerts."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from das_copy_trader.api.answers import DasServerView, HealthView, StatusView, answer, described
from das_copy_trader.api.context import ApiContext, context_of
from das_copy_trader.api.health import health_view
from das_copy_trader.services.messages import AlertState
from das_copy_trader.services.relay import alert_state

router = APIRouter(tags=["System"])
Limit = Annotated[int, Query(ge=1, le=500)]


@router.get("/api/status", responses=described(StatusView, text="Every account's connection"))
async def get_status(request: Request) -> Response:
    """Connection status for all accounts."""
    return answer(_status(context_of(request)))


@router.get("/api/health", responses=described(HealthView, text="Every account in detail"))
async def get_health(request: Request) -> Response:
    """Detailed health diagnostics per account."""
    return answer(health_view(context_of(request)))


@router.post("/api/start", responses=described(StatusView, 409, text="Started; accounts may still be connecting"))
async def start(request: Request) -> Response:
    """Connect all accounts and begin replication. 409 when it is started already or there is no master."""
    context = context_of(request)
    await context.system.start()
    return answer(_status(context))


@router.post("/api/stop", responses=described(StatusView, text="Stopped: nothing is sent any more"))
async def stop(request: Request) -> Response:
    """Stop everything. Stopping what is stopped is fine."""
    context = context_of(request)
    await context.system.stop()
    return answer(_status(context))


@router.get("/api/das-servers", responses=described(list[DasServerView], text="The brokers of DAS_SERVERS"))
async def get_das_servers(request: Request) -> Response:
    """Configured DAS servers from the environment, without passwords."""
    servers = context_of(request).settings.das_servers
    return answer(
        [
            DasServerView(
                broker_id=server.broker_id,
                host=server.host,
                port=server.port,
                username=server.username,
                accounts=server.accounts,
                smart_routes=server.smart_routes,
                locate_routes=dict(server.locate_routes),
                has_password=bool(server.password.get_secret_value()),
            )
            for server in servers
        ]
    )


@router.get("/api/alerts", responses=described(list[AlertState], 422, text="Newest first"))
async def get_alerts(request: Request, limit: Limit = 100) -> Response:
    """The alerts since the program started."""
    return answer([alert_state(record) for record in context_of(request).alerts.latest(limit)])


def _status(context: ApiContext) -> StatusView:
    state = context.snapshots.state()
    return StatusView(
        boot_id=state.boot_id,
        build_id=state.build_id,
        server_time=state.server_time,
        mode=state.mode,
        mode_reason=state.mode_reason,
        running=context.system.is_running,
        started_at=state.started_at,
        master=state.master,
        followers=state.followers,
        daily_restart=state.daily_restart,
    )
