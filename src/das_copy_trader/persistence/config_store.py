"""The user's configuration in SQLite."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import RowMapping, delete, func, select
from sqlalchemy.dialects.sqlite import insert

from das_copy_trader.domain.configuration import (
    AccountConfig,
    BlacklistRecord,
    FollowerConfig,
    MasterConfig,
    MultiplierRecord,
    StoredConfiguration,
    StoredFollower,
    StoredMaster,
)
from das_copy_trader.domain.enums import ReplaceQuantity
from das_copy_trader.domain.identifiers import FollowerId, Symbol
from das_copy_trader.persistence import tables
from das_copy_trader.persistence.database import Database

Cells = Mapping[str, str | int | bool | Decimal | datetime | None]


class SqlConfigStore:
    """Implements services.config_store.ConfigStore. Each method is one transaction; all raise DatabaseWriteError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load(self) -> StoredConfiguration:
        """Read everything."""
        async with self._database.decide() as connection:
            master = (await connection.execute(select(tables.master))).mappings().first()
            followers = await connection.execute(select(tables.followers).order_by(tables.followers.c.position))
            multipliers = await connection.execute(
                select(tables.multipliers).order_by(tables.multipliers.c.follower_id, tables.multipliers.c.symbol)
            )
            blacklist = await connection.execute(select(tables.blacklist).order_by(tables.blacklist.c.entry_id))
            return StoredConfiguration(
                master=_stored_master(master) if master is not None else None,
                followers=tuple(_stored_follower(row) for row in followers.mappings()),
                multipliers=tuple(MultiplierRecord(**row) for row in multipliers.mappings()),
                blacklist=tuple(BlacklistRecord(**row) for row in blacklist.mappings()),
            )

    async def save_master(self, stored: StoredMaster) -> None:
        """Write the master's row, made or overwritten."""
        cells = {"id": tables.MASTER_ROW_ID, **_account_cells(stored.config, stored.sealed_password)}
        async with self._database.decide() as connection:
            await connection.execute(insert(tables.master).values(cells).on_conflict_do_update(set_=cells))

    async def save_follower(self, stored: StoredFollower) -> None:
        """Write a follower's row, made (at the end of the list) or overwritten."""
        config = stored.config
        cells: dict[str, str | int | bool | Decimal | datetime | None] = {
            **_account_cells(config, stored.sealed_password),
            "follower_id": config.follower_id,
            "name": config.name,
            "base_multiplier": config.base_multiplier,
            "max_locate_price": config.max_locate_price,
            "locate_retry_timeout": config.locate_retry_timeout,
            "auto_accept_locates": config.auto_accept_locates,
            "enabled": config.enabled,
            "guard_closing": config.guard_closing,
            "auto_accept_max_price": config.auto_accept_max_price,
            "locate_cap_per_order": config.locate_cap_per_order,
            "locate_cap_per_symbol_day": config.locate_cap_per_symbol_day,
            "locate_cap_per_day": config.locate_cap_per_day,
            "price_inquiries": config.price_inquiries,
            "replace_quantity": config.replace_quantity.value,
        }
        async with self._database.decide() as connection:
            last = (await connection.execute(select(func.max(tables.followers.c.position)))).scalar() or 0
            made = insert(tables.followers).values({**cells, "position": last + 1})
            await connection.execute(made.on_conflict_do_update(set_=cells))

    async def delete_follower(self, follower_id: FollowerId) -> None:
        """Remove a follower with its multipliers and exclusions. What it traded stays in the history."""
        async with self._database.decide() as connection:
            for table in (tables.multipliers, tables.blacklist, tables.followers):
                await connection.execute(delete(table).where(table.c.follower_id == follower_id))

    async def save_multiplier(self, record: MultiplierRecord) -> None:
        """Write a symbol's multiplier, made or overwritten."""
        cells = msgspec.structs.asdict(record)
        async with self._database.decide() as connection:
            await connection.execute(insert(tables.multipliers).values(cells).on_conflict_do_update(set_=cells))

    async def delete_multiplier(self, follower_id: FollowerId, symbol: Symbol) -> None:
        """Remove a symbol's multiplier."""
        columns = tables.multipliers.c
        async with self._database.decide() as connection:
            await connection.execute(
                delete(tables.multipliers).where(columns.follower_id == follower_id, columns.symbol == symbol)
            )

    async def add_blacklist_entry(
        self, follower_id: FollowerId, symbol: Symbol, reason: str, created_at: datetime, *, allow_closing: bool
    ) -> BlacklistRecord:
        """Write an exclusion; its number comes from the database and is never given twice."""
        cells: Cells = {
            "follower_id": follower_id,
            "symbol": symbol,
            "reason": reason,
            "allow_closing": allow_closing,
            "created_at": created_at,
        }
        async with self._database.decide() as connection:
            added = await connection.execute(
                insert(tables.blacklist).values(cells).returning(tables.blacklist.c.entry_id)
            )
            return BlacklistRecord(added.scalar_one(), follower_id, symbol, reason, allow_closing, created_at)

    async def delete_blacklist_entry(self, entry_id: int) -> None:
        """Remove an exclusion."""
        async with self._database.decide() as connection:
            await connection.execute(delete(tables.blacklist).where(tables.blacklist.c.entry_id == entry_id))


def _account_cells(config: AccountConfig, sealed_password: str | None) -> dict[str, str | int | None]:
    return {
        "broker_id": config.broker_id,
        "host": config.host,
        "port": config.port,
        "username": config.username,
        "account_id": config.account_id,
        "locate_routes": msgspec.json.encode(config.locate_routes).decode(),
        "order_route": config.order_route,
        "sealed_password": sealed_password,
    }


def _stored_master(row: RowMapping) -> StoredMaster:
    return StoredMaster(MasterConfig(**_fields(row, "id")), row["sealed_password"])


def _stored_follower(row: RowMapping) -> StoredFollower:
    return StoredFollower(FollowerConfig(**_fields(row, "position")), row["sealed_password"])


def _fields(row: RowMapping, left_out: str) -> dict[str, Any]:  # a row's cells have the columns' types
    cells = {name: cell for name, cell in row.items() if name not in {left_out, "sealed_password"}}
    if "replace_quantity" in cells:
        cells["replace_quantity"] = ReplaceQuantity(row["replace_quantity"])
    cells["locate_routes"] = msgspec.json.decode(row["locate_routes"], type=dict[str, int])
    return cells
