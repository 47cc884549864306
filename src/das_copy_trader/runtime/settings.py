"""The settings: read from environment variables, checked, explained in one sentence when wrong."""

import os
import re
import sys
from collections.abc import Mapping
from datetime import time as time_of_day
from decimal import Decimal
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, EnvSettingsSource, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from das_copy_trader.runtime.sentences import complaint

LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]
OrderTypeName = Literal["Market", "Limit", "Stop", "StopLimit", "StopLimitExtended", "TrailingStop"]
Port = Annotated[int, Field(ge=1, le=65535)]
LOOPBACK_NAMES: Final = ("localhost", "127.0.0.1", "::1")


DATABASE_NAME: Final = "das_copy_trader.db"


def default_database() -> Path:
    """Where the database is when `DB_PATH` does not say: the working directory; packed, the user's data directory."""
    if not getattr(sys, "frozen", False):
        return Path(DATABASE_NAME)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home()) / "DAS Copy Trader" / DATABASE_NAME
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "DAS Copy Trader" / DATABASE_NAME
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "das-copy-trader" / DATABASE_NAME


class SettingsError(Exception):
    """A setting that cannot be used; the message is a sentence that names the variable. Exit code 2."""


def checked_word(text: str) -> str:
    """What can stand on a command's line: one word. Raises ValueError with the rest of a sentence."""
    if not re.fullmatch(r"[\x21-\x7e]{1,64}", text):
        raise ValueError("it may hold 1 to 64 visible ASCII characters and no blank: DAS takes no other")
    return text


def checked_password(secret: SecretStr) -> SecretStr:
    """A password that DAS can be sent. Raises ValueError with the rest of a sentence, which does not quote it."""
    if not re.fullmatch(r"[\x21-\x7e]{1,128}", secret.get_secret_value()):
        raise ValueError("a password has 1 to 128 visible ASCII characters and no blank: DAS takes no other")
    return secret


class DasServer(BaseModel):
    """One entry of DAS_SERVERS: how to reach a broker's DAS platform, apart from the account's configuration."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    broker_id: Annotated[str, Field(min_length=1, max_length=64)]
    host: Annotated[str, Field(min_length=1, max_length=253)]
    port: Port
    username: Annotated[str, AfterValidator(checked_word)]
    password: Annotated[SecretStr, AfterValidator(checked_password)]
    accounts: tuple[str, ...] = ()
    smart_routes: tuple[str, ...] = ()
    locate_routes: dict[str, Literal[0, 1]] = {}


class OrderTypeWords(BaseModel):
    """One entry of ORDER_TYPES: how the own platform spells an order type. `guess`: each order has to prove it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    words: Annotated[tuple[Annotated[str, Field(pattern=r"^[A-Za-z]{1,20}$")], ...], Field(min_length=1, max_length=50)]
    type: OrderTypeName
    confidence: Literal["verified", "guess"] = "guess"


class Settings(BaseSettings):
    """Every setting of the program, with its default. Source: brief, «Environment Variables»."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True, case_sensitive=False)

    app_host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    app_port: Annotated[int, Field(ge=0, le=65535)] = 8787
    """0 asks the machine for a free port; the printed link names it."""
    app_allow_remote: bool = False
    app_auth_token: SecretStr | None = None
    db_path: Path = Field(default_factory=default_database)
    """The packed program has it in the user's data directory: where it lies itself is often not to be written to."""
    log_level: LogLevel = "INFO"
    log_keep_runs: Annotated[int, Field(ge=1, le=1000)] = 14
    static_dir: Path | None = None
    das_servers: Annotated[tuple[DasServer, ...], NoDecode] = ()
    order_types: Annotated[tuple[OrderTypeWords, ...], NoDecode] = ()
    max_concurrent_locates: Annotated[int, Field(ge=1, le=50)] = 3
    restart_time: time_of_day = time_of_day(3, 0)
    history_days: Annotated[int, Field(ge=1, le=3650)] = 90
    start_timeout_s: Annotated[Decimal, Field(gt=0, le=600)] = Decimal(20)
    keep_warm: bool = True
    """Rehearse a made-up order each millisecond while copying: quicker orders for an eighth of a processor."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment goes before what the user stored in the program; no file of the working directory is read."""
        return EnvSettingsSource(settings_cls), init_settings

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.strip().upper() if isinstance(value, str) else value

    @field_validator("app_auth_token")
    @classmethod
    def _fit_for_a_header(cls, token: SecretStr | None) -> SecretStr | None:
        text = token.get_secret_value() if token else "-"
        if not text.isascii() or not text.isprintable() or " " in text:
            raise ValueError("it may hold visible ASCII characters only, no blanks")
        return token

    @field_validator("das_servers", mode="before")
    @classmethod
    def _decode_servers(cls, value: object) -> object:
        return _decoded_array(value, "broker objects")

    @field_validator("order_types", mode="before")
    @classmethod
    def _decode_order_types(cls, value: object) -> object:
        return _decoded_array(value, "order types")

    @field_validator("order_types")
    @classmethod
    def _one_meaning_a_word(cls, entries: tuple[OrderTypeWords, ...]) -> tuple[OrderTypeWords, ...]:
        words = [word.upper() for entry in entries for word in entry.words]
        twice = sorted({word for word in words if words.count(word) > 1})
        if twice:
            raise ValueError(f"the word {twice[0]!r} stands in it more than once (case does not count)")
        return entries

    @field_validator("das_servers")
    @classmethod
    def _unique_brokers(cls, servers: tuple[DasServer, ...]) -> tuple[DasServer, ...]:
        names = [server.broker_id.casefold() for server in servers]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"the broker_id {twice[0]!r} stands in it more than once (case does not count)")
        return servers

    @field_validator("restart_time", mode="before")
    @classmethod
    def _hours_and_minutes(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            return time_of_day.fromisoformat(value.strip()).replace(tzinfo=None)
        except ValueError:
            raise ValueError("it must be a time of day such as 03:00 (New York time)") from None

    @field_validator("static_dir")
    @classmethod
    def _existing_folder(cls, folder: Path | None) -> Path | None:
        if folder is not None and not folder.is_dir():
            raise ValueError(f"the folder {folder} does not exist")
        return folder

    @model_validator(mode="after")
    def _remote_only_on_purpose(self) -> "Settings":
        if not is_loopback(self.app_host) and not self.app_allow_remote:
            raise ValueError(
                f"APP_HOST={self.app_host} would let other machines reach an interface that can trade. "
                "Use 127.0.0.1, or set APP_ALLOW_REMOTE=true if you mean it."
            )
        return self

    def server_for(self, broker_id: str) -> DasServer | None:
        """The DAS_SERVERS entry of a broker; case does not count."""
        wanted = broker_id.casefold()
        return next((server for server in self.das_servers if server.broker_id.casefold() == wanted), None)

    def beside_database(self, name: str) -> Path:
        """A file or folder that lies beside the database."""
        return self.db_path.absolute().parent / name

    def secrets(self) -> tuple[str, ...]:
        """What may never be seen in a log, a response or an error."""
        token = (self.app_auth_token.get_secret_value(),) if self.app_auth_token else ()
        return (*token, *(server.password.get_secret_value() for server in self.das_servers))


class _StoredOnly(Settings):
    """The settings as they would be without the environment."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is handed in, alone."""
        return (init_settings,)


def faults_of(stored: Mapping[str, str]) -> list[tuple[str, str]]:
    """What is wrong with stored settings: variable (empty: several together) and sentence of each fault."""
    try:
        _StoredOnly(**_by_field(stored))  # type: ignore[arg-type]  # texts, which the model converts and checks
    except ValidationError as error:
        errors = error.errors(include_url=False)
        return [(str(one["loc"][0]).upper() if one["loc"] else "", _sentence(one)) for one in errors]
    return []


def environment_names() -> frozenset[str]:
    """The settings that the environment sets, by variable name; empty variables count as absent."""
    names = {name.upper() for name in Settings.model_fields}
    return frozenset(name.upper() for name, text in os.environ.items() if name.upper() in names and text)


def _by_field(stored: Mapping[str, str]) -> dict[str, str]:
    return {name.casefold(): value for name, value in stored.items() if value != ""}


def _decoded_array(value: object, of_what: str) -> object:
    if not isinstance(value, str):
        return value
    try:
        decoded: object = msgspec.json.decode(value)
    except msgspec.DecodeError as error:
        raise ValueError(f"it is not valid JSON ({_why(error)})") from None
    if not isinstance(decoded, list):
        raise ValueError(f"it must be a JSON array of {of_what}")  # noqa: TRY004 - pydantic wants ValueError
    return tuple(decoded)


def _why(error: msgspec.DecodeError) -> str:
    return str(error).removeprefix("JSON is malformed: ").replace("Input data was truncated", "it ends too early")


def is_loopback(host: str) -> bool:
    """Whether a bind address can be reached from this machine alone."""
    if host.casefold() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def load_settings(stored: Mapping[str, str] | None = None) -> Settings:
    """Read the settings: environment first, then `stored` (by variable name), then defaults. Raises SettingsError."""
    try:
        return Settings(**_by_field(stored or {}))  # type: ignore[arg-type]  # texts, which the model converts and checks
    except ValidationError as error:
        raise SettingsError(_sentence(error.errors(include_url=False)[0])) from None


def _sentence(error: ErrorDetails) -> str:
    place = [str(part) for part in error["loc"]]
    message = complaint(error)
    if not place:
        return f"{message}."
    variable = place[0].upper()
    inside = "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in place[1:])
    where = f"{inside.lstrip('.')}: " if inside else ""
    return f"The setting {variable} cannot be used: {where}{message}."
