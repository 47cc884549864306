"""How a simulated platform differs from the newest live system: one frozen record of switches (das-cmd-api.md 6).

Every default is that system's behaviour, or, where nobody has seen it, the assumption that docs/SIMULATOR.md names.
"""

from collections.abc import Iterable
from enum import StrEnum

import msgspec


class ReplaceMeaning(StrEnum):
    """What `share` on REPLACE means (switch 6)."""

    TOTAL = "total"
    """The order's new total (seen live, das-cmd-api.md 2.4)."""
    OPEN = "open"
    """The new open part."""
    UNKNOWN = "unknown"
    """The platform does not know the command: `INVALD COMMAND!`."""


class LineOrder(StrEnum):
    """Which of %ORDER and %OrderAct comes first when an order ends (switch 5)."""

    AS_SEEN = "as_seen"
    """Row first for what the platform or the venue ends, %OrderAct first for a client's cancel at a route."""
    ROW_FIRST = "row_first"
    ACT_FIRST = "act_first"


class FillLine(StrEnum):
    """One of the four lines of a fill (switch 5)."""

    POSITION = "POS"
    EXECUTE = "Execute"
    ORDER = "ORDER"
    TRADE = "TRADE"


class Breach(StrEnum):
    """What the platform does with a command beyond its rate limits (switch 11)."""

    SILENCE = "silence"
    REJECT = "reject"
    CLOSE = "close"


class MalformedAnswer(StrEnum):
    """What answers a NEWORDER that cannot be read (switch 10)."""

    SILENCE = "silence"
    INVALID_COMMAND = "invalid_command"


class OrderFate(StrEnum):
    """What becomes of new orders, whatever the market says (switch 12)."""

    NORMAL = "normal"
    PLATFORM_REJECT = "platform_reject"
    """%OrderAct with id 0: refused before any server has given an id."""
    BROKER_REJECT = "broker_reject"
    VENUE_CANCEL = "venue_cancel"
    """Accepted, then cancelled by the venue."""
    TIMEOUT_LATE_FILL = "timeout_late_fill"
    """%OrderAct TimeOut, and a fill some seconds later."""
    LOST = "lost"
    """Acknowledged and never heard of again."""


class AvailNetting(StrEnum):
    """What SLAvailQuery subtracts from the located shares (switch 14)."""

    GROSS = "gross"
    LESS_SHORTS = "less_shorts"
    """Less the shorts already made."""
    NET = "net"
    """Less the working short orders too."""


class GuiReplace(StrEnum):
    """How a replace by hand shows on the wire (switch 18)."""

    SAME_ID = "same_id"
    CANCEL_NEW = "cancel_new"


class Switches(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All switches of one platform, by the numbers of das-cmd-api.md 6. Seconds, percent."""

    # 1 session
    greeting: bool = True
    locates_in_burst: bool = True
    burst_line_delay_s: float = 0.0
    # 2 rows
    order_fields: int = 18
    limit_text: str = "L"
    market_text: str = "Mkt"
    stop_market_text: str = "SM:{stop}"
    stop_limit_text: str = "SL:{stop}"
    stop_limit_extended_text: str = "SLP:{stop}"
    trailing_text: str = "ST:{trail}"
    range_text: str = "SR:{low}"
    range_market_text: str = "SRM:{low}"
    peg_text: str = "PEG"
    market_price_word: str = ""
    """The word in a market order's price field; empty: a reference number."""
    stop_order_shows_stop: bool = False
    """Whether %ORDER's price of a stop without a limit is the stop; else 0."""
    # 3 what an act line holds
    act_token: bool = True
    act_notes: bool = True
    sends_accept: bool = False
    # 4 auto-route
    auto_routes: tuple[str, ...] = ("SMAT",)
    auto_route_children: bool = True
    auto_route_venue: str = "ARCA"
    # 5 order of lines
    fill_lines: tuple[FillLine, ...] = (FillLine.POSITION, FillLine.EXECUTE, FillLine.ORDER, FillLine.TRADE)
    cancel_lines: LineOrder = LineOrder.AS_SEEN
    reject_lines: LineOrder = LineOrder.AS_SEEN
    # 6 replace
    replace_meaning: ReplaceMeaning = ReplaceMeaning.TOTAL
    # 7 rows that mislead
    tif_rewrites: tuple[tuple[str, str, str], ...] = (
        ("SAGEPRO", "DAY+", "DAY"),
        ("SAGEREB", "DAY+", "DAY"),
        ("MIAX", "DAY+", "DAY"),
        ("ARCA", "DAY+", "DAY"),
    )
    rejected_cxlqty_zero: bool = True
    ghost_partial: bool = False
    # 9 acknowledgements
    acks: bool = True
    ack_delay_s: float = 0.0
    # 10 errors
    glued_errors: bool = True
    error_line_ends: bool = True
    """Off: glued errors bring no line end at all; whatever is said next is glued to them."""
    malformed_neworder: MalformedAnswer = MalformedAnswer.SILENCE
    market_data_permitted: bool = True
    # 11 limits
    new_orders_per_s: int = 50
    cancels_per_min: int = 100
    replaces_per_min: int = 100
    locates_per_min: int = 100
    inquiry_interval_s: float = 3.0
    lv1_symbols: int = 100
    breach: Breach = Breach.SILENCE
    # 12 fates
    order_fate: OrderFate = OrderFate.NORMAL
    late_fill_s: float = 8.0
    # 13 positions
    short_qty_negative: bool = False
    keep_flat_rows: bool = True
    # 14 locates
    locate_answers: bool = True
    locate_avail: AvailNetting = AvailNetting.LESS_SHORTS
    locate_account_in_reply: bool = True
    locate_delay_s: float = 0.0
    offer_life_s: float = 30.0
    # 15 crash
    crash_on_second_inquiry: bool = False
    # 17 foreign rows
    foreign_accounts: tuple[str, ...] = ()
    # 18 manual orders
    manual_acts: bool = True
    gui_replace: GuiReplace = GuiReplace.SAME_ID
    watch_trade_in_own_order: bool = True
    # the venue's own habits
    known_routes: tuple[str, ...] = ()
    """Empty: every route is taken; else others are refused with id 0."""
    known_symbols_only: bool = False
    price_caps: bool = True
    venue_band_percent: int = 10
    venue_open_times: tuple[tuple[str, str], ...] = (("EDGA", "07:00"),)
    sized_fills: bool = True
    """Whether a fill is limited by the displayed size; else it is always whole."""
    accept_delay_s: float = 0.0
    fill_delay_s: float = 0.0
    cancel_delay_s: float = 0.0


class SwitchError(ValueError):
    """A switch that does not exist or cannot take this value; the message is a sentence."""


def switches_from(settings: Iterable[str], base: Switches | None = None) -> Switches:
    """Switches from `name=value` texts; lists are written with commas, pairs in them with `/`. Raises SwitchError."""
    start = base if base is not None else Switches()
    known = {field.name: field for field in msgspec.structs.fields(Switches)}
    changes: dict[str, object] = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        name = name.strip().replace("-", "_")
        if not equals or name not in known:
            raise SwitchError(f"There is no switch {setting!r}; write name=value with one of: {', '.join(known)}.")
        changes[name] = _readable(text, getattr(start, name))
    merged = {**msgspec.structs.asdict(start), **changes}
    try:
        switches = msgspec.convert(merged, Switches, strict=False)
    except msgspec.ValidationError as error:
        raise SwitchError(f"A switch cannot take this value: {error}.") from error
    if switches.order_fields not in {12, 15, 16, 18}:
        raise SwitchError("order_fields has to be 12, 15, 16 or 18.")
    if sorted(switches.fill_lines) != sorted(FillLine):
        raise SwitchError(f"fill_lines has to name each of {', '.join(FillLine)} once.")
    return switches


def _readable(text: str, present: object) -> object:
    if isinstance(present, tuple):
        pieces = [piece.strip() for piece in text.split(",") if piece.strip()]
        return [piece.split("/") if "/" in piece else piece for piece in pieces]
    if isinstance(present, bool):
        word = text.strip().lower()
        if word in {"on", "yes", "true", "1"}:
            return True
        if word in {"off", "no", "false", "0"}:
            return False
    return text
