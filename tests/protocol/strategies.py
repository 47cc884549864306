"""Every message and every command that the wire can carry, for property tests of this and other rooms.

Drawn values are such as a platform or a client can really say: free text does not end like a token, a type does not look
like a quantity. What cannot be told apart on the wire is not drawn.
"""

from decimal import Decimal
from typing import Final

from hypothesis import strategies as st

from das_copy_trader.protocol import commands as c
from das_copy_trader.protocol import messages as m
from das_copy_trader.protocol.vocabulary import (
    HEADER_BY_DUMP,
    AckKind,
    ActionWord,
    DumpKind,
    LocateStatusWord,
    StatusWord,
    TifWord,
)

INT32_MAX: Final = 2_147_483_647
INT64_MAX: Final = 9_223_372_036_854_775_807

# --- words -------------------------------------------------------------------------------------------------------

symbols: Final = st.from_regex(r"[A-Z]{1,5}(\.[A-Z])?", fullmatch=True)
words: Final = st.from_regex(r"[A-Za-z][A-Za-z0-9_\-]{0,11}", fullmatch=True)
routes: Final = st.sampled_from(["SMAT", "ARCA", "SAGEPRO", "EDGA", "LOC7"]) | words
accounts: Final = st.sampled_from(["ACCT1", "12345678"]) | words
sides: Final = st.sampled_from(["B", "S", "SS"])
clock_times: Final = st.builds(
    "{:02d}:{:02d}:{:02d}".format, st.integers(0, 23), st.integers(0, 59), st.integers(0, 59)
)
create_times: Final = st.builds("2026/10/{:02d}-{}".format, st.integers(1, 31), clock_times)
ids: Final = st.integers(0, INT64_MAX)
tokens: Final = st.integers(1, INT32_MAX)
shares: Final = st.integers(0, INT32_MAX)
some_shares: Final = st.integers(1, INT32_MAX)
positions: Final = st.integers(-INT32_MAX, INT32_MAX)
amounts: Final = st.decimals(-(10**9), 10**9, places=2, allow_nan=False, allow_infinity=False)
numbers: Final = st.integers(0, 6).flatmap(
    lambda places: st.decimals(-(10**6), 10**6, places=places, allow_nan=False, allow_infinity=False)
)
prices: Final = st.one_of(
    st.integers(100, 99_999_999).map(lambda cents: Decimal(cents) / 100),
    st.integers(1, 9_999).map(lambda parts: Decimal(parts) / 10_000),
)
"""Prices that an order may carry: 2 decimals from one dollar, 4 below."""
price_texts: Final = prices | st.sampled_from(["MKT", "Mkt", "M"])
type_texts: Final = st.one_of(
    st.sampled_from(["L", "Lmt", "Mkt", "MKT", "M"]),
    st.builds("SLP:{:f}".format, prices),
    st.builds("SLP: {:f} {:f}".format, prices, prices),
)
free_texts: Final = st.lists(words, min_size=1, max_size=6).map(" ".join)
"""Text of several words that does not end in a number."""
option_words: Final = st.sampled_from(
    ["PostOnly", "NotRouteOut", "Display=0", "Display=300", "Minume=AON", "Pref=SAGEPRO", "GTC=DAY+"]
)
keyed_fields: Final = st.lists(st.tuples(words, st.from_regex(r"[A-Za-z0-9.:]{0,8}", fullmatch=True)), max_size=6).map(
    tuple
)


# --- messages: rows ----------------------------------------------------------------------------------------------


@st.composite
def order_rows(draw: st.DrawFn) -> m.OrderRow:
    """%ORDER and %IORDER with every number of fields: 18, 16, 15, 12, without cxlqty, without a token, cut off."""
    field_count = draw(st.sampled_from([18, 18, 16, 15, 12, 11]))
    has_cxlqty = draw(st.booleans()) if field_count == 12 else True
    # Without cxlqty the type has to be one word: with more, the quantities cannot be told from it.
    kind = draw(type_texts if has_cxlqty else st.sampled_from(["L", "Lmt", "Mkt"]))
    return m.OrderRow(
        id=draw(ids),
        token=draw(st.integers(0, INT32_MAX)) if field_count > 12 else draw(st.none() | tokens),
        symbol=draw(symbols),
        side=draw(sides),
        type_text=kind,
        qty=draw(shares),
        lvqty=draw(shares),
        cxlqty=draw(shares) if has_cxlqty else None,
        price=draw(price_texts),
        route=draw(routes),
        status=draw(st.sampled_from(StatusWord)).value,
        time=draw(clock_times) if field_count > 11 else None,
        origoid=draw(ids) if field_count > 12 else None,
        account=draw(accounts) if field_count > 12 else None,
        trader=draw(words) if field_count > 12 else None,
        order_src=draw(words) if field_count > 15 else None,
        tif=draw(st.sampled_from(TifWord)).value if field_count > 16 else None,
        pref=draw(st.just("N/A") | words) if field_count > 16 else None,
        is_watch=draw(st.booleans()),
    )


order_act_rows: Final = st.builds(
    m.OrderActRow,
    id=ids,
    action=st.sampled_from(ActionWord).map(str),
    side=st.sampled_from(["Buy", "Sell", "Shrt", "B", "S", "SS"]),
    symbol=symbols,
    qty=shares,
    price=price_texts,
    route=routes,
    time=clock_times,
    notes=st.none() | st.just("") | free_texts,
    token=st.none() | st.integers(0, INT32_MAX),
)


@st.composite
def trade_rows(draw: st.DrawFn) -> m.TradeRow:
    """%TRADE and %ITRADE in %TRADE's layout, 8 or 11 fields."""
    is_long = draw(st.booleans())
    return m.TradeRow(
        id=draw(ids),
        symbol=draw(symbols),
        side=draw(sides),
        qty=draw(shares),
        price=draw(prices),
        route=draw(routes),
        time=draw(clock_times),
        orderid=draw(ids),
        liq=draw(st.sampled_from(["+", "-", "R"])) if is_long else None,
        ecn_fee=draw(amounts) if is_long else None,
        pl=draw(amounts) if is_long else None,
        is_watch=draw(st.booleans()),
    )


watch_trade_rows: Final = st.builds(
    m.WatchTradeRow,
    account=accounts,
    id=ids,
    symbol=symbols,
    side=sides,
    qty=shares,
    price=prices,
    route=routes,
    time=clock_times,
    orderid=ids,
    trader=words,
)


@st.composite
def pos_rows(draw: st.DrawFn) -> m.PosRow:
    """%POS and %IPOS with 7, 8 or 9 fields."""
    field_count = draw(st.integers(7, 9))
    return m.PosRow(
        symbol=draw(symbols),
        pos_type=draw(st.integers(1, 3)),
        qty=draw(positions),
        avgcost=draw(numbers),
        initqty=draw(positions),
        initprice=draw(numbers),
        realized=draw(numbers),
        create_time=draw(create_times) if field_count > 7 else None,
        unrealized=draw(numbers) if field_count > 8 else None,
        is_watch=draw(st.booleans()),
    )


# --- messages: account, shorts, locates, market data -------------------------------------------------------------

account_infos: Final = st.lists(amounts, min_size=10, max_size=10).map(lambda figures: m.AccountInfo(*figures))
locate_returns: Final = st.builds(
    m.LocateReturn,
    ret_type=st.sampled_from([1, 2]),
    symbol=symbols,
    price=numbers.map(abs),
    size=shares,
    tail=st.one_of(st.builds("{}  {}".format, routes, accounts), free_texts),
)


@st.composite
def short_infos(draw: st.DrawFn) -> m.ShortInfo:
    """$SHORTINFO with 6, 7 or 8 fields."""
    field_count = draw(st.integers(6, 8))
    return m.ShortInfo(
        symbol=draw(symbols),
        is_shortable=draw(st.booleans()),
        shortsize=draw(ids),
        is_marginable=draw(st.booleans()),
        longrate=draw(numbers),
        shortrate=draw(numbers),
        is_prohibited=draw(st.booleans()) if field_count > 6 else None,
        is_regsho=draw(st.booleans()) if field_count > 7 else None,
    )


@st.composite
def locate_order_rows(draw: st.DrawFn) -> m.LocateOrderRow:
    """%SLOrder as of 2021, with lmtPrice, and with lmtPrice and token; notes where the build sends them."""
    has_limit = draw(st.booleans())
    has_token = has_limit and draw(st.booleans())
    return m.LocateOrderRow(
        id=draw(ids),
        symbol=draw(symbols),
        shares=draw(shares),
        openshares=draw(shares),
        exeshares=draw(shares),
        exeprice=draw(numbers),
        status=draw(st.sampled_from(LocateStatusWord)).value,
        route=draw(routes),
        time=draw(clock_times),
        lmt_price=draw(numbers) if has_limit else None,
        token=draw(st.integers(0, INT32_MAX)) if has_token else None,
        notes=draw(st.none() | st.just("") | free_texts),
    )


talk: Final[st.SearchStrategy[m.Message]] = st.one_of(
    st.sampled_from(
        [
            m.Banner("#Welcome to DAS Command API"),
            m.Banner("#Please login to continue."),
            m.EchoReply("ECHO ON"),
            m.ClientCount(2, "CLIENT 2"),
            m.ClientCount(3, "Client number 3"),
            m.ColumnHeader("#buyingpower bp,nbp"),
        ]
    )
)
"""Replies whose wording is fixed."""


def account_messages() -> st.SearchStrategy[m.Message]:
    """What a platform says about an account that is logged in."""
    return st.one_of(
        order_rows(),
        order_act_rows,
        trade_rows(),
        watch_trade_rows,
        pos_rows(),
        locate_returns,
        locate_order_rows(),
        st.sampled_from(AckKind).map(m.CommandAck),
    )


def other_messages() -> st.SearchStrategy[m.Message]:
    """What a platform may say at any time."""
    return st.one_of(
        talk,
        st.builds(m.BuyingPower, amounts, amounts),
        account_infos,
        short_infos(),
        st.builds(m.MarginNote, symbols, free_texts),
        st.builds(m.LocateAvailable, accounts, symbols, shares),
        st.builds(m.LocateReuse, symbols, st.booleans()),
        st.builds(m.LocateMinCharge, routes, numbers, st.booleans(), st.booleans()),
        st.builds(m.Quote, symbols, keyed_fields),
        st.builds(m.PriceBand, symbols, prices, prices),
        st.builds(m.SymbolStatus, st.sampled_from(["$SymStatus", "$IssueStatus"]), symbols, keyed_fields),
        st.builds(m.RouteStatus, routes, st.sampled_from(["Enabled", "Disabled"])),
        st.builds(m.InternalMessage, st.sampled_from(["From", "Send Time", "Msg"]), st.just("") | free_texts),
        st.builds(m.MarketLine, st.sampled_from(["$Bar", "$T&S", "$Lv2", "$TopLst"]), free_texts),
    )


def dump_messages() -> st.SearchStrategy[m.Message]:
    """Headers and ends of blocks, in no order."""
    kinds = st.sampled_from(DumpKind)
    return kinds.map(lambda kind: m.DumpBegun(kind, HEADER_BY_DUMP[kind])) | kinds.map(m.DumpEnded)


def messages() -> st.SearchStrategy[m.Message]:
    """Every kind of message that has a text of its own."""
    return st.one_of(account_messages(), other_messages(), dump_messages())


# --- commands ----------------------------------------------------------------------------------------------------

limit_parts: Final = prices.map(c.LimitPart)
replace_parts: Final[st.SearchStrategy[c.PricePart]] = st.one_of(
    limit_parts,
    st.just(c.MarketPart()),
    prices.map(c.StopMarketPart),
    st.builds(c.StopLimitPart, prices, prices),
    prices.map(c.TrailingPart),
    st.builds(c.RangePart, prices, prices, st.booleans()),
)
price_parts: Final[st.SearchStrategy[c.PricePart]] = st.one_of(
    replace_parts,
    st.builds(c.StopLimitPart, prices, prices, st.booleans()),
    st.builds(c.PegPart, st.sampled_from(["MID", "AGG", "PRIM", "LAST"]), st.none() | prices),
)
tifs: Final = st.none() | st.sampled_from(TifWord).map(str)

new_orders: Final = st.builds(
    c.NewOrder,
    token=tokens,
    side=st.sampled_from(["B", "S", "SS", "BO", "SC"]),
    symbol=symbols,
    route=routes,
    shares=some_shares,
    price_part=price_parts,
    options=st.lists(option_words, max_size=3).map(tuple),
    tif=tifs,
)
logins: Final = st.builds(
    c.Login,
    trader=words,
    password=st.from_regex(r"[!-~]{1,20}", fullmatch=True),
    account=accounts,
    watch=st.none() | st.booleans(),
)


def trading_commands() -> st.SearchStrategy[c.Command]:
    """Commands that need a log-in."""
    return st.one_of(
        new_orders,
        st.builds(c.Cancel, ids),
        st.just(c.CancelAll()),
        st.builds(c.CancelAllSymbol, symbols),
        st.builds(c.Replace, ids, some_shares, replace_parts, tifs),
        st.builds(c.LocateInquire, symbols, some_shares, routes),
        st.builds(c.LocateNewOrder, symbols, some_shares, routes),
        st.builds(c.LocateNewOrder, symbols, some_shares, routes, tokens, st.none() | prices),
        st.builds(c.LocateCancel, ids),
        st.builds(c.LocateOfferOperation, ids, st.booleans()),
    )


def queries() -> st.SearchStrategy[c.Command]:
    """Commands that change nothing."""
    feeds = (symbols, st.sampled_from(["Lv1", "tms", "Lv2", "MINCHART"]), st.lists(words, max_size=2).map(tuple))
    return st.one_of(
        st.sampled_from([c.Echo(), c.Echo(True), c.Echo(False), c.CountClients(), c.Help(), c.PosRefresh()]),
        st.sampled_from(["POSITIONS", "ORDERS", "TRADES", "LOCATES", "BP", "AccountInfo"]).map(c.Get),
        st.builds(c.GetSymbol, st.sampled_from(["SHORTINFO", "LDLU", "SymStatus"]), symbols),
        st.builds(c.Subscribe, *feeds),
        st.builds(c.Unsubscribe, *feeds),
        st.builds(c.ReturnFullLv1, st.booleans()),
        st.builds(c.Script, words, free_texts),
        st.builds(c.LocateAvailQuery, accounts, symbols),
        st.builds(c.LocateReuseQuery, symbols),
        st.builds(c.LocateRouteMinCharge, routes),
    )


def commands() -> st.SearchStrategy[c.Command]:
    """Every command that a client may send."""
    return st.one_of(trading_commands(), queries(), logins, st.just(c.Quit()))


# --- streams -----------------------------------------------------------------------------------------------------


def bursts() -> st.SearchStrategy[list[m.Message]]:
    """The blocks behind a log-in, with the rows of one account; without locates as builds of 2021 send it."""

    def block(kind: DumpKind, rows: list[m.Message]) -> list[m.Message]:
        return [m.DumpBegun(kind, HEADER_BY_DUMP[kind]), *rows, m.DumpEnded(kind)]

    def blocks(
        pos: list[m.Message], orders: list[m.Message], trades: list[m.Message], has_locates: bool
    ) -> list[m.Message]:
        said = block(DumpKind.POSITIONS, pos) + block(DumpKind.ORDERS, orders) + block(DumpKind.TRADES, trades)
        return said + block(DumpKind.LOCATES, []) if has_locates else said

    return st.builds(
        blocks,
        st.lists(pos_rows(), max_size=3),
        st.lists(order_rows(), max_size=5),
        st.lists(trade_rows(), max_size=3),
        st.booleans(),
    )


def cuts(stream: bytes) -> st.SearchStrategy[list[bytes]]:
    """The same bytes in pieces, wherever they may be cut."""
    places = st.lists(st.integers(0, len(stream)), max_size=40).map(sorted)
    return places.map(lambda at: [stream[low:high] for low, high in zip([0, *at], [*at, len(stream)], strict=True)])
