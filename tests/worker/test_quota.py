"""What RingCentral's limit does to an import, and that we never break it."""

from collections.abc import Callable

from rollcall.roster import capabilities
from rollcall.roster.capabilities import Name
from rollcall.simulator import Fault, FaultKind
from rollcall.store.tables import Quota
from tests.worker.rig import Rig, a_person

POSTS = {"method": "POST", "path": "/registrants"}


def in_any_window(rig: Rig, seconds: float) -> int:
    """The most calls of ours that RingCentral saw arrive within so many seconds."""
    arrivals = [call.arrived_at.timestamp() for call in rig.world.calls() if call.group == "heavy"]
    return max(sum(begin <= at < begin + seconds for at in arrivals) for begin in arrivals)


def test_an_import_keeps_the_limit(build: Callable[..., Rig]) -> None:
    """Twenty in two seconds: never more. That it is not much less, the benchmarks measure."""
    rig = build(limit=20, window=2.0)
    rig.start()

    batch_id = rig.import_of(60)
    rig.until_batch(batch_id, "finished")

    assert not rig.refused_for_quota()
    assert in_any_window(rig, 2.0) <= 20


def test_a_click_during_an_import_takes_the_next_slot(build: Callable[..., Rig]) -> None:
    """Somebody waits at the screen; the import moves back by one."""
    rig = build(limit=10, window=2.0)
    rig.start()
    rig.import_of(60)
    rig.until(lambda: len(rig.posts()) >= 12)

    action_id = rig.register()
    before = len(rig.posts())
    rig.until_state(action_id, "done")

    place = [call.email for call in rig.posts()].index("ada@example.com")
    assert place <= before + 1
    assert not rig.refused_for_quota()


def test_after_a_429_nothing_leaves_before_the_penalty_ends(build: Callable[..., Rig]) -> None:
    """Every call meanwhile would start the penalty anew, clicks included."""
    rig = build(limit=10, window=20.0)
    rig.world.add_fault(Fault(FaultKind.RATE_LIMITED, skip=4, seconds=30, **POSTS))
    rig.start()
    batch_id = rig.import_of(10)
    rig.until(rig.refused_for_quota)
    action_id = rig.register()
    rig.let_pass(lambda: rig.batch(batch_id).state == "finished")

    struck = rig.refused_for_quota()[0]
    following = rig.world.calls(since=struck.id)[0]
    assert len(rig.refused_for_quota()) == 1
    assert (following.arrived_at - struck.arrived_at).total_seconds() >= 30
    assert rig.settle(action_id).outcome == "registered"


def test_what_a_429_refused_is_sent_once_more(rig: Rig) -> None:
    """429 was not carried out: no listing is needed to know that."""
    rig.world.add_fault(Fault(FaultKind.RATE_LIMITED, seconds=5, **POSTS))
    rig.start()

    action = rig.settle(rig.register())

    assert (action.state, action.outcome, len(rig.posts())) == ("done", "registered", 2)
    assert action.attempts == 1  # what was turned away unread is none
    assert [call.status for call in rig.posts()] == [429, 201]
    assert not [call for call in rig.world.calls(method="GET", path="/registrants")]


def test_a_second_429_in_a_row_is_waited_out_for_longer(rig: Rig) -> None:
    """Somebody else keeps the penalty alive; hammering would never end it."""
    rig.world.add_fault(Fault(FaultKind.RATE_LIMITED, seconds=20, times=2, **POSTS))
    rig.start()

    rig.settle(rig.register())

    first, second, third = rig.posts()
    waited = (second.arrived_at - first.arrived_at, third.arrived_at - second.arrived_at)
    assert waited[0].total_seconds() >= 20
    assert waited[1].total_seconds() >= 40


def test_calls_of_others_slow_us_down_and_cost_no_429(rig: Rig) -> None:
    """Another program spends thirty of the fifty on the same credential; only `Remaining` tells."""
    rig.world.add_fault(Fault(FaultKind.OTHERS_CALLS, skip=4, calls=30, **POSTS))
    rig.start()

    batch_id = rig.import_of(60)
    rig.until_batch(batch_id, "finished")

    struck = rig.posts()[4].arrived_at
    close_by = [call for call in rig.world.calls() if abs((call.arrived_at - struck).total_seconds()) < 1.0]
    assert not rig.refused_for_quota()
    assert len([call for call in close_by if call.group == "heavy"]) <= 20
    assert rig.counts(batch_id) == {"registered": 60}


def test_a_limit_raised_in_the_headers_is_used_from_then_on(build: Callable[..., Rig]) -> None:
    """RingCentral raises limits on request; nobody has to tell us."""
    rig = build(limit=10, window=10.0)
    rig.world.add_fault(Fault(FaultKind.LIMIT_CHANGED, skip=3, limit=200, window=10.0, **POSTS))
    rig.start()

    batch_id = rig.import_of(60)
    rig.until_batch(batch_id, "finished")

    posts = rig.posts()
    with rig.store.read() as db:
        seen = db.get_one(Quota, (rig.connection_id, "heavy"))
    assert (seen.limit, seen.window_ms) == (200, 10_000)
    assert not rig.refused_for_quota()
    assert (posts[-1].arrived_at - posts[0].arrived_at).total_seconds() < 60 / 10 * 10.0 * 0.6


def test_a_limit_lowered_in_the_headers_is_kept_from_then_on(build: Callable[..., Rig]) -> None:
    """The other way round it would cost a penalty."""
    rig = build(limit=40, window=2.0)
    rig.start()
    batch_id = rig.import_of(30)
    rig.until(lambda: len(rig.posts()) >= 8)
    rig.stop()
    rig.skip(5)

    rig.world.set_limit(limit=8)
    rig.start()
    rig.until_batch(batch_id, "finished")

    assert not rig.refused_for_quota()


def test_without_rate_headers_the_documented_limit_holds(build: Callable[..., Rig]) -> None:
    """Nobody promises headers: then it is ten a minute, reckoned from our own book."""
    rig = build(limit=10, window=60.0)
    rig.world.set_switches(rate_headers=False)
    rig.start()

    batch_id = rig.import_of(14)
    rig.let_pass(lambda: rig.batch(batch_id).state == "finished")

    assert not rig.refused_for_quota()
    assert in_any_window(rig, 60.0) <= 10
    with rig.store.read() as db:
        assert capabilities.value_of(db, rig.connection_id, Name.RATE_HEADERS) == "no"


def test_the_quota_is_remembered_over_a_restart(build: Callable[..., Rig]) -> None:
    """What left before the restart still counts after it."""
    rig = build(limit=10, window=60.0)
    rig.start()
    batch_id = rig.import_of(25)
    rig.let_pass(lambda: len(rig.posts()) >= 3)

    for _ in range(3):
        rig.stop()
        rig.start()
        rig.skip(20)
    rig.let_pass(lambda: rig.batch(batch_id).state == "finished")

    assert not rig.refused_for_quota()
    assert in_any_window(rig, 60.0) <= 10


def test_a_click_is_served_at_once_after_a_quiet_hour(build: Callable[..., Rig]) -> None:
    """The window is empty: nothing is dripped, the result is there in a moment."""
    rig = build(limit=10, window=60.0)
    rig.start()
    rig.settle(rig.register())
    rig.skip(120)

    asked = rig.clock()
    action_id = rig.register(a_person("grace@example.com"))
    rig.until_state(action_id, "done")

    assert (rig.posts("grace@example.com")[0].arrived_at - asked).total_seconds() < 3
