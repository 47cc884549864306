"""Locates above the follower's limit, shown on a task for the user to take or leave, and written down."""

from collections.abc import Callable
from datetime import timedelta

import msgspec

from das_copy_trader.domain.enums import AlertLevel
from das_copy_trader.domain.locates import LedgerKind, LedgerStatus, LocateOffer
from das_copy_trader.engine.locate_ledger import LocateLedger
from das_copy_trader.engine.locate_plan import Purchase
from das_copy_trader.engine.reporting import Reporter
from das_copy_trader.engine.short_sale_task import ShortSaleTask
from das_copy_trader.runtime.clock import Clock


class OfferBoard:
    """Puts offers on tasks and takes them off. `on_changed(task)` is told of what can be seen."""

    def __init__(
        self, ledger: LocateLedger, reporter: Reporter, clock: Clock, on_changed: Callable[[ShortSaleTask], None]
    ) -> None:
        self._ledger = ledger
        self._reporter = reporter
        self._clock = clock
        self._on_changed = on_changed

    def show(self, task: ShortSaleTask, best: Purchase) -> None:
        """Show an offer, unless the same stands there already."""
        offer = self.make(task, best)
        task.error = (
            f"{best.route} asks {best.price_per_share:f} a share, above the follower's limit: accept or reject it."
        )
        if task.offer is not None:
            same = msgspec.structs.replace(offer, made_at=task.offer.made_at)
            if same == task.offer:
                return
            self.withdraw(task)
        task.offer = offer
        self.note(task, offer, LedgerStatus.SHOWN, "")
        self._reporter.alert_copy(
            AlertLevel.WARN,
            task.link,
            f"needs your decision: {best.shares} shares can be located at {best.route} for {best.price:f} each, "
            f"{best.charge:f} dollars in all. Accept or reject the offer",
        )
        self._on_changed(task)

    def make(self, task: ShortSaleTask, best: Purchase) -> LocateOffer:
        """The offer that a purchase comes to."""
        now = self._clock.now()
        left_s = max(0.0, task.deadline_s - self._clock.monotonic_s())
        expires_at = (now + timedelta(seconds=left_s)).replace(microsecond=0)
        return LocateOffer(best.route, best.price, best.shares, best.charge, now, expires_at)

    def withdraw(self, task: ShortSaleTask) -> None:
        """What was shown cannot be had any more."""
        if task.offer is not None:
            self.note(task, task.offer, LedgerStatus.EXPIRED, "")
            task.offer = None
            self._on_changed(task)

    def note(self, task: ShortSaleTask, offer: LocateOffer, status: LedgerStatus, note: str = "") -> None:
        """Write down what became of an offer."""
        entry = self._ledger.open(LedgerKind.OFFER, status, task, route=offer.route, shares=offer.shares)
        self._ledger.change(entry.entry_id, price=offer.price, note=note or f"{offer.total_cost:f} dollars in all.")
