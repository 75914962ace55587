"""Each operation: what it sends and what it reads, both checked against RingCentral's own document."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest

from rollcall.ringcentral.client import Client, pages
from rollcall.ringcentral.errors import Refused
from rollcall.ringcentral.models import Answer, Quota
from tests.contract import check_answer, check_request
from tests.ringcentral import documented
from tests.ringcentral.conftest import NINE, SECRETS, Received, ScriptedServer, http, told

SESSION = "/webinar/registration/v1/sessions/8001"
PANEL = "/webinar/configuration/v1/webinars/7001/sessions/8001/invitees"
PAST = "/webinar/history/v1/webinars/7000/sessions/8000"
HOOKS = "/webinar/notifications/v1/subscriptions"
ADA = {"firstName": "Ada", "lastName": "Lovelace", "email": "ada@example.com"}
A_WEEK = {"end_time_from": NINE - timedelta(days=7), "end_time_to": NINE}
ROLE = {"role": "CoHost"}

Call = Callable[[Client], Answer[Any]]

# name: the call, its method and path, the documented answer, and one thing that must have been read from it
OPERATIONS: dict[str, tuple[Call, str, str, int, Any, Callable[[Any], bool]]] = {
    "company sessions": (
        lambda client: client.company_sessions(end_time_from=NINE, status="Scheduled", host_user_ids=["1", "2"]),
        *("GET", "/webinar/configuration/v1/company/sessions", 200, documented.page(documented.PLANNED_SESSION)),
        lambda page: page.records[0].host_id == "4001" and page.records[0].title == "Rates explained",
    ),
    "own sessions": (
        lambda client: client.own_sessions(end_time_from=NINE, name_fragment="rates & co"),
        *("GET", "/webinar/configuration/v1/sessions", 200, documented.page(documented.PLANNED_SESSION)),
        lambda page: page.records[0].webinar_id == "7001",
    ),
    "company history": (
        lambda client: client.company_history(**A_WEEK, statuses=["Active", "Finished"]),
        *("GET", "/webinar/history/v1/company/sessions", 200, documented.page(documented.PAST_SESSION)),
        lambda page: page.records[0].host_name == "Grace Hopper" and page.records[0].attendee_count == 145,
    ),
    "own history": (
        lambda client: client.own_history(**A_WEEK),
        *("GET", "/webinar/history/v1/sessions", 200, documented.page(documented.PAST_SESSION)),
        lambda page: page.records[0].broadcasting_end_time.minute == 0,
    ),
    "webinar": (
        lambda client: client.webinar("7001"),
        *("GET", "/webinar/configuration/v1/webinars/7001", 200, documented.WEBINAR),
        lambda webinar: webinar.registration_enabled is True,
    ),
    "session": (
        lambda client: client.session("7001", "8001"),
        *("GET", PANEL.removesuffix("/invitees"), 200, documented.SESSION_DETAIL),
        lambda session: session.scheduled_duration == 3600,
    ),
    "history session": (
        lambda client: client.history_session("7000", "8000"),
        *("GET", PAST, 200, documented.HISTORY_DETAIL),
        lambda session: session.duration == 3680,
    ),
    "registration": (
        lambda client: client.registration("8001"),
        *("GET", SESSION, 200, documented.REGISTRATION),
        lambda registration: registration.is_open and registration.auto_close_limit == 500,
    ),
    "change registration": (
        lambda client: client.change_registration("8001", {"registrationStatus": "Open"}),
        *("PATCH", SESSION, 200, documented.REGISTRATION),
        lambda registration: registration.suppress_emails is True,
    ),
    "registrants": (
        lambda client: client.registrants("8001", "p2"),
        *("GET", f"{SESSION}/registrants", 200, documented.page(documented.REGISTRANT, next_token="p3")),
        lambda page: page.next_token == "p3" and page.records[0].id == "900719925474099312",
    ),
    "registrant": (
        lambda client: client.registrant("8001", "9001"),
        *("GET", f"{SESSION}/registrants/9001", 200, documented.REGISTRANT),
        lambda registrant: registrant.participant_id == "5501",
    ),
    "create registrant": (
        lambda client: client.create_registrant("8001", {**ADA, "source": "fair", "externalId": "lid=1"}),
        *("POST", f"{SESSION}/registrants", 201, documented.REGISTRANT | {"icalendarSequence": 0}),
        lambda registrant: registrant.join_uri.endswith("/ada") and registrant.raw["icalendarSequence"] == 0,
    ),
    "delete registrant": (
        lambda client: client.delete_registrant("8001", "9001"),
        *("DELETE", f"{SESSION}/registrants/9001", 204, None),
        lambda value: value is None,
    ),
    "participants": (
        lambda client: client.participants("7000", "8000", original_roles=["Attendee", "Panelist"]),
        *("GET", f"{PAST}/participants", 200, documented.page(documented.PARTICIPANT)),
        lambda page: page.records[0].registrant_id == "900719925474099312",
    ),
    "history invitees": (
        lambda client: client.history_invitees("7000", "8000"),
        *("GET", f"{PAST}/invitees", 200, documented.page(documented.PAST_INVITEE)),
        lambda page: page.records[0].joined is True,
    ),
    "invitees": (
        lambda client: client.invitees("7001", "8001"),
        *("GET", PANEL, 200, documented.page(documented.PLANNED_INVITEE)),
        lambda page: page.records[0].job_title == "Fellow",
    ),
    "change invitees": (
        lambda client: client.change_invitees(
            "7001", "8001", added=[ADA | ROLE], updated=[{"id": "6001"} | ROLE], deleted_ids=["6002"]
        ),
        *("PATCH", PANEL, 200, {"addedInvitees": [documented.PLANNED_INVITEE], "deletedInvitees": [{"id": "6002"}]}),
        lambda changes: changes.added[0].id == "6001" and changes.deleted_ids == ("6002",),
    ),
    "invitee": (
        lambda client: client.invitee("7001", "8001", "6001"),
        *("GET", f"{PANEL}/6001", 200, documented.PLANNED_INVITEE),
        lambda invitee: invitee.role == "Panelist",
    ),
    "change invitee": (
        lambda client: client.change_invitee("7001", "8001", "6001", ROLE),
        *("PUT", f"{PANEL}/6001", 200, documented.PLANNED_INVITEE),
        lambda invitee: invitee.join_uri.endswith("/alan"),
    ),
    "delete invitee": (
        lambda client: client.delete_invitee("7001", "8001", "6001"),
        *("DELETE", f"{PANEL}/6001", 204, None),
        lambda value: value is None,
    ),
    "subscriptions": (
        lambda client: client.subscriptions(),
        *("GET", HOOKS, 200, {"uri": "https://platform.ringcentral.com/x", "records": [documented.SUBSCRIPTION]}),
        lambda page: page.records[0].status == "Active" and page.next_token is None,
    ),
    "subscription": (
        lambda client: client.subscription("s-1"),
        *("GET", f"{HOOKS}/s-1", 200, documented.SUBSCRIPTION),
        lambda subscription: subscription.address.endswith("secret-path"),
    ),
    "create subscription": (
        lambda client: client.create_subscription(
            event_filters=["/webinar/x"], address="https://acme.com/hooks/1", verification_token="v"
        ),
        *("POST", HOOKS, 201, documented.SUBSCRIPTION),
        lambda subscription: subscription.expiration_time is not None,
    ),
    "update subscription": (
        lambda client: client.update_subscription("s-1", event_filters=["/webinar/x"], expires_in=60),
        *("PUT", f"{HOOKS}/s-1", 200, documented.SUBSCRIPTION),
        lambda subscription: len(subscription.event_filters) == 1,
    ),
    "renew subscription": (
        lambda client: client.renew_subscription("s-1"),
        *("POST", f"{HOOKS}/s-1/renew", 200, documented.SUBSCRIPTION),
        lambda subscription: subscription.id.startswith("0b6d7b4e"),
    ),
    "delete subscription": (
        lambda client: client.delete_subscription("s-1"),
        *("DELETE", f"{HOOKS}/s-1", 204, None),
        lambda value: value is None,
    ),
}


def check_received(request: Received) -> None:
    """Assert that RingCentral documents this request."""
    query = {name: values[0] if len(values) == 1 else values for name, values in request.query.items()}
    is_form = request.headers.get("content-type") == "application/x-www-form-urlencoded"
    body: Any = dict(parse_qsl(request.body.decode())) if is_form else json.loads(request.body or b"null")
    check_request(request.method, request.path, query=query, body=body)


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_speaks_as_ringcentral_documents(client: Client, server: ScriptedServer, name: str) -> None:
    """A wrong parameter name or field would be refused, or worse, silently ignored, on a real account."""
    call, method, path, status, body, holds = OPERATIONS[name]
    check_answer(method, path, status, body)
    server.react(told(status, body) if body is not None else http(status))

    answer = call(client)

    [request] = server.received
    check_received(request)
    assert (request.method, request.path) == (method, path)
    assert request.headers["authorization"] == f"Bearer {SECRETS[2]}"
    assert answer.status == status
    assert holds(answer.value)


def test_every_public_operation_is_in_the_table() -> None:
    """A new method that nobody checks against the document would go unnoticed."""
    not_calls = {"sign_in", "signed_in_until", "needs_sign_in", "forget_token"}

    methods = {name for name in vars(Client) if not name.startswith("_")} - not_calls

    assert {name.replace(" ", "_") for name in OPERATIONS} == methods


def test_an_answer_tells_the_quota_and_the_request_id(client: Client, server: ScriptedServer) -> None:
    """The pace follows these numbers; RingCentral's support asks for the id."""
    headers = ("X-Rate-Limit-Group: heavy", "x-rate-limit-limit: 10", "X-Rate-Limit-Remaining: 7")
    server.react(told(200, documented.REGISTRATION, *headers, "X-Rate-Limit-Window: 60", "RCRequestId: abc-1"))

    answer = client.registration("8001")

    assert answer.quota == Quota(group="heavy", limit=10, remaining=7, window=60.0)
    assert answer.request_id == "abc-1"


def test_the_largest_page_is_asked_for(client: Client, server: ScriptedServer) -> None:
    """A page costs one of ten calls a minute, however many people are on it."""
    server.react(told(200, documented.page()))

    client.registrants("8001")

    assert server.received[0].query == {"perPage": ["1000"]}


def test_times_are_sent_in_utc(client: Client, server: ScriptedServer) -> None:
    """A plus sign of an offset is easily read as a space on the way."""
    server.react(told(200, documented.page()))

    client.own_sessions(end_time_from=NINE)

    assert server.received[0].query["endTimeFrom"] == ["2026-09-01T09:00:00.000Z"]


def test_empty_fields_of_a_registrant_are_left_out(client: Client, server: ScriptedServer) -> None:
    """An empty joinUri would be a link to nowhere, if RingCentral kept it."""
    server.react(told(201, documented.REGISTRANT))

    client.create_registrant("8001", {**ADA, "source": "", "joinUri": ""})

    assert json.loads(server.received[0].body) == ADA


@pytest.mark.parametrize("session_id", ["", "..", ".", "8001\n", "80 01"])
def test_an_id_that_is_none_never_leaves(client: Client, server: ScriptedServer, session_id: str) -> None:
    """An id may come from an address typed into a browser; ".." in a path would name another operation."""
    with pytest.raises(Refused) as caught:
        client.registration(session_id)

    assert caught.value.parameter == "sessionId"
    assert server.received == []


def test_an_odd_id_stays_one_part_of_the_path(client: Client, server: ScriptedServer) -> None:
    """A slash or question mark in an id must not reach another resource."""
    server.react(told(404, {"errors": []}))

    with pytest.raises(Refused):
        client.registrant("8001", "../8002?x=1")

    assert server.received[0].target == f"{SESSION}/registrants/..%2F8002%3Fx%3D1"


def test_pages_are_walked_to_the_last(client: Client, server: ScriptedServer) -> None:
    """A session with 2,001 people has three pages, and each step is one call."""
    server.react(told(200, documented.page(documented.REGISTRANT, next_token="b")))
    server.react(told(200, documented.page(documented.REGISTRANT, next_token="c")))
    server.react(told(200, documented.page(documented.REGISTRANT)))

    walked = list(pages(lambda token: client.registrants("8001", token)))

    assert [request.query.get("pageToken") for request in server.received] == [None, ["b"], ["c"]]
    assert walked[-1].value.next_token is None


def test_a_page_token_that_comes_back_ends_the_walk(client: Client, server: ScriptedServer) -> None:
    """A server that always names the same next page would eat the quota for ever."""
    server.react(*[told(200, documented.page(documented.REGISTRANT, next_token="b")) for _ in range(5)])

    walked = list(pages(lambda token: client.registrants("8001", token)))

    assert len(walked) == 2
    assert walked[-1].value.next_token == "b"  # so the caller sees that the list is not complete


def test_a_page_is_read_only_when_asked_for(client: Client, server: ScriptedServer) -> None:
    """The pace decides when the next call may leave, not the iterator."""
    server.react(told(200, documented.page(documented.REGISTRANT, next_token="b")))

    next(pages(lambda token: client.registrants("8001", token)))

    assert len(server.received) == 1


def test_a_repr_names_the_server_and_nothing_else(client: Client, server: ScriptedServer) -> None:
    """Reprs end in logs."""
    assert repr(client) == f"Client('{server.url}')"
