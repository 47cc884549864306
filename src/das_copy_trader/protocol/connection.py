"""One conversation with a platform, as a state table that both roles share.

How it works
  A `Connection` sits between a socket and its owner. Bytes from the socket go into `receive_data`, which hands out
  typed messages (client role) or commands (server role). What the owner wants to say goes into `send`, which hands out
  bytes. It never touches a socket, a clock or a task.

  The state is that of the conversation, not of a side: both sides see the same log-in, so one table serves a client
  and a platform's stand-in. Each event belongs to one speaker (`SPEAKER_BY_EVENT`); the role says whether it is ours
  or theirs.

Rule 1
  Everything that changes the state is in `TRANSITIONS`, and only `_advance` applies it.
Rule 2
  What we send has to be in the table, always: LocalProtocolError otherwise, and nothing has changed. What we receive
  is looked up only where it moves the state, since real platforms push what they like when they like, and commands
  that come too early are for the platform to refuse: all that is handed out and moves nothing. Two things break the
  connection: an acceptance of a log-in that is not under way while none has been accepted, and a line without an end.
Rule 3
  Then the state is ERROR for good. What came before the broken line is handed out first; the next call raises
  RemoteProtocolError, and so does every one after it.

Dumps
  Rows are pushed alone or stand between a header and an end line; the row itself does not tell. `open_dump` says which
  block is open behind the last line that was handed out. A new header gives up a block whose end never came; the owner
  may do so after a time with `give_up_dump` (das-cmd-api.md 1.4). The burst behind a log-in is over when the blocks of
  positions, orders and trades have ended. Builds of 2021 send no block of locate orders, so the state does not wait
  for it: `burst_blocks_ended` tells whether it came, and how long to wait for it is the owner's choice.
"""

from enum import StrEnum
from typing import Final

from das_copy_trader.protocol import commands as c
from das_copy_trader.protocol import messages as m
from das_copy_trader.protocol.errors import LocalProtocolError, RemoteProtocolError
from das_copy_trader.protocol.framing import MAX_LINE_BYTES, LineBuffer
from das_copy_trader.protocol.parse import ACK_BY_LINE, parse_line, parse_messages
from das_copy_trader.protocol.parse_command import parse_command
from das_copy_trader.protocol.render import encode_line, render_command, render_message
from das_copy_trader.protocol.vocabulary import DumpKind, ErrorKind


class Role(StrEnum):
    """Which side of the conversation we are."""

    CLIENT = "client"
    SERVER = "server"


class State(StrEnum):
    """Where the conversation stands."""

    CONNECTED = "connected"
    LOGIN_SENT = "login sent"
    LOGIN_REFUSED = "login refused"
    LOGGED_IN = "logged in"
    OPEN = "open"
    CLOSED = "closed"
    ERROR = "error"


class Event(StrEnum):
    """What moves the conversation, or is legal only at times."""

    LOGIN = "LOGIN"
    TRADE = "trading command"
    QUERY = "query"
    QUIT = "QUIT"
    LOGIN_ACCEPTED = "log-in accepted"
    LOGIN_REFUSED = "log-in refused"
    ROW = "row of the account"
    DUMP_BEGUN = "block begun"
    DUMP_ENDED = "block ended"
    BURST_ENDED = "burst over"
    TALK = "other message"
    END = "socket gone"
    NONSENSE = "broken line"


SPEAKER_BY_EVENT: Final[dict[Event, Role]] = {
    Event.LOGIN: Role.CLIENT,
    Event.TRADE: Role.CLIENT,
    Event.QUERY: Role.CLIENT,
    Event.QUIT: Role.CLIENT,
    Event.LOGIN_ACCEPTED: Role.SERVER,
    Event.LOGIN_REFUSED: Role.SERVER,
    Event.ROW: Role.SERVER,
    Event.DUMP_BEGUN: Role.SERVER,
    Event.DUMP_ENDED: Role.SERVER,
    Event.BURST_ENDED: Role.SERVER,
    Event.TALK: Role.SERVER,
}
"""Who says what; END and NONSENSE may come from either."""

_BEFORE_LOGIN: Final = {
    Event.QUERY: None,
    Event.TALK: None,
    Event.QUIT: State.CLOSED,
    Event.END: State.CLOSED,
    Event.NONSENSE: State.ERROR,
}
_LOGGED_IN: Final = {
    **_BEFORE_LOGIN,
    Event.TRADE: None,
    Event.ROW: None,
    Event.DUMP_BEGUN: None,
    Event.DUMP_ENDED: None,
}

TRANSITIONS: Final[dict[State, dict[Event, State | None]]] = {
    State.CONNECTED: {**_BEFORE_LOGIN, Event.LOGIN: State.LOGIN_SENT},
    State.LOGIN_SENT: {
        **_BEFORE_LOGIN,
        Event.LOGIN_ACCEPTED: State.LOGGED_IN,
        Event.LOGIN_REFUSED: State.LOGIN_REFUSED,
    },
    State.LOGIN_REFUSED: {**_BEFORE_LOGIN, Event.LOGIN: State.LOGIN_SENT},
    State.LOGGED_IN: {**_LOGGED_IN, Event.BURST_ENDED: State.OPEN},
    State.OPEN: _LOGGED_IN,
    State.CLOSED: {Event.NONSENSE: State.ERROR},
    State.ERROR: {},
}
"""State → event → next state; `None` is «legal, and nothing moves». What is missing is illegal."""

BURST_BLOCKS: Final = frozenset({DumpKind.POSITIONS, DumpKind.ORDERS, DumpKind.TRADES})
"""What every build sends behind a log-in (das-cmd-api.md 1.3)."""

_EVENT_BY_COMMAND: Final[dict[type[c.Command], Event]] = {
    c.Login: Event.LOGIN,
    c.Quit: Event.QUIT,
    c.NewOrder: Event.TRADE,
    c.Cancel: Event.TRADE,
    c.CancelAll: Event.TRADE,
    c.CancelAllSymbol: Event.TRADE,
    c.Replace: Event.TRADE,
    c.LocateInquire: Event.TRADE,
    c.LocateNewOrder: Event.TRADE,
    c.LocateCancel: Event.TRADE,
    c.LocateOfferOperation: Event.TRADE,
    # Made by the reader alone: sending one would be a bug of ours.
    c.UnknownCommand: Event.NONSENSE,
    c.MalformedCommand: Event.NONSENSE,
}
"""Every other command is a query: platforms answer some of them without a log-in (das-cmd-api.md 1.1, 1.2)."""

_EVENT_BY_MESSAGE: Final[dict[type[m.Message], Event]] = {
    m.LoginAccepted: Event.LOGIN_ACCEPTED,
    m.LoginRefused: Event.LOGIN_REFUSED,
    m.DumpBegun: Event.DUMP_BEGUN,
    m.DumpEnded: Event.DUMP_ENDED,
    m.CommandAck: Event.ROW,
    m.PosRow: Event.ROW,
    m.OrderRow: Event.ROW,
    m.OrderActRow: Event.ROW,
    m.TradeRow: Event.ROW,
    m.WatchTradeRow: Event.ROW,
    m.LocateReturn: Event.ROW,
    m.LocateOrderRow: Event.ROW,
}
"""Every other message is talk, legal at any time."""

_ROW_PREFIXES: Final = frozenset(b"%$")
# Members by name of their own: on the hot path a look-up in the class is felt.
_CLIENT: Final = Role.CLIENT
_QUERY: Final = Event.QUERY
_NONSENSE: Final = Event.NONSENSE


class Connection:
    """The protocol of one socket. `receive_data` and `send` are all there is to it; neither ever blocks."""

    __slots__ = ("_broken", "_burst_blocks_ended", "_lines", "_open_dump", "_role", "_state")

    def __init__(self, role: Role, max_line_bytes: int = MAX_LINE_BYTES) -> None:
        self._role = role
        self._state = State.CONNECTED
        self._lines = LineBuffer(max_line_bytes)
        self._open_dump: DumpKind | None = None
        self._burst_blocks_ended: frozenset[DumpKind] = frozenset()
        self._broken: str | None = None

    @property
    def role(self) -> Role:
        """Which side we are."""
        return self._role

    @property
    def state(self) -> State:
        """Where the conversation stands."""
        return self._state

    @property
    def open_dump(self) -> DumpKind | None:
        """The block that rows belong to at the moment, if one is open."""
        return self._open_dump

    @property
    def burst_blocks_ended(self) -> frozenset[DumpKind]:
        """Blocks that have ended since the log-in was accepted; LOCATES is missing on builds of 2021."""
        return self._burst_blocks_ended

    @property
    def pending_bytes(self) -> int:
        """Bytes of an unfinished line that are held; never more than the cap."""
        return self._lines.pending_bytes

    def give_up_dump(self) -> DumpKind | None:
        """Forget a block whose end line never came; the one that was open, if any."""
        given_up, self._open_dump = self._open_dump, None
        return given_up

    def close(self) -> None:
        """The socket is gone. An ERROR stays one."""
        if Event.END in TRANSITIONS[self._state]:
            self._advance(Event.END)

    # --- receiving -----------------------------------------------------------------------------------------------

    def receive_messages(self, chunk: bytes) -> list[m.Message]:
        """Messages that `chunk` completes (client role). Raises RemoteProtocolError."""
        if self._role is not Role.CLIENT:
            raise LocalProtocolError("A platform receives commands, not messages.")
        messages: list[m.Message] = []
        for line in self._received_lines(chunk):
            # Rows and acknowledgements move nothing; of these all followers' come back at once.
            if line[0] in _ROW_PREFIXES:
                messages.append(parse_line(line))
                continue
            if (ack := ACK_BY_LINE.get(line)) is not None:
                messages.append(ack)
                continue
            for heard in parse_messages(line):
                message = self._heard(heard)
                if self._broken is not None:
                    return self._handed_out_before(messages)
                messages.append(message)
        if self._lines.is_overlong:
            self._notice_overlong()
        return messages

    def receive_commands(self, chunk: bytes) -> list[c.Command]:
        """Commands that `chunk` completes (server role). Raises RemoteProtocolError."""
        if self._role is not Role.SERVER:
            raise LocalProtocolError("A client receives messages, not commands.")
        commands = [parse_command(line) for line in self._received_lines(chunk)]
        for command in commands:
            event = _EVENT_BY_COMMAND.get(type(command))
            if (event is Event.LOGIN or event is Event.QUIT) and event in TRANSITIONS[self._state]:
                self._advance(event)
        if self._lines.is_overlong:
            self._notice_overlong()
        return commands

    def receive_data(self, chunk: bytes) -> list[m.Message] | list[c.Command]:
        """Whatever `chunk` completes, by role. Raises RemoteProtocolError."""
        return self.receive_messages(chunk) if self._role is Role.CLIENT else self.receive_commands(chunk)

    def _received_lines(self, chunk: bytes) -> list[bytes]:
        if self._broken is not None:
            raise RemoteProtocolError(self._broken)
        try:
            return self._lines.feed(chunk)
        except RemoteProtocolError as error:
            self._break(str(error))
            raise

    def _notice_overlong(self) -> None:
        """An overlong line behind whole ones: those have been handed out by now."""
        self._break(self._lines.complaint)

    def _handed_out_before(self, messages: list[m.Message]) -> list[m.Message]:
        if not messages and self._broken is not None:
            raise RemoteProtocolError(self._broken)
        return messages

    def _break(self, reason: str) -> None:
        self._broken = reason
        if self._state is not State.ERROR:
            self._advance(Event.NONSENSE)

    def _heard(self, message: m.Message) -> m.Message:
        """Follow a line without `%` or `$`; the message to hand out, which the state may name better than the line."""
        kind = type(message)
        if (
            self._state is State.LOGIN_SENT
            and isinstance(message, m.ErrorReply)
            and message.kind is ErrorKind.COMMAND_FAILED
            and message.command is None
        ):
            # Any text that starts with ERROR refuses the log-in while one is under way (das-cmd-api.md 1.2).
            message = m.LoginRefused(message.text)
            kind = m.LoginRefused
        event = _EVENT_BY_MESSAGE.get(kind)
        if event is None or event is Event.ROW:
            return message
        if event is Event.LOGIN_ACCEPTED or event is Event.LOGIN_REFUSED:
            self._login_answered(event)
        elif isinstance(message, m.DumpBegun):
            self._open_dump = message.kind
        elif isinstance(message, m.DumpEnded):
            self._dump_ended(message.kind)
        return message

    def _login_answered(self, event: Event) -> None:
        if event in TRANSITIONS[self._state]:
            self._advance(event)
        elif event is Event.LOGIN_ACCEPTED and self._state in {State.CONNECTED, State.LOGIN_REFUSED}:
            self._break("The platform accepted a log-in that nobody asked for.")

    # --- sending -------------------------------------------------------------------------------------------------

    def send(self, said: m.Message | c.Command) -> bytes:
        """The bytes for the socket. Raises LocalProtocolError when it may not be said now; nothing has changed then."""
        return self.send_command(said) if isinstance(said, c.Command) else self.send_message(said)

    def send_command(self, command: c.Command) -> bytes:
        """The bytes of a command (client role). Raises LocalProtocolError; nothing has changed then."""
        event = _EVENT_BY_COMMAND.get(type(command), _QUERY)
        if self._role is not _CLIENT or event is _NONSENSE:
            raise LocalProtocolError(f"A {self._role.value} does not send {type(command).__name__}.")
        row = TRANSITIONS[self._state]
        if event not in row:
            raise self._refusal(event)
        line = encode_line(render_command(command))
        if row[event] is not None:
            self._advance(event)
        return line

    def send_message(self, message: m.Message) -> bytes:
        """The bytes of a message (server role). Raises LocalProtocolError; nothing has changed then."""
        if self._role is not Role.SERVER:
            raise LocalProtocolError(f"A {self._role.value} does not send {type(message).__name__}.")
        event = _EVENT_BY_MESSAGE.get(type(message), Event.TALK)
        if event not in TRANSITIONS[self._state]:
            raise self._refusal(event)
        if isinstance(message, m.DumpBegun):
            if self._open_dump is not None:
                raise LocalProtocolError(f"The block {self._open_dump.value} is still open; end it first.")
        elif isinstance(message, m.DumpEnded) and self._open_dump is not message.kind:
            raise LocalProtocolError(f"No block {message.kind.value} is open that could be ended.")
        line = encode_line(render_message(message))
        if isinstance(message, m.DumpBegun):
            self._open_dump = message.kind
        elif isinstance(message, m.DumpEnded):
            self._dump_ended(message.kind)
        else:
            self._advance(event)
        return line

    def _refusal(self, event: Event) -> LocalProtocolError:
        return LocalProtocolError(f"While the connection is «{self._state.value}», no {event.value} may be sent.")

    # --- the state -----------------------------------------------------------------------------------------------

    def _dump_ended(self, kind: DumpKind) -> None:
        if self._open_dump is kind:
            self._open_dump = None
        self._burst_blocks_ended |= {kind}
        if self._state is State.LOGGED_IN and self._burst_blocks_ended >= BURST_BLOCKS and self._open_dump is None:
            self._advance(Event.BURST_ENDED)

    def _advance(self, event: Event) -> None:
        following = TRANSITIONS[self._state][event]
        if following is None:
            return
        if following is State.LOGGED_IN:
            self._open_dump = None
            self._burst_blocks_ended = frozenset()
        self._state = following


def diagram() -> str:
    """The state table as a mermaid diagram; docs/PROTOCOL.md holds it word for word."""
    lines = ["stateDiagram-v2", f"    [*] --> {State.CONNECTED.name}"]
    for state, row in TRANSITIONS.items():
        events_by_next: dict[State, list[Event]] = {}
        for event, following in row.items():
            events_by_next.setdefault(following or state, []).append(event)
        for following, events in events_by_next.items():
            lines.append(f"    {state.name} --> {following.name}: {_arrow_label(events)}")
    lines += [f"    {State.CLOSED.name} --> [*]", f"    {State.ERROR.name} --> [*]"]
    return "\n".join(lines) + "\n"


def _arrow_label(events: list[Event]) -> str:
    """Who says it, and what: `client LOGIN`, `platform log-in accepted`."""
    speaker_by_role = {Role.CLIENT: "client", Role.SERVER: "platform", None: ""}
    labels = [f"{speaker_by_role[SPEAKER_BY_EVENT.get(event)]} {event.value}".strip() for event in events]
    return ", ".join(labels)
