"""A DAS platform that trades by chance: takes orders, answers late, rejects, fills, cancels; forgets nothing.

It judges the product: `copies` counts every order that it was sent, by token, whatever became of the link meanwhile.
"""

import asyncio
import random

import msgspec

from das_copy_trader.runtime.network import LinkError
from tests.acceptance.platform import ScriptedPlatform


class BookedOrder(msgspec.Struct):
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

    @property
    def is_working(self) -> bool:
        """Whether it can still fill."""
        return self.leaves > 0 and self.status in {"Sending", "Accepted", "Partial"}


class TradingPlatform(ScriptedPlatform):
    """A platform with a book. `latency_max_s` bounds how long it thinks about a command."""

    def __init__(self, name: str, port: int, chance: random.Random, latency_max_s: float = 0.3) -> None:
        super().__init__(name, port)
        self._chance = chance
        self._latency_max_s = latency_max_s
        self._next_id = 1000 + port % 100
        self.book: dict[int, BookedOrder] = {}
        self.copies: dict[int, list[int]] = {}
        """Order ids by token."""

    def say_raw(self, payload: bytes) -> None:
        """Say bytes if somebody listens; a platform does not care."""
        if self.link is not None and self.link.is_open:
            try:
                self.link.send(payload)
            except LinkError:
                self.link = None

    def hear(self, line: str) -> None:
        """Take a command, and act on it a little later."""
        words = line.split()
        act = {"NEWORDER": self._take_order, "CANCEL": self._take_cancel, "REPLACE": self._take_replace}.get(words[0])
        if act is None:
            super().hear(line)
            return
        if words[0] == "NEWORDER":
            self.copies.setdefault(int(words[1]), [])
        asyncio.get_running_loop().call_later(self._chance.random() * self._latency_max_s, act, words)

    def place(self, token: int, side: str, symbol: str, quantity: int, price: str, route: str = "ARCA") -> BookedOrder:
        """An order comes into being, by API or by hand; its Sending and Accepted rows follow."""
        self._next_id += self._chance.randint(1, 3)
        order = BookedOrder(self._next_id, token, side, symbol, route, quantity, quantity, price)
        self.book[order.order_id] = order
        self.tell(order)
        asyncio.get_running_loop().call_later(self._chance.random() * self._latency_max_s, self.accept, order)
        return order

    def accept(self, order: BookedOrder) -> None:
        """The venue takes the order."""
        if order.status == "Sending":
            order.status = "Accepted"
            self.tell(order)

    def end(self, order: BookedOrder, status: str) -> None:
        """The order is over: Canceled, Rejected or Executed."""
        if order.is_working:
            order.status, order.leaves = status, 0
            self.tell(order)

    def change(self, order: BookedOrder, quantity: int, price: str) -> None:
        """The order has a new total and price."""
        if order.is_working:
            order.leaves += quantity - order.quantity
            order.quantity, order.price = quantity, price
            self.tell(order)

    def tell(self, order: BookedOrder) -> None:
        """Say the order's row, sometimes twice."""
        is_canceled = order.status == "Canceled"
        number = self.port - 9000 + 1
        row = (
            f"%ORDER {order.order_id} {order.token} {order.symbol} {order.side} L {order.quantity} {order.leaves}"
            f" {order.quantity if is_canceled else 0} {order.price} {order.route} {order.status} 10:00:00 0"
            f" ACCT{number} USER{number} {'CMDAPI' if order.token >= 1 << 30 else 'Montage'} DAY+ N/A"
        )
        self.say(row)
        if self._chance.random() < 0.05:
            self.say(row)

    def _take_order(self, words: list[str]) -> None:
        _, token, side, symbol, route, quantity, price, *_ = words
        if self._chance.random() < 0.03:
            self.say(f"%OrderAct 0 Send_Rej {side} {symbol} {quantity} {price} {route} 10:00:00 Not today {token}")
            return
        order = self.place(int(token), side, symbol, int(quantity), price, route)
        self.copies[int(token)].append(order.order_id)

    def _take_cancel(self, words: list[str]) -> None:
        order = self.book.get(int(words[1]))
        if order is None or not order.is_working:
            self.say_raw(b"CANCEL Error : order not open \r\n")
            return
        self.say_raw(b"#Order Canceling\r\n")
        self.end(order, "Canceled")

    def _take_replace(self, words: list[str]) -> None:
        order = self.book.get(int(words[1]))
        if order is None or not order.is_working:
            self.say_raw(b"REPLACE Error : order not open \r\n")
            return
        self.say_raw(b"#Order Replacing\r\n")
        self.change(order, int(words[2]), words[3])
