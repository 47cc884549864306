"""What a simulated platform answers to each command of one client (das-cmd-api.md 1.2-1.6, 2)."""

from typing import TYPE_CHECKING, Final

from das_copy_trader.protocol import commands as c
from das_copy_trader.protocol import messages as m
from das_copy_trader.protocol.vocabulary import AckKind, DumpKind
from das_copy_trader.simulator import texts
from das_copy_trader.simulator.faults import Mute
from das_copy_trader.simulator.limits import CommandLimits
from das_copy_trader.simulator.market import Instrument
from das_copy_trader.simulator.quotes import QuoteFeed
from das_copy_trader.simulator.switches import Breach

if TYPE_CHECKING:
    from das_copy_trader.simulator.platform import Platform
    from das_copy_trader.simulator.session import Session

TRADING: Final = (
    c.NewOrder, c.Cancel, c.CancelAll, c.CancelAllSymbol, c.Replace, c.LocateNewOrder, c.LocateCancel,
    c.LocateOfferOperation,
)  # fmt: skip
_WITHOUT_LOGIN: Final = (c.Login, c.Quit, c.Echo, c.CountClients, c.Help, c.UnknownCommand)


class Answers:
    """Knows what one client has asked for so far: its limits, its quotes, whether it wants an echo."""

    def __init__(self, session: "Session", platform: "Platform") -> None:
        self._session = session
        self._platform = platform
        self._limits = CommandLimits(platform.switches)
        self._quotes = QuoteFeed(platform.time_of_day, platform.switches.lv1_symbols)
        self._is_echoing = False
        self._inquiries = 0

    def take(self, command: c.Command) -> None:
        """Do what a command says, and answer as the platform would."""
        if self._is_echoing:
            self._say(m.EchoReply(texts.command_text(command)))
        platform = self._platform
        if isinstance(command, TRADING) and (platform.faults.mute is Mute.ORDERS or not platform.is_order_server_up):
            return
        if not self._session.is_logged_in and not isinstance(command, _WITHOUT_LOGIN):
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
                self._session.say_text(texts.INVALID_COMMAND)
            case _:
                self._locate_or_talk(command)

    def _login(self, command: c.Login) -> None:
        platform = self._platform
        if self._session.is_logged_in:
            return
        if platform.faults.refuses_login or not platform.knows(command):
            self._say(m.LoginRefused(texts.WRONG_PASSWORD))
            return
        self._session.is_watch = bool(command.watch)
        self._say(m.LoginAccepted())
        if not self._session.is_watch:
            self._session.say_all(platform.burst(), gap_s=platform.switches.burst_line_delay_s)

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
            self._session.say_text(texts.not_open(word))
            return
        self._ack(AckKind.CANCELING)
        for order_id in order_ids:
            venue.cancel(order_id)

    def _replace(self, command: c.Replace) -> None:
        platform = self._platform
        if platform.switches.replace_meaning == "unknown":
            self._session.say_text(texts.INVALID_COMMAND)
        elif not platform.is_sane(command):
            self._malformed(c.MalformedCommand("REPLACE", "REPLACE", "beyond every bound"))
        elif not platform.venue.is_open(command.order_id):
            self._session.say_text(texts.not_open("REPLACE"))
        else:
            self._ack(AckKind.REPLACING)
            platform.change(command)

    def _ack(self, kind: AckKind) -> None:
        if self._platform.switches.acks:
            self._say(m.CommandAck(kind), delay_s=self._platform.switches.ack_delay_s)

    def _malformed(self, command: c.MalformedCommand) -> None:
        words = command.text.split()
        if command.word == "GET" and len(words) > 1:
            self._session.say_glued(f"Format: GET {words[1]} Symbol")
        elif command.word == "NEWORDER" and self._platform.switches.malformed_neworder == "invalid_command":
            self._session.say_text(texts.INVALID_COMMAND)

    def _breach(self, command: c.Command) -> None:
        match self._platform.switches.breach:
            case Breach.CLOSE:
                self._session.close()
            case Breach.REJECT if isinstance(command, c.NewOrder):
                self._platform.refuse(command, texts.TOO_MANY)
            case Breach.REJECT:
                self._session.say_text(f"{texts.command_word(command)} Error : {texts.TOO_MANY}")
            case _:
                pass

    def _query(self, command: c.Command) -> None:
        platform = self._platform
        match command:
            case c.PosRefresh():
                self._session.say_all(platform.block(DumpKind.POSITIONS))
            case c.Get():
                self._session.say_all(platform.answer(command.what))
            case c.GetSymbol() if command.what.upper() == "SHORTINFO":
                self._say(platform.short_info(command.symbol))
            case c.GetSymbol() if not self._quotes.has(command.symbol):
                self._session.say_glued(f"GET {command.what} failed, please subscribe level1 data 1stly.")
            case c.GetSymbol():
                self._say(platform.symbol_answer(command.what, command.symbol))
            case _:
                pass

    def _market_data(self, command: c.Command) -> None:
        platform = self._platform
        match command:
            case c.ReturnFullLv1():
                self._quotes.is_always_full = command.is_on
            case c.Subscribe() if not platform.switches.market_data_permitted:
                self._session.say_text(texts.NO_PERMISSION)
            case c.Subscribe() if command.feed.upper() == "LV1":
                instrument = platform.market.instrument(command.symbol)
                if self._quotes.subscribe(instrument):
                    self._session.say_all([self._quotes.full(instrument), texts.price_band(instrument)])
            case c.Unsubscribe() if command.feed.upper() == "LV1":
                self._quotes.unsubscribe(command.symbol)
            case _:
                pass

    def on_quote(self, instrument: Instrument) -> None:
        """A subscribed quote moved."""
        patch = self._quotes.patch(instrument)
        if patch is not None and self._session.is_logged_in:
            self._say(patch)

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
                    self._session.say_text(texts.not_open("SLCANCELORDER"))
            case c.LocateOfferOperation():
                locates.operate(command)
            case c.LocateAvailQuery():
                if platform.switches.locate_answers:
                    self._say(locates.available(command.symbol))
            case c.LocateReuseQuery():
                self._session.say_all(locates.reuse(command.symbol))
            case c.LocateRouteMinCharge():
                self._session.say_all(locates.min_charges(command.route))
            case _:
                self._talk(command)

    def _talk(self, command: c.Command) -> None:
        match command:
            case c.Echo():
                if command.turn_on is not None:
                    self._is_echoing = command.turn_on
                self._say(m.EchoReply("ECHO ON" if self._is_echoing else "ECHO OFF"))
            case c.CountClients():
                count = self._platform.client_count
                self._say(m.ClientCount(count, f"Client number {count}"))
            case c.Help():
                self._session.say_text(texts.HELP)
            case _:
                pass

    def _say(self, message: m.Message, *, delay_s: float = 0.0) -> None:
        self._session.say(message, delay_s=delay_s)
