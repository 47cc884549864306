"""The words of the CMD API, as DAS spells them.

Everything here is wire vocabulary: no other room may invent or translate these words. Sources are the CMD API manual of
2021/11 and lines seen live; `das-cmd-api.md` names them fact by fact.
"""

from enum import StrEnum
from typing import Final

LINE_END: Final = b"\r\n"
ENCODING: Final = "latin-1"

TOKEN_MIN: Final = 1
TOKEN_MAX: Final = 2_147_483_647
"""A token is a C int on the platform's side (signed, 32 bit)."""

NO_PREF: Final = "N/A"
SOURCE_API: Final = "CMDAPI"
AUTO_ROUTE: Final = "SMAT"


class SideWord(StrEnum):
    """Side on NEWORDER, %ORDER and %TRADE."""

    BUY = "B"
    SELL = "S"
    SELL_SHORT = "SS"


class StatusWord(StrEnum):
    """Status of an %ORDER row (manual, and Partial seen live)."""

    HOLD = "Hold"
    SENDING = "Sending"
    ACCEPTED = "Accepted"
    PARTIAL = "Partial"
    EXECUTED = "Executed"
    TRIGGERED = "Triggered"
    CANCELED = "Canceled"
    REJECTED = "Rejected"
    CLOSED = "Closed"


class ActionWord(StrEnum):
    """Action of an %OrderAct line."""

    SENDING = "Sending"
    ACCEPT = "Accept"
    SEND_REJ = "Send_Rej"
    REPLACING = "Replacing"
    REPLACED = "Replaced"
    REPLACE_REJ = "ReplaceRej"
    CANCELING = "Canceling"
    CANCELED = "Canceled"
    CANCEL_REJ = "CancelRej"
    TIMEOUT = "TimeOut"
    EXECUTE = "Execute"
    CLOSE = "Close"


class TifWord(StrEnum):
    """Time in force, as NEWORDER takes it and %ORDER shows it."""

    DAY = "DAY"
    DAY_PLUS = "DAY+"
    IOC = "IOC"
    GTC = "GTC"
    AT_OPEN = "AtOpen"
    AT_CLOSE = "AtClose"
    FOK = "FOK"


class LocateStatusWord(StrEnum):
    """Status of an %SLOrder row."""

    SENDING = "Sending"
    PENDING = "Pending"
    WAITING = "Waiting"
    LOCATED = "Located"
    OFFERED = "Offered"
    CANCELED = "Canceled"
    REJECTED = "Rejected"
    CLOSED = "Closed"
    DECLINED = "Declined"


class DumpKind(StrEnum):
    """A block of rows between a header line and an end line."""

    POSITIONS = "POS"
    ORDERS = "Order"
    TRADES = "Trade"
    LOCATES = "SLOrder"


END_LINE_BY_DUMP: Final[dict[DumpKind, str]] = {
    DumpKind.POSITIONS: "#POSEND",
    DumpKind.ORDERS: "#OrderEnd",
    DumpKind.TRADES: "#TradeEnd",
    DumpKind.LOCATES: "#SLOrderEnd",
}

HEADER_BY_DUMP: Final[dict[DumpKind, str]] = {
    DumpKind.POSITIONS: "#POS symb type qty avgcost initqty initprice Realized CreatTime Unrealized",
    DumpKind.ORDERS: (
        "#Order id token symb b/s mkt/lmt qty lvqty cxlqty price route status time origoid account trader"
        " orderSrc TIF Pref"
    ),
    DumpKind.TRADES: "#Trade id symb b/s qty price route time orderid Liq EcnFee PL",
    DumpKind.LOCATES: "#SLOrder id symb shares openshares exeshares exeprice status route time lmtPrice token notes",
}
"""The newest live spelling of each header (seen live, das-cmd-api.md 1.3)."""

ACCOUNT_INFO_HEADER: Final = (
    "#ACCOUNTINFO OpenEQ CurrEQ RealizedPL  UnrealizedPL NetPL HTBCost SecFee FINRAFee ECNFee Commission"
)
BUYING_POWER_HEADER: Final = "#buyingpower bp,nbp"


class AckKind(StrEnum):
    """Acknowledgement of a command: neither id nor token, information only."""

    SENDING = "#OrderSending"
    REPLACING = "#Order Replacing"
    CANCELING = "#Order Canceling"


class ErrorKind(StrEnum):
    """What a line of error text is about; the exact text stays with the message."""

    INVALID_COMMAND = "invalid_command"
    ORDER_NOT_OPEN = "order_not_open"
    COMMAND_FAILED = "command_failed"
    MISSING_ARGUMENT = "missing_argument"
    NOT_SUBSCRIBED = "not_subscribed"
    NO_PERMISSION = "no_permission"


class ServerName(StrEnum):
    """The platform's links to its broker."""

    ORDER = "OrderServer"
    QUOTE = "QuoteServer"
