"""The control surface for tests in other processes."""

from typing import Any

import pytest
import requests

from rollcall.simulator import World
from tests.simulator.conftest import NINE, OPEN, REGISTRANTS, Caller


def ask(caller: Caller, method: str, name: str, *, status: int = 200, host: str = "", **more: Any) -> Any:
    headers = {"Host": host} if host else {}
    answer = caller.http.request(method, f"{caller.url}/_simulator/{name}", headers=headers, timeout=10, **more)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_the_log_tells_every_call(caller: Caller) -> None:
    """Method, path, who, when, the answer, and whether it was carried out."""
    registrant_id = caller.register().json()["id"]
    caller.register()
    caller.get(REGISTRANTS, perPage="1")

    create, repeat, listing = ask(caller, "GET", "calls", params={"path": "registrants"})["calls"]
    found = [create[name] for name in ("method", "path", "email", "registrant_id", "status", "carried_out", "group")]
    assert found == ["POST", REGISTRANTS, "ada@example.com", registrant_id, 201, True, "heavy"]
    assert (repeat["status"], repeat["carried_out"], repeat["arrived_at"]) == (409, False, NINE.timestamp())
    assert (listing["query"], listing["complete"], listing["email"]) == ("perPage=1", True, "")
    assert ask(caller, "GET", "calls", params={"since": create["id"], "method": "POST"})["calls"] == [repeat]


def test_a_listing_that_goes_on_is_not_complete(caller: Caller) -> None:
    """Only the last page is: what proves that somebody is not there."""
    caller.register("a@example.com")
    caller.register("b@example.com")
    caller.get(REGISTRANTS, perPage="1")

    assert ask(caller, "GET", "calls", params={"method": "GET"})["calls"][-1]["complete"] is False


def test_switches_faults_and_limits_are_set(caller: Caller) -> None:
    """As with the World in one's own process."""
    ask(caller, "PATCH", "switches", json={"second_email": "accepted", "list_lag": 3})
    ask(caller, "POST", "faults", json={"kind": "server_error", "method": "POST"})
    ask(caller, "PATCH", "limit", json={"limit": 77, "window": 6.0})
    state = ask(caller, "GET", "state")

    assert (state["switches"]["second_email"], state["switches"]["list_lag"]) == ("accepted", 3)
    assert (state["limits"]["heavy"], state["window"], state["faults"][0]["kind"]) == (77, 6.0, "server_error")
    assert [caller.register().status_code for _ in range(3)] == [500, 201, 201]
    ask(caller, "DELETE", "faults")
    assert ask(caller, "GET", "faults")["faults"] == []


def test_people_and_sessions_are_added_and_read(caller: Caller, world: World) -> None:
    """Also those whom lists do not show yet."""
    session = {"id": "9001", "webinar_id": "79001", "host_id": "1", "title": "New", "starts_at": NINE.timestamp() + 60}
    people = [{"first_name": "A", "last_name": "B", "email": f"p{n}@example.com"} for n in range(3)]
    ask(caller, "POST", "sessions", json=session)
    ask(caller, "POST", "registrants", json={"session": "9001", "people": people})

    found = ask(caller, "GET", "registrants", params={"session": "9001"})["registrants"]
    assert [one["email"] for one in found] == [one["email"] for one in people]
    assert "9001" in {one["id"] for one in ask(caller, "GET", "sessions")["sessions"]}


def test_people_cancel_by_themselves(caller: Caller, world: World) -> None:
    """At RingCentral, where no call of ours tells it: they are gone from the list, the log says nothing."""
    for name in ("ada", "bob", "cyd"):
        caller.register(f"{name}@example.com")
    asked = {"session": OPEN, "emails": ["ADA@example.com", "cyd@example.com", "nobody@example.com"]}

    assert ask(caller, "DELETE", "registrants", json=asked) == {"cancelled": 2}
    assert [one["email"] for one in caller.get(REGISTRANTS).json()["records"]] == ["bob@example.com"]
    assert world.calls(method="DELETE") == []


def test_quota_and_tokens_are_taken_away(caller: Caller) -> None:
    """Other people's calls, and a revocation between two calls of ours."""
    ask(caller, "POST", "others_calls", json={"calls": 400})
    remaining = caller.get(REGISTRANTS).headers["X-Rate-Limit-Remaining"]
    ask(caller, "POST", "revoke_tokens")

    assert (remaining, caller.get(REGISTRANTS).status_code) == ("599", 401)


def test_reset_empties_it(caller: Caller, world: World) -> None:
    """This world has no demo: nothing is left."""
    ask(caller, "POST", "reset")

    assert (world.sessions(), world.calls(), world.registrants(OPEN)) == ([], [], [])


@pytest.mark.parametrize(
    ("method", "name", "body"),
    [
        ("PATCH", "switches", {"second_email": "perhaps"}),
        ("PATCH", "switches", {"unknown": 1}),
        ("POST", "faults", {"kind": "none"}),
        ("POST", "faults", {"kind": "slow", "unknown": 1}),
        ("POST", "others_calls", {}),
        ("PATCH", "limit", {"group": "huge"}),
    ],
)
def test_a_wrong_wish_is_refused(caller: Caller, method: str, name: str, body: dict[str, object]) -> None:
    """A test with a typing error must not run on as if nothing were."""
    assert ask(caller, method, name, status=400, json=body)["error"]


def test_a_page_of_the_web_cannot_reach_it(caller: Caller) -> None:
    """A name that somebody points at this machine is not this machine's name."""
    ask(caller, "POST", "reset", status=403, host="evil.example.com")


def test_it_does_not_count_as_a_call(caller: Caller, world: World) -> None:
    """Looking in changes neither log nor quota."""
    before = len(world.calls())

    ask(caller, "GET", "state")

    assert len(world.calls()) == before


def test_an_unknown_path_is_the_gateways_404(caller: Caller) -> None:
    """With code and message, for whoever mistyped."""
    answer = requests.get(f"{caller.url}/webinar/v1/none", timeout=10)

    assert (answer.status_code, answer.json()["errorCode"]) == (404, "AGW-404")
