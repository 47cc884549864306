"""The settings that the user edits in the program: checked before they are stored, applied where that can be done.

Precedence: the environment, then what is stored here, then the default. `DB_PATH` comes from the environment alone: the
database that it names is where the rest is stored.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from datetime import time as time_of_day
from enum import StrEnum
from typing import Final

import msgspec

from das_copy_trader.domain.configuration import StoredEnv
from das_copy_trader.domain.enums import AlertLevel
from das_copy_trader.engine.ports import Alerts
from das_copy_trader.runtime.clock import Clock
from das_copy_trader.runtime.env_text import EnvEntry, read_env, rewrite_env
from das_copy_trader.runtime.logging import Redactor
from das_copy_trader.runtime.settings import Settings, SettingsError, environment_names, faults_of, load_settings
from das_copy_trader.services.credentials import Credentials, SealBrokenError
from das_copy_trader.services.env_store import EnvStore
from das_copy_trader.services.errors import UnusableError

MASK: Final = "********"
"""Stands for a secret in what is shown; sent back it means «unchanged»."""
SECRET_KEYS: Final = frozenset({"APP_AUTH_TOKEN"})
_SECRET_WORDS: Final = ("PASSWORD", "PASSWD", "SECRET", "TOKEN")
SERVERS_KEY: Final = "DAS_SERVERS"
ENVIRONMENT_ONLY: Final = frozenset({"DB_PATH"})
Applier = Callable[[Settings], Awaitable[None]]


class Effect(StrEnum):
    """When a change of a setting holds."""

    NOW = "now"
    RESTART = "restart"
    ENVIRONMENT_ONLY = "environment_only"


class SettingState(msgspec.Struct, frozen=True):
    """One setting as it is in force. `source`: `environment`, `stored` or `default`; secrets are masked.

    `is_pending`: what is stored holds after a restart of the program.
    """

    name: str
    value: str
    source: str
    effect: Effect
    is_pending: bool


class EnvConfigState(msgspec.Struct, frozen=True):
    """The stored text with its secrets masked, and what is in force. `warnings` are sentences."""

    content: str
    updated_at: datetime | None
    parsed_keys: list[str]
    settings: list[SettingState]
    warnings: list[str]


class EnvConfigChange(EnvConfigState, frozen=True):
    """What a change came to: the names that hold now, and those that hold after a restart of the program."""

    applied: list[str] = []
    restart_required: list[str] = []


class EnvConfigPreview(msgspec.Struct, frozen=True):
    """What storing a content would come to: names that would hold at once, and after a restart. Nothing was stored."""

    applied: list[str]
    restart_required: list[str]
    warnings: list[str]


class _Checked(msgspec.Struct, frozen=True):
    """A content that can be stored, and the settings that it makes together with the environment."""

    content: str
    entries: list[EnvEntry]
    wanted: Settings


class EnvConfig:
    """The owner of the stored settings. `settings` is what is in force.

    `apply_by_name` has, for each setting that can change while the program runs, what brings it into force.
    """

    def __init__(
        self,
        *,
        store: EnvStore,
        credentials: Credentials,
        settings: Settings,
        redactor: Redactor,
        alerts: Alerts,
        clock: Clock,
        apply_by_name: Mapping[str, Applier],
    ) -> None:
        self._store = store
        self._credentials = credentials
        self._redactor = redactor
        self._alerts = alerts
        self._clock = clock
        self._apply_by_name = apply_by_name
        self.settings = settings
        self._wanted = settings
        self._content = ""
        self._updated_at: datetime | None = None

    async def load(self) -> None:
        """Take over what is stored. Raises what the store raises."""
        stored = await self._store.load_env()
        if stored is None:
            return
        self._updated_at = stored.updated_at
        try:
            self._content = self._credentials.open(stored.sealed_content)
        except SealBrokenError:
            self._alerts.raise_alert(
                AlertLevel.ERROR,
                "The stored settings cannot be read: the key that sealed them is gone. Enter them again (Env config).",
            )
            return
        entries, _ = read_env(self._content)
        try:
            self._wanted = load_settings(values_of(entries))
        except SettingsError as error:
            self._alerts.raise_alert(
                AlertLevel.ERROR, f"The stored settings are not used: {error} Correct them (Env config), then restart."
            )

    def state(self) -> EnvConfigState:
        """What is stored and in force."""
        entries, _ = read_env(self._content)
        return EnvConfigState(
            masked(self._content, entries),
            self._updated_at,
            [entry.key for entry in entries],
            self._setting_states(entries),
            _warnings(entries),
        )

    def preview(self, content: str) -> EnvConfigPreview:
        """What `save` would come to; it raises what that raises, and nothing is stored or applied."""
        checked = self._check(content)
        names = self._differing(checked.wanted)
        return EnvConfigPreview(
            applied=[name.upper() for name in names if name in self._apply_by_name],
            restart_required=[name.upper() for name in names if name not in self._apply_by_name],
            warnings=_warnings(checked.entries),
        )

    async def save(self, content: str) -> EnvConfigChange:
        """Check, store, apply. Raises UnusableError with every fault's line; then nothing was stored."""
        checked = self._check(content)
        wanted = checked.wanted
        self._redactor.add(*wanted.secrets(), *(entry.value for entry in checked.entries if _is_secret(entry.key)))
        stored = StoredEnv(self._credentials.seal(checked.content), self._clock.now())
        await self._store.save_env(stored)
        self._content, self._updated_at, self._wanted = checked.content, stored.updated_at, wanted
        applied = await self._apply(wanted)
        pending = [name.upper() for name in self._differing(wanted)]
        return EnvConfigChange(**msgspec.structs.asdict(self.state()), applied=applied, restart_required=pending)

    def _check(self, content: str) -> _Checked:
        content = self._unmasked(content)
        entries, faults = read_env(content)
        if faults:
            raise _unusable([(f"line {fault.line}", fault.message) for fault in faults])
        values = values_of(entries)
        line_by_key = {entry.key: entry.line for entry in entries}
        found = faults_of(values)
        if found:
            raise _unusable(
                [(f"line {line_by_key[name]}" if name in line_by_key else name, text) for name, text in found]
            )
        try:
            wanted = load_settings(values)
        except SettingsError as error:
            raise UnusableError(f"Together with the environment this cannot be used: {error}") from None
        return _Checked(content, entries, wanted)

    async def _apply(self, wanted: Settings) -> list[str]:
        applied: list[str] = []
        for name in self._differing(wanted):
            apply = self._apply_by_name.get(name)
            if apply is not None:
                self.settings = self.settings.model_copy(update={name: getattr(wanted, name)})
                await apply(self.settings)
                applied.append(name.upper())
        return applied

    def _differing(self, wanted: Settings) -> list[str]:
        names = [name for name in Settings.model_fields if name.upper() not in ENVIRONMENT_ONLY]
        return [name for name in names if getattr(wanted, name) != getattr(self.settings, name)]

    def _setting_states(self, entries: list[EnvEntry]) -> list[SettingState]:
        stored = {entry.key for entry in entries if entry.value}
        environment = environment_names()
        pending = set(self._differing(self._wanted))
        states: list[SettingState] = []
        for field in Settings.model_fields:
            name = field.upper()
            source = "environment" if name in environment else "stored" if name in stored else "default"
            effect = Effect.NOW if field in self._apply_by_name else Effect.RESTART
            if name in ENVIRONMENT_ONLY:
                effect = Effect.ENVIRONMENT_ONLY
                source = "environment" if name in environment else "default"
            states.append(SettingState(name, _shown(self.settings, field), source, effect, field in pending))
        return states

    def _unmasked(self, content: str) -> str:
        """The content with the stored secrets where masks were sent back."""
        entries, _ = read_env(content)
        present = {entry.key: entry.value for entry in read_env(self._content)[0]}
        values: dict[str, str] = {}
        for entry in entries:
            if _is_secret(entry.key) and entry.value == MASK:
                if not present.get(entry.key):
                    raise _unusable([(f"line {entry.line}", f"{entry.key} is masked, but none is stored: enter it")])
                values[entry.key] = present[entry.key]
            elif entry.key == SERVERS_KEY and MASK in entry.value:
                values[entry.key] = _with_passwords(entry, present.get(SERVERS_KEY, ""))
        return rewrite_env(content, values, entries)


def values_of(entries: list[EnvEntry]) -> dict[str, str]:
    """The settings among the entries, less those that only the environment can give."""
    names = {name.upper() for name in Settings.model_fields} - ENVIRONMENT_ONLY
    return {entry.key: entry.value for entry in entries if entry.key in names}


def masked(content: str, entries: list[EnvEntry]) -> str:
    """The content with a mask in place of every secret."""
    values: dict[str, str] = {}
    for entry in entries:
        if _is_secret(entry.key) and entry.value:
            values[entry.key] = MASK
        elif entry.key == SERVERS_KEY:
            servers = _servers(entry.value)
            if servers is not None:
                shown = [server | {"password": MASK} if "password" in server else server for server in servers]
                values[entry.key] = _as_json(shown)
    return rewrite_env(content, values, entries)


def _with_passwords(entry: EnvEntry, present: str) -> str:
    servers = _servers(entry.value)
    if servers is None:
        return entry.value
    known = {str(server.get("broker_id", "")).casefold(): server for server in _servers(present) or []}
    for server in servers:
        if server.get("password") == MASK:
            former = known.get(str(server.get("broker_id", "")).casefold())
            if former is None or "password" not in former:
                name = str(server.get("broker_id", "?"))[:64]
                message = f"the password of the broker {name!r} is masked, but none is stored: enter it"
                raise _unusable([(f"line {entry.line}", message)])
            server["password"] = former["password"]
    return _as_json(servers)


def _servers(text: str) -> list[dict[str, object]] | None:
    try:
        return msgspec.json.decode(text, type=list[dict[str, object]])
    except (msgspec.DecodeError, RecursionError):
        return None


def _as_json(servers: list[dict[str, object]]) -> str:
    return msgspec.json.format(msgspec.json.encode(servers), indent=2).decode()


def _is_secret(key: str) -> bool:
    return key in SECRET_KEYS or (key != SERVERS_KEY and any(word in key for word in _SECRET_WORDS))


def _warnings(entries: list[EnvEntry]) -> list[str]:
    names = {name.upper() for name in Settings.model_fields}
    environment = environment_names()
    sentences: list[str] = []
    for entry in entries:
        if entry.key in ENVIRONMENT_ONLY:
            sentences.append(f"{entry.key} is read from the environment alone; what stands here has no effect.")
        elif entry.key not in names:
            sentences.append(f"{entry.key} (line {entry.line}) is no setting of this program; it has no effect.")
        elif entry.key in environment:
            sentences.append(f"{entry.key} is set in the environment, which goes before what stands here.")
    return sentences


def _shown(settings: Settings, field: str) -> str:
    if field == "das_servers":
        return _as_json([server.model_dump(mode="json") | {"password": MASK} for server in settings.das_servers])
    if field == "order_types":
        return _as_json([entry.model_dump(mode="json") for entry in settings.order_types])
    if field.upper() in SECRET_KEYS:
        return MASK if getattr(settings, field) is not None else ""
    value = getattr(settings, field)
    if isinstance(value, time_of_day):
        return f"{value:%H:%M}"
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _unusable(faults: list[tuple[str, str]]) -> UnusableError:
    place, message = faults[0]
    more = f" ({len(faults) - 1} more)" if len(faults) > 1 else ""
    return UnusableError(f"Nothing was stored. {place}: {message.rstrip('.')}.{more}", tuple(faults))
