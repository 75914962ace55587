"""Sliding windows and the penalty that every further call restarts."""

from collections.abc import Iterator

import pytest
import requests

from rollcall.simulator import Group, Running, World, start
from tests.simulator.conftest import OPEN, REGISTRANTS, Caller, Clock, add_sessions

SUBSCRIPTIONS = "/webinar/notifications/v1/subscriptions"


@pytest.fixture(scope="module")
def module_running(module_clock: Clock) -> Iterator[Running]:
    """RingCentral's own limits: ten calls in sixty seconds."""
    running = start(now=module_clock, with_demo=False)
    yield running
    running.stop()


def statuses(caller: Caller, count: int) -> list[int]:
    return [caller.get(REGISTRANTS).status_code for _ in range(count)]


def test_ten_calls_pass_and_the_eleventh_is_refused_with_the_wait(caller: Caller) -> None:
    """429, CMN-301, Retry-After of the penalty."""
    assert statuses(caller, 10) == [200] * 10

    refused = caller.get(REGISTRANTS)

    assert (refused.status_code, refused.json()["errors"][0]["errorCode"]) == (429, "CMN-301")
    assert refused.headers["Retry-After"] == "60"


def test_the_headers_count_down(caller: Caller) -> None:
    """Group, limit, remaining, window."""
    caller.get(REGISTRANTS)

    headers = caller.get(REGISTRANTS).headers

    names = ("Group", "Limit", "Remaining", "Window")
    assert [headers[f"X-Rate-Limit-{name}"] for name in names] == ["heavy", "10", "8", "60"]


def test_rate_headers_are_left_out_when_the_switch_says_so(caller: Caller, world: World) -> None:
    """Unknown for webinar answers: the client must live without; Retry-After stays."""
    world.set_switches(rate_headers=False)
    answers = [caller.get(REGISTRANTS) for _ in range(11)]

    assert not [name for answer in answers for name in answer.headers if name.lower().startswith("x-rate")]
    assert answers[-1].headers["Retry-After"] == "60"


def test_the_window_slides(caller: Caller, clock: Clock) -> None:
    """Not a new minute, but sixty seconds after each call: the first five are free again, the others not yet."""
    statuses(caller, 5)
    clock.forward(30)
    statuses(caller, 5)
    clock.forward(30)

    assert statuses(caller, 6) == [200] * 5 + [429]


def test_a_call_a_moment_before_its_slot_is_refused(caller: Caller, clock: Clock) -> None:
    """The window is closed at its beginning: 59.9 s are not sixty."""
    statuses(caller, 10)

    clock.forward(59.9)

    assert statuses(caller, 1) == [429]


def test_every_call_during_the_penalty_restarts_it(caller: Caller, clock: Clock) -> None:
    """Documented; a client that keeps trying never gets out."""
    statuses(caller, 11)
    for _ in range(3):
        clock.forward(59)
        assert statuses(caller, 1) == [429]
    clock.forward(60)

    assert statuses(caller, 10) == [200] * 10


def test_the_penalty_ends_by_itself(caller: Caller, clock: Clock) -> None:
    """Whoever waits it out is let in."""
    statuses(caller, 11)

    clock.forward(60)

    assert statuses(caller, 1) == [200]


def test_groups_are_counted_apart(caller: Caller) -> None:
    """Fifty light calls, forty medium ones, five sign-ins, whatever became of the heavy ones."""
    statuses(caller, 11)
    light = [caller.get(SUBSCRIPTIONS).status_code for _ in range(51)]
    medium = [caller.call("DELETE", f"{SUBSCRIPTIONS}/none").status_code for _ in range(41)]
    auth = [caller.sign_in().status_code for _ in range(5)]  # one was spent by signing in

    assert (light.count(200), light[-1]) == (50, 429)
    assert (medium.count(404), medium[-1]) == (40, 429)
    assert auth == [200] * 4 + [429]


def test_users_are_counted_apart(caller: Caller, world: World) -> None:
    """The bucket belongs to one user and app."""
    statuses(caller, 11)
    world.set_switches(owner_id="999")
    caller.sign_in()

    assert statuses(caller, 1) == [200]


def test_a_refused_sign_in_counts_too(stranger: Caller) -> None:
    """Thirty restarts in a minute must not become thirty sign-ins."""
    form = {"grant_type": "password"}
    auth = ("demo-client-id", "wrong")
    found = [
        requests.post(f"{stranger.url}/restapi/oauth/token", data=form, auth=auth, timeout=10).status_code
        for _ in range(6)
    ]

    assert found == [401] * 5 + [429]


def test_the_limit_and_the_window_can_be_given(clock: Clock) -> None:
    """The demo's faster pace; penalty and sign-ins scale with the window."""
    running = start(now=clock, limit=3, window=4.0, auth_limit=2, with_demo=False)
    add_sessions(running.world)
    caller = Caller(running.url)
    try:
        caller.sign_in()
        refused = [caller.get(REGISTRANTS) for _ in range(4)][-1]
        clock.forward(4)
        after = statuses(caller, 1)
        sign_ins = [caller.sign_in().status_code for _ in range(3)]
    finally:
        caller.close()
        running.stop()

    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "4")
    assert after == [200]
    assert sign_ins == [200, 200, 429]


def test_a_raised_limit_holds_and_shows(caller: Caller, world: World) -> None:
    """RingCentral's support raises limits while we run."""
    world.set_limit(Group.HEAVY, limit=20)

    assert statuses(caller, 21) == [200] * 20 + [429]


def test_refused_calls_are_in_the_log_and_change_nothing(caller: Caller, world: World) -> None:
    """429 means not carried out."""
    statuses(caller, 10)

    caller.register()

    assert world.registrants(OPEN) == []
    last = world.calls()[-1]
    assert (last.method, last.status, last.carried_out, last.email) == ("POST", 429, False, "ada@example.com")
