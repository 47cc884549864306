"""Reads history: pages of master orders with their copies, and the steps of one."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from sqlalchemy import RowMapping, Select, and_, exists, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from das_copy_trader.domain.enums import Outcome, Side
from das_copy_trader.domain.identifiers import ClOrdId, FollowerId, OrderId, Symbol
from das_copy_trader.engine.copied_position import CarriedBook, carried_positions
from das_copy_trader.engine.history import (
    PageKey,
    PastCopy,
    PastReplication,
    ReplicationPage,
    ReplicationQuery,
    ReplicationStep,
    StepKind,
)
from das_copy_trader.persistence import tables

_orders: Final = tables.replications.c
_links: Final = tables.order_links.c
_steps: Final = tables.replication_steps.c
_NEWEST_FIRST: Final = (_orders.decided_at.desc(), _orders.trading_day.desc(), _orders.master_order_id.desc())


async def read_page(connection: AsyncConnection, query: ReplicationQuery) -> ReplicationPage:
    """The orders that fit, newest first; one more is read to know whether there is a next page."""
    chosen = _chosen(query).order_by(*_NEWEST_FIRST).limit(query.limit + 1)
    rows = (await connection.execute(chosen)).mappings().all()
    page = await _with_copies(connection, rows[: query.limit])
    last = page[-1] if len(rows) > query.limit else None
    key = None if last is None else PageKey(last.decided_at, last.trading_day, last.master_order_id)
    return ReplicationPage(page, key)


async def read_replication(connection: AsyncConnection, day: date, order_id: OrderId) -> PastReplication | None:
    """One order with its copies."""
    chosen = select(tables.replications).where(
        _orders.trading_day == day.isoformat(), _orders.master_order_id == order_id
    )
    found = await _with_copies(connection, (await connection.execute(chosen)).mappings().all())
    return found[0] if found else None


async def read_steps(connection: AsyncConnection, day: date, order_id: OrderId) -> list[ReplicationStep]:
    """The steps of one order, and the day's gaps, in their order."""
    chosen = (
        select(tables.replication_steps)
        .where(
            _steps.trading_day == day.isoformat(),
            or_(
                _steps.master_order_id == order_id,
                and_(_steps.master_order_id == 0, _steps.kind == StepKind.GAP.value),
            ),
        )
        .order_by(_steps.step_id)
    )
    return [_step(row) for row in (await connection.execute(chosen)).mappings()]


async def read_carried(connection: AsyncConnection, before: date) -> CarriedBook:
    """What copies of the days before this one have left, by follower and symbol."""
    same = and_(_links.trading_day == _orders.trading_day, _links.master_order_id == _orders.master_order_id)
    chosen = (
        select(_links.follower_id, _orders.symbol, _orders.side, _links.cum_qty)
        .join_from(tables.order_links, tables.replications, same)
        .where(_orders.trading_day < before.isoformat(), _links.cum_qty > 0)
        .order_by(_orders.decided_at, _orders.trading_day, _orders.master_order_id)
    )
    rows = (await connection.execute(chosen)).all()
    return carried_positions(
        (FollowerId(follower_id), Symbol(symbol), Side(side).sign * cum_qty)
        for follower_id, symbol, side, cum_qty in rows
    )


def _chosen(query: ReplicationQuery) -> Select[tuple[object, ...]]:
    chosen = select(tables.replications)
    if query.symbol is not None:
        chosen = chosen.where(_orders.symbol == query.symbol)
    if query.master_order_id is not None:
        chosen = chosen.where(_orders.master_order_id == query.master_order_id)
    if query.decided_from is not None:
        chosen = chosen.where(_orders.decided_at >= query.decided_from)
    if query.decided_to is not None:
        chosen = chosen.where(_orders.decided_at < query.decided_to)
    if query.follower_id is not None or query.outcome is not None:
        fits = and_(_links.trading_day == _orders.trading_day, _links.master_order_id == _orders.master_order_id)
        if query.follower_id is not None:
            fits = and_(fits, _links.follower_id == query.follower_id)
        if query.outcome is not None:
            fits = and_(fits, _links.outcome == query.outcome.value)
        chosen = chosen.where(exists().where(fits))
    after = query.after
    if after is not None:
        # Compared as one: the same moment may have several orders.
        place = tuple_(_orders.decided_at, _orders.trading_day, _orders.master_order_id)
        chosen = chosen.where(place < (after.decided_at, after.trading_day.isoformat(), after.master_order_id))
    return chosen


async def _with_copies(connection: AsyncConnection, rows: Sequence[RowMapping]) -> tuple[PastReplication, ...]:
    if not rows:
        return ()
    keys = [(str(row["trading_day"]), int(row["master_order_id"])) for row in rows]
    chosen = (
        select(tables.order_links)
        .where(tuple_(_links.trading_day, _links.master_order_id).in_(keys))
        .order_by(_links.follower_id)
    )
    copies: dict[tuple[str, int], list[PastCopy]] = {key: [] for key in keys}
    for row in (await connection.execute(chosen)).mappings():
        copies[row["trading_day"], row["master_order_id"]].append(_copy(row))
    return tuple(_replication(row, copies[key]) for row, key in zip(rows, keys, strict=True))


def _replication(row: RowMapping, copies: list[PastCopy]) -> PastReplication:
    return PastReplication(
        trading_day=date.fromisoformat(row["trading_day"]),
        master_order_id=OrderId(row["master_order_id"]),
        decided_at=row["decided_at"],
        symbol=Symbol(row["symbol"]),
        side=row["side"],
        quantity=row["quantity"],
        ord_type=row["ord_type"],
        price=row["price"],
        stop_price=row["stop_price"],
        trail_amount=row["trail_amount"],
        time_in_force=row["time_in_force"],
        reason=row["reason"],
        decided_us=row["decided_us"],
        copies=tuple(copies),
    )


def _copy(row: RowMapping) -> PastCopy:
    return PastCopy(
        follower_id=FollowerId(row["follower_id"]),
        outcome=Outcome(row["outcome"]),
        order_id=None if row["follower_order_id"] is None else OrderId(row["follower_order_id"]),
        cl_ord_id=None if row["cl_ord_id"] is None else ClOrdId(row["cl_ord_id"]),
        quantity=row["quantity"],
        filled_quantity=row["cum_qty"],
        reason=row["reason"],
        sent_us=row["sent_us"],
        acked_us=row["acked_us"],
        updated_at=row["updated_at"],
    )


def _step(row: RowMapping) -> ReplicationStep:
    return ReplicationStep(
        occurred_at=row["occurred_at"],
        trading_day=date.fromisoformat(row["trading_day"]),
        master_order_id=OrderId(row["master_order_id"]),
        follower_id=FollowerId(row["follower_id"]),
        kind=StepKind(row["kind"]),
        outcome=Outcome(row["outcome"]) if row["outcome"] else None,
        order_id=None if row["order_id"] is None else OrderId(row["order_id"]),
        cl_ord_id=None if row["cl_ord_id"] is None else ClOrdId(row["cl_ord_id"]),
        quantity=row["quantity"],
        filled_quantity=row["filled_quantity"],
        reason=row["reason"],
        line=row["line"],
    )
