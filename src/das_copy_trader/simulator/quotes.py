"""Level 1 of one connection: a full line first, then only what changed (das-cmd-api.md 2.11)."""

from decimal import Decimal

from das_copy_trader.protocol import messages as m
from das_copy_trader.simulator.market import LOT, Instrument
from das_copy_trader.simulator.numbers import TimeOfDay, shortest

_NEVER_PATCHED = frozenset({"T", "VWAP"})
"""They change with everything else; live patches were seen without them."""


class QuoteFeed:
    """Which symbols a connection has subscribed to, and what it was told last."""

    def __init__(self, time_of_day: TimeOfDay, symbols_max: int) -> None:
        self.is_always_full = False
        self._time_of_day = time_of_day
        self._symbols_max = symbols_max
        self._told: dict[str, dict[str, str]] = {}

    def has(self, symbol: str) -> bool:
        """Whether it is subscribed."""
        return symbol.upper() in self._told

    def subscribe(self, instrument: Instrument) -> bool:
        """Begin a symbol; False beyond the limit of symbols."""
        if instrument.symbol not in self._told and len(self._told) >= self._symbols_max:
            return False
        self._told[instrument.symbol] = {}
        return True

    def unsubscribe(self, symbol: str) -> None:
        """End a symbol."""
        self._told.pop(symbol.upper(), None)

    def full(self, instrument: Instrument) -> m.Quote:
        """Every field."""
        fields = self._fields(instrument)
        self._told[instrument.symbol] = fields
        return m.Quote(instrument.symbol, tuple(fields.items()))

    def patch(self, instrument: Instrument) -> m.Quote | None:
        """What changed since the last line; None when nothing did or it is not subscribed."""
        told = self._told.get(instrument.symbol)
        if told is None:
            return None
        if self.is_always_full:
            return self.full(instrument)
        fields = self._fields(instrument)
        changed = tuple(
            (key, value) for key, value in fields.items() if told.get(key) != value and key not in _NEVER_PATCHED
        )
        self._told[instrument.symbol] = fields
        return m.Quote(instrument.symbol, changed) if changed else None

    def _fields(self, instrument: Instrument) -> dict[str, str]:
        average = instrument.turnover / instrument.volume if instrument.volume else Decimal(0)
        return {
            "A": _text(instrument.ask),
            "Asz": str(instrument.ask_size // LOT),
            "B": _text(instrument.bid),
            "Bsz": str(instrument.bid_size // LOT),
            "V": str(instrument.volume),
            "L": _text(instrument.last),
            "Hi": _text(instrument.high),
            "Lo": _text(instrument.low),
            "op": _text(instrument.open),
            "ycl": _text(instrument.yesterday_close),
            "tcl": "0",
            "PE": "Q",
            "VWAP": _text(average.quantize(Decimal("0.01"))),
            "tradesAllDay": str(instrument.trade_count),
            "RVOL": "1",
            "T": self._time_of_day.text,
        }


def _text(price: Decimal) -> str:
    return f"{shortest(price):f}"
