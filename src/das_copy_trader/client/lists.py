"""Lists that come between a header and an end line: which are due, which were asked for, what is missing."""

from typing import Final

from das_copy_trader.protocol.vocabulary import DumpKind

NAME_BY_LIST: Final[dict[DumpKind, str]] = {
    DumpKind.POSITIONS: "positions",
    DumpKind.ORDERS: "orders",
    DumpKind.TRADES: "trades",
    DumpKind.LOCATES: "locate orders",
}
BURST_LISTS: Final = (DumpKind.POSITIONS, DumpKind.ORDERS, DumpKind.TRADES)
"""What every build sends behind a log-in; locate orders come on newer ones alone (das-cmd-api.md 1.3)."""
RESYNC_LISTS: Final = (DumpKind.POSITIONS, DumpKind.ORDERS)
"""What has to be read again after the platform had lost its order server."""


GET_BY_LIST: Final = {DumpKind.POSITIONS: "POSITIONS", DumpKind.ORDERS: "ORDERS", DumpKind.TRADES: "TRADES"}
"""What to GET to have a list sent."""


class ListLedger:
    """Keeps account of one session's lists. Pure; a list counts only from its header to its end line."""

    def __init__(self) -> None:
        self._open: DumpKind | None = None
        self._due: dict[DumpKind, None] = {}
        self._asked: dict[DumpKind, bool] = {}

    @property
    def is_due(self) -> bool:
        """Whether a list that is waited for has not ended yet."""
        return bool(self._due)

    @property
    def due(self) -> tuple[DumpKind, ...]:
        """The lists that are waited for."""
        return tuple(self._due)

    def expect(self, kinds: tuple[DumpKind, ...]) -> None:
        """Wait for these lists, whatever came before."""
        self._due = dict.fromkeys(kinds)

    def begin(self, kind: DumpKind) -> None:
        """A header came; a list that was open before it never ended and does not count."""
        self._open = kind

    def end(self, kind: DumpKind) -> bool:
        """An end line came; whether it ended a list whose header came too."""
        if self._open is not kind:
            return False
        self._open = None
        self._due.pop(kind, None)
        return True

    def ask(self, kind: DumpKind) -> bool:
        """A list is wanted: True when to ask for it now, False when one is on its way and another will follow."""
        if kind in self._asked:
            self._asked[kind] = True
            return False
        self._asked[kind] = False
        return True

    def settle(self, kind: DumpKind) -> bool:
        """The asked list has come; whether it was wanted once more meanwhile."""
        return self._asked.pop(kind, False)

    def give_up(self, kind: DumpKind) -> None:
        """The asked list is not waited for any longer; what comes of it later is nobody's."""
        self._asked.pop(kind, None)
        if self._open is kind:
            self._open = None

    def next_asked(self) -> DumpKind | None:
        """An asked list that has not come yet, the longest asked first."""
        return next(iter(self._asked), None)

    def missing(self) -> str:
        """The lists that are waited for, for people."""
        return ", ".join(NAME_BY_LIST[kind] for kind in self._due)
