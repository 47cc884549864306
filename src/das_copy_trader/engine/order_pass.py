"""A new order of the master on its way to every follower: all sends next to each other, everything else around them.

After a system call the processor's nearest caches hold the kernel: what stands between two sends costs three times what
it costs elsewhere (docs/HOT_PATH.md). So a pass has three parts:

1. before the first byte the pass is recorded at the master order, as a `Flight` with the id that goes out;
2. `send_all`: nothing but checks against a second order with the same id, the rate limits, and the sends;
3. whoever began the pass makes each follower's `CopyLink` of the record.

The three are one call. A platform's answer is read by the event loop, which goes on after the third part, so none can
meet an order whose link is not there; and where the second part is ended by a fault, the record still has for each
follower whether its bytes left.
"""

from collections.abc import Callable, Iterable
from itertools import groupby
from typing import Final

import msgspec

from das_copy_trader.domain.account import SendResult
from das_copy_trader.domain.identifiers import ClOrdId
from das_copy_trader.engine.actions import CopyAction, SendGroup, Submit
from das_copy_trader.runtime.clock import Clock

# By a name of its own: on the hot path a look-up in the class is felt.
_SENT: Final = SendResult.SENT
UNSENT_NS: Final = -1


class Flight(msgspec.Struct, eq=False, gc=False):
    """How far a pass is.

    `sent_ns` grows by one entry a follower that is to be sent something, in the order of the groups: when the hand-over
    came back, in nanoseconds of the performance counter, UNSENT_NS where nothing was handed over. By the place in it:
    `line_by_place` has what goes out from there on, `results` those other than SENT, `problems` what cannot be said.
    `is_begun`, `is_over`: a fault has ended the pass where only the first of them is set.
    """

    cl_ord_id: ClOrdId
    sent_ns: list[int] = []
    line_by_place: dict[int, bytes] = {}
    results: dict[int, SendResult] = {}
    problems: dict[int, ValueError] = {}
    is_begun: bool = False
    is_over: bool = False

    @property
    def lost_place(self) -> int:
        """After a fault the place whose hand-over may not have come back, the one behind the last that did; else -1."""
        return len(self.sent_ns) if self.is_begun and not self.is_over else -1


def send_all(flight: Flight, groups: Iterable[SendGroup], encode: Callable[[str, int], bytes], clock: Clock) -> None:
    """Send each group its line; `encode` makes that of a route and a quantity.

    An order whose id a follower's platform, or an earlier copy, already has is never sent a second time.
    """
    flight.is_begun = True
    cl_ord_id, sent_ns = flight.cl_ord_id, flight.sent_ns
    note_sent, perf_ns = sent_ns.append, clock.perf_ns
    now_s = clock.monotonic_s()
    for group in groups:
        seats, is_exit = group.seats, group.is_exit
        try:
            line = encode(group.route, group.quantity)
        except ValueError as error:
            for _ in seats:
                flight.problems[len(sent_ns)] = error
                note_sent(UNSENT_NS)
            continue
        flight.line_by_place[len(sent_ns)] = line
        for seat in seats:
            if cl_ord_id in seat.link_by_cl_ord_id or seat.is_shown(cl_ord_id):
                note_sent(UNSENT_NS)
                continue
            result = seat.submit(line, cl_ord_id, now_s, is_exit=is_exit)
            note_sent(perf_ns())
            if result is not _SENT:
                flight.results[len(sent_ns) - 1] = result
    flight.is_over = True


def groups_of(actions: Iterable[CopyAction]) -> list[SendGroup]:
    """What is to be sent of these, in their order: neighbours that get the same line make a group."""
    submits = (action for action in actions if isinstance(action, Submit))
    return [
        SendGroup(route, quantity, is_exit, tuple(action.target.seat for action in run))
        for (route, quantity, is_exit), run in groupby(submits, key=_line_of)
    ]


def _line_of(action: Submit) -> tuple[str, int, bool]:
    return action.target.route, action.quantity, action.is_exit
