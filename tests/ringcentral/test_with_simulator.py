"""The client against the simulated RingCentral; all that passes between them is checked against the document."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from rollcall.ringcentral.client import Client, pages
from rollcall.ringcentral.errors import (
    CarriedOutUnreadable,
    Conflict,
    Forbidden,
    Gone,
    OutcomeUnknown,
    Refused,
    RingCentralError,
    SignedOut,
    SignInFailed,
    TooManyCalls,
)
from rollcall.ringcentral.exchange import Timeouts
from rollcall.ringcentral.sessions import sessions_coming, sessions_past
from rollcall.ringcentral.signin import Credentials
from rollcall.simulator import (
    DEMO_CLIENT_ID,
    DEMO_CLIENT_SECRET,
    DEMO_JWT,
    Fault,
    FaultKind,
    Person,
    Running,
    WebinarSession,
    World,
    start,
)
from tests.ringcentral.conftest import NINE
from tests.ringcentral.relay import Relay

ADA = {"firstName": "Ada", "lastName": "Lovelace", "email": "ada@example.com"}
OPEN, OVER, ALL_HANDS, COLLEAGUES = "8001", "8002", "8003", "8004"
OWNER, COLLEAGUE = "62264425008", "62264425016"


class Clock:
    """Time that passes only when a test says so."""

    def __init__(self) -> None:
        self.at = NINE

    def __call__(self) -> datetime:
        return self.at

    def forward(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def a_session(session_id: str, *, days: float, **fields: Any) -> WebinarSession:
    given: dict[str, Any] = {"host_id": OWNER, "title": f"Session {session_id}"} | fields
    starts_at = (NINE + timedelta(days=days)).timestamp()
    return WebinarSession(id=session_id, webinar_id=f"7{session_id}", starts_at=starts_at, **given)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def simulator(clock: Clock) -> Iterator[Running]:
    running = start(now=clock, limit=1000, with_demo=False)
    running.world.add_session(a_session(OPEN, days=2))
    running.world.add_session(a_session(OVER, days=-20))
    running.world.add_session(a_session(ALL_HANDS, days=1, registration_enabled=False))
    running.world.add_session(a_session(COLLEAGUES, days=3, host_id=COLLEAGUE))
    yield running
    running.stop()


@pytest.fixture
def world(simulator: Running) -> World:
    return simulator.world


@pytest.fixture
def relay(simulator: Running) -> Iterator[Relay]:
    wire = Relay(simulator.url)
    yield wire
    wire.close()
    wire.check()


def stranger_at(url: str, clock: Callable[[], datetime], jwt: str = DEMO_JWT) -> Client:
    credentials = Credentials(url, DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, jwt)
    return Client(credentials, now=clock, timeout=Timeouts(connect=2, read=2, total=3))


@pytest.fixture
def client(relay: Relay, clock: Clock) -> Client:
    """Signed in."""
    known = stranger_at(relay.url, clock)
    known.sign_in()
    return known


def people(count: int) -> list[Person]:
    return [Person(f"First{n}", f"Last{n}", f"p{n}@example.com") for n in range(count)]


def test_a_person_is_registered_found_and_taken_out(client: Client) -> None:
    """The whole life of a registration."""
    made = client.create_registrant(OPEN, {**ADA, "source": "fair", "externalId": "lid=1&oid=4%4056"}).value

    [listed] = client.registrants(OPEN).value.records
    assert (listed.id, listed.external_id, listed.source) == (made.id, "lid=1&oid=4%4056", "fair")
    assert client.registrant(OPEN, made.id).value.join_uri == made.join_uri
    assert client.registration(OPEN).value.registrant_count == 1

    client.delete_registrant(OPEN, made.id)

    assert client.registrants(OPEN).value.records == ()


def test_a_second_email_is_a_conflict(client: Client) -> None:
    """The worker looks it up in the list."""
    client.create_registrant(OPEN, ADA)

    with pytest.raises(Conflict):
        client.create_registrant(OPEN, ADA | {"email": "ADA@example.com"})


def test_1_500_registrants_are_two_pages(client: Client, world: World) -> None:
    """Two calls, and nobody missing or twice."""
    world.add_registrants(OPEN, people(1500))

    answers = list(pages(lambda token: client.registrants(OPEN, token)))

    assert [len(answer.value.records) for answer in answers] == [1000, 500]
    assert len({one.email for answer in answers for one in answer.value.records}) == 1500


def test_registration_is_closed_and_opened(client: Client) -> None:
    """Only what is named is sent; the document requires more, but those are read-only."""
    closed = client.change_registration(OPEN, {"registrationStatus": "Closed", "settings": {"suppressEmails": True}})

    assert not closed.value.is_open
    assert closed.value.suppress_emails is True
    with pytest.raises(Forbidden):
        client.create_registrant(OPEN, ADA)


@pytest.mark.parametrize(
    ("act", "kind"),
    [
        (lambda client: client.registration("99"), Gone),
        (lambda client: client.registration(ALL_HANDS), Gone),
        (lambda client: client.delete_registrant(OPEN, "99"), Gone),
        (lambda client: client.create_registrant(OVER, ADA), Forbidden),
        (lambda client: client.create_registrant(OPEN, ADA | {"firstName": "x" * 65}), Refused),
        (lambda client: client.create_registrant(OPEN, ADA | {"email": "nobody"}), Refused),
        (lambda client: client.create_registrant(OPEN, {"email": "ada@example.com"}), Refused),
    ],
    ids=["no session", "all-hands", "no registrant", "over", "long name", "bad email", "no name"],
)
def test_a_refusal_is_told_apart(client: Client, act: Callable[[Client], object], kind: type[RingCentralError]) -> None:
    """Each of these ends differently for the person and the list."""
    with pytest.raises(RingCentralError) as caught:
        act(client)

    assert type(caught.value) is kind


def test_sessions_are_found_in_both_lists(client: Client) -> None:
    """What comes in the order of its start, what was from the latest."""
    coming = [one.id for answer in sessions_coming(client, NINE) for one in answer.value.records]
    past = [one.id for answer in sessions_past(client, NINE) for one in answer.value.records]

    assert coming == [ALL_HANDS, OPEN, COLLEAGUES]
    assert past == [OVER]


def test_without_the_company_s_lists_the_own_ones_are_found(client: Client, world: World) -> None:
    """Most marketers are no administrators."""
    world.set_switches(company_lists=False)

    coming = [one.id for answer in sessions_coming(client, NINE) for one in answer.value.records]

    assert coming == [ALL_HANDS, OPEN]


def test_history_is_found_through_narrow_windows(client: Client, world: World) -> None:
    """Nobody knows how wide a window RingCentral takes."""
    world.set_switches(largest_window=40 * 86_400.0)

    past = [one.id for answer in sessions_past(client, NINE) for one in answer.value.records]

    assert past == [OVER]


def test_a_webinar_tells_whether_registration_is_on(client: Client) -> None:
    """An all-hands webinar has one shared link and takes no registrants."""
    assert client.webinar(f"7{OPEN}").value.registration_enabled is True
    assert client.webinar(f"7{ALL_HANDS}").value.registration_enabled is False
    assert client.session(f"7{OPEN}", OPEN).value.scheduled_duration == 3600


def test_attendance_and_panel_of_a_past_session_are_read(client: Client) -> None:
    """What the attendance screens will need."""
    webinar_id = f"7{OVER}"

    assert client.history_session(webinar_id, OVER).value.status == "Finished"
    assert client.participants(webinar_id, OVER, original_roles=["Attendee"]).status == 200
    assert client.history_invitees(webinar_id, OVER).status == 200


def test_the_panel_is_changed(client: Client) -> None:
    """Added, changed, read, removed, in the API's own names."""
    webinar_id = f"7{OPEN}"
    panelist = ADA | {"role": "Panelist"}

    added = client.change_invitees(webinar_id, OPEN, added=[panelist]).value.added[0]
    changed = client.change_invitee(webinar_id, OPEN, added.id, {"role": "CoHost"}).value

    assert client.invitee(webinar_id, OPEN, added.id).value.role == changed.role == "CoHost"
    assert added.id in {one.id for one in client.invitees(webinar_id, OPEN).value.records}
    client.delete_invitee(webinar_id, OPEN, added.id)
    assert added.id not in {one.id for one in client.invitees(webinar_id, OPEN).value.records}


@pytest.mark.parametrize(
    ("fault", "kind", "is_there"),
    [
        (Fault(FaultKind.ANSWER_LOST, method="POST", path="registrants"), OutcomeUnknown, True),
        (Fault(FaultKind.DROPPED_BEFORE, method="POST", path="registrants"), OutcomeUnknown, False),
        (Fault(FaultKind.SERVER_ERROR, method="POST", path="registrants"), OutcomeUnknown, False),
        (Fault(FaultKind.UNAVAILABLE, method="POST", path="registrants", seconds=5), OutcomeUnknown, False),
        (Fault(FaultKind.BAD_GATEWAY, method="POST", path="registrants", carried_out=True), OutcomeUnknown, True),
        (Fault(FaultKind.TRUNCATED, method="POST", path="registrants"), CarriedOutUnreadable, True),
        (Fault(FaultKind.ODD_ANSWER, method="POST", path="registrants", status=202), OutcomeUnknown, True),
        (Fault(FaultKind.ODD_ANSWER, method="POST", path="registrants", status=302), OutcomeUnknown, True),
        (Fault(FaultKind.TOKEN_REVOKED, method="POST", path="registrants"), SignedOut, False),
        (Fault(FaultKind.RATE_LIMITED, method="POST", path="registrants", seconds=7), TooManyCalls, False),
    ],
    ids=lambda value: value.kind.value if isinstance(value, Fault) else None,
)
def test_what_may_have_been_carried_out_is_never_called_certain(
    client: Client, world: World, fault: Fault, kind: type[RingCentralError], is_there: bool
) -> None:
    """Whoever is registered without our knowing must at least be looked for."""
    world.add_fault(fault)

    with pytest.raises(RingCentralError) as caught:
        client.create_registrant(OPEN, ADA)

    assert type(caught.value) is kind
    assert bool(world.registrants(OPEN)) is is_there
    assert caught.value.may_have_been_carried_out or not is_there


def test_the_quota_is_read_from_each_answer(client: Client, world: World) -> None:
    """And its absence is no obstacle."""
    with_headers = client.registration(OPEN).quota
    world.set_switches(rate_headers=False)
    without = client.registration(OPEN).quota

    assert with_headers is not None
    assert (with_headers.limit, with_headers.remaining, with_headers.window) == (1000, 999, 60.0)
    assert without is None


def test_a_spent_quota_tells_how_long_to_keep_still(client: Client, world: World) -> None:
    """And the client keeps from asking again by itself."""
    world.set_limit(limit=1)
    client.registration(OPEN)

    with pytest.raises(TooManyCalls) as caught:
        client.registration(OPEN)

    assert caught.value.retry_after == 60.0


def test_a_wrong_jwt_is_final(relay: Relay, clock: Clock) -> None:
    """One sentence on the page, and no second try."""
    with pytest.raises(SignInFailed) as caught:
        stranger_at(relay.url, clock, jwt="another").sign_in()

    assert (caught.value.status, caught.value.error) == (400, "invalid_grant")


def test_a_token_is_good_until_it_ends_and_a_new_one_after(client: Client, clock: Clock) -> None:
    """An import of ten hours signs in ten times."""
    clock.forward(3590)
    assert client.needs_sign_in(clock())
    assert client.registration(OPEN).status == 200
    clock.forward(20)

    with pytest.raises(SignedOut):
        client.registration(OPEN)
    client.sign_in()

    assert client.registration(OPEN).status == 200
