"""What is configured, in memory; every change is in the store before it holds and before it is answered."""

import asyncio
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Protocol

from das_copy_trader.client.endpoint import AccountEndpoint
from das_copy_trader.domain.configuration import (
    DEFAULT_ORDER_ROUTE,
    AccountConfig,
    BlacklistRecord,
    FollowerConfig,
    MasterConfig,
    MultiplierRecord,
    StoredFollower,
    StoredMaster,
)
from das_copy_trader.domain.identifiers import FollowerId, Symbol
from das_copy_trader.engine.blacklist_manager import BlacklistEntry, BlacklistManager
from das_copy_trader.engine.multiplier_manager import MultiplierManager, MultiplierSource, checked_multiplier
from das_copy_trader.runtime.clock import Clock
from das_copy_trader.runtime.settings import Settings
from das_copy_trader.services.config_store import ConfigStore
from das_copy_trader.services.credentials import Credentials, SealBrokenError
from das_copy_trader.services.errors import ConflictError, NotFoundError, UnusableError


class ConfigurationListener(Protocol):
    """Who has to follow a change at once. Called after the change holds; must return at once."""

    def before_master_change(self, config: MasterConfig) -> None:
        """The master is about to change; raises ConflictError when that cannot be done now."""

    def on_master_changed(self) -> None:
        """The master's account is another, or is reached otherwise."""

    def on_follower_added(self, follower_id: FollowerId) -> None:
        """There is a new follower."""

    def on_follower_changed(self, before: StoredFollower, after: StoredFollower) -> None:
        """A follower's account or rules changed."""

    def on_follower_reached_otherwise(self, follower_id: FollowerId) -> None:
        """A follower's address, credentials or order route are others, though its configuration is the same."""

    def on_follower_removed(self, follower_id: FollowerId) -> None:
        """A follower is gone."""


class Configuration:
    """The owner of accounts, multipliers and exclusions. Edits come one after another."""

    def __init__(
        self,
        *,
        store: ConfigStore,
        credentials: Credentials,
        settings: Settings,
        multipliers: MultiplierManager,
        blacklist: BlacklistManager,
        clock: Clock,
    ) -> None:
        self._store = store
        self._credentials = credentials
        self._settings = settings
        self._multipliers = multipliers
        self._blacklist = blacklist
        self._clock = clock
        self._edit = asyncio.Lock()
        self._listener: ConfigurationListener | None = None
        self._master: StoredMaster | None = None
        self._follower_by_id: dict[FollowerId, StoredFollower] = {}
        self._multiplier_by_pair: dict[tuple[FollowerId, Symbol], MultiplierRecord] = {}
        self._entry_by_id: dict[int, BlacklistRecord] = {}

    def listen(self, listener: ConfigurationListener) -> None:
        """Tell this one of every change."""
        self._listener = listener

    async def load(self) -> None:
        """Take over what is stored; raises what the store raises."""
        stored = await self._store.load()
        self._master = stored.master
        for follower in stored.followers:
            self._take_follower(follower)
        for record in stored.multipliers:
            if record.follower_id in self._follower_by_id:
                self._multiplier_by_pair[record.follower_id, record.symbol] = record
                self._multipliers.set_override(
                    record.follower_id, record.symbol, record.multiplier, MultiplierSource(record.source)
                )
        for entry in stored.blacklist:
            self._take_entry(entry)

    # ------------------------------------------------------------------------------------------------------ accounts

    @property
    def master(self) -> StoredMaster | None:
        """The master, if one is configured."""
        return self._master

    def followers(self) -> list[StoredFollower]:
        """All followers, in the order in which they were added."""
        return list(self._follower_by_id.values())

    def follower(self, follower_id: str) -> StoredFollower:
        """One follower. Raises NotFoundError."""
        stored = self._follower_by_id.get(FollowerId(follower_id))
        if stored is None:
            raise NotFoundError(f"There is no follower with the id {follower_id!r}.")
        return stored

    def has_password(self, stored: StoredMaster | StoredFollower) -> bool:
        """Whether a password is known, stored or by DAS_SERVERS."""
        return stored.sealed_password is not None or self._settings.server_for(stored.config.broker_id) is not None

    async def put_master(self, config: MasterConfig, password: str | None) -> StoredMaster:
        """Make or change the master; without a password the stored one stays. Raises ConflictError."""
        async with self._edit:
            self._refuse_taken_account(config, None)
            if self._listener is not None:
                self._listener.before_master_change(config)
            sealed = self._seal(password, self._master.sealed_password if self._master else None)
            stored = StoredMaster(config, sealed)
            await self._store.save_master(stored)
            self._master = stored
            if self._listener is not None:
                self._listener.on_master_changed()
            return stored

    async def add_follower(self, config: FollowerConfig, password: str | None) -> StoredFollower:
        """Add a follower. Raises ConflictError when its id or account is taken."""
        async with self._edit:
            if config.follower_id in self._follower_by_id:
                raise ConflictError(
                    f"There is a follower with the id {config.follower_id!r} already. Choose another id."
                )
            self._refuse_taken_account(config, None)
            stored = StoredFollower(config, self._seal(password, None))
            await self._store.save_follower(stored)
            self._take_follower(stored)
            if self._listener is not None:
                self._listener.on_follower_added(config.follower_id)
            return stored

    async def change_follower(
        self, follower_id: str, change: Callable[[FollowerConfig], FollowerConfig], password: str | None = None
    ) -> StoredFollower:
        """Change a follower; without a password the stored one stays. Raises NotFoundError, ConflictError."""
        async with self._edit:
            before = self.follower(follower_id)
            config = change(before.config)
            self._refuse_taken_account(config, before.config.follower_id)
            after = StoredFollower(config, self._seal(password, before.sealed_password))
            await self._store.save_follower(after)
            self._take_follower(after)
            if self._listener is not None:
                self._listener.on_follower_changed(before, after)
            return after

    async def remove_follower(self, follower_id: str) -> None:
        """Remove a follower with its multipliers and exclusions. Raises NotFoundError."""
        async with self._edit:
            config = self.follower(follower_id).config
            await self._store.delete_follower(config.follower_id)
            del self._follower_by_id[config.follower_id]
            self._multiplier_by_pair = {
                pair: record for pair, record in self._multiplier_by_pair.items() if pair[0] != config.follower_id
            }
            self._entry_by_id = {
                number: entry for number, entry in self._entry_by_id.items() if entry.follower_id != config.follower_id
            }
            # The connection first: nothing may be copied with a table that is half emptied.
            if self._listener is not None:
                self._listener.on_follower_removed(config.follower_id)
            self._multipliers.forget_follower(config.follower_id)
            self._blacklist.forget_follower(config.follower_id)

    async def use_settings(self, settings: Settings) -> None:
        """DAS_SERVERS changed: followers that are reached otherwise reconnect now, the master at the next start."""
        async with self._edit:
            before = {owner: self._way(stored) for owner, stored in self._follower_by_id.items()}
            self._settings = settings
            for owner, stored in self._follower_by_id.items():
                if self._listener is not None and self._way(stored) != before[owner]:
                    self._listener.on_follower_reached_otherwise(owner)

    def _way(self, stored: StoredFollower) -> tuple[AccountEndpoint | str, str]:
        """How an account is reached, or why it cannot be; and where its orders go."""
        route = self.order_route(stored.config)
        try:
            return self.endpoint(stored), route
        except (UnusableError, SealBrokenError) as error:
            return str(error), route

    def order_route(self, config: AccountConfig) -> str:
        """Where an account's orders go: its own setting, the broker's first smart route, SMAT (product.md 2)."""
        server = self._settings.server_for(config.broker_id)
        return config.order_route or (server.smart_routes[0] if server and server.smart_routes else DEFAULT_ORDER_ROUTE)

    def locate_routes(self, config: AccountConfig) -> dict[str, int]:
        """Where an account's locates come from, with each route's type: its own setting, else the broker's."""
        server = self._settings.server_for(config.broker_id)
        return config.locate_routes or (dict(server.locate_routes) if server is not None else {})

    def endpoint(self, stored: StoredMaster | StoredFollower) -> AccountEndpoint:
        """How to reach an account; a DAS_SERVERS entry goes before what is stored (brief, «DAS_SERVERS Format»).

        Raises UnusableError when no password is known, SealBrokenError when the stored one cannot be read.
        """
        config = stored.config
        server = self._settings.server_for(config.broker_id)
        if server is not None:
            password = server.password.get_secret_value()
            return AccountEndpoint(server.host, server.port, server.username, password, config.account_id)
        if stored.sealed_password is None:
            raise UnusableError(f"No password is known for the account {config.account_id}. Enter it in the settings.")
        password = self._credentials.open(stored.sealed_password)
        return AccountEndpoint(config.host, config.port, config.username, password, config.account_id)

    def trial_endpoint(
        self, follower_id: str | None, fields: Mapping[str, object], password: str | None
    ) -> AccountEndpoint:
        """How to reach an account that is to be tried: a stored one (the master's without an id) with these fields in
        place of its own, or a new one. Raises NotFoundError, UnusableError, SealBrokenError.
        """
        stored = self.follower(follower_id) if follower_id is not None else self._master
        present = stored.config if stored is not None else None
        values: dict[str, Any] = {
            name: fields.get(name, getattr(present, name, None))
            for name in ("broker_id", "host", "port", "username", "account_id")
        }
        missing = [name for name, value in values.items() if value is None]
        if missing:
            raise UnusableError(f"No stored account has them, so these are needed: {', '.join(missing)}.")
        sealed = self._seal(password, stored.sealed_password if stored is not None else None)
        return self.endpoint(StoredMaster(MasterConfig(**values), sealed))

    # ----------------------------------------------------------------------------------------- multipliers, exclusions

    def multipliers(self, follower_id: str) -> list[MultiplierRecord]:
        """A follower's symbols with their own multiplier. Raises NotFoundError."""
        wanted = self.follower(follower_id).config.follower_id
        records = [record for pair, record in self._multiplier_by_pair.items() if pair[0] == wanted]
        return sorted(records, key=lambda record: record.symbol)

    async def set_multiplier(self, follower_id: str, symbol: Symbol, multiplier: Decimal) -> MultiplierRecord:
        """The user sets a symbol's multiplier. Raises NotFoundError."""
        async with self._edit:
            owner = self.follower(follower_id).config.follower_id
            record = MultiplierRecord(
                owner, symbol, multiplier, MultiplierSource.USER_OVERRIDE.value, self._clock.now()
            )
            await self._store.save_multiplier(record)
            self._multiplier_by_pair[owner, symbol] = record
            self._multipliers.set_override(owner, symbol, multiplier)
            return record

    async def infer_multiplier(self, follower_id: str, symbol: Symbol, multiplier: Decimal) -> Decimal:
        """Keep a multiplier that positions show; returns the one that was in force.

        Raises NotFoundError; ConflictError where the user has set one, which always stands.
        """
        async with self._edit:
            owner = self.follower(follower_id).config.follower_id
            if self._multipliers.source(owner, symbol) is MultiplierSource.USER_OVERRIDE:
                raise ConflictError(f"{symbol} has a multiplier that the user set on {owner}.")
            former = self._multipliers.effective(owner, symbol)
            inferred = MultiplierSource.AUTO_INFERRED
            record = MultiplierRecord(owner, symbol, checked_multiplier(multiplier), inferred.value, self._clock.now())
            await self._store.save_multiplier(record)
            self._multiplier_by_pair[owner, symbol] = record
            self._multipliers.set_override(owner, symbol, multiplier, inferred)
            return former

    async def remove_multiplier(self, follower_id: str, symbol: Symbol) -> None:
        """The base multiplier holds again for the symbol. Raises NotFoundError."""
        async with self._edit:
            owner = self.follower(follower_id).config.follower_id
            if (owner, symbol) not in self._multiplier_by_pair:
                raise NotFoundError(f"{symbol} has no multiplier of its own on {owner}.")
            await self._store.delete_multiplier(owner, symbol)
            del self._multiplier_by_pair[owner, symbol]
            self._multipliers.remove_override(owner, symbol)

    def blacklist(self, follower_id: str | None = None) -> list[BlacklistRecord]:
        """All exclusions, or one follower's. Raises NotFoundError."""
        wanted = self.follower(follower_id).config.follower_id if follower_id is not None else None
        return [entry for entry in self._entry_by_id.values() if wanted in {None, entry.follower_id}]

    async def exclude(self, follower_id: str, symbol: Symbol, reason: str, *, allow_closing: bool) -> BlacklistRecord:
        """Exclude a symbol. Raises NotFoundError; ConflictError when it is excluded already."""
        async with self._edit:
            owner = self.follower(follower_id).config.follower_id
            if self._blacklist.is_blacklisted(owner, symbol):
                raise ConflictError(f"{symbol} is on the blacklist of {owner} already.")
            entry = await self._store.add_blacklist_entry(
                owner, symbol, reason, self._clock.now(), allow_closing=allow_closing
            )
            self._take_entry(entry)
            return entry

    async def include(self, entry_id: int) -> None:
        """Remove an exclusion. Raises NotFoundError."""
        async with self._edit:
            entry = self._entry_by_id.get(entry_id)
            if entry is None:
                raise NotFoundError(f"There is no blacklist entry with the id {entry_id}.")
            await self._store.delete_blacklist_entry(entry_id)
            del self._entry_by_id[entry_id]
            self._blacklist.remove(entry.follower_id, entry.symbol)

    # -------------------------------------------------------------------------------------------------------- inside

    def _take_follower(self, stored: StoredFollower) -> None:
        self._follower_by_id[stored.config.follower_id] = stored
        if self._multipliers.base(stored.config.follower_id) != stored.config.base_multiplier:
            self._multipliers.set_base(stored.config.follower_id, stored.config.base_multiplier)

    def _take_entry(self, entry: BlacklistRecord) -> None:
        self._entry_by_id[entry.entry_id] = entry
        self._blacklist.add(BlacklistEntry(entry.follower_id, entry.symbol, entry.reason, entry.allow_closing))

    def _seal(self, password: str | None, present: str | None) -> str | None:
        return present if password is None else self._credentials.seal(password)

    def _refuse_taken_account(self, config: AccountConfig, own_id: FollowerId | None) -> None:
        """The same account twice would copy orders onto themselves or twice."""
        others: list[tuple[str, AccountConfig]] = [
            (f"the follower {stored.config.follower_id!r}", stored.config)
            for stored in self._follower_by_id.values()
            if stored.config.follower_id != own_id
        ]
        if self._master is not None and not isinstance(config, MasterConfig):
            others.append(("the master", self._master.config))
        for name, other in others:
            if self._place(other) == self._place(config):
                raise ConflictError(
                    f"The account {config.account_id} at {config.broker_id} is {name} already. "
                    "An account can have one part only."
                )

    def _place(self, config: AccountConfig) -> tuple[str, int, str]:
        """Where the account is in fact: two names for one account would have it copied twice."""
        server = self._settings.server_for(config.broker_id)
        host, port = (server.host, server.port) if server is not None else (config.host, config.port)
        return host.casefold(), port, config.account_id.casefold()
