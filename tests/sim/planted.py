"""Bugs to be planted into the product, one at a time: each was made by somebody before, or is what a slip would make.

They are planted in the tests alone: a function of the product is made again with a piece of its text exchanged, or a
constant is changed, and both are put back afterwards. A piece that is not there any more is an error, so that no bug is
planted in vain.
"""

import importlib
import inspect
import textwrap
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import CodeType, FunctionType
from typing import Final
from unittest.mock import patch

import msgspec

ROOT: Final = "das_copy_trader."


class Spoilt(msgspec.Struct, frozen=True):
    """A function, `module:Class.method` or `module:function`, in which `old` becomes `new`."""

    where: str
    old: str
    new: str


class Changed(msgspec.Struct, frozen=True):
    """A constant, `module:NAME`, with another value."""

    where: str
    value: object


Change = Spoilt | Changed


@contextmanager
def planted(name: str) -> Iterator[None]:
    """The product with this bug. Raises LookupError when a piece of text is not there any more."""
    with ExitStack() as stack:
        for change in BUGS[name]:
            module_name, _, path = change.where.partition(":")
            module = importlib.import_module(ROOT + module_name)
            if isinstance(change, Changed):
                stack.enter_context(patch.object(module, path, change.value))
            else:
                function = _function(module, path)
                stack.callback(setattr, function, "__code__", function.__code__)
                function.__code__ = _spoilt_code(function, change)
        yield


def _function(module: object, path: str) -> FunctionType:
    found: object = module
    for part in path.split("."):
        found = inspect.getattr_static(found, part)
    if isinstance(found, property):
        found = found.fget
    if isinstance(found, staticmethod):
        found = found.__func__
    assert isinstance(found, FunctionType), f"{path} is no function"
    return found


def _spoilt_code(function: FunctionType, change: Spoilt) -> CodeType:
    text = textwrap.dedent(inspect.getsource(function))
    if text.count(change.old) != 1:
        raise LookupError(f"{change.where} has no (single) {change.old!r} any more: plant the bug anew")
    names: dict[str, object] = {}
    text = text.replace(change.old, change.new)
    exec(compile(text, f"<{change.where}, spoilt>", "exec"), function.__globals__, names)
    made = names[function.__name__]
    if isinstance(made, property):
        made = made.fget
    if isinstance(made, staticmethod):
        made = made.__func__
    assert isinstance(made, FunctionType)
    return made.__code__


_NO_SENT_CHECK: Final = Spoilt(
    "engine.order_pass:send_all", "if cl_ord_id in seat.link_by_cl_ord_id or seat.is_shown(cl_ord_id):", "if False:"
)
_NO_LATE_CANCEL: Final = Spoilt(
    "engine.order_replicator:OrderReplicator.absorb",
    "if link.master.is_ended and not link.wants_cancel and live.is_working:",
    "if False:",
)

BUGS: Final[dict[str, tuple[Change, ...]]] = {
    # --- placing ---
    "round half even": (
        Spoilt("domain.quantity:scale_quantity", "rounding=ROUND_HALF_UP", "rounding='ROUND_HALF_EVEN'"),
    ),
    "int() for rounding": (
        Spoilt(
            "domain.quantity:scale_quantity",
            "int((master_qty * multiplier).quantize(_WHOLE, rounding=ROUND_HALF_UP))",
            "int(master_qty * multiplier)",
        ),
    ),
    "no minimum of one share": (Spoilt("domain.quantity:scale_quantity", "return max(1, scaled)", "return scaled"),),
    "one line for every quantity": (
        Spoilt(
            "engine.order_pass:send_all",
            "line = encode(group.route, group.quantity)",
            "line = flight.line_by_place.get(0) or encode(group.route, group.quantity)",
        ),
    ),
    "Sending is enough": (Spoilt("domain.orders:Order.is_placed", "return ", "return True or "),),
    "a second Accepted copies again, no sent check": (
        Spoilt(
            "engine.master_desk:MasterDesk.on_order_event",
            "if not master.is_decided:",
            "if not master.is_decided or event.exec_type is ExecType.TRADE:",
        ),
        _NO_SENT_CHECK,
    ),
    "the sent set is cleared by a reconnect": (
        Spoilt(
            "engine.master_desk:MasterDesk.on_state_changed",
            "self._lag.settle()",
            "self._lag.settle(); self.links.clear()",
        ),
        _NO_SENT_CHECK,
    ),
    "a refused copy is sent again": (
        Spoilt(
            "engine.follower_desk:FollowerDesk.on_order_refused",
            "self._replicator.set_outcome(link, Outcome.REJECTED, refusal.text, AlertLevel.ERROR)",
            "self._replicator.send_later(link, link.quantity)",
        ),
    ),
    # --- lists and gaps ---
    "the rows of a list are copied": (
        Spoilt("engine.master_desk:MasterDesk._consider", "if event.is_snapshot or not is_armed:", "if not is_armed:"),
    ),
    "a status goes back": (
        Spoilt(
            "client.order_book:OrderBook._take_facts",
            "if RANK_BY_STATUS[facts.status] >= RANK_BY_STATUS[order.status]:",
            "if True:",
        ),
        Spoilt("client.order_book:OrderBook._is_stale", "if rank_before < _TRIGGERED_RANK:", "if True:"),
    ),
    "no half-line buffer": (
        Spoilt("protocol.framing:LineBuffer.feed", "if tail:\n        partial += tail", "if tail:\n        pass"),
    ),
    "what is unknown is sent again": (
        Spoilt(
            "engine.unknown_resolver:UnknownResolver._check_copy",
            'self._mark_unknown(link, f"No answer',
            "link.seat.gateway.submit(link.line, link.cl_ord_id, 0.0, is_exit=link.is_exit)"
            '; self._mark_unknown(link, f"No answer',
        ),
    ),
    "one list without it is proof": (Changed("engine.unknown_resolver:SECOND_LIST_AFTER_S", 0.0),),
    "what is missing is sent by itself": (
        Spoilt(
            "engine.recovery:Recovery._judge_missing",
            "self._replicator.shelve(link, QueueReason.NOT_COPIED_WHILE_DOWN, text, level)",
            "self._replicator.send_later(link, link.quantity)",
        ),
    ),
    "copies are known by their quantity": (
        Spoilt(
            "engine.recovery:_is_same",
            "order.side.sign == masters.side.sign",
            "order.side.sign == masters.side.sign and order.order_qty == masters.order_qty",
        ),
    ),
    "a copy found after a part was sold is taken for an exit": (
        Spoilt("engine.master_desk:MasterDesk.facts", "self.links.executed_after(master)", "0"),
    ),
    "a follower's copies are forgotten at its reconnect": (
        Spoilt(
            "engine.follower_desk:FollowerDesk.on_state_changed", "seat.lag.settle()", "seat.lag.settle(); seat.clear()"
        ),
    ),
    # --- cancels and replaces ---
    "a cancel before the id is forgotten": (
        Spoilt(
            "engine.order_replicator:OrderReplicator.cancel_copy",
            "if link.is_final or link.wants_cancel:",
            "if link.is_final or link.wants_cancel or (link.is_sent and link.order is None):",
        ),
        _NO_LATE_CANCEL,
    ),
    "no cancel on a late echo": (_NO_LATE_CANCEL,),
    "a cancel goes to the auto-route's parent": (
        Spoilt("engine.exposure:live_member", "if not root.child_ids:", "if True:"),
    ),
    "a lost cancel is not sent again": (
        Spoilt(
            "engine.unknown_resolver:UnknownResolver._check_cancelled",
            "link.cancel_sent_to = None",
            "return",
        ),
    ),
    "a lost replace is not sent again": (
        Spoilt(
            "engine.unknown_resolver:UnknownResolver._check_replaced", "self._replicator.doubt_replace(link)", "return"
        ),
    ),
    "what was latched while the link was down is not told": (
        Spoilt("engine.order_replicator:OrderReplicator.settle_all", "self.settle(link)", "pass"),
    ),
    "a cancel ends every order of the symbol": (
        Spoilt(
            "engine.order_replicator:OrderReplicator._send_cancel",
            "result = link.seat.gateway.cancel(live.order_id)",
            "result = [link.seat.gateway.cancel(other.order_id)"
            " for other in link.seat.gateway.view.working_orders(live.symbol)][-1]",
        ),
    ),
    "a replace leaves the price": (
        Spoilt(
            "engine.order_replicator:OrderReplicator._send_replace",
            "terms = terms_for_live(wish.terms, live)",
            "terms = live.terms or wish.terms",
        ),
    ),
    "a replace is not scaled": (
        Spoilt(
            "engine.replaced:changed_copy",
            "return CopyChange(ReplaceWish(scale_quantity(facts.order_qty, target.multiplier), terms))",
            "return CopyChange(ReplaceWish(facts.order_qty, terms))",
        ),
    ),
    "the oldest replace wins": (
        Spoilt("engine.order_replicator:OrderReplicator.ask", "link.wish = wish", "link.wish = link.wish or wish"),
    ),
    # --- closing ---
    "an exit is not bounded": (
        Spoilt(
            "engine.follower_seat:FollowerSeat.closable_qty",
            "closable = closable_qty(self.gateway.view, symbol, side)",
            "return 1_000_000",
        ),
    ),
    "what is on its way binds no shares": (
        Spoilt("engine.follower_seat:FollowerSeat.closable_qty", "closable -= self._unshown_qty(link)", "pass"),
    ),
    "what has filled without a position row binds no shares": (
        Spoilt(
            "engine.follower_seat:FollowerSeat.closable_qty", "closable -= self.lag.unseen_qty(symbol, side)", "pass"
        ),
    ),
    "an exit does not wait for the entry": (
        Spoilt(
            "engine.closing_copies:ClosingCopies.hold_back",
            "Outcome.WAITING_FOR_POSITION, action",
            "Outcome.SKIPPED, action",
        ),
    ),
    "an exit whose master has ended goes on": (
        Spoilt("engine.closing_copies:ClosingCopies.follow_entry", "if link.wants_cancel or not", "if not"),
    ),
    "an exit begins anew with each attempt": (
        Spoilt(
            "engine.closing_copies:ClosingCopies.follow_entry",
            "closed, link.awaited_qty - link.cum_qty",
            "closed, link.awaited_qty",
        ),
    ),
    "a residue stays": (
        Spoilt("engine.decide:closing_shares", "if facts.takes_all or facts.takes_rest:", "if False:"),
    ),
    # --- the user ---
    "an obsolete action is sent": (
        Spoilt("engine.replay:Replayer._refusal", "if state is ActionState.OBSOLETE:", "if False:"),
    ),
    "a replay uses the first attempt's id": (
        Spoilt(
            "engine.master_desk:MasterDesk.replay",
            "cl_ord_id = next_attempt(link.cl_ord_id)",
            "cl_ord_id = link.cl_ord_id",
        ),
        _NO_SENT_CHECK,
    ),
    "a replay passes over the blacklist": (
        Spoilt(
            "engine.replay:Replayer._replayed",
            "attempt = self._desk.replay(link, target)",
            "attempt = self._desk.replay(link, __import__('msgspec').structs.replace(target, refusal='', closing_refusal=''))",
        ),
    ),
    "a second click sends once more": (
        Spoilt("engine.replay:Replayer._refusal", "if state is ActionState.REPLAYING:", "if False:"),
    ),
    "a disabled follower goes on": (
        Spoilt("engine.plan:_standing_refusal", "if not seat.settings.is_enabled:", "if False:"),
    ),
    "edits do not reach the plans": (
        Spoilt("engine.plan:PlanBook.invalidate", "self._plan_by_symbol.clear()", "pass"),
    ),
    "stop stops nothing": (
        Spoilt("engine.replication_engine:ReplicationEngine.disarm", "self._replicator.is_armed = False", "pass"),
        Spoilt("services.copy_system:CopySystem.stop", "await self._das_service.stop_all()", "pass"),
    ),
}
"""What is exchanged, by the bug's name."""
