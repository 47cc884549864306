"""Logs: structlog and the standard library meet in one queue; rendering and writing happen on the listener's thread.

A call on the event loop costs the making of one record. Secrets are taken out of the finished text, tracebacks too.
"""

import atexit
import json
import logging
import logging.handlers
import queue
import sys
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import Final
from urllib.parse import quote, quote_plus

import msgspec
import structlog
from structlog.typing import EventDict, Processor

RING_SIZE: Final = 2000
LOG_FILE_BYTES: Final = 20_000_000
LOG_FILE_COUNT: Final = 5
_SHOWN_APART: Final = frozenset({"event", "level", "logger", "timestamp", "exception"})
CHATTY_LIBRARIES: Final = {
    "aiosqlite": logging.INFO,
    "alembic": logging.WARNING,
    "asyncio": logging.INFO,
    "keyring": logging.INFO,
    "sqlalchemy": logging.WARNING,
    "uvicorn": logging.INFO,
    "websockets": logging.INFO,
}
"""What is worth reading of libraries begins at these levels: below it they write a page for each query and request."""
REDACTED: Final = "[secret]"
SHORTEST_SECRET: Final = 4
"""Shorter texts stand in too many words; taking them out would only garble the log."""


class LogEntry(msgspec.Struct, frozen=True):
    """One line of the log, as the screen shows it. `number` grows by one; `time` is UTC, ISO 8601."""

    number: int
    time: str
    level: str
    logger: str
    message: str


class Redactor:
    """Knows the secrets and takes them out of texts, in whatever way they are written there: as they are, inside JSON,
    as Python shows them, inside an address. Secrets are added as they become known.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: tuple[str, ...] = ()
        self.add(*secrets)

    def add(self, *secrets: str) -> None:
        """From now on these are taken out."""
        spelt = (form for text in secrets if len(text) >= SHORTEST_SECRET for form in _spellings(text))
        known = dict.fromkeys((*self._secrets, *spelt))
        self._secrets = tuple(sorted(known, key=len, reverse=True))

    def clean(self, text: str) -> str:
        """The text without secrets."""
        for secret in self._secrets:
            if secret in text:
                text = text.replace(secret, REDACTED)
        return text


def _spellings(secret: str) -> tuple[str, ...]:
    """How a secret with quotes, backslashes, percents or letters beyond ASCII looks where it was escaped."""
    return (
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
        quote(secret, safe=""),
        quote_plus(secret),
    )


class LogRing:
    """The newest log lines, for the screen. Bounded."""

    def __init__(self, size: int = RING_SIZE) -> None:
        self._entries: deque[LogEntry] = deque(maxlen=size)
        self._last_number = 0

    @property
    def last_number(self) -> int:
        """Number of the newest entry; 0 when there is none."""
        return self._last_number

    def append(self, time: str, level: str, logger: str, message: str) -> None:
        """Add a line; called from one thread alone."""
        self._last_number += 1
        self._entries.append(LogEntry(self._last_number, time, level, logger, message))

    def since(self, number: int) -> list[LogEntry]:
        """Entries newer than this number, oldest first."""
        return [entry for entry in list(self._entries) if entry.number > number]


class Logs:
    """The running log: `stop` writes out what waits."""

    def __init__(
        self, listener: logging.handlers.QueueListener, handlers: list[logging.Handler], folder: Path | None
    ) -> None:
        self._listener: logging.handlers.QueueListener | None = listener
        self._handlers = handlers
        self.folder = folder
        atexit.register(self.stop)

    def stop(self) -> None:
        """Write out what waits and close the files; idempotent."""
        if self._listener is None:
            return
        self._listener.stop()
        self._listener = None
        root = logging.getLogger()
        for handler in list(root.handlers):
            if isinstance(handler, _RecordQueueHandler):
                root.removeHandler(handler)
        for handler in self._handlers:
            handler.close()
        atexit.unregister(self.stop)


class _RecordQueueHandler(logging.handlers.QueueHandler):
    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        """Hand the record over as it is: the usual preparation would render it here, on the event loop."""
        return record


class _RedactingFormatter(logging.Formatter):
    def __init__(self, inner: logging.Formatter, redactor: Redactor) -> None:
        super().__init__()
        self._inner = inner
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        return self._redactor.clean(self._inner.format(record))


class _RingHandler(logging.Handler):
    def __init__(self, ring: LogRing) -> None:
        super().__init__()
        self._ring = ring

    def emit(self, record: logging.LogRecord) -> None:
        time = structlog.processors.TimeStamper(fmt="iso", utc=True)(None, "", {})["timestamp"]
        self._ring.append(str(time), record.levelname.casefold(), record.name, self.format(record))


def start_logging(
    *,
    level: str,
    redactor: Redactor,
    ring: LogRing,
    folder: Path | None,
    run_name: str = "run",
    keep_runs: int = 14,
    has_console: bool = True,
) -> Logs:
    """Send all logs to the console (if wanted), to `folder/<run_name>/das-copy-trader.log` and to the ring.

    Raises OSError when the folder cannot be written. Of earlier runs the newest `keep_runs` are kept.
    """
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    console = logging.StreamHandler(sys.stderr)
    console.setFormatter(_formatter(structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()), shared, redactor))
    ring_handler = _RingHandler(ring)
    ring_handler.setFormatter(_formatter(_render_message, shared, redactor))
    handlers: list[logging.Handler] = [console, ring_handler] if has_console else [ring_handler]
    if folder is not None:
        run_folder = folder / run_name
        run_folder.mkdir(parents=True, exist_ok=True)
        _forget_old_runs(folder, keep_runs)
        file = logging.handlers.RotatingFileHandler(
            run_folder / "das-copy-trader.log", maxBytes=LOG_FILE_BYTES, backupCount=LOG_FILE_COUNT, encoding="utf-8"
        )
        file.setFormatter(_formatter(structlog.processors.JSONRenderer(sort_keys=True), shared, redactor))
        handlers.append(file)
    records: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
    listener = logging.handlers.QueueListener(records, *handlers)
    logging.getLogger().addHandler(_RecordQueueHandler(records))
    set_level(level)
    listener.start()
    return Logs(listener, handlers, folder / run_name if folder is not None else None)


def set_level(level: str) -> None:
    """From now on only lines of this level and above are kept; of libraries nothing finer than is worth reading."""
    logging.getLogger().setLevel(level)
    for name, finest in CHATTY_LIBRARIES.items():
        logging.getLogger(name).setLevel(max(logging.getLogger().level, finest))


def _formatter(renderer: Processor, shared: list[Processor], redactor: Redactor) -> logging.Formatter:
    inner = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            renderer,
        ],
    )
    return _RedactingFormatter(inner, redactor)


def _render_message(_logger: object, _method: str, event: EventDict) -> str:
    """`event key=value …`, with a traceback's last line alone: the screen has no room for more."""
    fields = {name: value for name, value in event.items() if name not in _SHOWN_APART}
    parts = [str(event.get("event", "")), *(f"{name}={value}" for name, value in fields.items())]
    if exception := event.get("exception"):
        parts.append(str(exception).strip().rsplit("\n", 1)[-1])
    return " ".join(parts)


def _forget_old_runs(folder: Path, keep: int) -> None:
    runs = sorted((entry for entry in folder.iterdir() if entry.is_dir()), key=lambda entry: entry.name)
    for run in runs[: max(0, len(runs) - keep)]:
        for file in run.glob("das-copy-trader.log*"):
            file.unlink(missing_ok=True)
        if not any(run.iterdir()):
            run.rmdir()
