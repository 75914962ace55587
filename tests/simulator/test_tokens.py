"""Signing in: what is documented about tokens, and each way it can fail."""

import pytest
import requests

from rollcall.simulator import DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, World
from tests.contract import check_answer, check_request
from tests.simulator.conftest import OWNER, REGISTRANTS, SIGN_IN, Caller, Clock

PATH = "/restapi/oauth/token"


def ask(caller: Caller, form: dict[str, str], auth: tuple[str, str] | None) -> tuple[int, str]:
    """Status and `error` of one sign-in."""
    answer = caller.http.post(caller.url + PATH, data=form, auth=auth, timeout=10)
    check_answer("POST", PATH, answer.status_code, answer.json())
    return answer.status_code, answer.json().get("error", "")


def test_the_jwt_grant_gives_a_token_with_owner_and_scopes(stranger: Caller) -> None:
    """What the client needs to know who it is and what it may do."""
    check_request("POST", PATH, body=SIGN_IN)
    answer = stranger.sign_in()

    check_answer("POST", PATH, 200, answer.json())
    assert answer.json()["owner_id"] == OWNER
    assert answer.json()["scope"].split() == ["ReadWebinars", "EditWebinars"]
    assert answer.json()["expires_in"] == 3600
    assert stranger.get(REGISTRANTS).status_code == 200


@pytest.mark.parametrize("auth", [None, (DEMO_CLIENT_ID, "wrong"), ("wrong", DEMO_CLIENT_SECRET)])
def test_a_wrong_app_is_an_invalid_client(stranger: Caller, auth: tuple[str, str] | None) -> None:
    """Client id or secret mistyped."""
    assert ask(stranger, SIGN_IN, auth) == (401, "invalid_client")


@pytest.mark.parametrize(
    ("form", "error"),
    [
        (SIGN_IN | {"assertion": "wrong"}, "invalid_grant"),
        ({"grant_type": SIGN_IN["grant_type"]}, "invalid_request"),
        (SIGN_IN | {"grant_type": "password"}, "invalid_request"),
        (SIGN_IN | {"access_token_ttl": "599"}, ""),
    ],
)
def test_a_wrong_form_is_refused(stranger: Caller, form: dict[str, str], error: str) -> None:
    """Each with 400 and the standard OAuth word."""
    assert ask(stranger, form, (DEMO_CLIENT_ID, DEMO_CLIENT_SECRET)) == (400, error)


def test_a_revoked_jwt_and_a_missing_flow_are_told_apart(stranger: Caller, world: World) -> None:
    """One is for the user to mend, the other for whoever keeps the app."""
    auth = (DEMO_CLIENT_ID, DEMO_CLIENT_SECRET)
    world.set_switches(jwt_valid=False)
    revoked = ask(stranger, SIGN_IN, auth)
    world.set_switches(jwt_valid=True, jwt_allowed=False)

    assert revoked == (400, "invalid_grant")
    assert ask(stranger, SIGN_IN, auth) == (400, "unauthorized_client")


def test_json_instead_of_a_form_is_refused(stranger: Caller) -> None:
    """Documented: 415."""
    answer = requests.post(stranger.url + PATH, json=SIGN_IN, timeout=10)

    assert answer.status_code == 415


def test_a_token_expires(caller: Caller, world: World, clock: Clock) -> None:
    """After as long as the switch says; the next sign-in helps."""
    world.set_switches(token_seconds=90)
    assert caller.sign_in().json()["expires_in"] == 90
    clock.forward(89)
    shortly_before = caller.get(REGISTRANTS).status_code
    clock.forward(1)

    expired = caller.get(REGISTRANTS)

    assert (shortly_before, expired.status_code, expired.json()["errorCode"]) == (200, 401, "OAU-128")
    caller.sign_in()
    assert caller.get(REGISTRANTS).status_code == 200


def test_no_or_an_unknown_token_is_refused(caller: Caller, stranger: Caller) -> None:
    """401, without rate headers: no user, no quota."""
    caller.token = "unknown"

    answer = caller.get(REGISTRANTS)

    assert answer.status_code == 401
    assert "X-Rate-Limit-Limit" not in answer.headers
    assert requests.get(caller.url + REGISTRANTS, timeout=10).status_code == 401


def test_a_revoked_token_is_dead(caller: Caller) -> None:
    """The revoke endpoint answers 200 whether or not it knew the token."""
    auth = (DEMO_CLIENT_ID, DEMO_CLIENT_SECRET)
    for _ in range(2):
        form = {"token": caller.token}
        assert caller.http.post(f"{caller.url}/restapi/oauth/revoke", data=form, auth=auth, timeout=10).ok

    assert caller.get(REGISTRANTS).status_code == 401


def test_a_sixth_parallel_sign_in_ends_the_first(caller: Caller, world: World, clock: Clock) -> None:
    """The guide says about five: one token should serve all threads."""
    first = caller.token
    for _ in range(5):
        clock.forward(61)
        caller.sign_in()

    latest_works = caller.get(REGISTRANTS).status_code
    caller.token = first

    assert (latest_works, caller.get(REGISTRANTS).status_code) == (200, 401)


def test_without_the_scope_writing_is_refused_and_named(caller: Caller, world: World) -> None:
    """CMN-401 says which permission the app lacks; reading goes on."""
    world.set_switches(scopes="ReadWebinars")
    caller.sign_in()

    refused = caller.register()

    assert caller.get(REGISTRANTS).status_code == 200
    assert (refused.status_code, refused.json()["errorCode"]) == (403, "CMN-401")
    assert "EditWebinars" in refused.json()["message"]
    assert world.registrants("8001") == []


def test_another_user_has_another_owner_id(caller: Caller, world: World) -> None:
    """So a client can tell that it is another connection."""
    world.set_switches(owner_id="999")

    assert caller.sign_in().json()["owner_id"] == "999"
