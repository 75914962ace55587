"""Signing in, and what happens when there is no network, no valid credential or no right."""

from collections.abc import Callable, Iterator

import pytest

from rollcall import connections
from rollcall.roster import sessions
from rollcall.simulator import Fault, FaultKind
from tests.worker.relay import Relay
from tests.worker.rig import SESSION, Rig

SIGN_IN = "/restapi/oauth/token"


@pytest.fixture
def relay(rig: Rig) -> Iterator[Relay]:
    """The way from this rig's workers to its RingCentral; closed."""
    relay = Relay(rig.server_url)
    rig.server_url = relay.url
    yield relay
    rig.stop()
    relay.close()


def sign_ins(rig: Rig) -> int:
    return len(rig.world.calls(method="POST", path=SIGN_IN))


def go_on(rig: Rig) -> None:
    with rig.store.write() as db:
        connections.go_on(db, rig.connection_id, now=rig.clock())
    rig.wake()


def test_without_a_network_everything_waits_and_goes_on_by_itself(rig: Rig, relay: Relay) -> None:
    """The laptop was in a train: nobody has to press anything again."""
    rig.start()
    action_id, batch_id = rig.register(), rig.import_of(5)
    rig.until(lambda: rig.connection().trouble == "unreachable")

    relay.open()
    rig.let_pass(lambda: rig.batch(batch_id).state == "finished")

    assert rig.action(action_id).outcome == "registered"
    assert rig.counts(batch_id) == {"registered": 5}
    assert len(rig.posts()) == 6
    assert rig.connection().trouble is None


def test_a_network_that_breaks_in_the_middle_loses_and_doubles_nobody(rig: Rig, relay: Relay) -> None:
    """A refused connection proves that nothing left: back to waiting, no listing needed for it."""
    relay.open()
    rig.start()
    batch_id = rig.import_of(30)
    rig.until(lambda: len(rig.posts()) >= 5)

    closed = Relay(rig.simulator.url)
    rig.stop()
    way, rig.server_url = rig.server_url, closed.url
    rig.start()
    rig.until(lambda: rig.connection().trouble == "unreachable")
    rig.stop()
    rig.server_url = way
    closed.close()
    rig.start()
    rig.let_pass(lambda: rig.batch(batch_id).state == "finished")

    assert rig.counts(batch_id) == {"registered": 30}
    assert len(rig.posts()) == 30


def test_a_wrong_jwt_stops_the_connection_and_says_why(rig: Rig) -> None:
    """Trying on would only spend sign-ins: nothing leaves until somebody has put it right."""
    rig.world.set_switches(jwt_valid=False)
    rig.start()
    action_id = rig.register()

    rig.until(lambda: rig.connection().stopped_reason)
    rig.skip(120)

    assert rig.connection().stopped_reason == "sign_in_refused"
    assert rig.connection().stopped_detail == "invalid_grant"
    assert sign_ins(rig) == 1
    assert rig.action(action_id).state == "waiting"
    assert not rig.posts()


def test_after_the_repair_the_stopped_connection_goes_on(rig: Rig) -> None:
    """What was wished meanwhile is not lost."""
    rig.world.set_switches(jwt_valid=False)
    rig.start()
    action_id = rig.register()
    rig.until(lambda: rig.connection().stopped_reason)

    rig.world.set_switches(jwt_valid=True)
    go_on(rig)

    assert rig.settle(action_id).outcome == "registered"
    assert rig.connection().stopped_reason is None


def test_without_the_right_to_edit_nothing_is_written_and_readings_still_work(rig: Rig) -> None:
    """The app was given ReadWebinars alone: read-only, not broken."""
    rig.world.set_switches(scopes="ReadWebinars")
    rig.start()
    action_id, batch_id = rig.register(), rig.import_of(3)

    rig.until(rig.has_sessions)
    rig.skip(60)

    assert not connections.may_edit(rig.connection())
    assert rig.action(action_id).state == "waiting"
    assert rig.counts(batch_id) == {"waiting": 3}
    assert not rig.posts()


def test_the_right_granted_later_lets_what_waited_go(rig: Rig) -> None:
    """The administrator added the scope; the next sign-in sees it."""
    rig.world.set_switches(scopes="ReadWebinars")
    rig.start()
    action_id = rig.register()
    rig.until(lambda: rig.connection().scopes)

    rig.world.set_switches(scopes="ReadWebinars EditWebinars")
    rig.stop()
    rig.start()

    assert rig.settle(action_id).outcome == "registered"


def test_a_token_that_expires_in_the_middle_is_renewed(build: Callable[..., Rig]) -> None:
    """An import lasts hours, a token one: no call is lost or made twice for it."""
    rig = build(limit=20, window=2.0)
    rig.world.set_switches(token_seconds=2.5)
    rig.start()

    batch_id = rig.import_of(40)
    rig.until_batch(batch_id, "finished")

    assert rig.counts(batch_id) == {"registered": 40}
    assert len(rig.posts()) == 40
    assert sign_ins(rig) >= 2
    assert rig.connection().stopped_reason is None


def test_a_token_revoked_in_the_middle_costs_one_new_sign_in(rig: Rig) -> None:
    """An administrator ended all sessions: 401 was not carried out, so the call is simply made again."""
    rig.world.add_fault(Fault(FaultKind.TOKEN_REVOKED, method="POST", path="/registrants", skip=5))
    rig.start()

    batch_id = rig.import_of(20)
    rig.until_batch(batch_id, "finished")

    assert rig.counts(batch_id) == {"registered": 20}
    assert len(rig.registered()) == 20
    assert [call.status for call in rig.posts()].count(401) == 1
    assert sign_ins(rig) == 2


def test_a_second_refusal_of_the_sign_in_stops_the_connection(rig: Rig) -> None:
    """A token that is refused as soon as it is given will be refused for ever."""
    rig.world.add_fault(Fault(FaultKind.TOKEN_REVOKED, path="/webinar", times=None))
    rig.start()
    action_id = rig.register()

    rig.until(lambda: rig.connection().stopped_reason)
    rig.skip(60)

    assert rig.connection().stopped_reason == "signed_out_twice"
    assert sign_ins(rig) == 2
    assert rig.action(action_id).state == "waiting"

    rig.world.clear_faults()
    go_on(rig)
    assert rig.settle(action_id).outcome == "registered"


def test_a_token_revoked_while_several_calls_are_on_their_way_stops_nothing(build: Callable[..., Rig]) -> None:
    """With slow answers several calls leave with one token; each is refused, but only one sign-in was."""
    rig = build(limit=40, window=5.0)
    relay = Relay(rig.server_url, delay=0.4)
    rig.server_url = relay.url
    relay.open()
    try:
        rig.start()
        batch_id = rig.import_of(25)
        rig.until(lambda: len(rig.posts()) >= 6)

        rig.world.revoke_tokens()
        rig.until_batch(batch_id, "finished")

        assert [call.status for call in rig.posts()].count(401) >= 2
        assert rig.connection().stopped_reason is None
        assert rig.counts(batch_id) == {"registered": 25}
        assert len(rig.registered()) == 25
    finally:
        rig.stop()
        relay.close()


def test_tokens_that_ran_out_here_are_no_refusal(rig: Rig) -> None:
    """A laptop that slept wakes up with a dead token, perhaps twice: RingCentral was not even asked."""
    nights = iter([16.0, 16.0, 16.0])

    def sleep_before_sending(point: str) -> None:
        if point == "before send":
            rig.clock.skip(next(nights, 0.0))

    rig.world.set_switches(token_seconds=15)
    rig.start(passing=sleep_before_sending)
    batch_id = rig.import_of(5)
    rig.until_batch(batch_id, "finished")

    assert rig.connection().stopped_reason is None
    assert rig.counts(batch_id) == {"registered": 5}


def test_thirty_restarts_in_a_minute_keep_the_limit_of_sign_ins(build: Callable[..., Rig]) -> None:
    """The token lives in memory, so every start wants one; RingCentral allows five a minute."""
    rig = build(limit=10, window=60.0, auth_limit=5)
    action_id = rig.register()
    begun = rig.clock()
    for restart in range(30):
        rig.start()
        rig.until(lambda: sign_ins(rig) > restart if restart < 5 else rig.is_held())  # noqa: B023
        rig.stop()
        rig.skip(2)

    assert (rig.clock() - begun).total_seconds() < 75
    assert not rig.refused_for_quota()
    assert sign_ins(rig) in (5, 6)

    rig.start()
    assert rig.settle(action_id).outcome == "registered"
    assert not rig.refused_for_quota()


def test_a_429_at_the_sign_in_is_waited_out(rig: Rig) -> None:
    """Another program with the same app has used up the sign-ins."""
    rig.world.add_fault(Fault(FaultKind.RATE_LIMITED, path=SIGN_IN, seconds=30))
    rig.start()

    action = rig.settle(rig.register())

    first, second = rig.world.calls(method="POST", path=SIGN_IN)
    assert action.outcome == "registered"
    assert (second.arrived_at - first.arrived_at).total_seconds() >= 30
    assert len(rig.refused_for_quota()) == 1


def test_the_worker_looks_at_the_sessions_by_itself(rig: Rig) -> None:
    """The first screen of a new installation is not empty."""
    rig.start()

    rig.until(rig.has_sessions)

    with rig.store.read() as db:
        assert SESSION in [one.session_id for one in sessions.all_of(db, rig.connection_id)]
