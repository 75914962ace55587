"""Invitees: bulk change, single change, and what is refused."""

from typing import Any

import pytest

from rollcall.simulator import World
from tests.contract import check_request
from tests.simulator.conftest import LIVE, OPEN, OWNER, PAST, Caller

PLANNED = f"/webinar/configuration/v1/webinars/7{OPEN}/sessions/{OPEN}/invitees"
HELD = PLANNED.replace("configuration", "history")
BEN = {"role": "Panelist", "firstName": "Ben", "lastName": "Ode", "email": "ben@example.com", "jobTitle": "CTO"}
HOST = f"1{OPEN}"


def add(caller: Caller, *invitees: dict[str, Any], path: str = PLANNED) -> Any:
    body = {"addedInvitees": list(invitees)}
    check_request("PATCH", path, body=body)
    return caller.call("PATCH", path, json=body)


def test_the_host_is_always_among_them(caller: Caller) -> None:
    """An implicit record that nobody may change."""
    assert [one["role"] for one in caller.get(PLANNED).json()["records"]] == ["Host"]
    assert caller.call("DELETE", f"{PLANNED}/{HOST}").status_code == 403
    assert caller.call("PUT", f"{PLANNED}/{HOST}", json={"role": "CoHost"}).status_code == 403


def test_one_call_adds_updates_and_deletes(caller: Caller) -> None:
    """The answer has the added and updated ones in full, with their links."""
    user = {"linkedUser": {"userId": OWNER, "accountId": "1", "domain": "pbx"}}
    ben, cleo = add(caller, BEN, {"role": "CoHost"} | user).json()["addedInvitees"]
    body = {"updatedInvitees": [{"id": ben["id"], "role": "CoHost"}], "deletedInvitees": [{"id": cleo["id"]}]}

    answer = caller.call("PATCH", PLANNED, json=body).json()

    assert answer["updatedInvitees"][0]["joinUri"]
    left = caller.get(PLANNED).json()["records"][1:]
    assert [(one["firstName"], one["role"], one["jobTitle"]) for one in left] == [("Ben", "CoHost", "CTO")]


def test_a_single_one_is_read_changed_and_deleted(caller: Caller) -> None:
    """PUT needs the role; history shows the same person."""
    path = f"{PLANNED}/{add(caller, BEN).json()['addedInvitees'][0]['id']}"

    changed = caller.call("PUT", path, json={"role": "Panelist", "firstName": "Benno"})
    shown = caller.get(path.replace("configuration", "history")).json()

    assert changed.json()["firstName"] == caller.get(path).json()["firstName"] == "Benno"
    assert (shown["firstName"], shown["joined"]) == ("Benno", False)
    assert caller.call("PUT", path, json={"firstName": "B"}).status_code == 400
    assert caller.call("DELETE", path).status_code == 204
    assert [caller.get(one).status_code for one in (path, path.replace("configuration", "history"))] == [404, 404]


@pytest.mark.parametrize(
    "wrong",
    [
        {"role": "Attendee"},
        {"role": "Host"},
        {"email": ""},
        {"jobTitle": "x" * 65},
        {"linkedUser": {"userId": "1", "accountId": "1", "domain": "pbx"}},
        {"sendInvite": "no"},
    ],
)
def test_a_wrong_invitee_is_refused_with_all_of_its_call(caller: Caller, wrong: dict[str, Any]) -> None:
    """Attendees register; a person is a name or a user, never both; nothing of the call is kept."""
    good = BEN | {"email": "good@example.com"}

    answer = caller.call("PATCH", PLANNED, json={"addedInvitees": [good, BEN | wrong]})

    assert answer.status_code == 400
    assert len(caller.get(PLANNED).json()["records"]) == 1


def test_a_second_invitation_of_an_address_is_a_conflict(caller: Caller) -> None:
    """Documented: 409 is possible."""
    add(caller, BEN)

    assert add(caller, BEN | {"email": "BEN@example.com"}).status_code == 409


def test_nobody_is_removed_from_a_session_that_is_on_or_over(caller: Caller, world: World) -> None:
    """Documented: 403."""
    live = PLANNED.replace(OPEN, LIVE)
    [ben] = add(caller, BEN, path=live).json()["addedInvitees"]

    assert caller.call("DELETE", f"{live}/{ben['id']}").status_code == 403
    assert add(caller, BEN, path=PLANNED.replace(OPEN, PAST)).status_code == 403


def test_history_lists_them_by_role(caller: Caller) -> None:
    """Repeatable role parameter."""
    add(caller, BEN)

    assert [one["role"] for one in caller.get(HELD).json()["records"]] == ["Host", "Panelist"]
    assert [one["role"] for one in caller.get(HELD, role=["CoHost", "Panelist"]).json()["records"]] == ["Panelist"]
