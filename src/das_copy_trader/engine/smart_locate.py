"""One try at getting the shares that a short sale lacks: ask the prices, choose, buy, and keep the books.

Nothing here decides whether a task is still wanted: `is_wanted` is asked again after every wait, before every dollar.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from decimal import Decimal
from enum import Enum, auto
from typing import Final

from das_copy_trader.domain.enums import AlertLevel
from das_copy_trader.domain.identifiers import FollowerId, Symbol
from das_copy_trader.domain.locates import (
    LOT,
    LedgerEntry,
    LedgerKind,
    LedgerStatus,
    LedgerWriteError,
    LocateError,
    LocateNotNeeded,
    LocateOrder,
    LocateQuote,
    LocateRefused,
    LocateStatus,
    LocateUnanswered,
    LocateUnreachable,
    locate_charge,
)
from das_copy_trader.engine.follower_settings import FollowerSettings
from das_copy_trader.engine.locate_ledger import LocateLedger
from das_copy_trader.engine.locate_offers import OfferBoard
from das_copy_trader.engine.locate_plan import Purchase, best_single, cheapest_plan, usable_quotes
from das_copy_trader.engine.locate_settler import NEVER_ARRIVED, SECOND_LIST_AFTER_S, unknown_text
from das_copy_trader.engine.reporting import Reporter
from das_copy_trader.engine.short_ports import LocateDesk
from das_copy_trader.engine.short_sale_task import ShortSaleTask

NOTHING: Final = Decimal(0)
OFFER_ROUTE: Final = 1
"""The type of a locate route that makes offers (das-cmd-api.md 5.1)."""


class Next(Enum):
    """What to do after a try."""

    MEASURE = auto()
    """Something changed: see what the follower may sell now."""
    WAIT = auto()
    """Nothing to be had now: try again later."""
    GIVE_UP = auto()
    """Trying again would not help; the task's `error` says why."""


class SmartLocate:
    """Tries for one task at a time on each connection.

    `measure(task)` asks its platform again what is covered, where that may have changed; `lacking(task)` is what its
    orders ask now beyond what is covered now, in whole lots.
    `on_changed(task)` is told of everything that can be seen.
    """

    def __init__(
        self,
        *,
        ledger: LocateLedger,
        reporter: Reporter,
        offers: OfferBoard,
        is_wanted: Callable[[ShortSaleTask], bool],
        is_late: Callable[[ShortSaleTask], bool],
        measure: Callable[[ShortSaleTask], Awaitable[object]],
        lacking: Callable[[ShortSaleTask], int],
        on_changed: Callable[[ShortSaleTask], None],
    ) -> None:
        self._ledger = ledger
        self._reporter = reporter
        self._is_wanted = is_wanted
        self._is_late = is_late
        self._measure = measure
        self._lacking = lacking
        self._on_changed = on_changed
        self._offers = offers
        self._told_minimums: dict[FollowerId, None] = {}

    async def attempt(self, task: ShortSaleTask, desk: LocateDesk, deficit: int, orders: int) -> Next:
        """Try to locate `deficit` shares (whole lots), which `orders` orders of the follower need.

        Raises LocateError where the platform cannot be asked.
        """
        settings = task.link.seat.settings
        if task.accepted is not None:
            return await self._take_accepted(task, desk, deficit)
        if self._is_over_cap(task, settings, Decimal(0)):
            return Next.GIVE_UP
        quotes: Sequence[LocateQuote] = ()
        kinds = settings.locate_routes.values()
        has_offer_routes = OFFER_ROUTE in kinds
        may_inquire = settings.price_inquiries and not desk.inquiry_refusal
        if not may_inquire and not has_offer_routes:
            task.error = desk.inquiry_refusal or "Price inquiries are switched off and no locate route makes offers."
            return Next.GIVE_UP
        if may_inquire and not (has_offer_routes and all(kind == OFFER_ROUTE for kind in kinds)):
            try:
                answered = await self._inquire(task, desk, deficit)
            except LocateUnanswered:
                if not has_offer_routes:
                    raise
                answered = []
            if answered is None:
                return Next.MEASURE
            quotes = answered
        minimums = {quote.route: await self._minimum(task, desk, quote.route) for quote in quotes}
        await self._measure(task)
        deficit = min(deficit, self._lacking(task))  # the master may ask for less by now, and more may be covered
        if deficit <= 0 or not self._is_wanted(task):
            return Next.MEASURE
        bought = await self._buy_cheapest(task, desk, quotes, minimums, deficit, orders)
        if bought is not None:
            return bought
        offered, above = await self._ask_offer_routes(task, desk, deficit, settings)
        if offered is not None:
            return offered
        return await self._offer_dear(task, desk, [*quotes, *above], minimums, deficit)

    # --- prices --------------------------------------------------------------------------------------------------

    async def _inquire(self, task: ShortSaleTask, desk: LocateDesk, deficit: int) -> list[LocateQuote] | None:
        """The routes' prices that may be taken; None where the platform says that no locate is needed."""
        settings = task.link.seat.settings
        type_0 = {route: kind for route, kind in settings.locate_routes.items() if kind != OFFER_ROUTE}
        entry = self._ledger.open(LedgerKind.INQUIRY, LedgerStatus.ASKED, task, route="", shares=deficit)
        names = frozenset(route.upper() for route in type_0)
        try:
            answer, _ = await asyncio.gather(
                desk.inquire(task.symbol, deficit, names), _prepare(desk, task.symbol, type_0)
            )
        except LocateError as error:
            status = LedgerStatus.UNANSWERED if isinstance(error, LocateUnanswered) else LedgerStatus.NOT_SENT
            self._ledger.change(entry.entry_id, status=status, note=str(error))
            raise
        told = ", ".join(f"{quote.route} {quote.size} at {quote.price}" for quote in answer.quotes) or answer.note
        self._ledger.change(entry.entry_id, status=LedgerStatus.ANSWERED, note=told)
        if answer.is_shortable:
            task.is_told_shortable = True
            return None
        quotes = usable_quotes(answer.quotes, type_0)
        if not quotes:
            task.error = f"No locate route has {task.symbol} now. {answer.note}".strip()
        fresh = [quote for quote in quotes if quote.route not in task.declined]
        task.declined.clear()  # what declined is left out once, and asked again after that
        return fresh

    async def _minimum(self, task: ShortSaleTask, desk: LocateDesk, route: str) -> Decimal:
        """A route's minimum charge; one that is not told counts as none, and the user knows that it may be wrong."""
        minimum = await desk.minimum_charge(route)
        if minimum is not None:
            return minimum
        if task.follower_id not in self._told_minimums:
            self._told_minimums[task.follower_id] = None
            self._reporter.alert(
                AlertLevel.WARN,
                f"{task.link.seat.settings.name}: the platform does not tell the minimum charges of its locate routes. "
                "They count as none; a purchase may be charged more than the locates page shows. Compare it with the "
                "HTB cost in DAS.",
                follower_id=task.follower_id,
            )
        return Decimal(0)

    # --- buying at a price ---------------------------------------------------------------------------------------

    async def _buy_cheapest(
        self,
        task: ShortSaleTask,
        desk: LocateDesk,
        quotes: Sequence[LocateQuote],
        minimums: dict[str, Decimal],
        deficit: int,
        orders: int,
    ) -> Next | None:
        """Buy the cheapest plan within the limit; None where there is none."""
        settings = task.link.seat.settings
        budget, _ = self._ledger.budget(settings, task, orders)
        limit = settings.max_locate_price
        wanted = cheapest_plan(quotes, deficit, minimums, price_limit=limit, budget=Decimal("Infinity"))
        plan = cheapest_plan(quotes, deficit, minimums, price_limit=limit, budget=budget)
        if plan.shares < wanted.shares and not plan.purchases:
            self._is_over_cap(task, settings, wanted.charge)
            return Next.GIVE_UP
        if not plan.purchases:
            return None
        is_bought = False
        for purchase in plan.purchases:
            if purchase.shares > self._lacking(task) or task.is_told_shortable:
                return Next.MEASURE
            if not self._is_wanted(task) or self._is_late(task):
                return Next.MEASURE
            outcome = await self._buy(task, desk, purchase)
            is_bought = is_bought or outcome is not None
            if outcome is Next.GIVE_UP:
                return outcome
        return Next.MEASURE if is_bought else Next.WAIT

    async def _buy(self, task: ShortSaleTask, desk: LocateDesk, purchase: Purchase) -> Next | None:
        """Buy from one route; None where it sold nothing."""
        entry = await self._begin_purchase(task, purchase)
        if entry is None:
            return Next.GIVE_UP
        row = await self._order(task, desk, entry, purchase)
        if row is not None and row.status is LocateStatus.OFFERED:
            row = await self._answer_offer(task, desk, entry, row, purchase.price_per_share, purchase.minimum_charge)
        outcome = await self._end_purchase(task, entry, row)
        if outcome is None:
            task.declined[purchase.route] = None
        return outcome

    async def _begin_purchase(self, task: ShortSaleTask, purchase: Purchase) -> LedgerEntry | None:
        """Write it down before it is sent. None: it must not be sent."""
        entry = self._ledger.open(
            LedgerKind.PURCHASE, LedgerStatus.ASKED, task, route=purchase.route, shares=purchase.shares
        )
        entry = self._ledger.change(
            entry.entry_id,
            price=purchase.price,
            minimum_charge=purchase.minimum_charge,
            charge=purchase.charge,
        )
        task.open_locate, task.agreed_price = entry.cl_ord_id, purchase.price
        try:
            await self._ledger.keep(entry.entry_id)
        except LedgerWriteError as error:
            task.error = f"No locate is bought, since it cannot be written down. {error}"
            self._not_sent(task, entry, task.error)
            self._reporter.alert_copy(AlertLevel.ERROR, task.link, f"needs a locate: {task.error}")
            return None
        except asyncio.CancelledError:
            self._not_sent(task, entry, "The task ended before it was sent.")
            raise
        if not self._is_wanted(task):
            self._not_sent(task, entry, "The task ended before it was sent.")
            return None
        return entry

    def _not_sent(self, task: ShortSaleTask, entry: LedgerEntry, note: str) -> None:
        task.open_locate = None
        self._ledger.change(entry.entry_id, status=LedgerStatus.NOT_SENT, charge=Decimal(0), note=note)

    async def _order(
        self, task: ShortSaleTask, desk: LocateDesk, entry: LedgerEntry, purchase: Purchase
    ) -> LocateOrder | None:
        """Send the order; its end or offer, None where nothing was bought."""
        assert entry.cl_ord_id is not None
        try:
            return await desk.order(task.symbol, purchase.shares, purchase.route, entry.cl_ord_id, purchase.price)
        except LocateNotNeeded:
            task.is_told_shortable = True
            self._refused(entry, "The platform says that no locate is needed.")
        except LocateRefused as error:
            task.error = str(error)
            self._refused(entry, str(error))
        except LocateUnreachable as error:
            task.error = str(error)
            self._not_sent(task, entry, str(error))
        except LocateUnanswered as error:
            task.error = str(error)
            return await self._read_back(task, desk, entry)
        return None

    def _refused(self, entry: LedgerEntry, note: str) -> None:
        self._ledger.change(entry.entry_id, status=LedgerStatus.REFUSED, charge=Decimal(0), note=note)

    async def _read_back(self, task: ShortSaleTask, desk: LocateDesk, entry: LedgerEntry) -> LocateOrder | None:
        """It was sent and not answered: look at the platform's list, twice, before anything else is spent."""
        assert entry.cl_ord_id is not None
        desk.abandon(entry.cl_ord_id)  # should it show up after all, it is ended, or counts if it has bought
        for is_last in (False, True):
            trouble = ""
            try:
                await desk.read_located()
            except LocateError as error:
                trouble = str(error)
            row = desk.located_order(entry.cl_ord_id)  # a list without an end may have shown it all the same
            if row is not None and not row.is_open:
                return row
            if trouble:
                self._ledger.change(entry.entry_id, note=trouble)
                return None
            if row is None and is_last:
                self._refused(entry, NEVER_ARRIVED)
            elif not is_last:
                await asyncio.sleep(SECOND_LIST_AFTER_S)
        return None

    async def _end_purchase(self, task: ShortSaleTask, entry: LedgerEntry, row: LocateOrder | None) -> Next | None:
        """Keep what became of it, before anything else is spent."""
        if row is not None:
            self._ledger.take_row(task.follower_id, row)
        entry = self._ledger.entry(entry.entry_id)
        task.open_locate = None
        is_known = entry.status is not LedgerStatus.ASKED
        task.located_qty += entry.located_qty
        await self._keep_end(task, entry)
        self._on_changed(task)
        self._judge_charge(task, entry)
        if not is_known:
            task.error = unknown_text(entry)
            self._reporter.alert_copy(AlertLevel.ERROR, task.link, f"waits: {task.error}")
            return Next.WAIT
        if task.is_told_shortable or entry.located_qty:
            task.error = "" if entry.located_qty else task.error
            return Next.MEASURE
        task.error = (
            entry.note or f"{entry.route} sold nothing: the locate was {row.status.value if row else 'refused'}."
        )
        return None

    def _judge_charge(self, task: ShortSaleTask, entry: LedgerEntry) -> None:
        """DAS may not keep to the limit on the line, or to its own offer: then the user must know at once."""
        agreed = locate_charge(task.agreed_price, entry.located_qty, entry.minimum_charge)
        if entry.located_qty and entry.charge > agreed:
            self._reporter.alert_copy(
                AlertLevel.ERROR,
                task.link,
                f"was charged {entry.charge:f} dollars for {entry.located_qty} located shares at {entry.route}; "
                f"{agreed:f} had been agreed. Look at the locate window in DAS",
            )

    async def _keep_end(self, task: ShortSaleTask, entry: LedgerEntry) -> None:
        try:
            await self._ledger.keep(entry.entry_id)
        except LedgerWriteError as error:
            self._reporter.alert_copy(AlertLevel.ERROR, task.link, f"bought a locate that could not be stored: {error}")

    # --- routes that make offers ---------------------------------------------------------------------------------

    async def _ask_offer_routes(
        self, task: ShortSaleTask, desk: LocateDesk, deficit: int, settings: FollowerSettings
    ) -> tuple[Next | None, list[LocateQuote]]:
        """Ask each route of type 1 for an offer, one after another; what was too dear comes back as quotes."""
        above: list[LocateQuote] = []
        for route, kind in settings.locate_routes.items():
            if kind != OFFER_ROUTE or "TEST" in route.upper():
                continue
            minimum = await self._minimum(task, desk, route)
            if self._is_over_cap(task, settings, minimum):
                return Next.GIVE_UP, above
            await self._measure(task)
            shares = min(deficit, self._lacking(task))
            if shares <= 0 or not self._is_wanted(task) or self._is_late(task):
                return Next.MEASURE, above
            limit = settings.max_locate_price
            purchase = Purchase(route, shares, limit, minimum)
            entry = await self._begin_purchase(task, purchase)
            if entry is None:
                return Next.GIVE_UP, above
            row = await self._order(task, desk, entry, purchase)
            if row is not None and row.status is LocateStatus.OFFERED:
                if row.order_qty and locate_charge(row.price, row.order_qty, minimum) > limit * row.order_qty:
                    above.append(LocateQuote(route, row.price, row.order_qty))
                row = await self._answer_offer(task, desk, entry, row, limit, minimum)
            outcome = await self._end_purchase(task, entry, row)
            if outcome is not None:
                return outcome, above
        return None, above

    async def _answer_offer(
        self,
        task: ShortSaleTask,
        desk: LocateDesk,
        entry: LedgerEntry,
        row: LocateOrder,
        limit: Decimal,
        minimum: Decimal,
    ) -> LocateOrder | None:
        """Take an offer of a route within the limit and the caps, else reject it; it lives but a few seconds."""
        assert entry.cl_ord_id is not None
        if row.price <= 0:
            task.error = f"{entry.route} made an offer without a price that can be read; it was rejected."
            self._ledger.change(entry.entry_id, status=LedgerStatus.REJECTED, charge=Decimal(0), note=task.error)
            desk.abandon(entry.cl_ord_id)
            return None
        charge = locate_charge(row.price, row.order_qty, minimum)
        left, _ = self._ledger.budget(task.link.seat.settings, task, 1)
        is_cheap = row.order_qty > 0 and charge / row.order_qty <= limit
        is_needed = row.order_qty <= self._lacking(task) and self._is_wanted(task)
        if not is_cheap or charge > left + entry.charge or not is_needed:
            why = "" if is_cheap else f"{entry.route} asks {charge / row.order_qty:f} a share; the limit is {limit:f}."
            task.error = why or task.error
            self._ledger.change(
                entry.entry_id, status=LedgerStatus.REJECTED, charge=Decimal(0), price=row.price, note=why
            )
            desk.abandon(entry.cl_ord_id)
            return None
        self._ledger.change(entry.entry_id, charge=charge, price=row.price)
        task.agreed_price = row.price
        try:
            return await desk.accept_offer(entry.cl_ord_id)
        except LocateUnanswered as error:
            task.error = str(error)
            return await self._read_back(task, desk, entry)
        except LocateError as error:
            task.error = str(error)
            self._refused(entry, str(error))
            return None

    # --- offers for the user -------------------------------------------------------------------------------------

    async def _offer_dear(
        self,
        task: ShortSaleTask,
        desk: LocateDesk,
        quotes: Sequence[LocateQuote],
        minimums: dict[str, Decimal],
        deficit: int,
    ) -> Next:
        """What can be had above the limit: taken by itself where the follower says so, else shown to the user."""
        if task.accepted is not None:
            return Next.MEASURE  # the user has decided while prices were asked
        settings = task.link.seat.settings
        for quote in quotes:
            if quote.route not in minimums:
                minimums[quote.route] = await self._minimum(task, desk, quote.route)
        best = best_single(quotes, deficit, minimums)
        if best is None:
            self._offers.withdraw(task)
            return Next.WAIT
        if settings.auto_accept_locates and best.price_per_share <= settings.auto_accept_max_price:
            if self._is_over_cap(task, settings, best.charge):
                return Next.GIVE_UP
            task.accepted = self._offers.make(task, best)
            self._offers.note(task, task.accepted, LedgerStatus.ACCEPTED, "Accepted by itself: auto_accept_locates.")
            return Next.MEASURE
        self._offers.show(task, best)
        return Next.WAIT

    async def _take_accepted(self, task: ShortSaleTask, desk: LocateDesk, deficit: int) -> Next:
        """Buy what was accepted: no more than is lacking now, at no higher price than was shown."""
        offer, task.accepted, task.offer = task.accepted, None, None
        assert offer is not None
        settings = task.link.seat.settings
        minimum = await self._minimum(task, desk, offer.route)
        purchase = Purchase(
            offer.route, min(offer.shares, deficit, self._lacking(task)) // LOT * LOT, offer.price, minimum
        )
        if purchase.shares == 0 or not self._is_wanted(task):
            return Next.MEASURE
        if self._is_over_cap(task, settings, purchase.charge):
            return Next.GIVE_UP
        entry = await self._begin_purchase(task, purchase)
        if entry is None:
            return Next.GIVE_UP
        row = await self._order(task, desk, entry, purchase)
        if row is not None and row.status is LocateStatus.OFFERED:
            limit = purchase.charge / purchase.shares
            row = await self._answer_offer(task, desk, entry, row, limit, minimum)
        return await self._end_purchase(task, entry, row) or Next.WAIT

    # --- caps ----------------------------------------------------------------------------------------------------

    def _is_over_cap(self, task: ShortSaleTask, settings: FollowerSettings, charge: Decimal) -> bool:
        """Whether a charge is more than the caps leave; tells the user if so."""
        room, which = self._ledger.budget(settings, task, 1)
        if room > 0 and charge <= room:
            return False
        task.error = (
            f"The cap on locates for {which} is reached: {max(room, NOTHING):f} dollars are left of it"
            + (f", {charge:f} would be needed." if charge else ".")
            + " Raise it in the follower's settings if you mean to spend more."
        )
        self._reporter.alert_copy(AlertLevel.ERROR, task.link, f"gets no locate. {task.error}")
        return True


async def _prepare(desk: LocateDesk, symbol: Symbol, routes: Iterable[str]) -> None:
    """What will have to be known, asked while the routes think; never raises."""
    questions: list[Awaitable[object]] = [desk.minimum_charge(route) for route in routes]
    if symbol not in desk.located_symbols():  # else it was asked with what may be sold
        questions.append(desk.is_reusable(symbol))
    with suppress(LocateError):
        await asyncio.gather(*questions)
