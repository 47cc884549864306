"""Restarts at any instant, offline followers, replays and discards in every order that a random walk finds.

The accounts keep their orders, the engine is built from scratch: never do two live orders copy one master order, and
no master order is left unaccounted for.
"""

import random
from decimal import Decimal

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from das_copy_trader.domain.enums import ConnectionState, OrdStatus, OrdType, Outcome, Side
from das_copy_trader.domain.identifiers import FollowerId, master_bits_of
from das_copy_trader.domain.orders import OrderRequest, OrderTerms
from das_copy_trader.engine.action_queue import ActionState, QueuedAction
from tests.engine.fake_account import FakeAccount, ReadBack, Sent, Submitted, VenueOrder, request
from tests.engine.floor import Floor

MULTIPLIERS = {"f1": "1", "f2": "0.5"}
LATE_S = 3.0
"""How long after its connection died an order may still arrive: well within the time between the two lists."""
ENDED = (OrdStatus.CANCELED, OrdStatus.REJECTED, OrdStatus.CLOSED)
names = st.sampled_from(sorted(MULTIPLIERS))
picks = st.integers(0, 50)
WALKS = 600


class RestartMachine(RuleBasedStateMachine):
    """The rules are what the master, the platforms, the links, the processes and the user may do."""

    def __init__(self) -> None:
        super().__init__()
        self.floor = Floor(MULTIPLIERS)
        self.sent_before: dict[str, int] = dict.fromkeys(MULTIPLIERS, 0)
        self.late: list[tuple[float, FakeAccount, list[Sent]]] = []

    # --- the master ----------------------------------------------------------------------------------------------

    @property
    def is_master_up(self) -> bool:
        return self.floor.master.state is ConnectionState.READY

    def _masters(self, pick: int) -> VenueOrder | None:
        working = self.floor.master.working()
        return working[pick % len(working)] if working else None

    @rule(qty=st.integers(1, 300), symbol=st.sampled_from(["MSFT", "AAPL"]))
    def place(self, qty: int, symbol: str) -> None:
        if self.is_master_up:
            self.floor.place(Side.BUY, qty, symbol=symbol)
        else:
            order = self.floor.master.enter(_request(symbol, qty), is_shown=False)
            assert order.leaves_qty == qty

    @rule(pick=picks, qty=st.integers(1, 300), price=st.integers(95, 105))
    def replace(self, pick: int, qty: int, price: int) -> None:
        order = self._masters(pick)
        if order is not None and qty > order.cum_qty:
            self.floor.master.change(order, qty, _limit(price), is_shown=self.is_master_up)

    @rule(pick=picks)
    def cancel(self, pick: int) -> None:
        order = self._masters(pick)
        if order is not None:
            self.floor.master.set_status(order, OrdStatus.CANCELED, is_shown=self.is_master_up)

    @rule(pick=picks, part=st.integers(1, 2))
    def fill(self, pick: int, part: int) -> None:
        order = self._masters(pick)
        if order is not None:
            self.floor.master.fill(order, max(1, order.leaves_qty // part), is_shown=self.is_master_up)

    # --- the followers' platforms --------------------------------------------------------------------------------

    def _up(self, name: str) -> FakeAccount | None:
        account = self.floor.follower(name)
        return account if account.state is ConnectionState.READY else None

    @rule(name=names, is_shown=st.booleans())
    def process(self, name: str, *, is_shown: bool) -> None:
        account = self._up(name)
        if account is not None and account.inbox:
            # A list that is asked for comes, or the client ends the session (client/session.py).
            account.process_next(is_shown=is_shown or isinstance(account.inbox[0], ReadBack))

    @rule(name=names)
    def refuse(self, name: str) -> None:
        account = self._up(name)
        if account is not None and account.inbox and isinstance(account.inbox[0], Submitted):
            account.refuse(account.inbox[0].request.cl_ord_id, "no")

    @rule(name=names, pick=picks)
    def fill_copy(self, name: str, pick: int) -> None:
        account = self.floor.follower(name)
        if working := account.working():
            order = working[pick % len(working)]
            account.fill(order, max(1, order.leaves_qty // 2), is_shown=self._up(name) is not None)

    # --- links and processes -------------------------------------------------------------------------------------

    @rule(name=names, fate=st.sampled_from(["lost", "arrived", "late"]))
    def lose_follower(self, name: str, fate: str) -> None:
        account = self._up(name)
        if account is not None:
            if fate == "late":
                self._keep_late(account)
            account.disconnect(is_inbox_lost=fate != "arrived")

    def _keep_late(self, account: FakeAccount) -> None:
        self.late.append((self.floor.clock.now_s + LATE_S, account, list(account.inbox)))

    @rule(name=names, is_mirror_new=st.booleans())
    def find_follower(self, name: str, *, is_mirror_new: bool) -> None:
        if self._up(name) is None:
            self.floor.follower(name).reconnect(is_mirror_new=is_mirror_new)

    @rule(name=names, qty=st.integers(1, 300))
    def hurry(self, name: str, qty: int) -> None:
        """An order is on its way when the link dies, arrives late, and the user replays whatever is there to replay."""
        account = self._up(name)
        if account is None or not self.is_master_up:
            return
        self.place(qty, "MSFT")
        self.lose_follower(name, "late")
        account.reconnect()
        for _ in range(2):
            account.answer()
            self.pass_time(0.5)
        self.replay_all(name)
        account.answer()
        self.pass_time(2.9)

    @rule()
    def lose_master(self) -> None:
        if self.is_master_up:
            self.floor.master.disconnect()

    @rule(is_mirror_new=st.booleans())
    def find_master(self, *, is_mirror_new: bool) -> None:
        if not self.is_master_up:
            self.floor.master.reconnect(is_mirror_new=is_mirror_new)

    @rule(fate=st.sampled_from(["lost", "arrived", "late"]), is_follower_first=st.booleans())
    def restart(self, fate: str, *, is_follower_first: bool) -> None:
        """Kill -9, a new process, the start button."""
        floor = self.floor
        if fate == "late":
            for account in floor.followers.values():
                self._keep_late(account)
        floor.restart(is_inbox_lost=fate != "arrived")
        self.sent_before = {name: len(account.submitted) for name, account in floor.followers.items()}
        if is_follower_first:
            floor.f1.reconnect(is_mirror_new=True)
        floor.master.reconnect(is_mirror_new=True)
        floor.engine.arm()

    # --- the user and the clock ----------------------------------------------------------------------------------

    def _actions(self, name: str) -> list[QueuedAction]:
        return self.floor.engine.queue.actions(FollowerId(name))

    @rule(name=names, pick=picks, is_twice=st.booleans())
    def replay(self, name: str, pick: int, *, is_twice: bool) -> None:
        if actions := self._actions(name):
            action = actions[pick % len(actions)]
            (result,) = self.floor.engine.replay_actions(FollowerId(name), [action.action_id])
            assert result.error or action.state is ActionState.WAITING
            if is_twice and result.success:
                (again,) = self.floor.engine.replay_actions(FollowerId(name), [action.action_id])
                assert again.error, "the second click does nothing"

    @rule(name=names)
    def replay_all(self, name: str) -> None:
        ids = [action.action_id for action in self._actions(name)]
        self.floor.engine.replay_actions(FollowerId(name), ids)

    @rule(name=names, pick=picks)
    def discard(self, name: str, pick: int) -> None:
        if actions := self._actions(name):
            self.floor.engine.discard_actions(FollowerId(name), [actions[pick % len(actions)].action_id])

    @rule(seconds=st.sampled_from([0.5, 2.9, 6.5]))
    def pass_time(self, seconds: float) -> None:
        end_s = self.floor.clock.now_s + seconds
        while self.late and self.late[0][0] <= end_s:
            at_s, account, commands = self.late.pop(0)
            self.floor.advance(max(0.0, at_s - self.floor.clock.now_s))
            self._arrive(account, commands)
        self.floor.advance(max(0.0, end_s - self.floor.clock.now_s))

    def _arrive(self, account: FakeAccount, commands: list[Sent]) -> None:
        is_up = account.state is ConnectionState.READY
        for command in commands:
            if isinstance(command, Submitted):
                account.enter(command.request, is_shown=is_up)

    # --- what must hold ------------------------------------------------------------------------------------------

    @invariant()
    def never_two_live_copies(self) -> None:
        for name, account in self.floor.followers.items():
            bits = [master_bits_of(order.request.cl_ord_id) for order in account.working()]
            assert len(bits) == len(set(bits)), f"{name} has two live copies of one master order"

    @invariant()
    def sends_an_id_once_in_a_life(self) -> None:
        for name, account in self.floor.followers.items():
            ids = [request.cl_ord_id for request in account.submitted[self.sent_before[name] :]]
            assert len(ids) == len(set(ids))

    @invariant()
    def waiting_actions_are_queued_or_failed(self) -> None:
        for name in MULTIPLIERS:
            for action in self._actions(name):
                if action.state is ActionState.WAITING:
                    (result,) = [
                        result
                        for record in self.floor.engine.latest_replications(1_000)
                        if record.master_order_id == action.master_order_id
                        for result in record.results
                        if result.follower_id == name
                    ]
                    assert result.outcome in (Outcome.QUEUED, Outcome.REJECTED, Outcome.FAILED, Outcome.SKIPPED)

    def teardown(self) -> None:
        """All faults heal, time passes, nobody replays: then everything is in step and accounted for."""
        floor = self.floor
        self.find_master(is_mirror_new=False)
        for name, account in floor.followers.items():
            self.pass_time(LATE_S)
            if account.state is not ConnectionState.READY:
                account.reconnect()
            assert self._up(name) is account
        for _ in range(40):
            for account in floor.followers.values():
                account.answer()
            self.pass_time(0.5)
            self.never_two_live_copies()
        self.sends_an_id_once_in_a_life()
        self.waiting_actions_are_queued_or_failed()
        for order in floor.master.venue.values():
            for name, account in floor.followers.items():
                self._check_accounted(order, name, account)

    def _check_accounted(self, order: VenueOrder, name: str, account: FakeAccount) -> None:
        bits = master_bits_of(order.order_id)
        copies = [copy for copy in account.venue.values() if master_bits_of(copy.request.cl_ord_id) == bits]
        live = [copy for copy in copies if copy.leaves_qty]
        if order.status in ENDED:
            assert not live, f"{name}'s copy outlives {order.order_id}"
            return
        outcomes = [
            result.outcome
            for record in self.floor.engine.latest_replications(1_000)
            if record.master_order_id == order.order_id
            for result in record.results
            if result.follower_id == name
        ]
        assert copies or outcomes or not order.leaves_qty, f"{order.order_id} is unaccounted for on {name}"
        for outcome in outcomes:
            assert outcome not in (Outcome.PENDING, Outcome.UNKNOWN), f"{order.order_id} on {name} is {outcome}"
            assert not live or outcome in (
                Outcome.WORKING,
                Outcome.REPLACED,
                Outcome.PARTIALLY_FILLED,
            ), f"{order.order_id} lives on {name} and is {outcome}"


def _limit(price: int) -> OrderTerms:
    return OrderTerms(OrdType.LIMIT, price=Decimal(price))


def _request(symbol: str, qty: int) -> OrderRequest:
    return request(symbol, Side.BUY, qty, _limit(100))


TestRestarts = RestartMachine.TestCase
TestRestarts.settings = settings(settings.default, max_examples=150, stateful_step_count=40)

KINDS = (
    *["place"] * 4,
    *["process"] * 5,
    *["pass_time"] * 4,
    *["restart", "find_follower", "find_master", "replay", "replay_all", "lose_follower"] * 2,
    *["hurry", "replace", "cancel", "fill", "refuse", "fill_copy", "lose_master", "discard"],
)


def draw_step(chance: random.Random) -> tuple[str, dict[str, object]]:
    kind = chance.choice(KINDS)
    name, pick, flag = chance.choice(sorted(MULTIPLIERS)), chance.randrange(50), chance.random() < 0.5
    fate = chance.choice(["lost", "arrived", "late"])
    qty, price = chance.randint(1, 300), chance.randint(95, 105)
    arguments: dict[str, dict[str, object]] = {
        "place": {"qty": qty, "symbol": chance.choice(["MSFT", "AAPL"])},
        "replace": {"pick": pick, "qty": qty, "price": price},
        "cancel": {"pick": pick},
        "fill": {"pick": pick, "part": chance.randint(1, 2)},
        "process": {"name": name, "is_shown": chance.random() < 0.8},
        "refuse": {"name": name},
        "fill_copy": {"name": name, "pick": pick},
        "lose_follower": {"name": name, "fate": fate},
        "find_follower": {"name": name, "is_mirror_new": flag},
        "hurry": {"name": name, "qty": qty},
        "lose_master": {},
        "find_master": {"is_mirror_new": flag},
        "restart": {"fate": fate, "is_follower_first": flag},
        "replay": {"name": name, "pick": pick, "is_twice": flag},
        "replay_all": {"name": name},
        "discard": {"name": name, "pick": pick},
        "pass_time": {"seconds": chance.choice([0.5, 2.9, 6.5])},
    }
    return kind, arguments[kind]


def test_long_walks() -> None:
    for seed in range(WALKS):
        chance = random.Random(seed)
        machine = RestartMachine()
        steps = [draw_step(chance) for _ in range(chance.choice([15, 40, 100]))]
        try:
            for kind, arguments in steps:
                getattr(machine, kind)(**arguments)
                machine.never_two_live_copies()
                machine.sends_an_id_once_in_a_life()
                machine.waiting_actions_are_queued_or_failed()
            machine.teardown()
        except Exception as error:  # whatever it is, its seed is named
            raise AssertionError(f"SEED={seed}: {error}") from error
