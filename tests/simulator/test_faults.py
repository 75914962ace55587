"""Each fault as a caller meets it: what arrives, what was carried out, what the log says."""

from threading import Event, Thread
from typing import Any

import pytest
import requests

from rollcall.simulator import Fault, FaultKind, World
from tests.simulator.conftest import OPEN, REGISTRANTS, Caller, Clock, a_person


def people(world: World) -> list[str]:
    return [one.email for one in world.registrants(OPEN)]


def post(caller: Caller, email: str = "ada@example.com") -> requests.Response:
    return caller.call("POST", REGISTRANTS, json=a_person(email), checked=False)


def last(world: World) -> tuple[int | None, bool, str]:
    """Status, whether it was carried out, and the fault of the last call in the log."""
    call = world.calls()[-1]
    return call.status, call.carried_out, call.fault


class TestLostAndCut:
    def test_an_answer_is_lost_after_the_call_was_carried_out(self, caller: Caller, world: World) -> None:
        """The person is registered and nobody said so: a blind repeat would make a double."""
        world.add_fault(Fault(FaultKind.ANSWER_LOST, method="POST"))

        with pytest.raises(requests.ConnectionError):
            post(caller)

        assert people(world) == ["ada@example.com"]
        assert last(world) == (None, True, "answer_lost")
        assert world.calls()[-1].registrant_id == str(world.registrants(OPEN)[0].id)

    def test_a_call_is_dropped_before_it_was_carried_out(self, caller: Caller, world: World) -> None:
        """To the caller it looks exactly like the lost answer."""
        world.add_fault(Fault(FaultKind.DROPPED_BEFORE))

        with pytest.raises(requests.ConnectionError):
            post(caller)

        assert people(world) == []
        assert last(world) == (None, False, "dropped_before")

    def test_half_of_the_answer_arrives(self, caller: Caller, world: World) -> None:
        """Carried out; the body is shorter than its Content-Length."""
        world.add_fault(Fault(FaultKind.TRUNCATED))

        with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
            post(caller)

        assert people(world) == ["ada@example.com"]
        assert last(world) == (201, True, "truncated")

    def test_the_server_goes_on_after_each(self, caller: Caller, world: World) -> None:
        """A cut connection must not hurt the next call."""
        for kind in (FaultKind.ANSWER_LOST, FaultKind.DROPPED_BEFORE, FaultKind.TRUNCATED):
            world.add_fault(Fault(kind))
        for _ in range(3):
            with pytest.raises(requests.RequestException):
                caller.get(REGISTRANTS)

        assert caller.get(REGISTRANTS).status_code == 200


class TestErrors:
    @pytest.mark.parametrize("carried_out", [True, False])
    @pytest.mark.parametrize(
        ("kind", "status"),
        [(FaultKind.SERVER_ERROR, 500), (FaultKind.UNAVAILABLE, 503), (FaultKind.BAD_GATEWAY, 502)],
    )
    def test_an_error_tells_nothing_about_what_was_done(
        self, caller: Caller, world: World, kind: FaultKind, status: int, carried_out: bool
    ) -> None:
        """The same answer either way."""
        world.add_fault(Fault(kind, carried_out=carried_out))

        answer = post(caller)

        assert (answer.status_code, len(people(world))) == (status, int(carried_out))
        assert last(world) == (status, carried_out, kind)

    def test_a_503_says_when_to_come_back(self, caller: Caller, world: World) -> None:
        """Seconds, as given."""
        world.add_fault(Fault(FaultKind.UNAVAILABLE, seconds=7))

        assert caller.get(REGISTRANTS).headers["Retry-After"] == "7"

    def test_a_502_is_a_page(self, caller: Caller, world: World) -> None:
        """HTML where JSON is expected."""
        world.add_fault(Fault(FaultKind.BAD_GATEWAY))

        answer = post(caller)

        assert answer.headers["Content-Type"].startswith("text/html")
        assert answer.text.startswith("<html>")

    @pytest.mark.parametrize("status", [202, 302])
    def test_an_odd_status_without_a_body(self, caller: Caller, world: World, status: int) -> None:
        """Neither registered nor refused: unconfirmed, although it was carried out."""
        world.add_fault(Fault(FaultKind.ODD_ANSWER, status=status))

        answer = post(caller)

        assert (answer.status_code, answer.content, len(people(world))) == (status, b"", 1)

    def test_another_status_can_be_named(self, caller: Caller, world: World) -> None:
        """504, for one."""
        world.add_fault(Fault(FaultKind.SERVER_ERROR, status=504))

        assert post(caller).status_code == 504


class TestSlow:
    @pytest.mark.parametrize("before", [True, False])
    def test_a_slow_call_is_carried_out_before_or_after_the_wait(
        self, caller: Caller, world: World, before: bool
    ) -> None:
        """Whoever gives up meanwhile does not know which."""
        world.add_fault(Fault(FaultKind.SLOW, seconds=0.4, before=before))

        with pytest.raises(requests.ReadTimeout):
            caller.http.post(
                caller.url + REGISTRANTS,
                json=a_person(),
                headers={"Authorization": f"Bearer {caller.token}"},
                timeout=0.1,
            )

        assert len(people(world)) == (0 if before else 1)

    def test_a_patient_caller_gets_the_answer(self, caller: Caller, world: World) -> None:
        """Late, and whole."""
        world.add_fault(Fault(FaultKind.SLOW, seconds=0.15))

        answer = post(caller)

        assert answer.status_code == 201
        assert answer.elapsed.total_seconds() >= 0.15

    def test_others_are_answered_meanwhile(self, caller: Caller, world: World) -> None:
        """A slow call holds nobody up."""
        world.add_fault(Fault(FaultKind.SLOW, method="POST", seconds=0.6, before=True))
        slow_is_done = Event()
        slow = Thread(target=lambda: (post(caller), slow_is_done.set()))
        slow.start()

        other = Caller(caller.url)
        other.token = caller.token
        status = other.get(REGISTRANTS).status_code
        was_first = not slow_is_done.is_set()
        slow.join()
        other.close()

        assert (status, was_first) == (200, True)


class TestAtTheDoor:
    def test_the_token_is_revoked_as_the_call_arrives(self, caller: Caller, world: World) -> None:
        """401 in the middle of a run; signing in once helps."""
        world.add_fault(Fault(FaultKind.TOKEN_REVOKED, method="POST"))

        refused = post(caller).status_code
        caller.sign_in()

        assert (refused, post(caller).status_code) == (401, 201)
        assert [one.fault for one in world.calls(method="POST", path="registrants")] == ["token_revoked", ""]

    def test_the_limit_changes_from_this_call_on(self, caller: Caller, world: World) -> None:
        """The answer's headers say so at once."""
        world.add_fault(Fault(FaultKind.LIMIT_CHANGED, limit=3, window=5.0))

        headers = caller.get(REGISTRANTS).headers

        assert (headers["X-Rate-Limit-Limit"], headers["X-Rate-Limit-Window"]) == ("3", "5")
        assert [caller.get(REGISTRANTS).status_code for _ in range(3)] == [200, 200, 429]

    def test_other_peoples_calls_spend_the_quota(self, caller: Caller, world: World) -> None:
        """Remaining falls by more than our own calls."""
        world.set_limit(limit=10)
        before = caller.get(REGISTRANTS).headers["X-Rate-Limit-Remaining"]
        world.add_fault(Fault(FaultKind.OTHERS_CALLS, calls=4))

        after = caller.get(REGISTRANTS).headers["X-Rate-Limit-Remaining"]

        assert (before, after) == ("9", "4")
        world.spend_elsewhere(4)
        assert caller.get(REGISTRANTS).status_code == 429

    def test_429_out_of_the_blue_starts_a_real_penalty(self, caller: Caller, world: World, clock: Clock) -> None:
        """Not carried out; whoever tries again too early restarts it."""
        world.add_fault(Fault(FaultKind.RATE_LIMITED, seconds=20))
        refused = caller.register()
        clock.forward(19)
        too_early = caller.register()
        clock.forward(60)

        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "20")
        assert (too_early.status_code, too_early.headers["Retry-After"]) == (429, "60")
        assert people(world) == []
        assert caller.register().status_code == 201

    def test_signing_in_can_fail_too(self, caller: Caller, world: World) -> None:
        """Faults know every path, the token's included."""
        world.add_fault(Fault(FaultKind.SERVER_ERROR, path="/oauth/token"))

        assert (caller.sign_in().status_code, caller.sign_in().status_code) == (500, 200)

    def test_the_log_names_what_struck_at_the_door_of_a_call_that_goes_on(self, caller: Caller, world: World) -> None:
        """Such a call may well succeed; without the name nobody finds out why the next one was refused."""
        world.add_fault(Fault(FaultKind.LIMIT_CHANGED, limit=50))
        world.add_fault(Fault(FaultKind.OTHERS_CALLS, calls=2, skip=1))

        statuses = [post(caller, f"p{number}@example.com").status_code for number in range(3)]

        assert statuses == [201, 201, 201]
        found = [one.fault for one in world.calls(method="POST", path="registrants")]
        assert found == ["limit_changed", "others_calls", ""]

    def test_the_log_names_the_first_of_two_that_strike_one_call(self, caller: Caller, world: World) -> None:
        """One at the door and one behind it: the status tells the second, only the name tells the first."""
        world.add_fault(Fault(FaultKind.OTHERS_CALLS, calls=2))
        world.add_fault(Fault(FaultKind.SERVER_ERROR))

        post(caller)

        assert last(world) == (500, False, "others_calls")

    def test_the_log_names_a_429_out_of_the_blue(self, caller: Caller, world: World) -> None:
        """To be told from one that the caller's own haste brought."""
        world.add_fault(Fault(FaultKind.RATE_LIMITED))

        post(caller)

        assert last(world) == (429, False, "rate_limited")


class TestPattern:
    @pytest.mark.parametrize(
        ("pattern", "struck"),
        [
            ({"method": "POST"}, ["p0", "p1", "p2", "p3", "p4", "p5"]),
            ({"method": "DELETE"}, []),
            ({"path": r"/registrants$"}, ["p0", "p1", "p2", "p3", "p4", "p5"]),
            ({"path": r"/sessions/9"}, []),
            ({"email": "P3@example.com"}, ["p3"]),
            ({"skip": 2, "times": 1}, ["p2"]),
            ({"every": 3}, ["p2", "p5"]),
            ({"every": 2, "times": 2}, ["p1", "p3"]),
            ({"share": 0.0}, []),
        ],
    )
    def test_only_matching_calls_are_struck(
        self, caller: Caller, world: World, pattern: dict[str, Any], struck: list[str]
    ) -> None:
        """By method, path, address, number."""
        world.add_fault(Fault(FaultKind.SERVER_ERROR, **{"times": None, **pattern}))

        for number in range(6):
            post(caller, f"p{number}@example.com")

        found = [one.email.partition("@")[0] for one in world.calls(method="POST", path="registrants") if one.fault]
        assert found == struck

    def test_a_share_is_the_same_in_every_run(self, caller: Caller, world: World) -> None:
        """Five percent of two thousand, decided by the seed alone."""
        fault = Fault(FaultKind.ANSWER_LOST, share=0.05, seed=7, times=None)
        again = Fault(FaultKind.ANSWER_LOST, share=0.05, seed=7, times=None)
        other = Fault(FaultKind.ANSWER_LOST, share=0.05, seed=8, times=None)
        struck = [number for number in range(1, 2001) if fault.strikes(number)]

        assert 70 <= len(struck) <= 130
        assert struck == [number for number in range(1, 2001) if again.strikes(number)]
        assert struck != [number for number in range(1, 2001) if other.strikes(number)]

    def test_faults_are_tried_in_their_order(self, caller: Caller, world: World) -> None:
        """The first that strikes wins, the next call meets the second."""
        world.add_fault(Fault(FaultKind.SERVER_ERROR))
        world.add_fault(Fault(FaultKind.UNAVAILABLE, skip=1))

        assert [caller.get(REGISTRANTS).status_code for _ in range(3)] == [500, 503, 200]

    def test_a_call_refused_for_its_quota_uses_up_no_fault(self, caller: Caller, world: World, clock: Clock) -> None:
        """What was planned for a registration must strike a registration, not a 429."""
        world.set_limit(limit=1)
        caller.get(REGISTRANTS)
        world.add_fault(Fault(FaultKind.SERVER_ERROR))
        refused = caller.get(REGISTRANTS).status_code
        clock.forward(60)

        assert (refused, caller.get(REGISTRANTS).status_code) == (429, 500)

    def test_faults_can_be_taken_out(self, caller: Caller, world: World) -> None:
        """All at once."""
        world.add_fault(Fault(FaultKind.SERVER_ERROR, times=None))
        world.clear_faults()

        assert caller.get(REGISTRANTS).status_code == 200
