"""One session with a platform: one link, one log-in, one end. A reconnect makes a new one, so nothing is half reset.

The phases, as a session walks through them:

    CONNECTING → LOGGING_IN → SYNCING → READY ⇄ DEGRADED
         └──────────┴───────────┴─────────┴───────┴──→ ENDED or REFUSED, once, with the first cause

READY is told when the lists behind the log-in have come whole. Every wait has a limit, and running out of it is an end
with a sentence. `end` is the one clean-up: idempotent, the first cause counts, every open question fails with it.
"""

import asyncio
from collections.abc import Callable
from datetime import date
from typing import Protocol

import msgspec

from das_copy_trader.client.echo import EchoWatch
from das_copy_trader.client.endpoint import AccountEndpoint, SessionPolicy
from das_copy_trader.client.errors import NotConnected, QueryRefused, SessionLost
from das_copy_trader.client.intake import Intake
from das_copy_trader.client.line_counts import LineCounts
from das_copy_trader.client.lists import BURST_LISTS, GET_BY_LIST, NAME_BY_LIST, RESYNC_LISTS, ListLedger
from das_copy_trader.client.mirror import AccountMirror
from das_copy_trader.client.phases import Phase, SessionEnd
from das_copy_trader.client.queries import QueryBook, QueryKind
from das_copy_trader.client.questions import QUERY_BY_LIST, SENDABLE, LocateAnswers, LocateListener, question
from das_copy_trader.client.quotes import QuoteBoard
from das_copy_trader.client.trace import LineTrace
from das_copy_trader.protocol import commands as c
from das_copy_trader.protocol import messages as m
from das_copy_trader.protocol.connection import Connection, Role
from das_copy_trader.protocol.errors import LocalProtocolError, RemoteProtocolError
from das_copy_trader.protocol.vocabulary import DumpKind, ErrorKind, ServerName
from das_copy_trader.runtime.clock import Clock
from das_copy_trader.runtime.network import ConnectFailed, Link, LinkClosed, LinkError, LinkStalled, Network


class LinkUser(Protocol):
    """Who trades over a session's link while it is ready."""

    def attach(self, link: Link, on_broken: Callable[[LinkError], None]) -> None:
        """The account can trade. `on_broken` is to be called when the link breaks in a write."""

    def detach(self, reason: str) -> None:
        """The account cannot trade any more; idempotent."""

    def has_recent_command(self) -> bool:
        """Whether an error text without a name may be about a trading command."""


class SessionHost(Protocol):
    """Whose session it is."""

    def take_phase(self, phase: Phase, reason: str) -> None:
        """Keep the phase; nobody is told yet."""

    def tell_phase(self) -> None:
        """Tell the phase that was kept."""

    def on_command_refused(self, command: str | None, text: str) -> None:
        """A trading command was refused; which one is not said."""


class SessionParts(msgspec.Struct, frozen=True):
    """What a session is given by its account and leaves behind for the next one."""

    endpoint: AccountEndpoint
    policy: SessionPolicy
    clock: Clock
    mirror: AccountMirror
    lines: LineCounts
    quotes: QuoteBoard
    trading_day: Callable[[], date]
    link_user: LinkUser | None = None
    trace: LineTrace | None = None
    locates: LocateListener | None = None


class ClientSession:
    """See the module. Single use: `run` once."""

    def __init__(self, parts: SessionParts, host: SessionHost) -> None:
        self._loop = asyncio.get_running_loop()
        self._now_s = self._loop.time
        self._endpoint, self._policy, self._clock = parts.endpoint, parts.policy, parts.clock
        self._mirror, self._lines, self._quotes = parts.mirror, parts.lines, parts.quotes
        self._link_user, self._trace, self._trading_day = parts.link_user, parts.trace, parts.trading_day
        self._host = host
        self._intake = Intake(parts.mirror, parts.quotes)
        self._connection = Connection(Role.CLIENT)
        self._link: Link | None = None
        self._phase = Phase.CONNECTING
        self._end: SessionEnd | None = None
        self._done = asyncio.Event()
        self._lists = ListLedger()
        self._is_order_server_down = False
        self._ready_at_s: float | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._list_deadline: asyncio.TimerHandle | None = None
        self._echo_timer: asyncio.TimerHandle | None = None
        self._unreadable_before = parts.lines.unknown + parts.lines.malformed
        self.last_received_s: float | None = None
        self.echo = EchoWatch(parts.policy.echo_timeout_s)
        self.queries = QueryBook(self._ask, parts.policy.query_timeout_s)
        self._handlers: dict[type[m.Message], Callable[..., None]] = {
            **self._intake.handler_by_type,
            **LocateAnswers(self.queries, parts.locates, parts.endpoint.account_id).handler_by_type,
            m.LoginAccepted: self._on_login_accepted,
            m.LoginRefused: self._on_login_refused,
            m.DumpBegun: self._on_list_begun,
            m.DumpEnded: self._on_list_ended,
            m.ErrorReply: self._on_error_reply,
            m.ServerStatus: self._on_server_status,
            m.EchoReply: self._on_echo_reply,
            m.ClientCount: self._on_client_count,
            m.BuyingPower: self._on_buying_power,
            m.ShortInfo: self._on_short_info,
            m.Unknown: self._on_unknown,
            m.Malformed: self._on_malformed,
        }

    # --- life ----------------------------------------------------------------------------------------------------

    async def run(self, network: Network) -> SessionEnd:
        """Connect, log in and live until the end; the end is returned, never raised."""
        address = self._endpoint
        try:
            link = await network.connect(
                address.host, address.port, self._adopt, timeout_s=self._policy.connect_timeout_s
            )
        except ConnectFailed as error:
            self.end(str(error))
        else:
            if self.is_over:
                link.close()
            else:
                self._log_in()
        await self._done.wait()
        assert self._end is not None
        return self._end

    def _adopt(self, link: Link) -> "ClientSession":
        self._link = link
        return self

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self._end is not None

    def end(self, reason: str, *, is_refused: bool = False) -> None:
        """End the session. The first cause counts; every open question fails with it."""
        if self._end is not None:
            return
        ready_for_s = 0.0 if self._ready_at_s is None else self._now_s() - self._ready_at_s
        reason = self._endpoint.redact(reason)
        self._end = SessionEnd(reason, is_refused, ready_for_s)
        for timer in (self._deadline, self._list_deadline, self._echo_timer):
            if timer is not None:
                timer.cancel()
        self._mirror.mark_incomplete()
        self._connection.close()
        if self._link is not None:
            self._link.close()
        self._done.set()
        self.queries.fail_all(SessionLost(reason))
        self._enter(Phase.REFUSED if is_refused else Phase.ENDED, reason)

    def _enter(self, phase: Phase, reason: str) -> None:
        self._phase = phase
        self._host.take_phase(phase, reason)
        if self._link_user is not None:
            if phase is Phase.READY and self._link is not None:
                self._link_user.attach(self._link, self._on_broken)
            else:
                self._link_user.detach(reason)
        self._host.tell_phase()

    def _on_broken(self, error: LinkError) -> None:
        """The link broke under a trading command: no more goes out now, the rest follows in the next loop turn.

        The engine is in the middle of a pass over its followers then, and must not be called back into.
        """
        self._host.take_phase(Phase.ENDED, str(error))
        self._loop.call_soon(self.end, str(error))

    # --- the link ------------------------------------------------------------------------------------------------

    def on_received(self, chunk: bytes) -> None:
        """Bytes came: every message is applied before this returns."""
        if self.is_over:
            return
        self.last_received_s = self._now_s()
        if self._trace is not None:
            self._trace.note_received(chunk, self.last_received_s)
        try:
            messages = self._connection.receive_messages(chunk)
        except RemoteProtocolError as error:
            self.end(f"{error} It may not be a DAS CMD API port; check host and port ({self._endpoint.address}).")
            return
        handlers = self._handlers
        for message in messages:
            handler = handlers.get(type(message))
            if handler is not None:
                handler(message)
                if self._end is not None:
                    return

    def on_lost(self, cause: Exception | None) -> None:
        """The link is gone."""
        if cause is None:
            self.end(f"The platform at {self._endpoint.address} closed the connection.{self._nonsense_note()}")
        elif isinstance(cause, LinkError):
            self.end(str(cause))
        else:
            self.end(f"An internal error ended the connection: {type(cause).__name__}: {cause}")

    def _send(self, command: c.Command) -> None:
        """Put a command of the session's own on the wire. Raises NotConnected."""
        if self._link is None or self._end is not None:
            raise NotConnected(f"The account is not connected to {self._endpoint.address}.")
        assert isinstance(command, SENDABLE), command
        payload = self._connection.send_command(command)
        if self._trace is not None:
            self._trace.note_sent(payload, self._now_s())
        try:
            self._link.send(payload)
        except (LinkStalled, LinkClosed) as error:
            self._loop.call_soon(self.end, str(error))
            raise NotConnected(str(error)) from error

    def _ask(self, kind: QueryKind, subject: str) -> None:
        """Put a question on the wire. Raises NotConnected."""
        if self._phase not in (Phase.READY, Phase.DEGRADED):
            raise NotConnected(f"The account is not ready: it is {self._phase.name.lower()}.")
        for dump, query in QUERY_BY_LIST.items():
            if query is kind and dump in RESYNC_LISTS:
                self._want_list(dump)
                return
        self._send(question(kind, subject, self._endpoint.account_id))

    def _say(self, command: c.Command) -> None:
        """Send without caring for the outcome: a link that is gone ends the session by itself."""
        try:
            self._send(command)
        except NotConnected:
            return

    # --- log-in --------------------------------------------------------------------------------------------------

    def _log_in(self) -> None:
        endpoint = self._endpoint
        self._enter(Phase.LOGGING_IN, f"Connected to {endpoint.address}, logging in as {endpoint.username}.")
        self._deadline = self._loop.call_later(self._policy.login_timeout_s, self._on_login_unanswered)
        try:
            self._say(c.Login(endpoint.username, endpoint.password, endpoint.account_id))
        except LocalProtocolError as error:
            self.end(f"The log-in cannot be sent. {error} Correct the account's settings.", is_refused=True)

    def _on_login_unanswered(self) -> None:
        self.end(
            f"{self._endpoint.address} did not answer the log-in within {self._policy.login_timeout_s:g} s."
            f"{self._nonsense_note()} Check that DAS Trader Pro is logged in there and its CMD API is on."
        )

    def _nonsense_note(self) -> str:
        count = self._unreadable()
        if not count or self._phase is not Phase.LOGGING_IN:
            return ""
        return f" It said {count} lines that are not DAS's, for example {self._lines.last_sample!r}."

    def _unreadable(self) -> int:
        return self._lines.unknown + self._lines.malformed - self._unreadable_before

    def _on_login_refused(self, message: m.LoginRefused) -> None:
        self.end(
            f"The platform refused the log-in ({message.text.strip()}). Check user name, password and account number.",
            is_refused=True,
        )

    def _on_login_accepted(self, _: m.LoginAccepted) -> None:
        self._set_deadline(self._policy.burst_timeout_s, self._on_burst_unfinished)
        self._mirror.begin_session(self._trading_day())
        self._lists.expect(BURST_LISTS)
        self._list_deadline = self._loop.call_later(self._policy.burst_quiet_s, self._ask_for_missing)
        self._enter(Phase.SYNCING, "Logged in, reading positions, orders and trades.")

    def _ask_for_missing(self) -> None:
        """Lists that did not come by themselves are asked for, once the platform has fallen silent."""
        wait_s = (self.last_received_s or 0.0) + self._policy.burst_quiet_s - self._now_s()
        if wait_s > 0:
            self._list_deadline = self._loop.call_later(wait_s, self._ask_for_missing)
            return
        for kind in self._lists.due:
            self._say(c.Get(GET_BY_LIST[kind]))

    def _on_burst_unfinished(self) -> None:
        if self._phase is Phase.SYNCING and not self._lists.is_due:
            self._lists.give_up(DumpKind.LOCATES)  # its rows count; what it lacks makes a locate dearer, not wrong
            self._finish_burst()
            return
        self.end(
            f"The platform did not finish its lists within {self._policy.burst_timeout_s:g} s; missing: "
            f"{self._lists.missing()}. Connecting again."
        )

    def _set_deadline(self, after_s: float, callback: Callable[[], None]) -> None:
        self._clear_deadline()
        self._deadline = self._loop.call_later(after_s, callback)

    def _clear_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    # --- lists ---------------------------------------------------------------------------------------------------

    def _on_list_begun(self, message: m.DumpBegun) -> None:
        self._lists.begin(message.kind)
        self._intake.begin_list(message.kind)
        if self._phase is not Phase.SYNCING:
            self._set_list_deadline(self._policy.burst_timeout_s, message.kind)
        elif message.kind is DumpKind.LOCATES and not self._lists.is_due:
            # The grace for builds without this list ran; it has begun, so its end is waited for.
            self._set_deadline(self._policy.burst_timeout_s, self._on_burst_unfinished)

    def _on_list_ended(self, message: m.DumpEnded) -> None:
        kind = message.kind
        if not self._lists.end(kind):
            return
        self._intake.end_list(kind)
        if self._phase is Phase.SYNCING:
            self._follow_burst(kind)
            return
        is_wanted_again = self._lists.settle(kind)
        self._watch_next_list()
        if kind in QUERY_BY_LIST:
            self.queries.answer(QUERY_BY_LIST[kind], None)
        if is_wanted_again:
            self._want_list(kind)
        if self._phase is Phase.DEGRADED and not self._is_order_server_down and not self._lists.is_due:
            self._become_ready("The order server is back and the account was read again.")

    def _follow_burst(self, kind: DumpKind) -> None:
        if self._lists.is_due:
            return
        if kind is DumpKind.LOCATES:
            self._finish_burst()
        else:
            self._set_deadline(self._policy.locate_grace_s, self._finish_burst)

    def _finish_burst(self) -> None:
        self._clear_deadline()
        self._watch_next_list()
        self._ready_at_s = self._now_s()
        if self._is_order_server_down:
            self._enter(Phase.DEGRADED, "Logged in, but the platform has no link to its order server.")
        else:
            self._become_ready("Logged in, all lists read.")
        if not self.is_over:
            for symbol in self._quotes.symbols:
                self._say(c.Subscribe(symbol, "Lv1"))
            self._tick()

    def _become_ready(self, reason: str) -> None:
        self._clear_deadline()
        self._mirror.complete()
        self._enter(Phase.READY, reason)

    def _want_list(self, kind: DumpKind) -> None:
        """Have a list read again; one at a time, and one more when it is wanted again meanwhile."""
        if self._lists.ask(kind):
            self._say(c.Get(GET_BY_LIST[kind]))
            if self._list_deadline is None:
                self._set_list_deadline(self._policy.read_back_timeout_s, kind)

    def _set_list_deadline(self, after_s: float, kind: DumpKind) -> None:
        if self._list_deadline is not None:
            self._list_deadline.cancel()
        self._list_deadline = self._loop.call_later(after_s, self._on_list_unfinished, kind)

    def _watch_next_list(self) -> None:
        """A list has come: the limit is now for the next one that was asked for, if any."""
        if self._list_deadline is not None:
            self._list_deadline.cancel()
            self._list_deadline = None
        following = self._lists.next_asked()
        if following is not None:
            self._set_list_deadline(self._policy.read_back_timeout_s, following)

    def _on_list_unfinished(self, kind: DumpKind) -> None:
        if kind is DumpKind.LOCATES:
            # Not every platform knows this list or answers (das-cmd-api.md 1.3, 5.2): no reason to end the link.
            self._lists.give_up(kind)
            self._watch_next_list()
            return
        self.end(f"The platform did not send its list of {NAME_BY_LIST[kind]} whole in time. Connecting again.")

    def read_back(self) -> None:
        """Have the order list read again; nothing happens while the account is not connected."""
        if self._phase in (Phase.READY, Phase.DEGRADED):
            self._want_list(DumpKind.ORDERS)

    # --- the platform's own troubles -----------------------------------------------------------------------------

    def _on_server_status(self, message: m.ServerStatus) -> None:
        if message.server is not ServerName.ORDER or message.is_up is None:
            return
        if not message.is_up:
            self._is_order_server_down = True
            if self._phase is Phase.READY or (self._phase is Phase.DEGRADED and self._deadline is not None):
                self._clear_deadline()
                self._mirror.mark_incomplete()
                self._enter(
                    Phase.DEGRADED,
                    f"The platform lost its order server ({message.text.lstrip('#').strip()}); nothing can be sent.",
                )
        elif self._is_order_server_down:
            self._is_order_server_down = False
            if self._phase is Phase.DEGRADED:
                self._resync()
        elif self._phase is Phase.READY:
            for kind in RESYNC_LISTS:  # it was lost before this session began: nobody told what happened meanwhile
                self._want_list(kind)

    def _resync(self) -> None:
        """The order server is back: what happened meanwhile is read before anything is sent."""
        self._enter(Phase.DEGRADED, "The order server is back, reading positions and orders again.")
        self._lists.expect(RESYNC_LISTS)
        self._set_deadline(self._policy.burst_timeout_s, self._on_burst_unfinished)
        for kind in RESYNC_LISTS:
            self._want_list(kind)

    def _on_error_reply(self, message: m.ErrorReply) -> None:
        text = message.text.strip()
        if message.kind in (ErrorKind.ORDER_NOT_OPEN, ErrorKind.COMMAND_FAILED):
            self._host.on_command_refused(message.command, text)
            self.read_back()
            return
        has_recent = self._link_user is not None and self._link_user.has_recent_command()
        if message.kind is ErrorKind.INVALID_COMMAND:
            if has_recent:
                self._host.on_command_refused(None, text)
                self.read_back()
            elif self.echo.note_answer(self._now_s()):
                return  # a platform that does not know ECHO is as alive as one that does
        self.queries.refuse_only(QueryRefused(f"The platform refused: {text}"))

    # --- proof of life -------------------------------------------------------------------------------------------

    def _tick(self) -> None:
        now_s, last_s = self._now_s(), self.last_received_s or 0.0
        if self.echo.is_dead(now_s, last_s):
            self.end(
                f"The platform at {self._endpoint.address} has been silent for {self._policy.echo_timeout_s:g} s"
                " after a question; the link is taken for dead. Connecting again."
            )
            return
        if self.echo.is_due(now_s, last_s):
            self.echo.note_sent(now_s)
            self._say(c.Echo())
        if not self.is_over:
            self._echo_timer = self._loop.call_later(self._policy.echo_interval_s, self._tick)

    def _on_echo_reply(self, _: m.EchoReply) -> None:
        self.echo.note_answer(self._now_s())

    # --- answers -------------------------------------------------------------------------------------------------

    def _on_client_count(self, message: m.ClientCount) -> None:
        self.queries.answer(QueryKind.CLIENT_COUNT, message.count)

    def _on_buying_power(self, message: m.BuyingPower) -> None:
        self._intake.on_buying_power(message)
        self.queries.answer(QueryKind.BUYING_POWER, self._mirror.buying_power)

    def _on_short_info(self, message: m.ShortInfo) -> None:
        self._intake.on_short_info(message)
        self.queries.answer(QueryKind.SHORT_INFO, None, message.symbol)

    def _on_unknown(self, message: m.Unknown) -> None:
        self._lines.note_unknown(message)
        self._judge_nonsense()

    def _on_malformed(self, message: m.Malformed) -> None:
        self._lines.note_malformed(message)
        self._judge_nonsense()

    def _judge_nonsense(self) -> None:
        if self._phase is Phase.LOGGING_IN and self._unreadable() > self._policy.nonsense_lines_max:
            self.end(f"{self._endpoint.address} is no DAS CMD API port.{self._nonsense_note()} Check host and port.")

    def subscribe(self, symbol: str, *, is_on: bool) -> None:
        """Ask for a symbol's level 1 quotes, or end them; on a session that is not ready the next one does it."""
        if self._phase in (Phase.READY, Phase.DEGRADED):
            self._say(c.Subscribe(symbol, "Lv1") if is_on else c.Unsubscribe(symbol, "Lv1"))
