"""What the endpoints work with; made by the container."""

from dataclasses import dataclass
from pathlib import Path

from starlette.requests import HTTPConnection

from das_copy_trader.runtime.clock import Clock
from das_copy_trader.runtime.log_files import LogFiles
from das_copy_trader.runtime.logging import LogRing, Redactor
from das_copy_trader.runtime.metrics import Metrics
from das_copy_trader.runtime.settings import Settings
from das_copy_trader.runtime.tasks import TaskSupervisor
from das_copy_trader.services.alerts import AlertBook
from das_copy_trader.services.configuration import Configuration
from das_copy_trader.services.connection_test import ConnectionTester
from das_copy_trader.services.copy_system import CopySystem
from das_copy_trader.services.env_config import EnvConfig
from das_copy_trader.services.journal import Journal
from das_copy_trader.services.notification_service import NotificationService
from das_copy_trader.services.queued_actions import QueuedActions
from das_copy_trader.services.short_sales import ShortSales
from das_copy_trader.services.snapshots import Snapshots
from das_copy_trader.services.working_copies import WorkingCopies


@dataclass(frozen=True, slots=True)
class ApiContext:
    """The services behind the face."""

    env_config: EnvConfig
    system: CopySystem
    configuration: Configuration
    working_copies: WorkingCopies
    queued_actions: QueuedActions
    notifications: NotificationService
    snapshots: Snapshots
    journal: Journal
    short_sales: ShortSales
    alerts: AlertBook
    log_ring: LogRing
    log_files: LogFiles
    redactor: Redactor
    metrics: Metrics
    connection_tester: ConnectionTester
    clock: Clock
    tasks: TaskSupervisor
    pages: Path

    @property
    def settings(self) -> Settings:
        """The settings that are in force."""
        return self.env_config.settings


def context_of(connection: HTTPConnection) -> ApiContext:
    """The context of the app that serves this connection."""
    context = connection.app.state.context
    assert isinstance(context, ApiContext)
    return context
