"""Answers about money, shorts, routes and symbols: everything of GET that is no block of rows."""

from decimal import Decimal
from typing import Final

from das_copy_trader.protocol import messages as m
from das_copy_trader.protocol.vocabulary import ACCOUNT_INFO_HEADER, BUYING_POWER_HEADER
from das_copy_trader.simulator import texts
from das_copy_trader.simulator.ledger import Ledger
from das_copy_trader.simulator.locates import LocateDesk
from das_copy_trader.simulator.market import Market
from das_copy_trader.simulator.numbers import money
from das_copy_trader.simulator.venue import Venue

EASY_SHORT_SIZE: Final = 1_000_000_000
ROUTES: Final = (
    ("SMAT", "Enabled"),
    ("ARCA", "Enabled"),
    ("EDGA", "Enabled"),
    ("SAGEPRO", "Enabled"),
    ("SAGEREB", "Enabled"),
    ("MIAX", "Enabled"),
    ("COMP", "Enabled"),
    ("TESTROUTE", "Enabled"),
    ("ALGO", "Disabled"),
)
"""Order routes, one for options among them; the locate routes of the account come behind them (das-cmd-api.md 2.11)."""


class AccountRows:
    """Reads one account."""

    def __init__(self, ledger: Ledger, venue: Venue, locates: LocateDesk, market: Market) -> None:
        self._ledger = ledger
        self._venue = venue
        self._locates = locates
        self._market = market

    def answer(self, what: str) -> list[m.Message]:
        """BP, AccountInfo, RouteStatus; nothing for what is empty here."""
        match what.upper():
            case "BP":
                power = money(self._venue.buying_power)
                return [m.ColumnHeader(BUYING_POWER_HEADER), m.BuyingPower(power, power)]
            case "ACCOUNTINFO":
                return [m.ColumnHeader(ACCOUNT_INFO_HEADER), self._account_info()]
            case "ROUTESTATUS":
                locate_routes = [(route, "Enabled") for route in self._locates.route_names]
                return [m.RouteStatus(route, status) for route, status in (*ROUTES, *locate_routes)]
            case _:
                return []

    def _account_info(self) -> m.AccountInfo:
        ledger = self._ledger
        unrealized = sum((self._unrealized(held.symbol) for held in ledger.holdings), Decimal(0))
        profit = ledger.realized + unrealized
        none = money(Decimal(0))
        return m.AccountInfo(
            open_eq=money(ledger.open_equity),
            curr_eq=money(ledger.open_equity + profit - ledger.htb_cost),
            realized_pl=money(ledger.realized),
            unrealized_pl=money(unrealized),
            net_pl=money(profit - ledger.htb_cost),
            htb_cost=money(ledger.htb_cost),
            sec_fee=none,
            finra_fee=none,
            ecn_fee=none,
            commission=none,
        )

    def _unrealized(self, symbol: str) -> Decimal:
        holding = self._ledger.find(symbol)
        if holding is None or not holding.net:
            return Decimal(0)
        instrument = self._market.instrument(symbol)
        return holding.unrealized(instrument.bid if holding.net > 0 else instrument.ask)

    def short_info(self, symbol: str) -> m.ShortInfo:
        """`$SHORTINFO` with its eight fields; not changed by a locate (das-cmd-api.md 2.10 leaves that open)."""
        is_prohibited = self._locates.is_prohibited(symbol)
        is_easy = self._locates.is_easy(symbol) and not is_prohibited
        return m.ShortInfo(
            symbol=symbol,
            is_shortable=is_easy,
            shortsize=EASY_SHORT_SIZE if is_easy else 0,
            is_marginable=is_easy,
            longrate=Decimal(0),
            shortrate=Decimal(0),
            is_prohibited=is_prohibited,
            is_regsho=False,
        )

    def symbol_answer(self, what: str, symbol: str) -> m.Message:
        """`$SymStatus` or `$LDLU`."""
        instrument = self._market.instrument(symbol)
        if what.upper() == "LDLU":
            return texts.price_band(instrument)
        fields = [("SSR", "Y" if instrument.has_short_restriction else "N")]
        if instrument.is_halted:
            fields += [("TA", "H"), ("TAT", instrument.halted_at or "00:00:00")]
        return m.SymbolStatus("$SymStatus", instrument.symbol, tuple(fields))
