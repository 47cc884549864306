"""Short sales with locates on demand: the tasks, and the offers that they show."""

from typing import Annotated

from fastapi import APIRouter, Body, Request
from starlette.responses import Response

from das_copy_trader.api.answers import answer, described
from das_copy_trader.api.bodies import AcceptOfferBody
from das_copy_trader.api.context import context_of
from das_copy_trader.services.messages import ShortSaleTaskState

router = APIRouter(tags=["Short sales"])
_TASKS = "Oldest first"


@router.get("/api/short-sales/tasks", responses=described(list[ShortSaleTaskState], text=_TASKS))
async def get_active_tasks(request: Request) -> Response:
    """Short sale tasks that are on their way."""
    return answer(context_of(request).short_sales.tasks(with_ended=False))


@router.get("/api/short-sales/tasks/all", responses=described(list[ShortSaleTaskState], text=_TASKS))
async def get_all_tasks(request: Request) -> Response:
    """All short sale tasks of the trading day, those that are over included."""
    return answer(context_of(request).short_sales.tasks(with_ended=True))


@router.post(
    "/api/short-sales/tasks/{task_id}/cancel", responses=described(ShortSaleTaskState, 404, 409, text="Cancelled")
)
async def cancel_task(request: Request, task_id: str) -> Response:
    """Cancel a task: its open locate order is cancelled or its offer rejected, located shares are kept."""
    return answer(context_of(request).short_sales.cancel(task_id))


@router.post(
    "/api/short-sales/tasks/{task_id}/offer/accept",
    responses=described(ShortSaleTaskState, 400, 404, 409, 413, 415, 422, text="Accepted; it is bought now"),
)
async def accept_offer(
    request: Request, task_id: str, body: Annotated[AcceptOfferBody | None, Body()] = None
) -> Response:
    """Take the locate offer that a task shows, at no higher price. 409 when it shows none, or another price."""
    price = body.price if body is not None else None
    return answer(context_of(request).short_sales.accept_offer(task_id, price))


@router.post(
    "/api/short-sales/tasks/{task_id}/offer/reject",
    responses=described(ShortSaleTaskState, 404, 409, 503, text="Rejected; the symbol is on the blacklist"),
)
async def reject_offer(request: Request, task_id: str) -> Response:
    """Leave the locate offer that a task shows; its symbol goes on the follower's blacklist (`locate_rejected`)."""
    return answer(await context_of(request).short_sales.reject_offer(task_id))
