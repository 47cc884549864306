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

import msgspec

from das_copy_trader.domain.account import SendResult
from das_copy_trader.domain.identifiers import ClOrdId
from das_copy_trader.engine.actions import CopyAction, Submit


class Flight(msgspec.Struct, eq=False):
    """What a pass is to do, and how far it is. The lists grow by one entry an action, in the actions' order.

    `lines`: what was handed to the follower's gateway, empty where nothing was. `sent_ns`: when it came back, in
    nanoseconds of the performance counter; one entry less than `lines` says that the last hand-over did not come back.
    `results` and `problems` have, by the action's place, results other than SENT and orders that cannot be said.
    """

    cl_ord_id: ClOrdId
    actions: Sequence[CopyAction]
    lines: list[bytes] = []
    sent_ns: list[int] = []
    results: dict[int, SendResult] = {}
    problems: dict[int, ValueError] = {}


def send_all(flight: Flight, encode: Callable[[str, int], bytes], perf_ns: Callable[[], int]) -> None:
    """Send what each follower is to get; `encode` makes the line of a route and a quantity, once for a run of equals.

    An order whose id a follower's platform, or an earlier copy, already has is never sent a second time.
    """
    cl_ord_id = flight.cl_ord_id
    lines, note_line, note_sent = flight.lines, flight.lines.append, flight.sent_ns.append
    sent = SendResult.SENT
    line = b""
    route, quantity = "", 0
    for action in flight.actions:
        if not isinstance(action, Submit):
            note_line(b"")
            note_sent(0)
            continue
        target = action.target
        seat = target.seat
        if cl_ord_id in seat.link_by_cl_ord_id or seat.is_shown(cl_ord_id):
            note_line(b"")
            note_sent(0)
            continue
        if action.quantity != quantity or target.route != route:
            route, quantity = target.route, action.quantity
            try:
                line = encode(route, quantity)
            except ValueError as error:
                flight.problems[len(lines)] = error
                quantity = 0
                note_line(b"")
                note_sent(0)
                continue
        note_line(line)
        result = seat.submit(line, cl_ord_id, is_exit=action.is_exit)
        note_sent(perf_ns())
        if result is not sent:
            flight.results[len(lines) - 1] = result
