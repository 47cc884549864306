"""`serve`: the product, from its settings to its end."""

import asyncio
import socket
from collections.abc import Callable
from contextlib import ExitStack
from urllib.parse import quote

import structlog

from das_copy_trader import __version__
from das_copy_trader.api.access import AccessPolicy
from das_copy_trader.api.app import create_app
from das_copy_trader.api.server import HttpServer, PortTakenError, bind
from das_copy_trader.cli.companion import Companion
from das_copy_trader.cli.exit_codes import ExitCode
from das_copy_trader.container import Container
from das_copy_trader.domain.enums import AlertLevel
from das_copy_trader.persistence.config_store import SqlConfigStore
from das_copy_trader.persistence.database import Database
from das_copy_trader.persistence.env_store import SqlEnvStore, read_stored_env
from das_copy_trader.persistence.errors import StorageError
from das_copy_trader.persistence.journal import Journal
from das_copy_trader.persistence.short_store import SqlShortStore
from das_copy_trader.runtime.clock import SystemClock
from das_copy_trader.runtime.entropy import make_boot_id, make_seed
from das_copy_trader.runtime.env_text import read_env
from das_copy_trader.runtime.event_loop import LoopKind, freeze_garbage, run
from das_copy_trader.runtime.ids import RandomSource
from das_copy_trader.runtime.instance_lock import AlreadyRunningError, InstanceLock
from das_copy_trader.runtime.log_files import LogFiles
from das_copy_trader.runtime.logging import LogRing, Logs, Redactor, start_logging
from das_copy_trader.runtime.private_files import PrivateFileError, load_or_make_token
from das_copy_trader.runtime.settings import Settings, SettingsError, is_loopback, load_settings
from das_copy_trader.runtime.socket_network import SocketNetwork
from das_copy_trader.runtime.tasks import TaskSupervisor
from das_copy_trader.services.alerts import AlertBook
from das_copy_trader.services.credentials import Credentials, SealBrokenError, open_credentials
from das_copy_trader.services.env_config import values_of

TOKEN_FILE = "app-token"  # noqa: S105 - a file's name
EVERYWHERE = frozenset({"0.0.0.0", "::", "[::]"})  # noqa: S104 - compared with
"""Bind addresses that mean every address of this machine."""
_log = structlog.get_logger(__name__)

EXIT_CODE_BY_ERROR: dict[type[Exception], ExitCode] = {
    SettingsError: ExitCode.BAD_SETTING,
    StorageError: ExitCode.BAD_STORAGE,
    PrivateFileError: ExitCode.BAD_STORAGE,
    PortTakenError: ExitCode.PORT_TAKEN,
    AlreadyRunningError: ExitCode.ALREADY_RUNNING,
}


def serve(
    say: Callable[[str], None],
    complain: Callable[[str], None],
    loop_kind: LoopKind = "auto",
    *,
    settings: Settings | None = None,
    companion: Companion | None = None,
) -> ExitCode:
    """Run the product until it is asked to end. Everything that can be wrong before that is one sentence.

    Without `settings` they are read from the environment. `companion` runs beside the product.
    """
    try:
        settings = settings or load_settings()
        with ExitStack() as held:
            lock = InstanceLock(settings.beside_database(f"{settings.db_path.name}.lock"))
            try:
                lock.acquire()
            except OSError as error:
                raise StorageError(
                    f"The folder of the database {settings.db_path.absolute()} cannot be used "
                    f"({error.strerror or error}). Correct DB_PATH or the folder's rights."
                ) from None
            held.callback(lock.release)
            _serve_locked(settings, companion or Companion(), say, held, loop_kind)
    except tuple(EXIT_CODE_BY_ERROR) as error:
        complain(str(error))
        return next(code for kind, code in EXIT_CODE_BY_ERROR.items() if isinstance(error, kind))
    except KeyboardInterrupt:
        complain("Ended at once, as asked twice.")
        return ExitCode.FAILED
    return ExitCode.OK


def _serve_locked(
    settings: Settings, companion: Companion, say: Callable[[str], None], held: ExitStack, loop_kind: LoopKind
) -> None:
    database = Database.open(settings.db_path.absolute())
    settings, credentials = with_stored_settings(settings)
    token = access_token(settings)
    listening = _bind(settings, companion)
    held.callback(listening.close)
    redactor = Redactor([*settings.secrets(), token])
    ring = LogRing()
    clock = SystemClock()
    logs = _start_logs(settings, redactor, ring, clock, has_console=companion.logs_to_console)
    held.callback(logs.stop)

    async def main(stop: asyncio.Event) -> None:
        alerts = AlertBook(clock)
        database.on_restored = lambda sentence: alerts.raise_alert(AlertLevel.ERROR, sentence)
        journal = Journal(
            database,
            settings.restart_time,
            on_trouble=lambda why: alerts.raise_alert(
                AlertLevel.ERROR, f"The history cannot be stored now; trading goes on and it is kept in memory. {why}"
            ),
            on_recovered=lambda: alerts.raise_alert(AlertLevel.INFO, "The history is stored again."),
            clock=clock,
            keep_days=settings.history_days,
        )
        network = SocketNetwork()
        container = Container(
            settings,
            network=network,
            clock=clock,
            randomness=RandomSource(make_seed()),
            store=SqlConfigStore(database),
            credentials=credentials or credentials_for(settings),
            env_store=SqlEnvStore(database),
            alerts=alerts,
            journal=journal,
            short_store=SqlShortStore(database),
            log_ring=ring,
            log_files=LogFiles(settings.beside_database("logs"), logs.folder),
            redactor=redactor,
            boot_id=make_boot_id(),
        )
        extra = () if is_loopback(settings.app_host) else (settings.app_host,)
        port = int(listening.getsockname()[1])
        policy = AccessPolicy(token, port, extra, is_everywhere=settings.app_host in EVERYWHERE)
        redactor.add(policy.cookie_value)
        tasks = TaskSupervisor(_tell_crash)
        server = HttpServer(create_app(container.api_context(), policy), listening, tasks)
        try:
            await container.start()
            await server.start()
            freeze_garbage()
            _announce(settings, policy, alerts, say)
            await companion.begin(container, link(settings, policy), say)
            await _until_asked(stop, server, tasks)
        finally:
            await container.stop()
            await companion.end()
            await server.stop()
            await network.close()
            await tasks.stop_all()
            await database.close()

    run(main, kind=loop_kind)


def credentials_for(settings: Settings) -> Credentials:
    """What seals the passwords of this database. Raises PrivateFileError."""
    return open_credentials(settings.beside_database(f"{settings.db_path.stem}.key"), settings.db_path.absolute())


def with_stored_settings(settings: Settings) -> tuple[Settings, Credentials | None]:
    """The settings with what is stored in the database below the environment.

    Stored ones that cannot be used are left out, since the user could not correct them otherwise; an alert tells it
    once the program runs.
    """
    stored = read_stored_env(settings.db_path.absolute())
    if stored is None:
        return settings, None
    credentials = credentials_for(settings)
    try:
        entries, _ = read_env(credentials.open(stored.sealed_content))
        return load_settings(values_of(entries)).model_copy(update={"db_path": settings.db_path}), credentials
    except (SealBrokenError, SettingsError):
        return settings, credentials


def _bind(settings: Settings, companion: Companion) -> socket.socket:
    try:
        return bind(settings.app_host, settings.app_port)
    except PortTakenError:
        if not companion.any_port_will_do:
            raise
        return bind(settings.app_host, 0)


def _start_logs(
    settings: Settings, redactor: Redactor, ring: LogRing, clock: SystemClock, *, has_console: bool
) -> Logs:
    folder = settings.beside_database("logs")
    try:
        return start_logging(
            level=settings.log_level,
            redactor=redactor,
            ring=ring,
            folder=folder,
            run_name=clock.now().strftime("%Y-%m-%d_%H%M%S"),
            keep_runs=settings.log_keep_runs,
            has_console=has_console,
        )
    except OSError as error:
        raise StorageError(f"The logs cannot be written to {folder} ({error.strerror or error}).") from None


def access_token(settings: Settings) -> str:
    """The token of the settings, else that of the file beside the database, made on the first start."""
    if settings.app_auth_token is not None:
        return settings.app_auth_token.get_secret_value()
    return load_or_make_token(settings.beside_database(TOKEN_FILE))


def link(settings: Settings, policy: AccessPolicy) -> str:
    """The address that lets a browser in."""
    host = "127.0.0.1" if settings.app_host in EVERYWHERE else settings.app_host.strip("[]")
    return f"http://{f'[{host}]' if ':' in host else host}:{policy.port}/auth?token={quote(policy.token, safe='')}"


def _announce(settings: Settings, policy: AccessPolicy, alerts: AlertBook, say: Callable[[str], None]) -> None:
    _log.info(
        "DAS Copy Trader is ready", version=__version__, port=policy.port, database=str(settings.db_path.absolute())
    )
    if not is_loopback(settings.app_host):
        warning = (
            f"WARNING: APP_HOST is {settings.app_host}: other machines can reach this program. Whoever has the token "
            "can trade with your accounts, and the way is not encrypted. Use 127.0.0.1 unless you know why not."
        )
        say(warning)
        alerts.raise_alert(AlertLevel.WARN, warning)


async def _until_asked(stop: asyncio.Event, server: HttpServer, tasks: TaskSupervisor) -> None:
    waits = [tasks.start("stop asked", _wait(stop)), tasks.start("server ended", server.wait())]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()


async def _wait(event: asyncio.Event) -> None:
    await event.wait()


def _tell_crash(name: str, error: BaseException) -> None:
    _log.error("A part of the program died", task=name, exc_info=error)
