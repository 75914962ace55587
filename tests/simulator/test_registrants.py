"""Registering people: fields, limits, pages, closing, second addresses, own links."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from rollcall.simulator import OwnLinks, Person, SecondEmail, World
from tests.simulator.conftest import ALL_HANDS, LIVE, OPEN, PAST, REGISTRANTS, REGISTRATION, Caller, Clock, a_person

LINK = "https://acme.example.com/join?ref=1"


def test_a_registered_person_is_stored_and_listed(caller: Caller, world: World) -> None:
    """The ordinary case: one POST, one person, every field kept."""
    sent = a_person(externalId="lid=1042&oid=7", source="linkedin", visitorId="v1", ipAddress="192.0.2.7")
    answer = caller.call("POST", REGISTRANTS, json=sent)

    assert answer.status_code == 201
    listed = caller.get(REGISTRANTS).json()["records"]
    assert [one["id"] for one in listed] == [answer.json()["id"]]
    assert listed[0] | sent == listed[0]
    assert [one.email for one in world.registrants(OPEN)] == ["ada@example.com"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("firstName", "x" * 65),
        ("lastName", "x" * 65),
        ("lastName", " "),
        ("firstName", 7),
        ("email", "x" * 250 + "@example.com"),
        ("email", "ada.example.com"),
        ("email", ""),
        ("externalId", 1042),
        ("source", None),
        ("ipAddress", "2001:db8::1"),
        ("questionnaire", [{"questionId": "1"}]),
        ("id", "17"),
        ("registeredPostWebinar", True),
    ],
)
def test_a_field_against_the_document_is_refused_by_name(
    caller: Caller, world: World, field: str, value: object
) -> None:
    """400 names the parameter, so that a row of a file can be shown with its column."""
    answer = caller.register(**{field: value}) if field != "email" else caller.register(str(value))

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["parameterName"] == field
    assert world.registrants(OPEN) == []


@pytest.mark.parametrize("field", ["firstName", "lastName", "email"])
def test_a_missing_field_is_refused_by_name(caller: Caller, field: str) -> None:
    """Three fields are required."""
    body = {name: value for name, value in a_person().items() if name != field}

    answer = caller.call("POST", REGISTRANTS, json=body)

    assert (answer.status_code, answer.json()["parameterName"]) == (400, field)


def test_names_of_64_characters_and_answers_to_questions_are_kept(caller: Caller) -> None:
    """The limit itself is allowed; answers are shown only when asked for."""
    answers = [{"questionId": "q1", "answerIds": ["a"]}, {"questionId": "q2", "answerText": "Größe"}]

    assert caller.register(firstName="x" * 64, questionnaire=answers).status_code == 201

    [plain] = caller.get(REGISTRANTS).json()["records"]
    [asked] = caller.get(REGISTRANTS, includeQuestionnaire="true").json()["records"]
    assert "questionnaire" not in plain
    assert asked["questionnaire"] == answers


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff"])
def test_a_body_that_is_no_object_is_refused(caller: Caller, body: bytes) -> None:
    """Broken JSON must not break the server."""
    answer = caller.call("POST", REGISTRANTS, data=body)

    assert (answer.status_code, answer.json()["errorCode"]) == (400, "CMN-103")


def test_pages_hold_what_is_asked_for_and_go_forward(caller: Caller, world: World) -> None:
    """By id ascending, 100 a page unless asked, at most 1,000, no total."""
    world.add_registrants(OPEN, [Person("P", str(n), f"p{n}@example.com") for n in range(2_345)])

    first = caller.get(REGISTRANTS).json()
    seen, token = [], ""
    while True:
        page = caller.get(REGISTRANTS, perPage=5000, **({"pageToken": token} if token else {})).json()
        seen += [one["id"] for one in page["records"]]
        token = page["paging"].get("nextPageToken", "")
        if not token:
            break

    assert (len(first["records"]), first["paging"]["perPage"], page["paging"]["perPage"]) == (100, 100, 1000)
    assert len(set(seen)) == 2_345
    assert seen == sorted(seen) == sorted(seen, key=int)
    assert first["paging"].keys() == {"pageToken", "perPage", "nextPageToken"}


def test_a_full_last_page_has_no_next(caller: Caller, world: World) -> None:
    """Two people, two a page: one page."""
    world.add_registrants(OPEN, [Person("P", str(n), f"p{n}@example.com") for n in range(2)])

    assert "nextPageToken" not in caller.get(REGISTRANTS, perPage=2).json()["paging"]


@pytest.mark.parametrize(
    "query", [{"perPage": "0"}, {"perPage": "x"}, {"pageToken": "?"}, {"includeQuestionnaire": "7"}]
)
def test_a_wrong_parameter_of_the_list_is_named(caller: Caller, query: dict[str, str]) -> None:
    """Out of range or unknown: 400."""
    answer = caller.get(REGISTRANTS, **query)

    assert (answer.status_code, answer.json()["parameterName"]) == (400, next(iter(query)))


def test_a_second_address_is_refused_whatever_its_case(caller: Caller, world: World) -> None:
    """The switch's first position: 409."""
    caller.register("ada@example.com")

    answer = caller.register("ADA@Example.com")

    assert (answer.status_code, answer.json()["parameterName"]) == (409, "email")
    assert len(world.registrants(OPEN)) == 1


def test_a_second_address_makes_a_second_registrant_when_accepted(caller: Caller, world: World) -> None:
    """The other position: a blind repeat would show as a double."""
    world.set_switches(second_email=SecondEmail.ACCEPTED)
    first, second = caller.register().json(), caller.register().json()

    assert first["id"] != second["id"]
    assert len(world.registrants(OPEN)) == 2


def test_the_same_address_may_register_for_another_session(caller: Caller) -> None:
    """Addresses are unique within a session only."""
    assert [caller.register(session=session).status_code for session in (OPEN, LIVE)] == [201, 201]


def test_own_links_are_replaced(caller: Caller) -> None:
    """As the document's readOnly suggests."""
    shown = caller.register(joinUri=LINK, cancellationUri=LINK).json()

    assert LINK not in (shown["joinUri"], shown["cancellationUri"])
    assert shown["joinUri"] != shown["cancellationUri"]


def test_own_links_are_kept_when_the_switch_says_so(caller: Caller, world: World) -> None:
    """As the guide says."""
    world.set_switches(own_links=OwnLinks.KEPT)

    caller.register(joinUri=LINK)

    [shown] = caller.get(REGISTRANTS).json()["records"]
    assert shown["joinUri"] == LINK
    assert shown["cancellationUri"].startswith("https://webinar.example.com/cancel/")
    assert caller.register("b@example.com", joinUri="https://" + "x" * 250).status_code == 400


@pytest.mark.parametrize("name", ["joinUri", "cancellationUri"])
def test_own_links_are_refused_by_name_when_the_switch_says_so(caller: Caller, world: World, name: str) -> None:
    """The third possibility; nobody is registered."""
    world.set_switches(own_links=OwnLinks.REFUSED)

    answer = caller.register(**{name: LINK})

    assert (answer.status_code, answer.json()["parameterName"]) == (400, name)
    assert world.registrants(OPEN) == []


def test_a_new_registrant_shows_in_the_list_after_the_lag(caller: Caller, world: World, clock: Clock) -> None:
    """RingCentral may persist late: a listing right after is no proof."""
    world.set_switches(list_lag=20.5)
    registrant_id = caller.register().json()["id"]

    at_once = caller.get(REGISTRANTS).json()["records"]
    clock.forward(20.4)
    shortly_before = caller.get(REGISTRANTS).json()["records"]
    clock.forward(0.1)

    assert at_once == shortly_before == []
    assert [one["id"] for one in caller.get(REGISTRANTS).json()["records"]] == [registrant_id]


def test_only_a_share_of_new_registrants_lags_when_asked(caller: Caller, world: World) -> None:
    """Some late, some at once: the same ones in every run."""
    world.set_switches(list_lag=30, list_lag_share=0.5)
    for number in range(20):
        caller.register(f"p{number}@example.com")

    assert 0 < len(caller.get(REGISTRANTS).json()["records"]) < 20


def test_without_lag_a_new_registrant_shows_at_once(caller: Caller) -> None:
    """The switch's other end."""
    caller.register()

    assert len(caller.get(REGISTRANTS).json()["records"]) == 1


@pytest.mark.parametrize("lag", [-1, 60.1])
def test_a_lag_outside_0_to_60_seconds_is_refused(world: World, lag: float) -> None:
    """The stated range."""
    with pytest.raises(ValueError, match="0 to 60"):
        world.set_switches(list_lag=lag)


def test_a_registrant_is_read_and_deleted_by_id(caller: Caller) -> None:
    """Then it is gone, and the address is free again under a new id."""
    path = f"{REGISTRANTS}/{caller.register().json()['id']}"

    read = caller.get(path)
    deleted = caller.call("DELETE", path)

    assert (read.status_code, deleted.status_code, deleted.content) == (200, 204, b"")
    assert caller.get(path).status_code == caller.call("DELETE", path).status_code == 404
    assert caller.register().json()["id"] > read.json()["id"]


def test_deleting_is_refused_once_the_session_is_finished(caller: Caller, world: World) -> None:
    """Documented: 403, and the registrant stays."""
    world.add_registrants(PAST, [Person("Ada", "Lovelace", "ada@example.com")])
    [stored] = world.registrants(PAST)

    answer = caller.call("DELETE", f"{REGISTRATION}/{PAST}/registrants/{stored.id}")

    assert answer.status_code == 403
    assert len(world.registrants(PAST)) == 1


def test_nobody_registers_while_registration_is_closed(caller: Caller, world: World) -> None:
    """Documented: 403."""
    caller.call("PATCH", f"{REGISTRATION}/{OPEN}", json={"registrationStatus": "Closed"})

    assert caller.register().status_code == 403
    assert world.registrants(OPEN) == []


def test_the_limit_closes_the_registration_when_it_is_reached(caller: Caller, world: World) -> None:
    """autoCloseLimit 2: two get in, the third is refused, and the status says Closed."""
    caller.call("PATCH", f"{REGISTRATION}/{OPEN}", json={"settings": {"autoCloseLimit": 2}})

    statuses = [caller.register(f"p{number}@example.com").status_code for number in range(3)]

    assert statuses == [201, 201, 403]
    registration = caller.get(f"{REGISTRATION}/{OPEN}").json()
    assert (registration["registrationStatus"], registration["registrantCount"]) == ("Closed", 2)


def test_a_work_email_is_required_only_when_the_session_says_so(caller: Caller, world: World) -> None:
    """400 for free mail domains."""
    before = caller.register("ada@gmail.com").status_code
    caller.call("PATCH", f"{REGISTRATION}/{OPEN}", json={"settings": {"workEmailRequired": True}})

    refused = caller.register("bob@GMail.com")

    assert (before, refused.status_code, refused.json()["parameterName"]) == (201, 400, "email")
    assert caller.register("bob@acme.example.com").status_code == 201


def test_registering_for_the_recording_is_marked(caller: Caller) -> None:
    """After the end, once somebody opened the registration again."""
    closed = caller.register(session=PAST).status_code
    caller.call("PATCH", f"{REGISTRATION}/{PAST}", json={"registrationStatus": "Open"})

    assert closed == 403
    assert caller.register(session=PAST).json()["registeredPostWebinar"] is True
    assert caller.get(f"{REGISTRATION}/{PAST}").json()["postWebinarRegistrantCount"] == 1


@pytest.mark.parametrize("session", [ALL_HANDS, "9999"])
def test_an_unknown_or_all_hands_session_has_no_registrants(caller: Caller, session: str) -> None:
    """404 for both: the registration service has no record."""
    assert caller.register(session=session).status_code == 404
    assert caller.get(f"{REGISTRATION}/{session}/registrants").status_code == 404


def test_the_list_of_20_000_people_is_quick(caller: Caller, world: World) -> None:
    """Twenty pages; an import of that size lists at each check."""
    world.add_registrants(OPEN, [Person("P", str(n), f"p{n}@example.com") for n in range(20_000)])
    token, seen, slowest = "", 0, 0.0
    while True:
        query = {"perPage": "1000"} | ({"pageToken": token} if token else {})
        answer = caller.call("GET", REGISTRANTS, params=query, checked=False)
        seen += len(answer.json()["records"])
        slowest = max(slowest, answer.elapsed.total_seconds())
        token = answer.json()["paging"].get("nextPageToken", "")
        if not token:
            break

    assert seen == 20_000
    assert slowest < 1.0


def test_of_many_at_once_with_one_address_one_gets_in(caller: Caller, world: World) -> None:
    """Eight connections, one address: one 201, seven 409."""

    def register(_: int) -> int:
        other = Caller(caller.url)
        other.token = caller.token
        try:
            return other.register().status_code
        finally:
            other.close()

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(register, range(8)))

    assert statuses == [201] + [409] * 7
    assert len(world.registrants(OPEN)) == 1
