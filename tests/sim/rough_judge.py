"""What must hold on a rough day: at each line that the product sends, each second, and when all has come to rest.

The judge knows three things of its own: what the platforms have, what the product was told and when, and what the user
has ordered and been answered. It never asks the product what is right.
"""

import asyncio
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

import msgspec

from das_copy_trader.domain.identifiers import is_copy_id, master_bits_of
from tests.acceptance.world import MASTER_NAME
from tests.sim.rough_platform import ENDED, RoughOrder, RoughPlatform

OUTLIVES_LIMIT_S: Final = 12.0
"""How long a copy may outlive its master's order while nothing stands in the way (reliability.md 5.4)."""
PLACED: Final = ("Accepted", "Partial", "Executed")
ANY_CONNECTION: Final = range(1, 1_000_000)


def scaled(quantity: int, multiplier: Decimal) -> int:
    """The scale rule, in the judge's own words: half up, at least one share."""
    return max(1, int(quantity * multiplier + Decimal("0.5")))


def copies_of(platform: RoughPlatform, master: RoughOrder) -> list[RoughOrder]:
    """A platform's orders for one of the master's, auto-route children left out."""
    bits = master_bits_of(master.order_id)
    return [
        order
        for order in platform.book.values()
        if is_copy_id(order.token) and order.parent is None and master_bits_of(order.token) == bits
    ]


class Rules(msgspec.Struct):
    """What the user has ordered for a follower; while an order of his is not answered, old and new are allowed."""

    multipliers: list[Decimal]
    ever: list[Decimal]
    is_enabled: bool = True
    blacklisted: dict[str, None] = {}
    was_bound: dict[str, None] = {}
    """Symbols in which the follower's copies could only shrink for a while."""


class Judge:
    """Implements rough_world.Ear. `wrongs` is what it has found."""

    def __init__(self, platforms: Callable[[], Mapping[str, RoughPlatform]], rules: dict[str, Rules]) -> None:
        self._platforms = platforms
        self.rules = rules
        self.wrongs: list[str] = []
        self.is_started = False
        self.is_replaying = False
        self.sends = 0
        self.trouble_until_s: dict[str, float] = {}
        self._is_told_by_master = False
        self._sent_tokens: dict[tuple[str, int], int] = {}
        self._connections: dict[str, int] = {}
        self._has_listed: dict[str, bool] = {}
        self._first_seen: dict[int, tuple[int, bool]] = {}
        self._known_ended: dict[int, None] = {}
        self._known_over: dict[tuple[str, int], None] = {}
        self._reported: dict[tuple[str, int], None] = {}

    def find(self, wrong: str) -> None:
        """Something is wrong."""
        self.wrongs.append(f"{asyncio.get_running_loop().time():.3f} {wrong}")

    # --- what the product is told ----------------------------------------------------------------------------------

    def on_connected(self, name: str) -> None:
        """A new connection: nothing of it is whole yet."""
        self._connections[name] = self._connections.get(name, 0) + 1
        self._has_listed[name] = False

    def on_hearing(self, name: str, line: str) -> None:
        """A line is on its way into the product."""
        if name != MASTER_NAME:
            return
        self._is_told_by_master = True
        if line.startswith("#OrderEnd"):
            self._has_listed[name] = True
        words = line.split()
        seen = 0
        if words[0] == "%TRADE":
            seen = int(words[8])
        elif (words[0] == "%ORDER" and words[11] in PLACED) or (words[0] == "%OrderAct" and words[2] == "Execute"):
            seen = int(words[1])
        if seen:
            self._first_seen.setdefault(seen, (self._connections[name], self._has_listed[name]))

    def on_heard(self, name: str, line: str) -> None:
        """The product has dealt with it."""
        words = line.split()
        if name != MASTER_NAME:
            if words[0] == "%ORDER" and words[11] in ENDED:
                self._known_over[name, int(words[1])] = None
            return
        self._is_told_by_master = False
        if words[0] == "%ORDER" and words[11] in ("Canceled", "Rejected"):
            self._known_ended[int(words[1])] = None

    # --- what it sends ---------------------------------------------------------------------------------------------

    def on_sent(self, name: str, line: str) -> None:
        """The product sends a line."""
        words = line.split()
        if words[0] not in ("NEWORDER", "CANCEL", "REPLACE"):
            return
        self.sends += 1
        if name == MASTER_NAME:
            self.find(f"the master is sent {line}")
            return
        if not self.is_started:
            self.find(f"{name} is sent {line} while copying is stopped")
        if words[0] == "NEWORDER":
            self._judge_order(name, line, words)
        else:
            self._judge_command(name, line, words)

    def _judge_order(self, name: str, line: str, words: list[str]) -> None:
        _, token_text, side, symbol, route, quantity, price, *rest = words
        token, rules = int(token_text), self.rules[name]
        if self._sent_tokens.get((name, token)) in ({self._connections[name]} if self.is_replaying else ANY_CONNECTION):
            self.find(f"{name} is sent id {token} a second time")
        self._sent_tokens[name, token] = self._connections[name]
        if not rules.is_enabled or symbol in rules.blacklisted:
            self.find(f"{name} is disabled, or must not trade {symbol}, and is sent {line}")
        master = self._master_of(token)
        if master is None or not is_copy_id(token):
            self.find(f"{name} is sent {line} for no order of the master's")
            return
        if master.order_id in self._known_ended:
            self.find(f"{name} is sent {line} although the end of {master.order_id} is known")
        if (side, symbol, route, rest) != (master.side, master.symbol, "SMAT", ["TIF=DAY+"]):
            self.find(f"{name} is sent {line} for {master.side} {master.symbol}")
        if price not in master.prices:
            self.find(f"{name} is sent {line}, the master's prices were {master.prices}")
        allowed = [scaled(qty, by) for qty in master.quantities for by in rules.multipliers]
        if side == "B" and int(quantity) not in allowed:
            self.find(f"{name} is sent {line}, the master's quantities scale to {allowed}")
        if side == "B" and not self.is_replaying:
            self._judge_unasked(name, line, master)

    def _judge_unasked(self, name: str, line: str, master: RoughOrder) -> None:
        """Nobody replays it: then only an order that is seen live, for the first time, may be copied."""
        connection, was_listed = self._first_seen.get(master.order_id, (0, False))
        if not self._is_told_by_master:
            self.find(f"{name} is sent {line} by itself")
        elif connection != self._connections[MASTER_NAME] or not was_listed:
            self.find(f"{name} is sent {line}, which an earlier life may have sent")

    def _judge_command(self, name: str, line: str, words: list[str]) -> None:
        platform = self._platforms()[name]
        order = platform.book.get(int(words[1]))
        if order is None or not is_copy_id(order.token):
            self.find(f"{name} is sent {line} for an order that is not a copy")
            return
        if (name, order.order_id) in self._known_over:
            self.find(f"{name} is sent {line} although the end of that order is known")
        rules = self.rules[name]
        if words[0] == "REPLACE":
            if not rules.is_enabled:
                self.find(f"{name} is disabled and is sent {line}")
            return
        master = self._master_of(order.token)
        if master is None or master.side != "B" or not master.is_working or len(copies_of(platform, master)) > 1:
            return
        least = min(scaled(qty, by) for qty in master.quantities for by in rules.ever)
        filled = order.filled if order.parent is None else order.parent.filled + order.filled
        if least > filled:
            self.find(f"{name} is sent {line} although {master.order_id} works")

    def _master_of(self, token: int) -> RoughOrder | None:
        book = self._platforms()[MASTER_NAME].book
        return next((order for order in book.values() if master_bits_of(order.order_id) == master_bits_of(token)), None)

    # --- what the platforms have -----------------------------------------------------------------------------------

    def look(self) -> None:
        """Now and then: nothing is there twice, and nothing outlives its original."""
        now_s = asyncio.get_running_loop().time()
        masters = self._platforms()[MASTER_NAME].book
        for name, platform in self._platforms().items():
            if name == MASTER_NAME:
                continue
            for master in masters.values():
                copies = copies_of(platform, master)
                if master.side == "B" and len(copies) > 1:
                    self._find_once(name, master, f"{len(copies)} orders copy {master.order_id} on {name}")
                since_s = max(
                    master.ended_s, self.trouble_until_s.get(name, 0.0), self.trouble_until_s.get(MASTER_NAME, 0.0)
                )
                is_over = master.status in ENDED and master.status != "Executed"
                if is_over and now_s > since_s + OUTLIVES_LIMIT_S and any(copy.live.is_working for copy in copies):
                    self._find_once(
                        name, master, f"{name} still works {master.order_id}, which ended at {master.ended_s:.3f}"
                    )

    def _find_once(self, name: str, master: RoughOrder, wrong: str) -> None:
        if (name, master.order_id) not in self._reported:
            self._reported[name, master.order_id] = None
            self.find(wrong)
