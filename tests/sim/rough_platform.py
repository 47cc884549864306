"""A DAS platform with every bad habit that the documents allow: late lists, stale rows, executions in any order.

It keeps the truth: what was taken, what filled, what is held. What it says of that comes late, twice, in pieces, or not
at all. It sees the two wrongs that cannot wait until the end of the day: shares sold that are not there, and sells that
work beyond what is held.
"""

import asyncio
import random
from collections.abc import Callable
from typing import Final

import msgspec

from das_copy_trader.protocol.vocabulary import END_LINE_BY_DUMP, HEADER_BY_DUMP, DumpKind
from das_copy_trader.runtime.network import Link, LinkError
from tests.acceptance.platform import ScriptedPlatform

COPY_BIT: Final = 1 << 30
WORKING: Final = frozenset({"Accepted", "Partial"})
ENDED: Final = frozenset({"Canceled", "Rejected", "Executed"})


class Habits(msgspec.Struct, frozen=True):
    """How a platform behaves, drawn for a day. Times in seconds, rates as probabilities."""

    think_s: float = 0.01
    """Up to so long it looks at a command; commands are taken in the order in which they came."""
    lag_s: float = 0.0
    """Up to so long an order that was taken is neither told nor listed."""
    sending_rate: float = 0.5
    repeat_rate: float = 0.0
    stale_rate: float = 0.0
    """A row of an order that has ended since is told once more, up to two seconds late."""
    row_spread_s: float = 0.0
    """Rows of one execution come in any order, up to so far apart."""
    list_pause_s: float = 0.0
    """Up to so long between the parts of a list."""
    reject_rate: float = 0.0
    child_rate: float = 0.0
    """The auto-route makes a child of an order, which is then the one that lives."""
    fill_rate: float = 0.0
    deaf_rate: float = 0.0
    """A command is lost on its way to the broker, and nobody is told."""

    @classmethod
    def drawn(cls, chance: random.Random) -> "Habits":
        """A follower's platform: half of the habits are off, the others have wild weights."""

        def sometimes(most: float) -> float:
            return most * chance.random() ** 2 if chance.random() < 0.6 else 0.0

        return cls(
            think_s=0.001 + sometimes(0.4),
            lag_s=sometimes(3.5),
            sending_rate=chance.random(),
            repeat_rate=sometimes(0.5),
            stale_rate=sometimes(0.6),
            row_spread_s=sometimes(0.4),
            list_pause_s=sometimes(0.8),
            reject_rate=sometimes(0.15),
            child_rate=sometimes(0.8),
            fill_rate=chance.choice([0.0, 0.3, 0.7, 1.0]),
            deaf_rate=sometimes(0.3),
        )

    @classmethod
    def calm(cls, chance: random.Random) -> "Habits":
        """A follower's platform on a good day: late, but nothing fails."""
        drawn = cls.drawn(chance)
        return msgspec.structs.replace(drawn, reject_rate=0.0, fill_rate=1.0, deaf_rate=0.0)

    @classmethod
    def of_master(cls, chance: random.Random) -> "Habits":
        """The master's: what it says is late and repeated as well, what it does is the day's to decide."""
        drawn = cls.drawn(chance)
        return msgspec.structs.replace(
            drawn, think_s=0.001, lag_s=0.0, reject_rate=0.0, child_rate=0.0, fill_rate=0.0, deaf_rate=0.0
        )


class RoughOrder(msgspec.Struct):
    """An order as the platform has it."""

    order_id: int
    token: int
    side: str
    symbol: str
    route: str
    quantity: int
    leaves: int
    price: str
    status: str = "Sending"
    filled: int = 0
    is_shown: bool = False
    placed_s: float = 0.0
    ended_s: float = 0.0
    parent: "RoughOrder | None" = None
    child: "RoughOrder | None" = None
    quantities: list[int] = []
    prices: list[str] = []

    @property
    def is_working(self) -> bool:
        """Whether it, and no child of it, can still fill."""
        return self.leaves > 0 and self.status not in ENDED and self.status != "Triggered"

    @property
    def live(self) -> "RoughOrder":
        """The order that commands must name."""
        return self if self.child is None else self.child


class RoughPlatform(ScriptedPlatform):
    """The platform. `wrongs` is what must never happen at it."""

    def __init__(self, name: str, port: int, chance: random.Random, habits: Habits) -> None:
        super().__init__(name, port)
        self.habits = habits
        self.book: dict[int, RoughOrder] = {}
        self.net: dict[str, int] = {}
        self.wrongs: list[str] = []
        self.has_order_server = True
        self.own_token = 0
        self._chance = chance
        self._next_id = 1000 + 100_000 * (port % 100)
        self._next_trade = 1
        self._trades: list[str] = []
        self._taken_until_s = 0.0
        self._lists_due: list[DumpKind] = []
        self._listing: Link | None = None

    # --- what it hears -------------------------------------------------------------------------------------------

    def say_raw(self, payload: bytes) -> None:
        """Say bytes if somebody listens; a platform does not care."""
        if self.link is not None and self.link.is_open:
            try:
                self.link.send(payload)
            except LinkError:
                self.link = None

    def hear(self, line: str) -> None:
        """Take a command, and act on it a little later, after those that came before."""
        words = line.split()
        act = {"NEWORDER": self._take_order, "CANCEL": self._take_cancel, "REPLACE": self._take_replace}.get(words[0])
        if act is None:
            super().hear(line)
            return
        if self._chance.random() < self.habits.deaf_rate:
            return
        now_s = self._now_s()
        self._taken_until_s = max(self._taken_until_s, now_s + self._chance.random() * self.habits.think_s)
        self._later(self._taken_until_s - now_s, act, words)

    def _take_order(self, words: list[str]) -> None:
        _, token, side, symbol, route, quantity, price, *_ = words
        if not self.has_order_server or self._chance.random() < self.habits.reject_rate:
            self.say(f"%OrderAct 0 Send_Rej {side} {symbol} {quantity} {price} {route} 10:00:00 Not today {token}")
            return
        self.place(int(token), side, symbol, int(quantity), price, route)

    def _take_cancel(self, words: list[str]) -> None:
        order = self.book.get(int(words[1]))
        if order is None or not order.is_working or not self.has_order_server:
            self.say("CANCEL Error : order not open ")
            return
        self.say("#Order Canceling")
        self.end(order, "Canceled")

    def _take_replace(self, words: list[str]) -> None:
        order = self.book.get(int(words[1]))
        if order is None or not order.is_working or not self.has_order_server:
            self.say("REPLACE Error : order not open ")
            return
        self.say("#Order Replacing")
        self.change(order, int(words[2]), words[3])

    # --- what happens at it --------------------------------------------------------------------------------------

    def place(self, token: int, side: str, symbol: str, quantity: int, price: str, route: str = "ARCA") -> RoughOrder:
        """An order comes into being, by API or by hand."""
        self._next_id += self._chance.randint(1, 3)
        order = RoughOrder(self._next_id, token, side, symbol, route, quantity, quantity, price, placed_s=self._now_s())
        order.quantities, order.prices = [quantity], [price]
        self.book[order.order_id] = order
        self._look_at_sells(symbol)
        self._later(self._chance.random() * self.habits.lag_s, self._show, order)
        return order

    def _show(self, order: RoughOrder) -> None:
        order.is_shown = True
        if self._chance.random() < self.habits.sending_rate:
            self.tell(order)
            self._later(self._chance.random() * self.habits.think_s, self.accept, order)
        else:
            self.accept(order)

    def accept(self, order: RoughOrder) -> None:
        """The venue takes the order; the auto-route may make a child of it."""
        if order.status != "Sending":
            return
        order.status = "Accepted"
        if self._chance.random() < self.habits.child_rate and order.token >= COPY_BIT:
            self._make_child(order)
        self.tell(order)
        if self._chance.random() < self.habits.fill_rate and order.token >= COPY_BIT:
            self._later(self._chance.expovariate(1.0), self._fill_some, order)

    def _make_child(self, order: RoughOrder) -> None:
        self._next_id += 1
        child = RoughOrder(
            self._next_id, order.token, order.side, order.symbol, "ARCA", order.quantity, order.leaves, order.price
        )
        child.status, child.is_shown, child.parent = "Accepted", True, order
        self.book[child.order_id] = child
        order.child, order.status, order.leaves = child, "Triggered", 0
        self.tell(child)

    def _fill_some(self, order: RoughOrder) -> None:
        live = order.live
        if live.is_working:
            self.fill(live, max(1, live.leaves // self._chance.randint(1, 3)))
            self._later(self._chance.expovariate(1.0), self._fill_some, order)

    def fill(self, order: RoughOrder, quantity: int) -> None:
        """Shares are executed."""
        quantity = min(quantity, order.leaves)
        if not order.is_working or not quantity:
            return
        order.filled += quantity
        order.leaves -= quantity
        order.status = "Partial" if order.leaves else "Executed"
        if not order.leaves:
            order.ended_s = self._now_s()
        symbol = order.symbol
        self.net[symbol] = self.net.get(symbol, 0) + (quantity if order.side == "B" else -quantity)
        if self.net[symbol] < 0:
            self.wrongs.append(f"{self.name} is short {-self.net[symbol]} {symbol}")
        self._next_trade += 1
        trade = f"%TRADE {self._next_trade} {symbol} {order.side} {quantity} {order.price} {order.route} 10:00:00 {order.order_id}"
        self._trades.append(trade)
        side = "Buy" if order.side == "B" else "Sell"
        act = f"%OrderAct {order.order_id} Execute {side} {symbol} {quantity} {order.price} {order.route} 10:00:{self._next_trade % 60:02}  {order.token}"
        rows: list[Callable[[], None]] = [
            lambda: self.tell(order),
            lambda: self.say(self._position_row(symbol)),
            lambda: self.say(trade),
            lambda: self.say(act),
        ]
        self._chance.shuffle(rows)
        for row in rows:
            self._later(self._chance.random() * self.habits.row_spread_s, self._if_served, row)

    def end(self, order: RoughOrder, status: str) -> None:
        """The order is over without having filled whole."""
        if order.is_working:
            order.status, order.leaves, order.ended_s = status, 0, self._now_s()
            self.tell(order)

    def change(self, order: RoughOrder, quantity: int, price: str) -> None:
        """The order has a new total and price."""
        if not order.is_working:
            return
        if quantity <= order.filled:
            self.end(order, "Canceled")
            return
        order.leaves = quantity - order.filled
        order.quantity, order.price = quantity, price
        order.quantities.append(quantity)
        order.prices.append(price)
        self._look_at_sells(order.symbol)
        self.tell(order)

    def _look_at_sells(self, symbol: str) -> None:
        if self.name == "m":
            return  # the master's own doing
        selling = sum(
            order.leaves
            for order in self.book.values()
            if order.symbol == symbol and order.side != "B" and order.is_working
        )
        if selling > max(0, self.net.get(symbol, 0)):
            self.wrongs.append(f"{self.name} has {selling} {symbol} on sale and holds {self.net.get(symbol, 0)}")

    # --- the order server ----------------------------------------------------------------------------------------

    def lose_order_server(self) -> None:
        """The platform's own link to the broker is gone: nothing is taken and nothing told of orders."""
        self.has_order_server = False
        self.say("#OrderServer:Lost Connection")

    def find_order_server(self) -> None:
        """It is back."""
        if not self.has_order_server:
            self.has_order_server = True
            self.say("#OrderServer:Connect:Successful")
            self.say("#OrderServer:Logon:Successful")

    # --- what it says --------------------------------------------------------------------------------------------

    def tell(self, order: RoughOrder) -> None:
        """Say the order's row; sometimes twice, sometimes again when it is not true any more."""
        if not order.is_shown:
            return
        self._if_served(lambda: self.say(self._row(order)))
        if self._chance.random() < self.habits.repeat_rate:
            self._if_served(lambda: self.say(self._row(order)))
        if self._chance.random() < self.habits.stale_rate and order.status in WORKING:
            self._later(2 * self._chance.random(), self._tell_stale, order, self._row(order))

    def _tell_stale(self, order: RoughOrder, row: str) -> None:
        if order.status in ENDED:
            self._if_served(lambda: self.say(row))

    def _if_served(self, say: Callable[[], None]) -> None:
        if self.has_order_server:
            say()

    def _row(self, order: RoughOrder) -> str:
        number = self.port - 9000 + 1
        canceled = order.quantity - order.filled if order.status == "Canceled" else 0
        source = "CMDAPI" if order.token >= COPY_BIT else "Montage"
        parent = order.parent.order_id if order.parent is not None else 0
        return (
            f"%ORDER {order.order_id} {order.token} {order.symbol} {order.side} L {order.quantity} {order.leaves}"
            f" {canceled} {order.price} {order.route} {order.status} 10:00:00 {parent}"
            f" ACCT{number} USER{number} {source} DAY+ N/A"
        )

    def _position_row(self, symbol: str) -> str:
        net = self.net.get(symbol, 0)
        return f"%POS {symbol} {3 if net < 0 else 2} {abs(net)} {0 if not net else 50.5} 0 0 0 2026/03/02-10:00:00 0"

    def _list(self, kind: DumpKind) -> None:
        """Lists come one after the other, in parts; whatever happens meanwhile is told in between."""
        if self._listing is not self.link:
            self._listing = self.link
            self._lists_due = []
        self._lists_due.append(kind)
        if len(self._lists_due) == 1:
            self._begin_list(self.link)

    def _begin_list(self, link: Link | None) -> None:
        if link is not self.link or link is None or not self._lists_due:
            return
        self.say(HEADER_BY_DUMP[self._lists_due[0]])
        self._pause(self._go_on_listing, link, self._listed_rows(self._lists_due[0]))

    def _listed_rows(self, kind: DumpKind) -> list[Callable[[], str]]:
        if kind is DumpKind.ORDERS:
            return [lambda order=order: self._row(order) for order in self.book.values() if order.is_shown]  # type: ignore[misc]
        if kind is DumpKind.POSITIONS:
            return [lambda symbol=symbol: self._position_row(symbol) for symbol in self.net]  # type: ignore[misc]
        return [lambda trade=trade: trade for trade in self._trades] if kind is DumpKind.TRADES else []  # type: ignore[misc]

    def _go_on_listing(self, link: Link, rows: list[Callable[[], str]]) -> None:
        if link is not self.link:
            return
        size = self._chance.randint(1, 8)
        for row in rows[:size]:
            self.say(row())
        if len(rows) > size:
            self._pause(self._go_on_listing, link, rows[size:])
            return
        self.say(END_LINE_BY_DUMP[self._lists_due.pop(0)])
        self._begin_list(link)

    def _pause(self, act: Callable[..., None], *arguments: object) -> None:
        if self.habits.list_pause_s:
            self._later(self._chance.random() ** 3 * self.habits.list_pause_s, act, *arguments)
        else:
            act(*arguments)

    # --- time ----------------------------------------------------------------------------------------------------

    def _now_s(self) -> float:
        return asyncio.get_running_loop().time()

    def _later(self, delay_s: float, act: Callable[..., None], *arguments: object) -> None:
        if delay_s > 0:
            asyncio.get_running_loop().call_later(delay_s, act, *arguments)
        else:
            act(*arguments)
