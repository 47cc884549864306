"""What followers missed while they were offline: shown, replayed, discarded."""

from typing import Annotated

from fastapi import APIRouter, Body, Request
from starlette.responses import Response

from das_copy_trader.api.answers import answer, described
from das_copy_trader.api.bodies import ActionIdsBody
from das_copy_trader.api.context import context_of
from das_copy_trader.services.messages import ActionResultsState, QueuedActionsState

router = APIRouter(tags=["Queued actions"])


@router.get(
    "/api/queued-actions",
    responses=described(list[QueuedActionsState], text="The followers for which something waits"),
)
async def get_all_queued_actions(request: Request) -> Response:
    """All pending actions by follower."""
    return answer(context_of(request).queued_actions.all())


@router.get(
    "/api/queued-actions/{follower_id}", responses=described(QueuedActionsState, 404, text="In the master's order")
)
async def get_queued_actions(request: Request, follower_id: str) -> Response:
    """Pending actions of one follower."""
    return answer(context_of(request).queued_actions.of(follower_id))


@router.post(
    "/api/queued-actions/{follower_id}/replay",
    responses=described(ActionResultsState, 400, 404, 409, 413, 415, 422, text="A result for each action"),
)
async def replay_actions(request: Request, follower_id: str, body: Annotated[ActionIdsBody, Body()]) -> Response:
    """Replay selected actions, in the master's order, through all checks again; the others stay."""
    return answer(context_of(request).queued_actions.replay(follower_id, body.action_ids))


@router.post(
    "/api/queued-actions/{follower_id}/discard",
    responses=described(ActionResultsState, 400, 404, 413, 415, 422, text="A result for each action"),
)
async def discard_actions(request: Request, follower_id: str, body: Annotated[ActionIdsBody, Body()]) -> Response:
    """Discard selected actions; the others stay."""
    return answer(context_of(request).queued_actions.discard(follower_id, body.action_ids))
