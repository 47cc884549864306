"""A new order of the master on its way to every follower: all sends next to each other, everything else around them.

After a system call the processor's nearest caches hold the kernel: what stands between two sends costs three times what
it costs elsewhere (docs/HOT_PATH.md). So a pass has three parts:

1. before the first byte the whole pass is recorded at the master order, as a `Flight`: the id that goes out, and what
   each follower is to get;
2. `send_all`: nothing but checks against a second order with the same id, the rate limits, and the sends;
3. whoever began the pass makes each follower's `CopyLink` of the record.

The three are one call. A platform's answer is read by the event loop, which goes on after the third part, so none can
meet an order whose link is not there; and where the second part is ended by a fault, the record still has for each
follower whether its bytes left.
"""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from das_copy_trader.domain.account import SendResult
from das_copy_trader.domain.identifiers import ClOrdId
from das_copy_trader.engine.actions import CopyAction, Submit
from das_copy_trader.runtime.clock import Clock

# By name of their own: on the hot path a look-up in a class, or a call, is felt.
_SUBMIT: Final = Submit
_SENT: Final = SendResult.SENT
UNSENT_NS: Final = -1


class Flight(msgspec.Struct, eq=False, gc=False):
    """What a pass is to do, and how far it is.

    `sent_ns` grows by one entry an action, in the actions' order: when its hand-over came back, in nanoseconds of the
    performance counter, UNSENT_NS where nothing was handed over. `runs`: from which place on which line goes out.
    `results` and `problems` have, by the action's place, results other than SENT and orders that cannot be said.
    """

    cl_ord_id: ClOrdId
    actions: Sequence[CopyAction]
    sent_ns: list[int] = []
    runs: list[tuple[int, bytes]] = []
    results: dict[int, SendResult] = {}
    problems: dict[int, ValueError] = {}

    @property
    def lost_place(self) -> int | None:
        """After a fault: the place whose hand-over may not have come back, the one behind the last that did."""
        place = len(self.sent_ns)
        return place if place < len(self.actions) and self.runs else None


def send_all(flight: Flight, encode: Callable[[str, int], bytes], clock: Clock) -> None:
    """Send what each follower is to get; `encode` makes the line of a route and a quantity, once for a run of equals.

    An order whose id a follower's platform, or an earlier copy, already has is never sent a second time.
    """
    cl_ord_id, sent_ns = flight.cl_ord_id, flight.sent_ns
    note_sent, perf_ns = sent_ns.append, clock.perf_ns
    now_s = clock.monotonic_s()
    line = b""
    route, quantity = "", 0
    for action in flight.actions:
        if type(action) is not _SUBMIT:
            note_sent(UNSENT_NS)
            continue
        target = action.target
        seat = target.seat
        if cl_ord_id in seat.link_by_cl_ord_id or seat.is_shown(cl_ord_id):
            note_sent(UNSENT_NS)
            continue
        if action.quantity != quantity or target.route != route:
            route, quantity = target.route, action.quantity
            try:
                line = encode(route, quantity)
            except ValueError as error:
                flight.problems[len(sent_ns)] = error
                quantity = 0
                note_sent(UNSENT_NS)
                continue
            flight.runs.append((len(sent_ns), line))
        result = seat.submit(line, cl_ord_id, now_s, is_exit=action.is_exit)
        note_sent(perf_ns())
        if result is not _SENT:
            flight.results[len(sent_ns) - 1] = result
