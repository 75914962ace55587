"""Lists of what is planned and what was, single webinars and sessions, and the registration around them."""

from datetime import timedelta
from typing import Any

import pytest

from rollcall.simulator import Person, World
from tests.contract import check_request
from tests.simulator.conftest import (
    ALL_HANDS,
    COLLEAGUE,
    COLLEAGUES,
    LIVE,
    NINE,
    OPEN,
    PAST,
    REGISTRANTS,
    REGISTRATION,
    Caller,
    Clock,
    a_session,
)  # fmt: skip

PLANNED, HELD = "/webinar/configuration/v1", "/webinar/history/v1"
ELEVEN = ",".join("abcdefghijk")
LONG_AGO = (NINE - timedelta(days=400)).isoformat()
LATER = (NINE + timedelta(days=400)).isoformat()


def ids(caller: Caller, path: str, **query: Any) -> list[str]:
    """The ids of a list whose request is one that RingCentral documents."""
    check_request("GET", path, query=query)
    answer = caller.get(path, **query)
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["records"]]


def registration_status(caller: Caller, session: str) -> str:
    return str(caller.get(f"{REGISTRATION}/{session}").json()["registrationStatus"])


def test_planned_lists_are_in_the_order_of_their_start(caller: Caller) -> None:
    """The company's has the colleague's session, the own one has not."""
    company = ids(caller, f"{PLANNED}/company/sessions", endTimeFrom=LONG_AGO)
    own = ids(caller, f"{PLANNED}/sessions", endTimeFrom=LONG_AGO)

    assert company == [PAST, LIVE, ALL_HANDS, OPEN, COLLEAGUES]
    assert own == [PAST, LIVE, ALL_HANDS, OPEN]


def test_held_lists_are_in_the_order_of_their_end_latest_first(caller: Caller) -> None:
    """Coming sessions are among them, with their scheduled end."""
    window = {"endTimeFrom": LONG_AGO, "endTimeTo": LATER}

    assert ids(caller, f"{HELD}/company/sessions", **window) == [COLLEAGUES, OPEN, ALL_HANDS, LIVE, PAST]
    assert ids(caller, f"{HELD}/sessions", **window, status=["Active", "Finished"]) == [LIVE, PAST]


def test_the_window_is_by_the_end(caller: Caller) -> None:
    """A session that ended before it is left out."""
    now = NINE.isoformat()

    assert ids(caller, f"{PLANNED}/sessions", endTimeFrom=now) == [LIVE, ALL_HANDS, OPEN]
    assert ids(caller, f"{HELD}/sessions", endTimeFrom=LONG_AGO, endTimeTo=now) == [PAST]


def test_lists_are_filtered(caller: Caller) -> None:
    """By status, by a part of the name, by host."""
    company, hosts = f"{PLANNED}/company/sessions", f"{COLLEAGUE},111"

    assert ids(caller, company, endTimeFrom=LONG_AGO, status="Active") == [LIVE]
    assert ids(caller, company, endTimeFrom=LONG_AGO, hostUserId=hosts) == [COLLEAGUES]
    assert ids(caller, f"{PLANNED}/sessions", endTimeFrom=LONG_AGO, nameFragment=f"SION {OPEN}") == [OPEN]


@pytest.mark.parametrize(
    ("path", "query", "named"),
    [
        (f"{PLANNED}/sessions", {}, "endTimeFrom"),
        (f"{PLANNED}/company/sessions", {"endTimeFrom": "soon"}, "endTimeFrom"),
        (f"{PLANNED}/company/sessions", {"endTimeFrom": "2026-08-04T09:00:00"}, "endTimeFrom"),
        (f"{PLANNED}/company/sessions", {"endTimeFrom": LONG_AGO, "status": "Over"}, "status"),
        (f"{PLANNED}/company/sessions", {"endTimeFrom": LONG_AGO, "hostUserId": ELEVEN}, "hostUserId"),
        (f"{PLANNED}/webinars", {}, "creationTimeFrom"),
        (f"{HELD}/sessions", {"endTimeFrom": LONG_AGO}, "endTimeTo"),
        (f"{HELD}/company/sessions", {"endTimeTo": LATER}, "endTimeFrom"),
        (f"{HELD}/sessions", {"endTimeFrom": LATER, "endTimeTo": LONG_AGO}, "endTimeTo"),
    ],
)  # fmt: skip
def test_a_missing_or_wrong_parameter_is_named(caller: Caller, path: str, query: dict[str, str], named: str) -> None:
    """Documented as required, or out of range."""
    answer = caller.get(path, **query)

    assert (answer.status_code, answer.json()["parameterName"]) == (400, named)


def test_a_window_wider_than_the_switch_is_refused(caller: Caller, world: World) -> None:
    """How wide RingCentral's may be is unknown: the client halves it."""
    query = {"endTimeFrom": LONG_AGO, "endTimeTo": LATER}
    any_width = caller.get(f"{HELD}/sessions", **query).status_code
    world.set_switches(largest_window=800 * 86_400 - 1)

    assert (any_width, caller.get(f"{HELD}/sessions", **query).status_code) == (200, 400)
    world.set_switches(largest_window=800 * 86_400)
    assert caller.get(f"{HELD}/sessions", **query).status_code == 200


def test_lists_come_in_pages_that_go_both_ways(caller: Caller) -> None:
    """nextPageToken until the last; previousPageToken from the second."""
    path, query = f"{PLANNED}/company/sessions", {"endTimeFrom": LONG_AGO, "perPage": "2"}
    first = caller.get(path, **query).json()
    second = caller.get(path, **query, pageToken=first["paging"]["nextPageToken"]).json()
    third = caller.get(path, **query, pageToken=second["paging"]["nextPageToken"]).json()

    found = [one["id"] for page in (first, second, third) for one in page["records"]]
    assert found == [PAST, LIVE, ALL_HANDS, OPEN, COLLEAGUES]
    assert "nextPageToken" not in third["paging"]
    assert second["paging"]["previousPageToken"] == first["paging"]["pageToken"]


def test_without_the_right_only_own_sessions_are_to_be_had(caller: Caller, world: World) -> None:
    """403 for company lists and for somebody else's registrants."""
    world.set_switches(company_lists=False)
    window = {"endTimeFrom": LONG_AGO, "endTimeTo": LATER}
    paths = (f"{PLANNED}/company/sessions", f"{HELD}/company/sessions", f"{REGISTRATION}/{COLLEAGUES}/registrants")

    refused = [caller.get(path, **window).status_code for path in paths]

    assert refused == [403, 403, 403]
    assert ids(caller, f"{PLANNED}/sessions", endTimeFrom=LONG_AGO) == [PAST, LIVE, ALL_HANDS, OPEN]
    assert caller.get(REGISTRANTS).status_code == 200


def test_single_webinars_and_sessions_are_shown(caller: Caller) -> None:
    """Registration is off for an all-hands webinar: the webinar's settings say so."""
    for base in (PLANNED, HELD):
        for session, enabled in ((OPEN, True), (ALL_HANDS, False)):
            webinar = caller.get(f"{base}/webinars/7{session}").json()
            assert webinar["settings"]["registrationEnabled"] is enabled
        assert caller.get(f"{base}/webinars/7{OPEN}/sessions/{OPEN}").json()["title"] == f"Session {OPEN}"
    assert ids(caller, f"{PLANNED}/webinars", creationTimeFrom=LONG_AGO) == ["78002", "78003", "78004", "78001"]


@pytest.mark.parametrize(
    "path",
    [
        "webinars/0",
        f"webinars/0/sessions/{OPEN}",
        f"webinars/7{OPEN}/sessions/0",
        f"webinars/7{OPEN}/sessions/{PAST}",
    ],
)
def test_an_unknown_webinar_or_session_is_not_found(caller: Caller, path: str) -> None:
    """Also a session under another webinar."""
    assert {caller.get(f"{base}/{path}").status_code for base in (PLANNED, HELD)} == {404}


def test_history_follows_the_session_through_its_life(caller: Caller, world: World, clock: Clock) -> None:
    """Scheduled times first, then real ones; Live only while it is on."""
    path = f"{HELD}/webinars/7{LIVE}/sessions/{LIVE}"
    during = caller.get(path).json()
    clock.forward(1900)
    after = caller.get(path).json()
    before = caller.get(f"{HELD}/webinars/7{OPEN}/sessions/{OPEN}").json()

    assert [one["status"] for one in (before, during, after)] == ["Scheduled", "Active", "Finished"]
    assert [one.get("runtimeStatus") for one in (before, during, after)] == [None, "Live", None]
    assert ["broadcastingEndTime" in one for one in (before, during, after)] == [False, False, True]


def test_who_came_is_listed_page_by_page_and_by_role(caller: Caller) -> None:
    """The demo's past webinar, in a world of its own, is looked at in test_demo; here the empty list."""
    path = f"{HELD}/webinars/7{OPEN}/sessions/{OPEN}/participants"

    assert ids(caller, path, role=["Attendee", "Host"]) == []
    assert caller.get(path, role="Guest").status_code == 400


def test_attendance_is_refused_when_the_switch_says_so(caller: Caller, world: World) -> None:
    """A service user who may register people may not be allowed to see who came."""
    world.set_switches(attendance=False)
    base = f"{HELD}/webinars/7{PAST}/sessions/{PAST}"

    assert [caller.get(f"{base}/{what}").status_code for what in ("participants", "invitees")] == [403, 403]


def test_attendance_of_others_is_refused_when_the_switch_says_so(caller: Caller, world: World) -> None:
    """The lists are for the host; whoever administers the company's webinars may see their own only."""
    world.set_switches(attendance_of_others=False)
    paths = [
        f"{HELD}/webinars/7{session}/sessions/{session}/{what}"
        for session in (COLLEAGUES, OPEN)
        for what in ("participants", "invitees")
    ]

    assert [caller.get(path).status_code for path in paths] == [403, 403, 200, 200]


class TestRegistrationSession:
    def test_it_shows_status_count_and_settings(self, caller: Caller, world: World) -> None:
        """What an import looks at before it starts."""
        world.add_registrants(OPEN, [Person("A", "B", "a@example.com")])

        shown = caller.get(f"{REGISTRATION}/{OPEN}").json()

        assert (shown["registrationStatus"], shown["registrantCount"], shown["hasRealRegistrants"]) == ("Open", 1, True)
        assert (shown["settings"]["suppressEmails"], shown["settings"]["autoCloseLimit"]) == (False, 0)

    def test_a_change_is_partial_and_kept(self, caller: Caller) -> None:
        """What is not sent stays."""
        path, body = f"{REGISTRATION}/{OPEN}", {"settings": {"suppressEmails": True}}
        check_request("PATCH", path, body=body)

        caller.call("PATCH", path, json=body)
        caller.call("PATCH", path, json={"registrationStatus": "Closed"})

        shown = caller.get(path).json()
        assert (shown["registrationStatus"], shown["settings"]["suppressEmails"]) == ("Closed", True)

    @pytest.mark.parametrize(
        ("body", "named"),
        [
            ({"registrantCount": 5}, "registrantCount"),
            ({"id": "1"}, "id"),
            ({"hasRealRegistrants": True}, "hasRealRegistrants"),
            ({"settings": {"recordingExist": True}}, "settings.recordingExist"),
            ({"settings": {"autoCloseLimit": -1}}, "settings.autoCloseLimit"),
            ({"settings": {"suppressEmails": "yes"}}, "settings.suppressEmails"),
            ({"settings": {"onDemandDuration": ["OneYear"]}}, "settings.onDemandDuration"),
            ({"settings": []}, "settings"),
            ({"registrationStatus": "Ajar"}, "registrationStatus"),
        ],
    )
    def test_read_only_and_wrong_values_are_refused_and_change_nothing(
        self, caller: Caller, body: dict[str, Any], named: str
    ) -> None:
        """400 with the name of what is at fault."""
        path = f"{REGISTRATION}/{OPEN}"
        before = caller.get(path).json()

        answer = caller.call("PATCH", path, json={"registrationStatus": "Closed"} | body)

        assert (answer.status_code, answer.json()["parameterName"]) == (400, named)
        assert caller.get(path).json() == before

    @pytest.mark.parametrize("method", ["GET", "PATCH"])
    def test_an_all_hands_webinar_has_none(self, caller: Caller, method: str) -> None:
        """Documented: 404 when the registration service has no record."""
        answer = caller.call(method, f"{REGISTRATION}/{ALL_HANDS}", json={} if method == "PATCH" else None)

        assert answer.status_code == 404

    def test_the_end_of_the_session_closes_it_unless_it_reopens_by_itself(
        self, caller: Caller, world: World, clock: Clock
    ) -> None:
        """autoOpenPostWebinarRegistration keeps the door open for the recording."""
        world.add_session(a_session("8006", hours=-0.5, settings={"autoOpenPostWebinarRegistration": True}))
        before = [registration_status(caller, one) for one in (LIVE, "8006")]

        clock.forward(1900)

        assert before == ["Open", "Open"]
        assert [registration_status(caller, one) for one in (LIVE, "8006")] == ["Closed", "Open"]
