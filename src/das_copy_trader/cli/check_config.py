"""`check-config`: are the settings and the database fit to start with, and do the accounts let us in?"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Final

from das_copy_trader.cli.exit_codes import ExitCode
from das_copy_trader.cli.serve import credentials_for, with_stored_settings
from das_copy_trader.client.das_client import AccountTools, MasterClient
from das_copy_trader.client.endpoint import AccountEndpoint
from das_copy_trader.engine.blacklist_manager import BlacklistManager
from das_copy_trader.engine.multiplier_manager import MultiplierManager
from das_copy_trader.persistence.config_store import SqlConfigStore
from das_copy_trader.persistence.database import Database
from das_copy_trader.persistence.errors import StorageError
from das_copy_trader.persistence.migrate import check_database
from das_copy_trader.runtime.clock import SystemClock
from das_copy_trader.runtime.entropy import make_seed
from das_copy_trader.runtime.event_loop import run
from das_copy_trader.runtime.ids import RandomSource
from das_copy_trader.runtime.instance_lock import AlreadyRunningError, InstanceLock
from das_copy_trader.runtime.private_files import PrivateFileError
from das_copy_trader.runtime.settings import Settings, SettingsError, environment_names, load_settings
from das_copy_trader.runtime.socket_network import SocketNetwork
from das_copy_trader.runtime.tasks import TaskSupervisor
from das_copy_trader.services.configuration import Configuration
from das_copy_trader.services.connection_test import ConnectionReport, ConnectionTester
from das_copy_trader.services.credentials import SealBrokenError
from das_copy_trader.services.errors import UnusableError

_SIGN_BY_OUTCOME: Final = {True: "ok", False: "FAILED", None: "-"}
Say = Callable[[str], None]


def check_config(say: Say, complain: Say, *, connect: bool = False) -> ExitCode:
    """Tell what would be used, or what is wrong in one sentence. A database that does not exist is not made.

    With `connect` each configured account is logged in to, with a client that cannot trade; exit code 1 when one fails.
    """
    try:
        settings = load_settings()
        path = settings.db_path.absolute()
        check_database(path)
        if path.exists():
            settings, _ = with_stored_settings(settings)
        _show(settings, say)
        if not connect:
            say("The configuration is fit to start with.")
            return ExitCode.OK
        if not path.exists():
            say("There is no database yet, so no account is configured: nothing to connect to.")
            return ExitCode.OK
        return _connect(settings, say)
    except SettingsError as error:
        complain(str(error))
        return ExitCode.BAD_SETTING
    except (StorageError, PrivateFileError) as error:
        complain(str(error))
        return ExitCode.BAD_STORAGE
    except AlreadyRunningError:
        complain("The program runs with this database: look at its Health page, or test connections there.")
        return ExitCode.ALREADY_RUNNING


def _show(settings: Settings, say: Say) -> None:
    path = settings.db_path.absolute()
    say(f"Address      http://{settings.app_host}:{settings.app_port}")
    say(f"Database     {path}{'' if path.exists() else ' (will be made)'}")
    say(f"Log level    {settings.log_level}")
    token_source = "APP_AUTH_TOKEN" if settings.app_auth_token else "the file app-token beside the database"
    say(f"Token        from {token_source}")
    say(f"Day's turn   {settings.restart_time:%H:%M} New York time")
    for server in settings.das_servers:
        say(f"DAS server   {server.broker_id}: {server.username} at {server.host}:{server.port}, password given")
    names = ", ".join(sorted(environment_names()))
    say(f"Environment  {names or 'sets nothing'}")


def _connect(settings: Settings, say: Say) -> ExitCode:
    lock = InstanceLock(settings.beside_database(f"{settings.db_path.name}.lock"))
    lock.acquire()
    try:
        return run(lambda _stop: _try_accounts(settings, say))
    finally:
        lock.release()


async def _try_accounts(settings: Settings, say: Say) -> ExitCode:
    clock, network = SystemClock(), SocketNetwork()
    tasks = TaskSupervisor(lambda name, error: say(f"{name} died: {error}"))
    database = Database.open(settings.db_path.absolute())
    tools = AccountTools(
        network=network, clock=clock, tasks=tasks, randomness=RandomSource(make_seed()).stream("reconnect")
    )
    tester = ConnectionTester(lambda endpoint, listener: MasterClient(endpoint, tools, listener), list, clock)
    configuration = Configuration(
        store=SqlConfigStore(database),
        credentials=credentials_for(settings),
        settings=settings,
        multipliers=MultiplierManager(),
        blacklist=BlacklistManager(),
        clock=clock,
    )
    try:
        await configuration.load()
        results = await asyncio.gather(*(_try(*account, tester, say) for account in _accounts(configuration)))
    finally:
        await tasks.stop_all()
        await network.close()
        await database.close()
    if not results:
        say("No account is configured: nothing to connect to.")
    return ExitCode.OK if all(results) else ExitCode.FAILED


def _accounts(configuration: Configuration) -> list[tuple[str, Callable[[], AccountEndpoint]]]:
    accounts: list[tuple[str, Callable[[], AccountEndpoint]]] = []
    master = configuration.master
    if master is not None:
        accounts.append(("master", partial(configuration.endpoint, master)))
    accounts.extend(
        (stored.config.follower_id, partial(configuration.endpoint, stored)) for stored in configuration.followers()
    )
    return accounts


async def _try(name: str, endpoint: Callable[[], AccountEndpoint], tester: ConnectionTester, say: Say) -> bool:
    try:
        report = await tester.test(endpoint())
    except (UnusableError, SealBrokenError) as error:
        say(f"{name}: FAILED. {error}")
        return False
    say(_told(name, report))
    return report.ok


def _told(name: str, report: ConnectionReport) -> str:
    head = f"{name}: {'ok' if report.ok else 'FAILED'}, account {report.account_id} at {report.address}"
    steps = [f"  {step.name.value:<14} {_SIGN_BY_OUTCOME[step.ok]:<7} {step.detail}" for step in report.steps]
    return "\n".join([head, *steps])
