"""Short sales as the texts see them: what a follower may spend, its tasks, offers and locates."""

from collections.abc import Callable
from decimal import Decimal
from typing import Final

import msgspec

from das_copy_trader.container import Container
from das_copy_trader.services.messages import ShortSaleTaskState

_FIELD_BY_WORD: Final[dict[str, tuple[str, Callable[[str], object]]]] = {
    "limit": ("max_locate_price", Decimal),
    "timeout": ("locate_retry_timeout", int),
    "auto": ("auto_accept_max_price", Decimal),
    "order": ("locate_cap_per_order", Decimal),
    "symbol": ("locate_cap_per_symbol_day", Decimal),
    "day": ("locate_cap_per_day", Decimal),
}


class Shorts:
    """The user's hands and eyes on short sales."""

    def __init__(self, container: Container) -> None:
        self._container = container

    async def spend(self, name: str, words: list[str]) -> None:
        """Change what a follower may spend on locates."""
        fields: dict[str, object] = {}
        while words:
            word = words.pop(0)
            if word == "silent":
                fields["price_inquiries"] = False
            elif word == "routes":
                pairs = (part.split(":") for part in words.pop(0).split(","))
                fields["locate_routes"] = {route: int(kind) for route, kind in pairs}
            else:
                field, make = _FIELD_BY_WORD[word]
                fields[field] = make(words.pop(0))
                if word == "auto":
                    fields["auto_accept_locates"] = True
        await self._container.configuration.change_follower(
            name, lambda config: msgspec.structs.replace(config, **fields)
        )

    def task(self, name: str, symbol: str) -> ShortSaleTaskState | None:
        """The newest task of a follower and symbol."""
        tasks = self._container.short_sales.tasks(with_ended=True)
        return next((task for task in reversed(tasks) if (task.follower_id, task.symbol) == (name, symbol)), None)

    def offer(self, name: str, symbol: str) -> str:
        """The offer that the newest task shows: price, shares, total cost and route; or `none`."""
        task = self.task(name, symbol)
        offer = task.offer if task is not None else None
        return "none" if offer is None else f"{offer.price} {offer.shares} {offer.total_cost:f} {offer.route}"

    def accept(self, name: str, symbol: str, price: str) -> None:
        """Click on accept."""
        self._container.short_sales.accept_offer(self._task_id(name, symbol), Decimal(price) if price else None)

    async def reject(self, name: str, symbol: str) -> None:
        """Click on reject."""
        await self._container.short_sales.reject_offer(self._task_id(name, symbol))

    def cancel(self, name: str, symbol: str) -> None:
        """Click on cancel."""
        self._container.short_sales.cancel(self._task_id(name, symbol))

    async def charged(self, name: str) -> Decimal:
        """Dollars of all purchases in the ledger."""
        return (await self._container.short_sales.locates(follower_id=name)).total_charge

    async def left(self, name: str, symbol: str) -> int:
        """Located shares that can still be sold short."""
        book = await self._container.short_sales.locates(follower_id=name, symbol=symbol)
        return sum(left.left_quantity for left in book.inventory)

    def _task_id(self, name: str, symbol: str) -> str:
        task = self.task(name, symbol)
        assert task is not None, f"{name} has no task for {symbol}"
        return task.task_id
