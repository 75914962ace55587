"""`kill -9` at every moment: nobody is lost, nobody is registered twice, no limit is broken."""

import random
import signal
import subprocess
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise

import pytest

from rollcall.outbox import reconcile
from tests.crashes.conftest import Stage, kill
from tests.worker.rig import people

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

POINTS = ("claimed", "before send", "after answer", "before commit", "after commit", "settled")
SPEED = 20.0
DIES_WITHIN = 45.0  # seconds until a process has reached the point at which it kills itself


def moments(seed: int, number: int) -> list[tuple[str, int] | float]:
    """Half of them points with the pass at which to die there, the other half seconds after the start, mixed."""
    dice = random.Random(seed)
    at_points: list[tuple[str, int] | float] = [
        (POINTS[count % len(POINTS)], dice.randint(1, 9)) for count in range(number // 2)
    ]
    at_times: list[tuple[str, int] | float] = [dice.uniform(0.0, 1.5) for _ in range(number - number // 2)]
    mixed = at_points + at_times
    dice.shuffle(mixed)
    return mixed


def live_and_die(stage: Stage, moment: tuple[str, int] | float) -> None:
    """Start a worker and have it killed at a moment."""
    if isinstance(moment, tuple):
        point, time = moment
        process = stage.worker("--point", point, "--time", str(time))
        try:
            assert process.wait(DIES_WITHIN) == -signal.SIGKILL
        except subprocess.TimeoutExpired:
            pytest.fail(f"the worker did not pass {point!r} {time} times in {DIES_WITHIN:g} s\n{stage.story()}")
    else:
        process = stage.worker()
        with suppress(subprocess.TimeoutExpired):
            process.wait(moment)
        kill(process)


@pytest.mark.xdist_group("crash")
def test_thirty_kills_register_three_hundred_people_once_each(stage: Callable[..., Stage]) -> None:
    """Second emails are accepted, answers get lost and the list lags: a blind repeat would show at once.

    To run it again with the moments of a failure, put its seed in place of the random one.
    """
    seed = random.SystemRandom().randrange(1_000_000)
    print(f"seed {seed}")  # noqa: T201 (pytest shows it with a failure)
    here = stage(speed=SPEED, limit=20)
    here.tell("PATCH", "switches", second_email="accepted", list_lag=45, list_lag_share=0.5)
    lost = {"kind": "answer_lost", "path": "/registrants", "share": 0.05, "times": None}  # lists too
    here.tell("POST", "faults", seed=seed, **lost)
    batch_id = here.import_of(300)

    for moment in moments(seed, 30):
        live_and_die(here, moment)
        assert here.batch(batch_id).state == "running", f"seed {seed}: done before the last kill; slow it down"
    here.worker()
    here.until(lambda: here.batch(batch_id).state == "finished", within=180, why=f"the end of the import, seed {seed}")

    assert here.registered() == [one.email for one in people(300)], f"seed {seed}"
    assert here.counts(batch_id) == {"registered": 300}, f"seed {seed}"
    assert repeats_without_listings(here) == [], f"seed {seed}"
    assert [call for call in here.calls() if call["status"] == 429] == [], f"seed {seed}"


def repeats_without_listings(stage: Stage) -> list[str]:
    """Repeated registrations before which RingCentral was not asked twice, late enough, for its whole list."""
    whole_lists = [call["arrived_at"] for call in stage.calls("GET", "/registrants") if call["complete"]]
    by_email: dict[str, list[float]] = defaultdict(list)
    for call in stage.posts():
        by_email[call["email"]].append(call["arrived_at"])
    first, second = reconcile.FIRST.total_seconds(), reconcile.SECOND.total_seconds()

    def is_proven(earlier: float, later: float) -> bool:
        between = [at for at in whole_lists if earlier + first <= at < later]
        return len(between) >= 2 and between[-1] >= earlier + second

    return [
        email
        for email, times in by_email.items()
        for earlier, later in pairwise(times)
        if not is_proven(earlier, later)
    ]


@pytest.mark.xdist_group("real pace")
def test_at_real_pace_no_restart_breaks_the_limit(stage: Callable[..., Stage]) -> None:
    """Ten calls a minute, as RingCentral allows: what was called before the kill still counts after it.

    The rest is as above: answers get lost, here every sixth, the list lags, and a blind repeat would show.
    """
    seed = random.SystemRandom().randrange(1_000_000)
    dice = random.Random(seed)
    here = stage(speed=1.0, limit=10)
    here.tell("PATCH", "switches", second_email="accepted", list_lag=45)
    here.tell("POST", "faults", kind="answer_lost", method="POST", path="/registrants", every=6, times=None)
    batch_id = here.import_of(14)

    for _ in range(3):
        live_and_die(here, dice.uniform(10, 30))
    here.worker()
    here.until(lambda: here.batch(batch_id).state == "finished", within=420, why=f"the end of the import, seed {seed}")

    assert here.registered() == [one.email for one in people(14)], f"seed {seed}"
    assert here.counts(batch_id) == {"registered": 14}, f"seed {seed}"
    assert repeats_without_listings(here) == [], f"seed {seed}"
    assert [call for call in here.calls() if call["status"] == 429] == [], f"seed {seed}"
    assert len([call for call in here.posts() if call["fault"] == "answer_lost"]) >= 2, f"seed {seed}"


@pytest.mark.xdist_group("crash")
def test_after_a_kill_the_next_start_goes_on_within_five_seconds(stage: Callable[..., Stage]) -> None:
    """The lease of a dead process on this machine need not run out first."""
    here = stage(speed=1.0, limit=100)
    here.import_of(50)
    first = here.worker()
    here.until(lambda: len(here.posts()) >= 3, within=30, why="the first calls")
    kill(first)
    before = len(here.calls())

    here.worker()
    begun = here.clock().timestamp()
    here.until(lambda: len(here.calls()) > before, within=30, why="a call of the second process")

    assert here.calls()[before]["arrived_at"] - begun < 5
