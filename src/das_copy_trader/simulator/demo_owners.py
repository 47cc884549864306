"""What the owners of the demo's followers do by hand: close what the master no longer has.

A follower that was away misses exits, and nobody replays them in a demo that is left alone. Without this its positions
would grow until its buying power was gone.
"""

from collections.abc import Sequence

from das_copy_trader.protocol.vocabulary import SideWord
from das_copy_trader.simulator.control import Control, Ticket
from das_copy_trader.simulator.orders import Kind
from das_copy_trader.simulator.platform import Platform

LOOK_EVERY_S = 15.0
PATIENCE_S = 60.0
"""How long a difference stays to be seen before its owner closes it."""


class FollowerOwners:
    """Looks at every follower now and then, until the broker ends."""

    def __init__(self, control: Control, master: str, followers: Sequence[str]) -> None:
        self._control = control
        self._master = master
        self._followers = followers
        self._left_since_s: dict[tuple[str, str], float] = {}

    def begin(self) -> None:
        """Look from now on."""
        self._control.broker.agenda.after(LOOK_EVERY_S, self._look_again)

    def _look_again(self) -> None:
        for account in self._followers:
            self._look(self._control.platform(account))
        self.begin()

    def _look(self, follower: Platform) -> None:
        master = self._control.platform(self._master)
        now_s = self._control.broker.agenda.now_s
        for holding in follower.ledger.holdings:
            key = (follower.spec.account, holding.symbol)
            is_left = bool(holding.net) and not (
                master.ledger.net(holding.symbol)
                or master.venue.open_orders(holding.symbol)
                or follower.venue.open_orders(holding.symbol)
            )
            if not is_left or not follower.is_online:
                self._left_since_s.pop(key, None)
            elif now_s - self._left_since_s.setdefault(key, now_s) >= PATIENCE_S:
                del self._left_since_s[key]
                self._close(follower, holding.symbol, holding.net)

    def _close(self, follower: Platform, symbol: str, net: int) -> None:
        side = SideWord.SELL if net > 0 else SideWord.BUY
        ticket = Ticket(symbol=symbol, side=side.value, shares=abs(net), kind=Kind.MARKET.name)
        self._control.place(follower.spec.account, ticket)
