"""Runs a text against the product on virtual time; a failure names the text, the line and what was said instead.

Controls (`!`), `f1` stands for any follower:

    follower f1 [multiplier 0.5] [route R] [unguarded] [disabled]      configure one; before or after `start`
    start / stop                       what the user's buttons do; `start` logs everybody in
    burst f1 %ORDER …                  a row that stands in the platform's lists from the next log-in on
    position f1 MSFT 100 [20.5]        %POS: told live when connected, else in the burst; negative is short
    time +5                            seconds pass
    wall-clock 2026-03-03T02:59:58     the machine's clock is set to this New York time; timers do not notice
    forget f1                          a new day at the platform: its lists are empty
    offline f1 / online f1             the platform's program is closed / open
    disconnect f1                      the link breaks; the product connects again by itself
    stall f1                           the platform stops reading
    silent f1 / speaking f1            the platform answers no small talk / answers again
    wrong-password f1 / right-password f1
    multiplier f1 MSFT 2 / base f1 2 / enable f1 / disable f1 / remove f1
    blacklist f1 MSFT [closing] / unblacklist f1 MSFT
    shortinfo f1 GME hard|prohibited|"Y 300 Y 0 0 N N"   what GET SHORTINFO says; without it: easy to borrow
    available f1 GME 100 / used-once f1 GME / minimum f1 SAGE 5     SLAvailQuery, SLReuseQuery, SLRouteMinCharge
    locates f1 [limit 0.1] [timeout 60] [auto 0.2] [order 5] [symbol 9] [day 20] [routes SAGE:0,LOC7:1] [silent]
                                       what the follower may spend on locates; `silent`: it never asks for prices
    accept f1 GME [price] / reject f1 GME / cancel-task f1 GME      the user's clicks on the newest task
    task f1 GME locating ["part of its error"] / no-task f1 GME     assertion on the newest task
    offer f1 GME 0.3 200 60 SAGE       assertion: price, shares, total cost and route of the offer; `offer f1 GME none`
    charged f1 0.5                     assertion: dollars of all purchases in the ledger
    left f1 GME 50                     assertion: located shares that can still be used
    restart                            the process dies and another one begins: `start` is for the user to press again
    queued f1 101 order_submit waiting ["part"]      assertion; part of its text, its error or its warning
    queue f1 2                         assertion: so many actions wait
    replay f1 101 [102] / discard f1 101      the user ticks these orders' actions; with "part" as the last word the
                                       result of each must be an error that tells of it
    state f1 ready ["part of the reason"]     assertion; `state` alone: of the whole, e.g. `state copying`
    outcome 101 f1 skipped ["part of the reason"]
    no-outcome 101 f1                  nothing was decided for it
    alert "part" / no-alert            of the alerts since the last such line
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from decimal import Decimal
from typing import Final

from das_copy_trader.runtime.faults import CALM, FaultPlan
from das_copy_trader.runtime.ids import RandomSource
from das_copy_trader.runtime.virtual_time import run_virtual
from das_copy_trader.services.messages import ActionResultsState, QueuedActionState
from tests.acceptance.platform import ScriptedPlatform
from tests.acceptance.script import Bindings, Mark, Script, Step
from tests.acceptance.world import MASTER_NAME, World

SETTLING_S: Final = 0.05
"""After each line the world runs on for so long: enough for an answer, too short for any timer of the product."""
LIMIT_S: Final = 3600.0

Control = Callable[..., Awaitable[None]]


class ScriptError(AssertionError):
    """A text's expectation failed, or the text is wrong."""


def run_script(script: Script, *, seed: int = 1, faults: FaultPlan = CALM) -> int:
    """Run a text to its end; the number of steps that held. Raises ScriptError at the first that does not.

    `faults` may delay and cut the stream, not break it.
    """

    async def main(randomness: RandomSource) -> None:
        world = World(randomness, faults)
        await world.open()
        try:
            await _Run(script, world).run()
        finally:
            await world.close()

    run_virtual(main, seed=seed, limit_s=LIMIT_S)
    return len(script.steps)


class _Run:
    def __init__(self, script: Script, world: World) -> None:
        self._script = script
        self._world = world
        self._bindings = Bindings()
        self._seen_alerts = 0
        self._action_ids: dict[tuple[str, int], str] = {}

    async def run(self) -> None:
        for step in self._script.steps:
            try:
                await self._take(step)
            except ScriptError:
                raise
            except Exception as error:  # whatever went wrong is told with the text's line
                raise ScriptError(f"{self._place(step)}: {type(error).__name__}: {error}") from error
        for platform in self._world.platforms:
            if platform.said:
                raise ScriptError(f"{self._script.title} at its end: {_surplus(platform)}")

    async def _take(self, step: Step) -> None:
        if step.mark is Mark.CONTROL:
            await self._control(step)
        elif step.mark is Mark.PRODUCT_SAYS:
            self._expect(step, self._world.platform(step.name))
            return
        else:
            text = self._bindings.fill(step.text)
            platform = self._world.platform(step.name)
            if step.mark is Mark.PLATFORM_SAYS:
                platform.say(text)
            else:
                platform.say_raw(text.encode("latin-1"))
        await asyncio.sleep(SETTLING_S)

    def _expect(self, step: Step, platform: ScriptedPlatform) -> None:
        if step.text == "-":
            if platform.said:
                raise ScriptError(f"{self._place(step)}: {_surplus(platform)}")
            return
        said = platform.said.popleft() if platform.said else None
        if said is None:
            raise ScriptError(f"{self._place(step)}: {step.name} should have been told «{step.text}» but heard nothing")
        if not self._bindings.is_match(step.text, said):
            raise ScriptError(
                f"{self._place(step)}: {step.name} should have been told «{step.text}» but heard «{said}»"
            )

    async def _control(self, step: Step) -> None:
        word, *arguments = step.words
        control: Control | None = getattr(self, f"_do_{word.replace('-', '_')}", None)
        if control is None:
            raise ScriptError(f"{self._place(step)}: there is no control «{word}»")
        await control(*arguments)

    def _place(self, step: Step) -> str:
        return f"{self._script.title} line {step.number}"

    # --- the user -----------------------------------------------------------------------------------------------

    async def _do_follower(self, name: str, *options: str) -> None:
        words = list(options)
        multiplier = _option(words, "multiplier") or "1"
        route = _option(words, "route")
        is_enabled, guard_closing = "disabled" not in words, "unguarded" not in words
        unknown = [word for word in words if word not in {"disabled", "unguarded"}]
        assert not unknown, f"unknown words {unknown}"
        await self._world.add_follower(
            name, multiplier=multiplier, route=route, is_enabled=is_enabled, guard_closing=guard_closing
        )

    async def _do_start(self) -> None:
        await self._world.start()

    async def _do_stop(self) -> None:
        await self._world.stop()

    async def _do_multiplier(self, name: str, symbol: str, multiplier: str) -> None:
        await self._world.set_multiplier(name, symbol, multiplier)

    async def _do_base(self, name: str, multiplier: str) -> None:
        await self._world.set_base(name, multiplier)

    async def _do_enable(self, name: str) -> None:
        await self._world.set_enabled(name, is_enabled=True)

    async def _do_disable(self, name: str) -> None:
        await self._world.set_enabled(name, is_enabled=False)

    async def _do_remove(self, name: str) -> None:
        await self._world.remove_follower(name)

    async def _do_blacklist(self, name: str, symbol: str, closing: str = "") -> None:
        await self._world.blacklist(name, symbol, allow_closing=closing == "closing")

    async def _do_unblacklist(self, name: str, symbol: str) -> None:
        await self._world.unblacklist(name, symbol)

    # --- short sales --------------------------------------------------------------------------------------------

    async def _do_shortinfo(self, name: str, symbol: str, info: str) -> None:
        known = {"hard": "N 0 N 0 0 N N", "prohibited": "N 0 N 0 0 Y N"}
        (await self._platform(name)).short_info[symbol] = known.get(info, info)

    async def _do_available(self, name: str, symbol: str, shares: str) -> None:
        (await self._platform(name)).available[symbol] = int(shares)

    async def _do_used_once(self, name: str, symbol: str) -> None:
        (await self._platform(name)).used_once.append(symbol)

    async def _do_minimum(self, name: str, route: str, charge: str) -> None:
        (await self._platform(name)).minimum_charge[route] = charge

    async def _do_mute(self, name: str, *command: str) -> None:
        (await self._platform(name)).muted.append(" ".join(command).upper())

    async def _do_unknown_command(self, name: str, *command: str) -> None:
        (await self._platform(name)).unknown.append(" ".join(command).upper())

    async def _do_unmarked_locates(self, name: str) -> None:
        (await self._platform(name)).marks_locates = False

    async def _do_locates(self, name: str, *options: str) -> None:
        await self._world.shorts.spend(name, list(options))

    async def _do_accept(self, name: str, symbol: str, price: str = "") -> None:
        self._world.shorts.accept(name, symbol, price)

    async def _do_reject(self, name: str, symbol: str) -> None:
        await self._world.shorts.reject(name, symbol)

    async def _do_cancel_task(self, name: str, symbol: str) -> None:
        self._world.shorts.cancel(name, symbol)

    async def _do_task(self, name: str, symbol: str, status: str, error_part: str = "") -> None:
        task = self._world.shorts.task(name, symbol)
        assert task is not None, f"{name} has no task for {symbol}"
        assert task.status.value == status, f"the task should be {status} but is {task.status.value} ({task.error})"
        assert error_part in task.error, f"its error should tell of «{error_part}» but is «{task.error}»"

    async def _do_no_task(self, name: str, symbol: str) -> None:
        task = self._world.shorts.task(name, symbol)
        assert task is None, f"there should be no task: {task}"

    async def _do_offer(self, name: str, symbol: str, *expected: str) -> None:
        shown = self._world.shorts.offer(name, symbol)
        assert shown == " ".join(expected), f"the offer should be «{' '.join(expected)}» but is «{shown}»"

    async def _do_charged(self, name: str, dollars: str) -> None:
        charged = await self._world.shorts.charged(name)
        assert charged == Decimal(dollars), f"{name} should be charged {dollars} but is {charged}"

    async def _do_left(self, name: str, symbol: str, shares: str) -> None:
        left = await self._world.shorts.left(name, symbol)
        assert left == int(shares), f"{name} should have {shares} located {symbol} left but has {left}"

    # --- the queue ----------------------------------------------------------------------------------------------

    async def _do_restart(self) -> None:
        await self._world.restart()
        self._seen_alerts = 0

    async def _do_queued(self, name: str, order_id: str, action_type: str, state: str, part: str = "") -> None:
        actions = {(action.master_order_id, action.action_type.value): action for action in self._actions(name)}
        action = actions.get((int(order_id), action_type))
        assert action is not None, f"{order_id} should wait for {name}; there are {list(actions)}"
        assert action.state.value == state, f"{order_id} should be {state} but is {action.state.value}"
        texts = (action.text, action.error, action.warning)
        assert any(part in text for text in texts), f"it should tell of «{part}» but tells {texts}"

    async def _do_queue(self, name: str, count: str) -> None:
        actions = self._actions(name)
        assert len(actions) == int(count), f"{count} actions should wait for {name} but there are {actions}"

    async def _do_replay(self, name: str, *words: str) -> None:
        ids, part = self._ticked(name, words)
        _check_results(self._world.queue.replay(name, ids), part)

    async def _do_discard(self, name: str, *words: str) -> None:
        ids, part = self._ticked(name, words)
        _check_results(self._world.queue.discard(name, ids), part)

    def _actions(self, name: str) -> list[QueuedActionState]:
        return self._world.queue.of(name).actions

    def _ticked(self, name: str, words: tuple[str, ...]) -> tuple[list[str], str]:
        """The ids of these orders' actions; those that have gone keep the id that they had."""
        for action in self._actions(name):
            self._action_ids[name, action.master_order_id] = action.action_id
        part = "" if words[-1].isdigit() else words[-1]
        return [self._action_ids[name, int(word)] for word in words if word.isdigit()], part

    # --- the world ----------------------------------------------------------------------------------------------

    async def _do_burst(self, name: str, *words: str) -> None:
        (await self._platform(name)).remember(self._bindings.fill(" ".join(words)))

    async def _do_position(self, name: str, symbol: str, quantity: str, price: str = "20") -> None:
        shares = int(quantity)
        kind = 3 if shares < 0 else 2
        row = f"%POS {symbol} {kind} {abs(shares)} {price} 0 0 0 2026/03/02-10:00:00 0"
        platform = await self._platform(name)
        if platform.link is None:
            platform.remember(row)
        else:
            platform.say(row)

    async def _do_time(self, seconds: str) -> None:
        await asyncio.sleep(float(seconds))

    async def _do_wall_clock(self, local: str) -> None:
        self._world.clock.set_local(datetime.fromisoformat(local))

    async def _do_forget(self, name: str) -> None:
        self._world.platform(name).forget_rows()

    async def _do_offline(self, name: str) -> None:
        await self._platform(name)
        self._world.close_platform(name)

    async def _do_online(self, name: str) -> None:
        self._world.open_platform(name)

    async def _do_disconnect(self, name: str) -> None:
        self._world.cut(name)

    async def _do_stall(self, name: str) -> None:
        self._world.stall(name)

    async def _do_silent(self, name: str) -> None:
        self._world.platform(name).is_silent = True

    async def _do_speaking(self, name: str) -> None:
        self._world.platform(name).is_silent = False

    async def _do_wrong_password(self, name: str) -> None:
        (await self._platform(name)).refuses_login = True

    async def _do_right_password(self, name: str) -> None:
        self._world.platform(name).refuses_login = False

    async def _platform(self, name: str) -> ScriptedPlatform:
        """A platform; a control may name one before its account is configured."""
        if all(platform.name != name for platform in self._world.platforms):
            await self._world.open_new_platform(name)
        return self._world.platform(name)

    # --- what must hold -----------------------------------------------------------------------------------------

    async def _do_state(self, name: str, state: str = "", reason_part: str = "") -> None:
        if not state:
            assert self._world.mode == name, f"the whole should be {name} but is {self._world.mode}"
            return
        present, reason = self._world.state(name)
        assert present == state, f"{name} should be {state} but is {present} ({reason})"
        assert reason_part in reason, f"{name}'s reason should tell of «{reason_part}» but is «{reason}»"

    async def _do_outcome(self, master_order_id: str, name: str, outcome: str, reason_part: str = "") -> None:
        present = self._world.outcome(int(master_order_id), name)
        assert present is not None, f"{master_order_id} has no outcome on {name}"
        assert present[0] == outcome, (
            f"{master_order_id} on {name} should be {outcome} but is {present[0]} ({present[1]})"
        )
        assert reason_part in present[1], f"the reason should tell of «{reason_part}» but is «{present[1]}»"

    async def _do_no_outcome(self, master_order_id: str, name: str) -> None:
        present = self._world.outcome(int(master_order_id), name)
        assert present is None, f"{master_order_id} should have no outcome on {name} but is {present}"

    async def _do_alert(self, part: str) -> None:
        alerts = self._new_alerts()
        assert any(part in alert for alert in alerts), f"an alert should tell of «{part}»; there were {alerts}"

    async def _do_no_alert(self) -> None:
        alerts = self._new_alerts()
        assert not alerts, f"there should be no alert; there were {alerts}"

    def _new_alerts(self) -> list[str]:
        alerts = self._world.alerts()
        fresh = alerts[self._seen_alerts :]
        self._seen_alerts = len(alerts)
        return fresh


def _check_results(state: ActionResultsState, part: str) -> None:
    for result in state.results:
        assert result.success is not bool(part), f"{result}"
        assert part in result.error, f"the error should tell of «{part}» but is «{result.error}»"


def _option(words: list[str], name: str) -> str | None:
    if name not in words:
        return None
    at = words.index(name)
    value = words[at + 1]
    del words[at : at + 2]
    return value


def _surplus(platform: ScriptedPlatform) -> str:
    heard = "», «".join(platform.said)
    return f"{platform.name} should have been told nothing more but heard «{heard}»"


__all__ = ["MASTER_NAME", "ScriptError", "run_script"]
