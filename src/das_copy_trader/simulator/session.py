"""One client's connection to a simulated platform: what comes over its link, and how it is spoken to.

What each command is answered is in `answers`. The protocol itself is `protocol.connection` in the server's role: what
may not be said there cannot be said here either. Only faults write bytes past it.
"""

from typing import TYPE_CHECKING, Final

from das_copy_trader.protocol import commands as c
from das_copy_trader.protocol import messages as m
from das_copy_trader.protocol.connection import Connection, Role, State
from das_copy_trader.protocol.errors import RemoteProtocolError
from das_copy_trader.protocol.render import encode_line
from das_copy_trader.protocol.vocabulary import LINE_END
from das_copy_trader.runtime.network import Link, LinkError
from das_copy_trader.simulator import texts
from das_copy_trader.simulator.answers import Answers
from das_copy_trader.simulator.faults import Mute, StallableLink
from das_copy_trader.simulator.market import Instrument

if TYPE_CHECKING:
    from das_copy_trader.simulator.platform import Platform

_LOGGED_IN: Final = frozenset({State.LOGGED_IN, State.OPEN})


class Session:
    """Implements `LinkHandler`. `number` counts a platform's clients from 1."""

    def __init__(self, platform: "Platform", link: Link, number: int) -> None:
        self.number = number
        self.is_watch = False
        self._platform = platform
        self._link = link
        self._connection = Connection(Role.SERVER)
        self._answers = Answers(self, platform)
        self._glue: list[bytes] = []
        if platform.faults.is_stalled:
            # Not from within the making of the link: it begins to read only after that.
            platform.after(0.0, self.take_up_stall)
        if platform.switches.greeting:
            for text in texts.GREETING:
                self.say(m.Banner(text))

    @property
    def is_logged_in(self) -> bool:
        """Whether it gets what the account tells."""
        return self._connection.state in _LOGGED_IN

    @property
    def is_open(self) -> bool:
        """Whether the link lives."""
        return self._link.is_open

    # --- the link ------------------------------------------------------------------------------------------------

    def on_received(self, chunk: bytes) -> None:
        """Bytes of the client."""
        try:
            # Line by line: what one command does to the conversation holds for the next one in the same bytes.
            for piece in chunk.splitlines(keepends=True):
                for command in self._connection.receive_commands(piece):
                    self._take(command)
                    self._platform.run_due()
        except RemoteProtocolError as error:
            self._platform.forget(self)
            self._link.abort(error)
            return
        self._flush_glue()

    def _take(self, command: c.Command) -> None:
        if not self._link.is_open:
            return
        self._platform.record(self.number, texts.command_text(command))
        if isinstance(command, c.Quit):
            self.close()
            return
        self._answers.take(command)

    def on_lost(self, cause: Exception | None) -> None:
        """The client is gone."""
        self._connection.close()
        self._platform.forget(self)

    def take_up_stall(self) -> None:
        """Read, or stop reading, as the faults say."""
        if isinstance(self._link, StallableLink):
            if self._platform.faults.is_stalled:
                self._link.stall()
            else:
                self._link.resume()

    def close(self) -> None:
        """End it in order."""
        self._link.close()

    def abort(self) -> None:
        """Cut it."""
        self._link.abort(LinkError("The simulated platform cut the connection."))

    # --- saying --------------------------------------------------------------------------------------------------

    def say(self, message: m.Message, *, delay_s: float = 0.0) -> None:
        """One message, now or later; nothing when the link is gone by then."""
        self._flush_glue()
        self.write(self._connection.send_message(message), delay_s=delay_s)

    def say_all(self, said: list[m.Message], *, gap_s: float = 0.0) -> None:
        """Several messages: in one piece, or with a pause before each."""
        self._flush_glue()
        if not gap_s:
            self.write(b"".join(self._connection.send_message(message) for message in said))
            return
        for place, message in enumerate(said):
            self.write(self._connection.send_message(message), delay_s=gap_s * (place + 1))

    def push(self, message: m.Message) -> None:
        """What the account tells all its clients."""
        if not self.is_logged_in:
            return
        seen = self._platform.writer.watched(message) if self.is_watch else message
        if seen is not None:
            self.say(seen)

    def say_text(self, text: str) -> None:
        """A line of plain text."""
        self._flush_glue()
        self.write(encode_line(text))

    def write(self, payload: bytes, *, delay_s: float = 0.0) -> None:
        """Raw bytes, later by the fault's delay."""
        if self._platform.faults.mute is Mute.ALL:
            return
        later_s = delay_s + self._platform.faults.answer_delay_s
        if later_s > 0:
            self._platform.after(later_s, lambda: self._write_now(payload))
        else:
            self._write_now(payload)

    def _write_now(self, payload: bytes) -> None:
        if not self._link.is_open or not payload:
            return
        try:
            self._link.send(payload)
        except LinkError:
            self._platform.forget(self)

    def say_glued(self, text: str) -> None:
        """An error reply without a line end (seen live, das-cmd-api.md 1.5); the last of a run may bring one."""
        if self._platform.switches.glued_errors:
            self._glue.append(encode_line(text).removesuffix(LINE_END))
        else:
            self.say_text(text)

    def _flush_glue(self) -> None:
        if self._glue:
            payload = b"".join(self._glue) + (LINE_END if self._platform.switches.error_line_ends else b"")
            self._glue.clear()
            self.write(payload)

    def on_quote(self, instrument: Instrument) -> None:
        """A quote moved; told if this client has subscribed to it."""
        self._answers.on_quote(instrument)
