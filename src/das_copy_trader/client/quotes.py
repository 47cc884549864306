"""Level 1 quotes: the first line is full, later ones are patches (seen live, das-cmd-api.md 2.11)."""

from decimal import Decimal

import msgspec

from das_copy_trader.domain.identifiers import Symbol


class Level1(msgspec.Struct, frozen=True, gc=False):
    """The last known prices of a symbol, dollars a share; None where nothing was said yet."""

    symbol: Symbol
    bid_px: Decimal | None = None
    ask_px: Decimal | None = None
    last_px: Decimal | None = None
    time_text: str | None = None


class QuoteBoard:
    """Subscriptions of one account and the prices that came of them. Subscriptions outlive a session."""

    def __init__(self, symbols_max: int) -> None:
        self._symbols_max = symbols_max
        self._level1_by_symbol: dict[Symbol, Level1] = {}

    @property
    def symbols(self) -> tuple[Symbol, ...]:
        """What is subscribed, oldest first."""
        return tuple(self._level1_by_symbol)

    def level1(self, symbol: Symbol) -> Level1 | None:
        """The symbol's prices; None when it is not subscribed."""
        return self._level1_by_symbol.get(symbol)

    def add(self, symbol: Symbol) -> bool:
        """Take a symbol in; whether it is new. Raises ValueError when the platform's limit is reached."""
        if symbol in self._level1_by_symbol:
            return False
        if len(self._level1_by_symbol) >= self._symbols_max:
            raise ValueError(f"A connection takes quotes of {self._symbols_max} symbols; end one first.")
        self._level1_by_symbol[symbol] = Level1(symbol)
        return True

    def remove(self, symbol: Symbol) -> bool:
        """Leave a symbol out; whether it was there."""
        return self._level1_by_symbol.pop(symbol, None) is not None

    def apply(self, patch: Level1) -> None:
        """Take a full line or a patch; what is missing means unchanged."""
        before = self._level1_by_symbol.get(patch.symbol)
        if before is not None:
            self._level1_by_symbol[patch.symbol] = Level1(
                patch.symbol,
                patch.bid_px or before.bid_px,
                patch.ask_px or before.ask_px,
                patch.last_px or before.last_px,
                patch.time_text or before.time_text,
            )
