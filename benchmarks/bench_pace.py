"""How much of RingCentral's quota an import uses, how many calls it costs, and how long a click waits meanwhile.

Run from the project's folder: `python -m benchmarks.bench_pace`. Every scenario is a process of its own with its own
simulated RingCentral, all at the same time; what needs real minutes is run five times as fast unless `--real` is said.
"""

import argparse
import math
import multiprocessing
import random
import statistics
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from benchmarks.report import Measured, at_least, at_most, fact, finish
from benchmarks.rig import REGISTER, SESSION, Clock, Pace, Rig, client, person, rig, ringcentral
from rollcall.importing import checking, drafting, starting
from rollcall.ringcentral.limits import PER_PAGE
from rollcall.roster.readings import What
from rollcall.simulator import Fault, FaultKind, LoggedCall, Person
from rollcall.store.tables import Action

TEN_A_MINUTE = Pace(limit=10, window=60, answers=0.3)  # 0.3 s: the usual answer our model assumes
FASTER = 5  # how many times as fast minutes pass, unless they are wanted for real
SLOW = Pace(limit=120, window=60, answers=1)
CHEAP = Pace(limit=60, window=60, speed=FASTER)  # calls are counted here, not their pace
ON_LIST = 2 * PER_PAGE - 500  # registrants before the import, so that their list has two pages
CHECK_TO_START = timedelta(seconds=125)  # over two minutes, after which Start does not take the check's list any more
RECONCILE_EVERY, RECONCILE_AT = timedelta(minutes=10), 50  # design: an import lists again so rarely
PEOPLE_OF_CALLS, LOST_EVERY = 120, 20
CLICK_GAPS = (10.0, 70.0)  # seconds between two clicks, at random
SEED = 20260806


@dataclass(frozen=True, slots=True)
class Used:
    """How an import used its quota."""

    share: float
    windows: float
    refused: int


def used(calls: Sequence[LoggedCall], pace: Pace) -> Used:
    """Calls made / what was allowed meanwhile, first call to last; the first opens the time and is not counted."""
    elapsed = (calls[-1].arrived_at - calls[0].arrived_at).total_seconds()
    refused = sum(call.status == 429 for call in calls)
    return Used((len(calls) - 1) / (pace.limit * elapsed / pace.window), elapsed / pace.window, refused)


def import_alone(pace: Pace, windows: float) -> Used:
    """An import that lasts so many windows, and nothing else."""
    with rig(pace) as one:
        one.await_free_window()
        begun = one.clock()
        one.await_finish(one.start_import(round(pace.limit * windows)))
        return used(one.calls(begun), pace)


@dataclass(frozen=True, slots=True)
class Race:
    """The same people registered by an import and by a loop, from Start to the last person."""

    ours: float
    loop: float
    refused: int


def race(pace: Pace, people: int) -> Race:
    """An import beside a loop that sends and sleeps, each with a RingCentral and a credential of its own."""
    loop: list[float] = []
    with rig(pace) as one:
        beside = threading.Thread(target=lambda: loop.append(send_and_sleep(pace, people)))
        one.await_free_window()
        beside.start()
        begun = one.clock()
        one.await_finish(one.start_import(people))
        calls = one.calls(begun)
        beside.join()
    last = max(call.arrived_at for call in calls if call.method == "POST")
    return Race((last - begun).total_seconds(), loop[0], sum(call.status == 429 for call in calls))


def send_and_sleep(pace: Pace, people: int) -> float:
    """What anybody would write first: one call, then `window / limit` seconds of sleep. Returns seconds."""
    clock = Clock(pace.speed)
    with ringcentral(pace, clock) as simulator:
        theirs = client(simulator, clock)
        theirs.sign_in()
        begun = clock()
        for number in range(1, people + 1):
            somebody = person(number)
            theirs.create_registrant(
                SESSION,
                {"firstName": somebody.first_name, "lastName": somebody.last_name, "email": somebody.email},
            )
            if number < people:
                clock.sleep(pace.window / pace.limit)
        assert all(call.status != 429 for call in simulator.world.calls())
        last = max(call.arrived_at for call in simulator.world.calls(method="POST", path=REGISTER))
        return (last - begun).total_seconds()


@dataclass(frozen=True, slots=True)
class Cost:
    """The calls of an import, from its check to its end, and what they were for."""

    calls: int
    people: int
    pages: int
    reconcilings: int
    most_reconcilings: int
    refused: int

    @property
    def allowed(self) -> int:
        """People + pages × (1 at the check + 1 at Start + reconcilings) + 2."""
        return self.people + self.pages * (2 + self.reconcilings) + 2


def cost(pace: Pace, lost_every: int) -> Cost:
    """An import into a session with two pages of registrants; every so many answers are lost (0: none)."""
    with rig(pace) as one:
        before = (Person("On", "List", f"before{number}@example.com") for number in range(ON_LIST))
        one.simulator.world.add_registrants(SESSION, before)
        if lost_every:
            one.simulator.world.add_fault(Fault(FaultKind.ANSWER_LOST, "POST", REGISTER, every=lost_every, times=None))
        begun = one.clock()
        batch_id = _checked_import(one, PEOPLE_OF_CALLS)
        one.clock.sleep(CHECK_TO_START.total_seconds())
        started = one.clock()
        assert starting.start(one.here.store, batch_id, again_cancelled=False, now=started)
        one.here.wake()
        one.await_finish(batch_id)
        took = one.clock() - started
        calls = one.calls(begun)
    listings = sum(call.method == "GET" and bool(call.complete) and call.path.endswith(REGISTER) for call in calls)
    unconfirmed = PEOPLE_OF_CALLS // lost_every if lost_every else 0
    most = 1 + took // RECONCILE_EVERY + unconfirmed // RECONCILE_AT if lost_every else 0
    refused = sum(call.status == 429 for call in calls)
    return Cost(len(calls), PEOPLE_OF_CALLS, math.ceil(ON_LIST / PER_PAGE), listings - 2, most, refused)


def _checked_import(one: Rig, people: int) -> int:
    """A file uploaded and checked as the page does it, its readings here."""
    rows = [person(number) for number in range(1, people + 1)]
    text = "".join(f"{row.first_name},{row.last_name},{row.email}\n" for row in rows)
    data = f"First name,Last name,Email\n{text}".encode()
    store, connection_id = one.here.store, one.here.connection_id
    batch_id = drafting.begin(
        store, connection_id, SESSION, name="people.csv", data=data, actor="bench", now=one.clock()
    )
    checking.check(store, batch_id, now=one.clock())
    one.here.wake()
    for what in (What.REGISTRANTS, What.REGISTRATION):
        one.await_reading(what, SESSION)
    checking.compare(store, batch_id)
    return batch_id


@dataclass(frozen=True, slots=True)
class Clicks:
    """How long clicks waited for their slot during an import, in seconds of the clock, shortest first."""

    waits: list[float]
    share: Used

    @property
    def p95(self) -> float:
        """Nearest rank: so long at most waited 95 of 100."""
        return self.waits[math.ceil(0.95 * len(self.waits)) - 1]


def clicks(pace: Pace, number: int, gaps: tuple[float, float]) -> Clicks:
    """People register by the form at random moments while an import runs that outlasts them."""
    chance = random.Random(SEED)
    with rig(pace) as one:
        begun = one.clock()
        longest = number * gaps[1] / pace.window + 3
        one.start_import(round(pace.limit * longest))
        one.clock.sleep(pace.window)  # the first window is not full yet: nobody would have to wait
        clicked = []
        for index in range(number):
            one.clock.sleep(chance.uniform(*gaps))
            clicked.append(one.click(index))
        one.await_that(lambda: all(_left(one, action_id) for action_id in clicked))
        waits = [_waited(one, action_id) for action_id in clicked]
        return Clicks(sorted(waits), used(one.calls(begun), pace))


def _left(one: Rig, action_id: int) -> datetime | None:
    with one.here.store.read() as db:
        return db.get_one(Action, action_id).left_at


def _waited(one: Rig, action_id: int) -> float:
    """From the wish to the departure of its call."""
    with one.here.store.read() as db:
        action = db.get_one(Action, action_id)
    assert action.left_at is not None
    assert action.attempts == 1
    return (action.left_at - action.created_at).total_seconds()


def _alone(what: str, outcome: Used, goal: float | None) -> list[Measured]:
    """The lines of an import alone; without a goal they are there to be known."""
    name = f"{what}, {outcome.windows:.1f} windows: quota used"
    share = 100 * outcome.share
    line = fact(name, share, "%") if goal is None else at_least(name, share, goal, "%")
    return [line, at_most("  refused with 429", outcome.refused, 0, "calls")]


def _cost(what: str, outcome: Cost) -> list[Measured]:
    return [
        at_most(f"calls of an import, {outcome.people} people, {outcome.pages} pages, {what}",
                outcome.calls, outcome.allowed, "calls"),
        at_most("  of these reconcilings", outcome.reconcilings, outcome.most_reconcilings, "lists"),
        at_most("  refused with 429", outcome.refused, 0, "calls"),
    ]  # fmt: skip


def _race(what: str, outcome: Race) -> list[Measured]:
    return [
        fact(f"{what}: a loop that sends, and sleeps", outcome.loop, "s"),
        fact("  an import, its list read first", outcome.ours, "s"),
        at_most("  the one to the other", outcome.ours / outcome.loop, 1, "times"),
        at_most("  refused with 429", outcome.refused, 0, "calls"),
    ]


def _clicks(what: str, outcome: Clicks) -> list[Measured]:
    return [
        fact(f"{what}: {len(outcome.waits)} clicks during an import, mean wait", statistics.mean(outcome.waits), "s"),
        at_most("  wait for a slot, 95th percentile", outcome.p95, 8, "s"),
        fact("  the longest", outcome.waits[-1], "s"),
        fact("  quota used meanwhile", 100 * outcome.share.share, "%"),
        at_most("  refused with 429", outcome.share.refused, 0, "calls"),
    ]  # fmt: skip


def main(*, windows: int, number_of_clicks: int, real: bool) -> None:
    """Run all scenarios beside each other and print them."""
    minute = TEN_A_MINUTE if real else replace(TEN_A_MINUTE, speed=FASTER)
    gaps = (10.0, 50.0) if real else CLICK_GAPS
    how = "10/60 s, real time" if real else f"10/60 s, time {FASTER} times as fast"
    race_windows = 5 if real else windows
    print(f"{windows} windows each; {how}; clicks {gaps[0]:g} to {gaps[1]:g} s apart, seed {SEED}")
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=9, mp_context=context) as pool:

        def run(scenario: Callable[..., object], *args: object) -> Callable[[], object]:
            return pool.submit(scenario, *args).result

        planned: list[tuple[Callable[..., list[Measured]], tuple[object, ...], Callable[[], object]]] = [
            (_alone, ("import alone, 10/15 s", 97.0), run(import_alone, Pace(10, 15), windows)),
            (_alone, ("the same, 10/6 s (0.2 s of margin is 3.3 %)", None), run(import_alone, Pace(10, 6), windows)),
            (_alone, ("120/60 s, answers take 1 s", 95.0), run(import_alone, SLOW, min(windows, 3))),
            (_race, (f"{how}, answers take 0.3 s",), run(race, minute, 10 * race_windows)),
            (_cost, ("all answers come",), run(cost, CHEAP, 0)),
            (_cost, (f"every {LOST_EVERY}th answer lost",), run(cost, CHEAP, LOST_EVERY)),
            (_clicks, (how,), run(clicks, minute, number_of_clicks, gaps)),
        ]
        if real:
            planned.insert(1, (_alone, (how, 97.0), run(import_alone, Pace(10, 60), 5)))
        lines = [show(*_reordered(words, outcome())) for show, words, outcome in planned]
    finish(*(line for group in lines for line in group))


def _reordered(words: tuple[object, ...], outcome: object) -> tuple[object, ...]:
    """What is measured, the outcome, then the goal if there is one."""
    return (words[0], outcome, *words[1:])


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--windows", type=int, default=20, help="how many windows an import lasts")
    options.add_argument("--clicks", type=int, default=40, help="how many people click during an import")
    options.add_argument("--short", action="store_true", help="five windows, ten clicks: to see that it runs")
    options.add_argument("--real", action="store_true", help="10/60 s in real time, ten minutes and more")
    chosen = options.parse_args()
    if chosen.short:
        chosen.windows, chosen.clicks = 5, 10
    if chosen.real:
        chosen.clicks = min(chosen.clicks, 20)
    main(windows=chosen.windows, number_of_clicks=chosen.clicks, real=chosen.real)
