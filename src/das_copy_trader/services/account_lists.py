"""An account's long lists, encoded, and encoded again only when something in them has changed (design.md 2.5).

With 50 accounts of 100 positions each a snapshot is 600 kB: making it anew each second would hold the loop up.
"""

from decimal import Decimal
from typing import Final

import msgspec

from das_copy_trader.client.mirror import AccountMirror
from das_copy_trader.domain.identifiers import FollowerId, Symbol, is_copy_id
from das_copy_trader.domain.orders import Order
from das_copy_trader.domain.positions import Position
from das_copy_trader.domain.quantity import scale_quantity
from das_copy_trader.engine.blacklist_manager import BlacklistManager
from das_copy_trader.engine.multiplier_manager import MultiplierManager
from das_copy_trader.runtime.clock import Clock
from das_copy_trader.services.messages import DriftState, PositionState, WorkingOrder

SETTLING_S: Final = 5.0
"""A difference counts as drift when it has lasted so long and nothing works in the symbol."""
EMPTY: Final = msgspec.Raw(b"[]")
_NOTHING: Final = Decimal(0)
_FOREVER: Final = float("inf")
_encoder: Final = msgspec.json.Encoder()
_Key = tuple[object, ...]


class MasterSide(msgspec.Struct, frozen=True):
    """What a follower's targets are measured by: the master's mirror, and whether it is in step with its platform."""

    view: AccountMirror
    is_current: bool

    @property
    def key(self) -> _Key:
        """Changes when something that matters to a target has changed."""
        return (id(self.view), self.is_current, self.view.positions_revision, self.view.orders_revision)


class AccountLists:
    """One account's positions and working orders. The same object as long as the same mirror is shown."""

    def __init__(self, view: AccountMirror) -> None:
        self.view = view
        self.positions: msgspec.Raw = EMPTY
        self.working_orders: msgspec.Raw = EMPTY
        self.realized_pl: Decimal | None = None
        self.unrealized_pl: Decimal | None = None
        self.encodings = 0
        """How often something was encoded anew."""
        self._positions_key: _Key = ()
        self._orders_revision = -1
        self._valid_until_s = _FOREVER
        self._differs_since_s: dict[Symbol, float] = {}

    def refresh_master(self) -> None:
        """Bring both lists up to date."""
        self._refresh_orders()
        key = (self.view.positions_revision,)
        if key != self._positions_key:
            self._take_positions(key, [_position_state(position) for position in self.view.positions])

    def refresh_follower(
        self,
        follower_id: FollowerId,
        *,
        is_current: bool,
        master: MasterSide | None,
        multipliers: MultiplierManager,
        blacklist: BlacklistManager,
        clock: Clock,
        short_symbols: frozenset[Symbol] = frozenset(),
    ) -> None:
        """Bring both lists up to date, with the targets of the positions.

        `short_symbols`: those in which a short sale of the follower is on its way, which works like an order does.
        """
        self._refresh_orders()
        view, now_s = self.view, clock.monotonic_s()
        key = (
            is_current,
            view.positions_revision,
            view.orders_revision,
            master.key if master is not None else None,
            multipliers.revision,
            blacklist.revision,
            short_symbols,
        )
        if key == self._positions_key and now_s < self._valid_until_s:
            return
        self._valid_until_s = _FOREVER
        symbols = dict.fromkeys(position.symbol for position in view.positions)
        if master is not None:
            symbols.update(dict.fromkeys(position.symbol for position in master.view.positions if position.net_qty))
        knows = master is not None and master.is_current and is_current
        rows: list[PositionState] = []
        for symbol in symbols:
            row = _position_state(view.position(symbol) or _flat(symbol))
            multiplier = multipliers.effective(follower_id, symbol)
            row = msgspec.structs.replace(
                row,
                multiplier=multiplier,
                multiplier_source=multipliers.source(follower_id, symbol).value,
            )
            if blacklist.is_blacklisted(follower_id, symbol):
                row = msgspec.structs.replace(row, drift_state=DriftState.EXCLUDED)
            elif not knows or master is None:
                row = msgspec.structs.replace(row, drift_state=DriftState.UNKNOWN)
            else:
                row = self._with_target(row, master.view, multiplier, now_s, is_selling_short=symbol in short_symbols)
            rows.append(row)
        self._take_positions(key, rows)

    def _with_target(
        self,
        row: PositionState,
        master_view: AccountMirror,
        multiplier: Decimal,
        now_s: float,
        *,
        is_selling_short: bool,
    ) -> PositionState:
        symbol = Symbol(row.symbol)
        master_qty = master_view.net_qty(symbol)
        scaled = scale_quantity(abs(master_qty), multiplier) if master_qty else 0
        target = scaled if master_qty > 0 else -scaled
        if row.quantity == target:
            self._differs_since_s.pop(symbol, None)
            state = DriftState.IN_STEP
        elif is_selling_short or symbol in self.view.working_symbols or symbol in master_view.working_symbols:
            self._differs_since_s.pop(symbol, None)
            state = DriftState.SETTLING
        else:
            due_s = self._differs_since_s.setdefault(symbol, now_s) + SETTLING_S
            state = DriftState.DRIFT if now_s >= due_s else DriftState.SETTLING
            if now_s < due_s:
                self._valid_until_s = min(self._valid_until_s, due_s)
        return msgspec.structs.replace(row, target=target, drift_state=state)

    def _take_positions(self, key: _Key, rows: list[PositionState]) -> None:
        self._positions_key = key
        self.positions = msgspec.Raw(_encoder.encode(rows))
        self.encodings += 1
        self.realized_pl = sum((row.realized_pl for row in rows), _NOTHING)
        held = [row.unrealized_pl for row in rows if row.quantity]
        known = [amount for amount in held if amount is not None]
        self.unrealized_pl = sum(known, _NOTHING) if len(known) == len(held) else None

    def _refresh_orders(self) -> None:
        revision = self.view.orders_revision
        if revision != self._orders_revision:
            self._orders_revision = revision
            self.working_orders = msgspec.Raw(
                _encoder.encode([_working_order(order) for order in self.view.all_working()])
            )
            self.encodings += 1


def _flat(symbol: Symbol) -> Position:
    return Position(symbol, 0, _NOTHING, _NOTHING, _NOTHING)


def _position_state(position: Position) -> PositionState:
    return PositionState(
        position.symbol, position.net_qty, position.avg_px, position.realized_pl, position.unrealized_pl
    )


def _working_order(order: Order) -> WorkingOrder:
    terms = order.terms
    return WorkingOrder(
        order_id=order.order_id,
        symbol=order.symbol,
        side=order.side.value,
        quantity=order.order_qty,
        leaves_quantity=order.leaves_qty,
        filled_quantity=order.cum_qty,
        type=terms.ord_type.value if terms is not None else None,
        price=terms.price if terms is not None else None,
        stop_price=terms.stop_price if terms is not None else None,
        status=order.status.value,
        is_copy=is_copy_id(order.cl_ord_id),
    )
