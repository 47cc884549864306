"""DAS as a text plays it: logs the product in, answers its small talk, and keeps what it is told to trade."""

from collections import deque
from typing import Final

from das_copy_trader.protocol.framing import LineBuffer
from das_copy_trader.protocol.vocabulary import END_LINE_BY_DUMP, HEADER_BY_DUMP, DumpKind
from das_copy_trader.runtime.network import Link, LinkHandler

HOST: Final = "127.0.0.1"
_TRADING_WORDS: Final = (
    "NEWORDER", "CANCEL", "REPLACE", "SLPRICEINQUIRE", "SLNEWORDER", "SLCANCELORDER", "SLOFFEROPERATION", "SCRIPT",
    "COMPLEXORDER",
)  # fmt: skip
SHORTABLE: Final = "Y 1000000000 Y 0 0 N N"
_KIND_BY_QUERY: Final = {
    "GET POSITIONS": DumpKind.POSITIONS,
    "POSREFRESH": DumpKind.POSITIONS,
    "GET ORDERS": DumpKind.ORDERS,
    "GET TRADES": DumpKind.TRADES,
    "GET LOCATES": DumpKind.LOCATES,
}
_KIND_BY_ROW: Final = {
    "%POS": DumpKind.POSITIONS,
    "%ORDER": DumpKind.ORDERS,
    "%TRADE": DumpKind.TRADES,
    "%SLORDER": DumpKind.LOCATES,
}


class ScriptedPlatform:
    """One platform with one account. Rows it ever said come again in its lists, the newest of each id.

    `said` holds the trading commands that the product sent and that no line of the text has taken yet.
    """

    def __init__(self, name: str, port: int) -> None:
        self.name = name
        self.port = port
        self.said: deque[str] = deque()
        self.link: Link | None = None
        self.is_silent = False
        self.refuses_login = False
        self.login_count = 0
        self.short_info: dict[str, str] = {}
        self.available: dict[str, int] = {}
        self.used_once: list[str] = []
        self.minimum_charge: dict[str, str] = {}
        self.muted: list[str] = []
        """Beginnings of commands that it does not answer."""
        self.unknown: list[str] = []
        """Beginnings of commands that it does not know."""
        self.marks_locates = True
        """Whether its list of locate orders has a first and a last line."""
        self._rows: dict[DumpKind, dict[str, str]] = {kind: {} for kind in DumpKind}

    def visit(self, link: Link) -> LinkHandler:
        """Somebody connects."""
        return _Visit(self, link)

    def say(self, line: str) -> None:
        """Say a line to whoever is connected, and remember it if it is a row."""
        self.remember(line)
        self.say_raw(line.encode("latin-1") + b"\r\n")

    def say_raw(self, payload: bytes) -> None:
        """Say bytes as they are."""
        if self.link is None or not self.link.is_open:
            raise AssertionError(f"nobody is connected to {self.name}")
        self.link.send(payload)

    def remember(self, line: str) -> None:
        """Have a row in the lists from now on."""
        words = line.split()
        kind = _KIND_BY_ROW.get(words[0].upper()) if words else None
        if kind is not None and len(words) > 1:
            self._rows[kind][words[1]] = line

    def forget_rows(self) -> None:
        """A new day at the platform: its lists are empty."""
        for rows in self._rows.values():
            rows.clear()

    def hear(self, line: str) -> None:
        """The product said a line."""
        word = line.split(maxsplit=1)[0].upper()
        if word.startswith(_TRADING_WORDS):
            self.said.append(line)
        elif line.upper().startswith(tuple(self.unknown)):
            self.say("INVALD COMMAND!")
        elif not self.is_silent and not line.upper().startswith(tuple(self.muted)):
            self._answer(word, line.upper().strip())

    def _answer(self, word: str, line: str) -> None:
        if word == "LOGIN":
            self._log_in()
        elif word == "ECHO":
            self.say("ECHO OFF")
        elif line == "GET BP":
            self.say("#buyingpower bp,nbp")
            self.say("BP 40000.00 40000.00")
        elif line in _KIND_BY_QUERY:
            self._list(_KIND_BY_QUERY[line])
        else:
            self._tell_of_shorts(line.split())

    def _tell_of_shorts(self, words: list[str]) -> None:
        """What may be sold short; every symbol is easy to borrow unless the text says otherwise."""
        match words:
            case ["GET", "SHORTINFO", symbol]:
                self.say(f"$SHORTINFO {symbol} {self.short_info.get(symbol, SHORTABLE)}")
            case ["SLAVAILQUERY", account, symbol]:
                self.say(f"$SLAvailQueryRet {account} {symbol} {self.available.get(symbol, 0)}")
            case ["SLREUSEQUERY", symbol]:
                self.say(f"$SLReuseQueryRet {symbol} {'No' if symbol in self.used_once else 'Yes'}")
            case ["SLROUTEMINCHARGE", route]:
                self.say(f"$SLRouteMinChargeRet {route} {self.minimum_charge.get(route, '0')}")

    def _log_in(self) -> None:
        if self.refuses_login:
            self.say("ERROR:INVALID PASSWORD")
            return
        self.login_count += 1
        self.say("#LOGIN SUCCESSED")
        for kind in DumpKind:
            self._list(kind)

    def _list(self, kind: DumpKind) -> None:
        lines = [HEADER_BY_DUMP[kind], *self._rows[kind].values(), END_LINE_BY_DUMP[kind]]
        if kind is DumpKind.LOCATES and not self.marks_locates:
            del lines[0], lines[-1]
        self.say_raw("".join(f"{line}\r\n" for line in lines).encode("latin-1"))


class _Visit:
    """One connection of the product to a platform."""

    def __init__(self, platform: ScriptedPlatform, link: Link) -> None:
        self._platform = platform
        self._lines = LineBuffer()
        self._link = link
        platform.link = link
        link.send(b"#Welcome to DAS Command API\r\n#Please login to continue.\r\n")

    def on_received(self, chunk: bytes) -> None:
        for line in self._lines.feed(chunk):
            self._platform.hear(line.decode("latin-1"))

    def on_lost(self, cause: Exception | None) -> None:
        if self._platform.link is self._link:
            self._platform.link = None
