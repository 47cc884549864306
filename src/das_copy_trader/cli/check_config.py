"""`check-config`: are the settings and the database fit to start with?"""

from collections.abc import Callable

from das_copy_trader.cli.exit_codes import ExitCode
from das_copy_trader.persistence.errors import StorageError
from das_copy_trader.persistence.migrate import check_database
from das_copy_trader.runtime.settings import SettingsError, load_settings


def check_config(say: Callable[[str], None], complain: Callable[[str], None]) -> ExitCode:
    """Tell what would be used, or what is wrong in one sentence. A database that does not exist is not made."""
    try:
        settings = load_settings()
    except SettingsError as error:
        complain(str(error))
        return ExitCode.BAD_SETTING
    path = settings.db_path.absolute()
    say(f"Address      http://{settings.app_host}:{settings.app_port}")
    say(f"Database     {path}{'' if path.exists() else ' (will be made)'}")
    say(f"Log level    {settings.log_level}")
    token_source = "APP_AUTH_TOKEN" if settings.app_auth_token else "the file app-token beside the database"
    say(f"Token        from {token_source}")
    say(f"Day's turn   {settings.restart_time:%H:%M} New York time")
    for server in settings.das_servers:
        say(f"DAS server   {server.broker_id}: {server.username} at {server.host}:{server.port}, password given")
    if path.exists():
        try:
            check_database(path)
        except StorageError as error:
            complain(str(error))
            return ExitCode.BAD_STORAGE
    say("The configuration is fit to start with.")
    return ExitCode.OK
