"""One client's connection to a simulated platform: log-in, burst, answers, quotes.

The protocol itself is `protocol.connection` in the server's role: what may not be said there cannot be said here
either. Only faults write bytes past it.
"""

from typing import TYPE_CHECKING, Final

from das_copy_trader.protocol import commands as c
from das_copy_trader.protocol import messages as m
from das_copy_trader.protocol.connection import Connection, Role, State
from das_copy_trader.protocol.errors import RemoteProtocolError
from das_copy_trader.protocol.render import encode_line
from das_copy_trader.protocol.vocabulary import LINE_END, AckKind, DumpKind
from das_copy_trader.runtime.network import Link, LinkError
from das_copy_trader.simulator import texts
from das_copy_trader.simulator.faults import Mute, StallableLink
from das_copy_trader.simulator.limits import CommandLimits
from das_copy_trader.simulator.market import Instrument
from das_copy_trader.simulator.quotes import QuoteFeed
from das_copy_trader.simulator.switches import Breach

if TYPE_CHECKING:
    from das_copy_trader.simulator.platform import Platform

TRADING: Final = (
    c.NewOrder, c.Cancel, c.CancelAll, c.CancelAllSymbol, c.Replace, c.LocateNewOrder, c.LocateCancel,
    c.LocateOfferOperation,
)  # fmt: skip
_LOGGED_IN: Final = frozenset({State.LOGGED_IN, State.OPEN})
_WITHOUT_LOGIN: Final = (c.Login, c.Quit, c.Echo, c.CountClients, c.Help, c.UnknownCommand)


class Session:
    """Implements `LinkHandler`. `number` counts a platform's clients from 1."""

    def __init__(self, platform: "Platform", link: Link, number: int) -> None:
        self.number = number
        self.is_watch = False
        self._platform = platform
        self._link = link
        self._connection = Connection(Role.SERVER)
        self._limits = CommandLimits(platform.switches)
        self._quotes = QuoteFeed(platform.time_of_day, platform.switches.lv1_symbols)
        self._is_echoing = False
        self._glue: list[bytes] = []
        self._inquiries = 0
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
        if self._is_echoing:
            self.say(m.EchoReply(texts.command_text(command)))
        self._handle(command)

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

    def _say_glued(self, text: str) -> None:
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

    # --- commands ------------------------------------------------------------------------------------------------

    def _handle(self, command: c.Command) -> None:
        platform = self._platform
        if isinstance(command, TRADING) and (platform.faults.mute is Mute.ORDERS or not platform.is_order_server_up):
            return
        if not self.is_logged_in and not isinstance(command, _WITHOUT_LOGIN):
            return
        if not self._limits.admits(command, platform.now_s):
            self._breach(command)
            return
        match command:
            case c.Login():
                self._login(command)
            case c.NewOrder() | c.Cancel() | c.CancelAll() | c.CancelAllSymbol() | c.Replace():
                self._trade(command)
            case c.Get() | c.GetSymbol() | c.PosRefresh():
                self._query(command)
            case c.Subscribe() | c.Unsubscribe() | c.ReturnFullLv1():
                self._market_data(command)
            case c.MalformedCommand():
                self._malformed(command)
            case c.UnknownCommand():
                self.say_text(texts.INVALID_COMMAND)
            case _:
                self._locate_or_talk(command)

    def _login(self, command: c.Login) -> None:
        platform = self._platform
        if self.is_logged_in:
            return
        if platform.faults.refuses_login or not platform.knows(command):
            self.say(m.LoginRefused(texts.WRONG_PASSWORD))
            return
        self.is_watch = bool(command.watch)
        self.say(m.LoginAccepted())
        if not self.is_watch:
            self.say_all(platform.burst(), gap_s=platform.switches.burst_line_delay_s)

    def _trade(self, command: c.Command) -> None:
        platform = self._platform
        match command:
            case c.NewOrder():
                if not platform.is_sane(command):
                    self._malformed(c.MalformedCommand("NEWORDER", "NEWORDER", "beyond every bound"))
                    return
                self._ack(AckKind.SENDING)
                platform.enter(command)
            case c.Cancel():
                self._cancel([command.order_id], "CANCEL")
            case c.CancelAll():
                self._cancel([order.order_id for order in platform.venue.open_orders()], "")
            case c.CancelAllSymbol():
                self._cancel([order.order_id for order in platform.venue.open_orders(command.symbol.upper())], "")
            case c.Replace():
                self._replace(command)
            case _:
                pass

    def _cancel(self, order_ids: list[int], word: str) -> None:
        venue = self._platform.venue
        if word and not venue.is_open(order_ids[0]):
            self.say_text(texts.not_open(word))
            return
        self._ack(AckKind.CANCELING)
        for order_id in order_ids:
            venue.cancel(order_id)

    def _replace(self, command: c.Replace) -> None:
        platform = self._platform
        if platform.switches.replace_meaning == "unknown":
            self.say_text(texts.INVALID_COMMAND)
        elif not platform.is_sane(command):
            self._malformed(c.MalformedCommand("REPLACE", "REPLACE", "beyond every bound"))
        elif not platform.venue.is_open(command.order_id):
            self.say_text(texts.not_open("REPLACE"))
        else:
            self._ack(AckKind.REPLACING)
            platform.change(command)

    def _ack(self, kind: AckKind) -> None:
        if self._platform.switches.acks:
            self.say(m.CommandAck(kind), delay_s=self._platform.switches.ack_delay_s)

    def _malformed(self, command: c.MalformedCommand) -> None:
        words = command.text.split()
        if command.word == "GET" and len(words) > 1:
            self._say_glued(f"Format: GET {words[1]} Symbol")
        elif command.word == "NEWORDER" and self._platform.switches.malformed_neworder == "invalid_command":
            self.say_text(texts.INVALID_COMMAND)

    def _breach(self, command: c.Command) -> None:
        match self._platform.switches.breach:
            case Breach.CLOSE:
                self.close()
            case Breach.REJECT if isinstance(command, c.NewOrder):
                self._platform.refuse(command, texts.TOO_MANY)
            case Breach.REJECT:
                self.say_text(f"{texts.command_word(command)} Error : {texts.TOO_MANY}")
            case _:
                pass

    def _query(self, command: c.Command) -> None:
        platform = self._platform
        match command:
            case c.PosRefresh():
                self.say_all(platform.block(DumpKind.POSITIONS))
            case c.Get():
                self.say_all(platform.answer(command.what))
            case c.GetSymbol() if command.what.upper() == "SHORTINFO":
                self.say(platform.short_info(command.symbol))
            case c.GetSymbol() if not self._quotes.has(command.symbol):
                self._say_glued(f"GET {command.what} failed, please subscribe level1 data 1stly.")
            case c.GetSymbol():
                self.say(platform.symbol_answer(command.what, command.symbol))
            case _:
                pass

    def _market_data(self, command: c.Command) -> None:
        platform = self._platform
        match command:
            case c.ReturnFullLv1():
                self._quotes.is_always_full = command.is_on
            case c.Subscribe() if not platform.switches.market_data_permitted:
                self.say_text(texts.NO_PERMISSION)
            case c.Subscribe() if command.feed.upper() == "LV1":
                instrument = platform.market.instrument(command.symbol)
                if self._quotes.subscribe(instrument):
                    self.say_all([self._quotes.full(instrument), texts.price_band(instrument)])
            case c.Unsubscribe() if command.feed.upper() == "LV1":
                self._quotes.unsubscribe(command.symbol)
            case _:
                pass

    def on_quote(self, instrument: Instrument) -> None:
        """A subscribed quote moved."""
        patch = self._quotes.patch(instrument)
        if patch is not None and self.is_logged_in:
            self.say(patch)

    def _locate_or_talk(self, command: c.Command) -> None:
        platform = self._platform
        locates = platform.locates
        match command:
            case c.LocateInquire():
                self._inquiries += 1
                if platform.switches.crash_on_second_inquiry and self._inquiries > 1:
                    platform.crash()
                else:
                    locates.inquire(command)
            case c.LocateNewOrder():
                locates.order(command)
            case c.LocateCancel():
                if not locates.cancel(command.locate_id):
                    self.say_text(texts.not_open("SLCANCELORDER"))
            case c.LocateOfferOperation():
                locates.operate(command)
            case c.LocateAvailQuery():
                if platform.switches.locate_answers:
                    self.say(locates.available(command.symbol))
            case c.LocateReuseQuery():
                self.say_all(locates.reuse(command.symbol))
            case c.LocateRouteMinCharge():
                self.say_all(locates.min_charges(command.route))
            case _:
                self._talk(command)

    def _talk(self, command: c.Command) -> None:
        match command:
            case c.Echo():
                if command.turn_on is not None:
                    self._is_echoing = command.turn_on
                self.say(m.EchoReply("ECHO ON" if self._is_echoing else "ECHO OFF"))
            case c.CountClients():
                count = self._platform.client_count
                self.say(m.ClientCount(count, f"Client number {count}"))
            case c.Help():
                self.say_text(texts.HELP)
            case _:
                pass
