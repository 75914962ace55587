"""Records as they should be, and records as they come: nothing may kill a page of 1,000 people."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollcall.ringcentral.client import Client
from rollcall.ringcentral.models import (
    Invitee,
    InviteeChanges,
    Participant,
    Registrant,
    RegistrationSession,
    Subscription,
    Webinar,
    WebinarSession,
)
from tests.ringcentral import documented
from tests.ringcentral.conftest import ScriptedServer, http, told

SAMPLES: dict[Any, dict[str, Any]] = {
    Registrant: documented.REGISTRANT,
    RegistrationSession: documented.REGISTRATION,
    WebinarSession: documented.PAST_SESSION,
    Webinar: documented.WEBINAR,
    Participant: documented.PARTICIPANT,
    Invitee: documented.PLANNED_INVITEE,
    InviteeChanges: {"addedInvitees": [documented.PLANNED_INVITEE]},
    Subscription: documented.SUBSCRIPTION,
}
ODD_VALUES: list[Any] = [
    None,
    True,
    0,
    -1,
    10**30,
    1e308,
    "",
    "x",
    "0000-00-00",
    "9999-12-31T23:59:59-14:00",
    [],
    [1],
    {},
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("model", SAMPLES)
def test_a_record_is_kept_whole_beside_what_is_read(model: Any) -> None:
    """What RingCentral adds next year is in the store before anybody reads it."""
    record = SAMPLES[model] | {"addedNextYear": {"a": [1, 2]}}

    assert model.read(record).raw == record


@pytest.mark.parametrize("model", SAMPLES)
@pytest.mark.parametrize("value", ODD_VALUES, ids=repr)
def test_no_field_of_another_kind_stops_the_reading(model: Any, value: Any) -> None:
    """One odd record among 1,000 costs its field, not the page."""
    for name in SAMPLES[model]:
        assert model.read(SAMPLES[model] | {name: value}).raw[name] == value


@settings(derandomize=True, deadline=None)
@given(record=JSON)
def test_whatever_stands_where_a_record_should_is_read(record: Any) -> None:
    """JSON of any shape, from a service whose next version nobody here knows."""
    for model in SAMPLES:
        assert isinstance(model.read(record).raw, dict)


@pytest.mark.parametrize("model", SAMPLES)
def test_a_repr_names_no_person_no_link_and_no_text_of_theirs(model: Any) -> None:
    """Reprs end in logs."""
    shown = repr(model.read(SAMPLES[model]))

    private = ("Ada", "Lovelace", "ada@", "Alan", "Grace", "Hopper", "https://", "secret-path", "lid=123", "Fellow")
    assert [word for word in private if word in shown] == []


@pytest.mark.parametrize(
    ("sent", "read"),
    [(900719925474099312, "900719925474099312"), ("0012", "0012"), (12.0, "12"), (None, ""), ({}, ""), (" 7 ", "7")],
)
def test_an_id_is_text(sent: Any, read: str) -> None:
    """They look like numbers, and are too long for some."""
    assert Registrant.read({"id": sent}).id == read


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("2026-09-02T14:00:00Z", datetime(2026, 9, 2, 14, tzinfo=UTC)),
        ("2026-09-02T14:00:00.000Z", datetime(2026, 9, 2, 14, tzinfo=UTC)),
        ("2026-09-02T16:00:00+02:00", datetime(2026, 9, 2, 14, tzinfo=UTC)),
        ("2026-09-02T16:00:00+0200", datetime(2026, 9, 2, 14, tzinfo=UTC)),
        ("2026-09-02T14:00:00", datetime(2026, 9, 2, 14, tzinfo=UTC)),
        ("tomorrow", None),
        (1788357600000, None),
        (None, None),
    ],
)
def test_a_time_is_aware_utc(sent: Any, read: datetime | None) -> None:
    """A session shown two hours off is missed by everybody."""
    moment = WebinarSession.read({"scheduledStartTime": sent}).scheduled_start_time

    assert moment == read
    assert moment is None or moment.tzinfo is UTC


def test_an_enum_value_of_tomorrow_is_kept() -> None:
    """RingCentral adds states; the page shows the word as it is."""
    assert RegistrationSession.read({"registrationStatus": "WaitingList"}).status == "WaitingList"
    assert not RegistrationSession.read({"registrationStatus": "WaitingList"}).is_open


def test_a_session_without_title_has_its_webinar_s() -> None:
    """Empty means just that, the document says."""
    assert WebinarSession.read(documented.PLANNED_SESSION).title == "Rates explained"
    assert WebinarSession.read(documented.PAST_SESSION).title == "Rates in August"


def test_a_page_with_an_odd_record_keeps_every_other(client: Client, server: ScriptedServer) -> None:
    """999 people must not be missing because one is broken."""
    records = [documented.REGISTRANT, {"email": "no-id@example.com"}, "x", None, documented.REGISTRANT | {"id": 7}]
    server.react(told(200, {"records": records}))

    page = client.registrants("8001").value

    assert [one.id for one in page.records] == [documented.REGISTRANT["id"], "", "", "", "7"]
    assert page.records[1].email == "no-id@example.com"
    assert page.records[2].raw == {"unreadable": "x"}
    assert page.next_token is None


@pytest.mark.parametrize(
    "paging", [None, [], "x", {"nextPageToken": None}, {"nextPageToken": ""}, {"nextPageToken": []}]
)
def test_paging_that_says_nothing_ends_the_list(client: Client, server: ScriptedServer, paging: Any) -> None:
    """The documented end is an absent token."""
    server.react(told(200, {"records": [], "paging": paging}))

    assert client.registrants("8001").value.next_token is None


def test_what_no_database_stores_is_replaced(client: Client, server: ScriptedServer) -> None:
    """NUL and half a character in one name would fail the whole page's transaction, every time."""
    body = rb'{"records": [{"id": "1", "firstName": "A\u0000\ud800b", "lastName": "\ud83d\ude00", "x\u0000": 1}]}'
    server.react(http(200, body))

    [registrant] = client.registrants("8001").value.records

    assert (registrant.first_name, registrant.last_name) == ("A\ufffd\ufffdb", "\U0001f600")
    assert json.dumps(registrant.raw, ensure_ascii=False).encode()
    assert "x\ufffd" in registrant.raw


def test_a_broken_byte_costs_one_character(client: Client, server: ScriptedServer) -> None:
    """Somebody's old system sent its own encoding, years ago."""
    server.react(http(200, b'\xef\xbb\xbf{"records": [{"id": "1", "lastName": "M\xfcller"}, {"id": "2"}]}'))

    records = client.registrants("8001").value.records

    assert [one.id for one in records] == ["1", "2"]
    assert records[0].last_name == "M\ufffdller"


def test_numbers_that_json_does_not_have_are_dropped(client: Client, server: ScriptedServer) -> None:
    """NaN stored as JSON cannot be read by PostgreSQL again."""
    server.react(http(200, b'{"records": [{"id": "1", "a": NaN, "b": -Infinity, "c": 1e999}]}'))

    assert client.registrants("8001").value.records[0].raw == {"id": "1", "a": None, "b": None, "c": None}
