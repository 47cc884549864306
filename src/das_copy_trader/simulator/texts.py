"""The platform's plain sentences, word for word where they were seen (das-cmd-api.md 1.2, 1.5); commands as text."""

from typing import Final

from das_copy_trader.protocol import commands as c
from das_copy_trader.protocol import messages as m
from das_copy_trader.protocol.errors import LocalProtocolError
from das_copy_trader.protocol.render import render_command
from das_copy_trader.simulator.market import Instrument
from das_copy_trader.simulator.numbers import shortest

GREETING: Final = ("#Welcome to DAS Command API", "#Please login to continue.")
WRONG_PASSWORD: Final = "ERROR:INVALID PASSWORD"  # noqa: S105 - the platform's sentence, not a password
INVALID_COMMAND: Final = "INVALD COMMAND!"
NO_PERMISSION: Final = "No Permission for API FEED"
TOO_MANY: Final = "too many requests"
HELP: Final = (
    "Commands: LOGIN QUIT ECHO CLIENT HELP NEWORDER CANCEL REPLACE GET POSREFRESH SB UNSB ReturnFullLv1 SCRIPT"
    " SLPRICEINQUIRE SLNEWORDER SLCANCELORDER SLOFFEROPERATION SLAvailQuery SLReuseQuery SLRouteMinCharge"
)
"""The real list is not recorded."""


def not_open(word: str) -> str:
    """The refusal without an id and with its trailing blank; seen for CANCEL, assumed for the others."""
    return f"{word} Error : order not open "


def command_word(command: c.Command) -> str:
    """The command's first word."""
    return command_text(command).split(" ", 1)[0]


def command_text(command: c.Command) -> str:
    """A command as text, for people: without the password."""
    if isinstance(command, c.Login):
        return f"LOGIN {command.trader} … {command.account}"
    if isinstance(command, c.UnknownCommand | c.MalformedCommand):
        return command.text
    try:
        return render_command(command)
    except LocalProtocolError:
        return f"{type(command).__name__}"


def price_band(instrument: Instrument) -> m.PriceBand:
    """`$LDLU`: limit down and limit up."""
    down, up = instrument.band
    return m.PriceBand(instrument.symbol, shortest(down), shortest(up))
