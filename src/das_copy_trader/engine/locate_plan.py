"""How many shares a follower may sell short, and the cheapest way to get those that it lacks. Pure.

Shares and dollars. Source of the capacity rule: das-cmd-api.md 5.5.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import combinations
from typing import Final

import msgspec

from das_copy_trader.domain.locates import LOT, LocateQuote, is_test_locate_route, locate_charge
from das_copy_trader.domain.positions import ShortState

ROUTES_MAX: Final = 6
"""Routes that a plan chooses among, the cheapest by price; every subset of them is looked at."""
NO_CHARGE: Final = Decimal(0)
FRESH_S: Final = 5.0
"""So long what a platform said of a symbol is not asked again."""


# --- capacity ----------------------------------------------------------------------------------------------------


class ShortAnswers(msgspec.Struct, frozen=True):
    """What a platform said of selling a symbol short, and when (loop time).

    `available` is None where it was not asked or said nothing.
    """

    state: ShortState
    available: int | None
    asked_at_s: float

    def is_fresh(self, now_s: float, *, trusts_rows: bool) -> bool:
        """Whether it may be taken as it is now: what the mirror counts always is, the availability changes with it."""
        return now_s - self.asked_at_s < FRESH_S and (self.available is None or trusts_rows)


class ShortFacts(msgspec.Struct, frozen=True):
    """What the capacity of one follower and symbol is worked out from.

    `selling_qty`: shares of all orders that sell and may still fill, shown or not. `available` is the platform's
    answer, None where it gave none. `located_qty` was bought today; `used_qty` of it cannot be used again.
    """

    net_qty: int
    selling_qty: int
    short_state: ShortState
    available: int | None
    located_qty: int
    used_qty: int


class Capacity(msgspec.Struct, frozen=True):
    """Shares that can be sold now: out of the own long, and short. `can_locate`: locates would make it more."""

    long_free: int
    short_cap: int
    can_locate: bool
    reason: str = ""

    @property
    def max_sell(self) -> int:
        """Shares that a new short sale may have."""
        return self.long_free + self.short_cap


def capacity_of(facts: ShortFacts) -> Capacity:
    """What a follower may sell (das-cmd-api.md 5.5).

    Orders that sell take the long first and borrowed shares after it, as the platform itself corrects their side. Of
    the platform's availability and our own count the smaller holds: too low costs a locate, too high a rejection.
    """
    long_qty = max(0, facts.net_qty)
    long_free = max(0, long_qty - facts.selling_qty)
    short_selling_qty = max(0, facts.selling_qty - long_qty)
    state = facts.short_state
    if state.is_prohibited:
        return Capacity(long_free, 0, can_locate=False, reason=f"Short sales of {state.symbol} are prohibited.")
    if state.is_shortable:
        reason = f"The platform takes at most {state.short_size} shares of {state.symbol} in one short sale."
        return Capacity(long_free, state.short_size, can_locate=False, reason=reason)
    own_count = facts.located_qty - facts.used_qty
    available = own_count if facts.available is None else min(facts.available, own_count)
    return Capacity(long_free, max(0, available - short_selling_qty), can_locate=True)


# --- purchases ---------------------------------------------------------------------------------------------------


class Purchase(msgspec.Struct, frozen=True):
    """So many shares from one route."""

    route: str
    shares: int
    price: Decimal
    minimum_charge: Decimal

    @property
    def charge(self) -> Decimal:
        """What it costs."""
        return locate_charge(self.price, self.shares, self.minimum_charge)

    @property
    def price_per_share(self) -> Decimal:
        """What a share costs when the route's minimum charge is counted."""
        return self.charge / self.shares


class LocatePlan(msgspec.Struct, frozen=True):
    """Purchases that belong together; none where nothing can be had within the limits."""

    purchases: tuple[Purchase, ...] = ()

    @property
    def shares(self) -> int:
        """Shares in all."""
        return sum(purchase.shares for purchase in self.purchases)

    @property
    def charge(self) -> Decimal:
        """Dollars in all."""
        return sum((purchase.charge for purchase in self.purchases), NO_CHARGE)


def usable_quotes(quotes: Iterable[LocateQuote], allowed: Mapping[str, int]) -> list[LocateQuote]:
    """Quotes that may be bought from: no test route, at least a lot, and an allowed route where any is named.

    `allowed` is route -> type (0: price and purchase, 1: offers); names count without case.
    """
    names = {name.upper() for name in allowed}
    return [
        quote
        for quote in quotes
        if quote.route
        and quote.price >= 0
        and quote.size >= LOT
        and not is_test_locate_route(quote.route)
        and (not names or quote.route.upper() in names)
    ]


def cheapest_plan(
    quotes: Sequence[LocateQuote],
    deficit: int,
    minimum_by_route: Mapping[str, Decimal],
    *,
    price_limit: Decimal,
    budget: Decimal,
) -> LocatePlan:
    """The plan that covers most of the deficit (whole lots), at the lowest charge, with the fewest purchases.

    No purchase costs more than `price_limit` a share, its route's minimum charge counted; the whole at most `budget`.
    """
    lots = deficit // LOT
    offers = [_RouteOffer(quote, minimum_by_route.get(quote.route, NO_CHARGE), price_limit, lots) for quote in quotes]
    usable = sorted((offer for offer in offers if offer.is_usable), key=lambda offer: (offer.price, offer.route))
    best = LocatePlan()
    best_rank = (0, NO_CHARGE, 0)
    for count in range(1, min(len(usable), ROUTES_MAX) + 1):
        for chosen in combinations(usable[:ROUTES_MAX], count):
            plan = _fill(chosen, lots, budget)
            rank = (-plan.shares, plan.charge, len(plan.purchases))
            if plan.purchases and rank < best_rank:
                best, best_rank = plan, rank
    return best


def best_single(
    quotes: Sequence[LocateQuote], deficit: int, minimum_by_route: Mapping[str, Decimal]
) -> Purchase | None:
    """The one purchase that covers most, at the lowest price a share: what a user is offered above the limit."""
    purchases = [
        Purchase(
            quote.route,
            min(deficit, quote.size // LOT * LOT),
            quote.price,
            minimum_by_route.get(quote.route, NO_CHARGE),
        )
        for quote in quotes
        if quote.size >= LOT <= deficit
    ]
    return min(purchases, key=lambda made: (-made.shares, made.price_per_share, made.route), default=None)


class _RouteOffer:
    """One route's lots and what each costs: none dearer than the one after it, which is why taking the cheapest
    next lot gives the cheapest plan."""

    def __init__(self, quote: LocateQuote, minimum: Decimal, price_limit: Decimal, lots: int) -> None:
        self.route = quote.route
        self.price = quote.price
        self.minimum = minimum
        self.lot_price = quote.price * LOT
        self.lots_max = min(quote.size // LOT, lots)
        limit = price_limit * LOT
        self.lots_min = 1
        if minimum > 0:
            self.lots_min = max(1, int(-(-minimum // limit))) if limit > 0 else lots + 1
        self.is_usable = quote.price <= price_limit and self.lots_min <= self.lots_max

    def charge(self, lots: int) -> Decimal:
        """What so many lots cost."""
        return locate_charge(self.price, lots * LOT, self.minimum)

    def steps(self) -> Iterator[tuple[Decimal, int]]:
        """Lots beyond the fewest, by price: those that the minimum charge covers, the one on its edge, the others."""
        free = self.lots_max if self.lot_price == 0 else int(self.minimum // self.lot_price)
        first = self.lots_min
        if first < free:
            yield NO_CHARGE, min(free, self.lots_max) - first
            first = min(free, self.lots_max)
        if first == free < self.lots_max:
            yield self.charge(first + 1) - self.charge(first), 1
            first += 1
        if first < self.lots_max:
            yield self.lot_price, self.lots_max - first


def _fill(chosen: Sequence[_RouteOffer], lots: int, budget: Decimal) -> LocatePlan:
    """The most lots, then the cheapest, with every chosen route used."""
    taken = {offer.route: offer.lots_min for offer in chosen}
    left = lots - sum(taken.values())
    money = budget - sum((offer.charge(offer.lots_min) for offer in chosen), NO_CHARGE)
    if left < 0 or money < 0:
        return LocatePlan()
    steps = [(price, place, count) for place, offer in enumerate(chosen) for price, count in offer.steps()]
    for price, place, count in sorted(steps):
        affordable = count if price * count <= money else int(money // price)
        lots_more = min(left, affordable)
        taken[chosen[place].route] += lots_more
        left -= lots_more
        money -= price * lots_more
    return LocatePlan(
        tuple(Purchase(offer.route, taken[offer.route] * LOT, offer.price, offer.minimum) for offer in chosen)
    )
