"""One account's money and shares: positions at average cost, trades of the day, buying power."""

from decimal import Decimal
from typing import Final

import msgspec

from das_copy_trader.protocol.vocabulary import SideWord

_ZERO: Final = Decimal(0)


class Trade(msgspec.Struct, frozen=True, kw_only=True):
    """One execution. `pl` is what it realized, dollars; `liq` as on %TRADE (`+` added, `-` removed)."""

    trade_id: int
    order_id: int
    symbol: str
    side: SideWord
    qty: int
    price: Decimal
    route: str
    time_text: str
    liq: str
    pl: Decimal


class Holding:
    """One symbol's position. `net` is signed, short below zero."""

    __slots__ = (
        "avg_cost",
        "created",
        "init_price",
        "init_qty",
        "net",
        "realized",
        "shorted_today",
        "symbol",
        "was_short",
    )

    def __init__(self, symbol: str, created: str) -> None:
        self.symbol = symbol
        self.created = created
        self.net = 0
        self.avg_cost = _ZERO
        self.realized = _ZERO
        self.init_qty = 0
        self.init_price = _ZERO
        self.shorted_today = 0
        self.was_short = False

    def apply(self, signed_qty: int, price: Decimal) -> Decimal:
        """Take an execution in; returns the P&L that it realized. A crossing of zero closes first, then opens."""
        before = self.net
        self.net = before + signed_qty
        opened_short = max(0, -self.net) - max(0, -before)
        if opened_short > 0:
            self.shorted_today += opened_short
        realized = _ZERO
        if before == 0 or (before > 0) == (signed_qty > 0):
            value = self.avg_cost * abs(before) + price * abs(signed_qty)
            self.avg_cost = value / abs(self.net)
        else:
            closed = min(abs(before), abs(signed_qty))
            realized = (price - self.avg_cost) * closed * (1 if before > 0 else -1)
            self.realized += realized
            if self.net == 0:
                self.avg_cost = _ZERO
            elif (self.net > 0) != (before > 0):
                self.avg_cost = price
        if self.net:
            self.was_short = self.net < 0
        return realized

    def unrealized(self, mark: Decimal) -> Decimal:
        """What closing at `mark` would realize."""
        return (mark - self.avg_cost) * self.net


class Ledger:
    """Positions and money of one account. Dollars."""

    def __init__(self, equity: Decimal, margin_factor: Decimal) -> None:
        self.open_equity = equity
        self.margin_factor = margin_factor
        self.htb_cost = _ZERO
        self.trades: list[Trade] = []
        self._holdings: dict[str, Holding] = {}

    @property
    def holdings(self) -> list[Holding]:
        """Every position of the day, flat ones too, oldest first."""
        return list(self._holdings.values())

    def net(self, symbol: str) -> int:
        """Signed shares."""
        holding = self._holdings.get(symbol)
        return holding.net if holding is not None else 0

    def holding(self, symbol: str, created: str) -> Holding:
        """The symbol's position, begun now if there was none."""
        found = self._holdings.get(symbol)
        if found is None:
            found = self._holdings[symbol] = Holding(symbol, created)
        return found

    def find(self, symbol: str) -> Holding | None:
        """The symbol's position, if there ever was one today."""
        return self._holdings.get(symbol)

    @property
    def realized(self) -> Decimal:
        """The day's realized P&L."""
        return sum((holding.realized for holding in self._holdings.values()), _ZERO)

    @property
    def tied(self) -> Decimal:
        """Buying power that positions hold."""
        return sum((abs(holding.net) * holding.avg_cost for holding in self._holdings.values()), _ZERO)

    def buying_power(self, reserved: Decimal) -> Decimal:
        """What is free beside positions and `reserved` by working orders; not below zero."""
        total = (self.open_equity + self.realized - self.htb_cost) * self.margin_factor
        return max(_ZERO, total - self.tied - reserved)

    def new_day(self) -> None:
        """Positions go over night, the day's counters begin again."""
        self.open_equity += self.realized - self.htb_cost
        self.htb_cost = _ZERO
        self.trades.clear()
        self._holdings = {symbol: held for symbol, held in self._holdings.items() if held.net}
        for holding in self._holdings.values():
            holding.init_qty = holding.net
            holding.init_price = holding.avg_cost
            holding.realized = _ZERO
            holding.shorted_today = 0
