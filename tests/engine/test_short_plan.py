"""The capacity rule and the cheapest plan, against a search of everything; the states against the drawing."""

from decimal import Decimal
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from das_copy_trader.domain.identifiers import ClOrdId, Symbol, cl_ord_id_for
from das_copy_trader.domain.identifiers import OrderId as Id
from das_copy_trader.domain.locates import (
    LOT,
    LocateQuote,
    ShortTaskStatus,
    in_lots,
    locate_charge,
    locate_cl_ord_id,
)
from das_copy_trader.domain.positions import ShortState
from das_copy_trader.engine.locate_plan import ShortFacts, best_single, capacity_of, cheapest_plan, usable_quotes
from das_copy_trader.engine.short_sale_task import TRANSITIONS, draw_life_cycle

D = Decimal
GME = Symbol("GME")
HARD = ShortState(GME, is_shortable=False, short_size=0, is_prohibited=False)
EASY = ShortState(GME, is_shortable=True, short_size=1000, is_prohibited=False)
BANNED = ShortState(GME, is_shortable=False, short_size=0, is_prohibited=True)


@pytest.mark.parametrize(
    ("net", "selling", "state", "available", "located", "used", "max_sell"),
    [
        (0, 0, EASY, None, 0, 0, 1000),
        (0, 0, BANNED, 500, 500, 0, 0),
        (70, 0, BANNED, 500, 500, 0, 70),
        (0, 0, HARD, 0, 0, 0, 0),
        (70, 20, HARD, 0, 0, 0, 50),
        (0, 0, HARD, 200, 100, 0, 100),
        (0, 0, HARD, 100, 300, 0, 100),
        (0, 0, HARD, None, 300, 0, 300),
        (0, 40, HARD, 100, 100, 0, 60),
        (-100, 0, HARD, 100, 100, 100, 0),
        (100, 150, HARD, 50, 50, 0, 0),
    ],
)
def test_capacity(
    net: int, selling: int, state: ShortState, available: int | None, located: int, used: int, max_sell: int
) -> None:
    assert capacity_of(ShortFacts(net, selling, state, available, located, used)).max_sell == max_sell


def test_lots_are_rounded_up() -> None:
    assert [in_lots(shares) for shares in (-5, 0, 1, 100, 101)] == [0, 0, 100, 100, 200]


quotes_of = st.lists(
    st.builds(
        LocateQuote,
        route=st.sampled_from(["A", "B", "C"]),
        price=st.sampled_from([D(0), D("0.001"), D("0.01"), D("0.02"), D("0.11")]),
        size=st.sampled_from([0, 100, 200, 300, 1000]),
    ),
    unique_by=lambda quote: quote.route,
    max_size=3,
)


@given(
    quotes=quotes_of,
    lots=st.integers(1, 5),
    minimums=st.fixed_dictionaries({name: st.sampled_from([D(0), D("0.5"), D(3), D(40)]) for name in "ABC"}),
    limit=st.sampled_from([D("0.005"), D("0.02"), D("0.1")]),
    budget=st.sampled_from([D(1), D(5), D("Infinity")]),
)
def test_the_plan_is_the_best_of_all(
    quotes: list[LocateQuote], lots: int, minimums: dict[str, Decimal], limit: Decimal, budget: Decimal
) -> None:
    plan = cheapest_plan(quotes, lots * LOT, minimums, price_limit=limit, budget=budget)
    best = (0, D(0))
    for counts in product(
        *(range(quote.size // LOT + 1 if quote.size // LOT < lots else lots + 1) for quote in quotes)
    ):
        if sum(counts) > lots:
            continue
        charges = [
            locate_charge(quote.price, count * LOT, minimums[quote.route])
            for quote, count in zip(quotes, counts, strict=True)
        ]
        is_cheap = all(
            count == 0 or (charge <= limit * count * LOT and quote.price <= limit)
            for quote, count, charge in zip(quotes, counts, charges, strict=True)
        )
        if is_cheap and sum(charges) <= budget:
            best = min(best, (-sum(counts) * LOT, sum(charges, D(0))))
    assert (-plan.shares, plan.charge) == best
    assert plan.shares <= lots * LOT
    for purchase in plan.purchases:
        assert purchase.price_per_share <= limit


def test_test_routes_and_unnamed_routes_are_no_quotes() -> None:
    quotes = [LocateQuote("TESTSL", D(0), 100), LocateQuote("SAGE", D(1), 100), LocateQuote("ARL", D(1), 99)]
    assert [quote.route for quote in usable_quotes(quotes, {})] == ["SAGE"]
    assert usable_quotes(quotes, {"OTHER": 0}) == []


def test_the_offer_covers_most_then_costs_least() -> None:
    quotes = [LocateQuote("A", D("0.3"), 100), LocateQuote("B", D("0.4"), 300), LocateQuote("C", D("0.5"), 300)]
    best = best_single(quotes, 300, {"B": D(200)})
    assert best is not None
    assert (best.route, best.charge) == ("C", D(150))


@given(st.integers(0, 10**6), st.integers(1, 2**26 - 1), st.integers(0, 2**23))
def test_a_locates_token_is_never_a_copys(day: int, sequence: int, order_id: int) -> None:
    token = locate_cl_ord_id(day, sequence)
    assert token != cl_ord_id_for(day, 0, Id(order_id))
    assert token == ClOrdId(token)
    assert 0 < token < 2**31


def test_states_lead_somewhere_and_end() -> None:
    assert set(TRANSITIONS) == set(ShortTaskStatus)
    for status, following in TRANSITIONS.items():
        assert status not in following
        assert bool(following) == (status.value in {"pending", "checking", "locating", "placing_order"})


def test_the_drawing_in_the_documents_is_the_table() -> None:
    page = (Path(__file__).parents[2] / "docs" / "on-demand-short-sale-manager.md").read_text(encoding="utf-8")
    assert f"```mermaid\n{draw_life_cycle()}\n```" in page
