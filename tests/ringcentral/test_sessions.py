"""The walk through all sessions: company first, own when refused, windows halved, resumable at every call."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from rollcall.ringcentral.client import Client
from rollcall.ringcentral.errors import (
    Forbidden,
    Gone,
    NotExecuted,
    OutcomeUnknown,
    Refused,
    RingCentralError,
    TooManyCalls,
)
from rollcall.ringcentral.models import Answer, Page, WebinarSession
from rollcall.ringcentral.sessions import Sessions, SessionsCursor, sessions_coming, sessions_past
from tests.ringcentral import documented
from tests.ringcentral.conftest import NINE, ScriptedServer, told

COMPANY, OWN = "/webinar/configuration/v1/company/sessions", "/webinar/configuration/v1/sessions"
PAST_COMPANY, PAST_OWN = "/webinar/history/v1/company/sessions", "/webinar/history/v1/sessions"
FORBIDDEN = told(403, {"errors": [{"errorCode": "CMN-408"}]})
TOO_WIDE = Refused("too wide", status=400)
PLANNED = told(200, documented.page(documented.PLANNED_SESSION))
PAST = told(200, documented.page(documented.PAST_SESSION))


def an_answer(next_token: str | None = None) -> Sessions:
    session = WebinarSession.read(documented.PAST_SESSION)
    return Answer(Page((session,), next_token), status=200, quota=None, request_id="")


def walk(
    cursor: SessionsCursor | None, outcome: Callable[[SessionsCursor], Sessions | RingCentralError]
) -> list[SessionsCursor]:
    """Every place of a walk, each through JSON as if the process had died in between."""
    places = []
    while cursor:
        places.append(cursor)
        following = cursor.advance(outcome(cursor))
        cursor = following and SessionsCursor.from_json(json.loads(json.dumps(following.to_json())))
    return places


def test_what_comes_is_walked_before_what_was(client: Client, server: ScriptedServer) -> None:
    """The marketer picks from what comes; the past can wait its turn at ten calls a minute."""
    server.react(PLANNED, PAST)
    cursor: SessionsCursor | None = SessionsCursor.first(NINE)

    while cursor:
        cursor = cursor.advance(cursor.fetch(client))

    assert [request.path for request in server.received] == [COMPANY, PAST_COMPANY]
    assert server.received[0].query["endTimeFrom"] == ["2026-08-31T09:00:00.000Z"]
    assert server.received[1].query["endTimeFrom"] == ["2025-09-01T09:00:00.000Z"]
    assert server.received[1].query["endTimeTo"] == ["2026-09-01T09:00:00.000Z"]


def test_a_user_without_the_company_s_right_sees_the_own_ones(client: Client, server: ScriptedServer) -> None:
    """The refusal costs one call, not one a list."""
    server.react(FORBIDDEN, PLANNED, PAST)

    coming = list(sessions_coming(client, NINE))
    past = list(sessions_past(client, NINE, company_allowed=False))

    assert [request.path for request in server.received] == [COMPANY, OWN, PAST_OWN]
    assert len(coming) == len(past) == 1


def test_a_refusal_is_remembered_on_the_way() -> None:
    """What is known of the connection is stored from here."""
    cursor = SessionsCursor.first(NINE)

    own = cursor.advance(Forbidden(status=403))

    assert own is not None
    assert (own.part, own.company_allowed) == ("coming", False)
    past = own.advance(an_answer())
    assert past is not None
    assert (past.part, past.company_allowed) == ("past", False)


def test_a_company_list_that_answers_is_remembered_too() -> None:
    """So that the next walk begins knowing it."""
    following = SessionsCursor.first(NINE).advance(an_answer())

    assert following is not None
    assert following.company_allowed is True


def test_pages_are_walked_within_each_list(client: Client, server: ScriptedServer) -> None:
    """A company with 3,000 sessions a year is no exception."""
    server.react(told(200, documented.page(documented.PLANNED_SESSION, next_token="b")), PLANNED)

    answers = list(sessions_coming(client, NINE))

    assert len(answers) == 2
    assert server.received[1].query["pageToken"] == ["b"]


def test_a_page_token_that_comes_back_ends_the_list() -> None:
    """A list that turns in circles would eat the quota for ever."""
    tokens = iter(["a", "b", "a", None])

    places = walk(SessionsCursor.first(NINE, part="past"), lambda _: an_answer(next(tokens)))

    assert [place.page_tokens for place in places] == [(), ("a",), ("a", "b")]


def test_a_window_that_is_too_wide_is_halved_and_the_year_still_covered() -> None:
    """The greatest width is not documented; here it is 100 days."""

    def refuse_wide(place: SessionsCursor) -> Sessions | RingCentralError:
        assert place.window_to is not None
        return TOO_WIDE if place.window_to - place.window_from > timedelta(days=100) else an_answer()

    places = walk(SessionsCursor.first(NINE, part="past"), refuse_wide)

    read = [place for place in places if not isinstance(refuse_wide(place), RingCentralError)]
    assert len(places) - len(read) == 2  # 365 and 182.5 days
    assert [place.window_to for place in read] == [NINE, *(place.window_from for place in read[:-1])]
    assert read[-1].window_from == NINE - timedelta(days=365)


def test_the_last_window_ends_with_the_year() -> None:
    """Widths that do not divide a year must not read beyond it: what is older is not shown anywhere."""
    year_ago = NINE - timedelta(days=365)

    def refuse_wide(place: SessionsCursor) -> Sessions | RingCentralError:
        assert place.window_to is not None
        widest = timedelta(days=1.5 if place.window_from > year_ago + timedelta(days=9) else 1.2)
        return TOO_WIDE if place.window_to - place.window_from > widest else an_answer()

    places = walk(SessionsCursor.first(NINE, part="past"), refuse_wide)

    assert min(place.window_from for place in places) == year_ago
    assert places[-1].window_to is not None
    assert places[-1].window_to - year_ago < timedelta(days=1)


def test_a_right_that_is_lost_on_the_way_begins_the_own_list_at_its_start() -> None:
    """A page token of the company's list means nothing in the other one."""
    second_page = SessionsCursor.first(NINE).advance(an_answer("b"))
    assert second_page is not None

    own = second_page.advance(Forbidden(status=403))

    assert own is not None
    assert (own.company_allowed, own.page_tokens) == (False, ())


def test_halving_ends_at_a_day() -> None:
    """A 400 for a single day has another reason, and would go on for ever."""
    place: SessionsCursor | None = SessionsCursor.first(NINE, part="past")
    widths = []

    def refuse_all() -> None:
        nonlocal place
        while place and place.window_to:
            widths.append(place.window_to - place.window_from)
            place = place.advance(TOO_WIDE)

    with pytest.raises(Refused):
        refuse_all()

    assert widths[-1] == timedelta(days=1)
    assert len(widths) == 10


@pytest.mark.parametrize(
    ("part", "error"),
    [
        ("coming", TOO_WIDE),
        ("past", Refused(status=400, parameter="perPage")),
        ("past", Refused(status=422)),
        ("past", Gone(status=404)),
        ("past", OutcomeUnknown(status=500)),
        ("past", TooManyCalls(retry_after=60, status=429)),
        ("coming", NotExecuted()),
    ],
    ids=["400 without window", "400 elsewhere", "422", "404", "500", "429", "not executed"],
)
def test_an_error_that_no_other_list_helps_against_comes_back(part: Any, error: RingCentralError) -> None:
    """The place is still good: the same call is made again when it may be."""
    with pytest.raises(type(error)) as caught:
        SessionsCursor.first(NINE, part=part).advance(error)

    assert caught.value is error


def test_the_own_list_refused_too_is_an_error() -> None:
    """Then the user may read no sessions at all, and somebody must be told."""
    with pytest.raises(Forbidden):
        SessionsCursor.first(NINE, company_allowed=False).advance(Forbidden(status=403))


def test_every_place_survives_the_process() -> None:
    """A walk of many windows outlives a restart, and repeats no call that it has made."""
    cursor = SessionsCursor.first(NINE, company_allowed=True, part="past").advance(an_answer("b"))

    assert cursor is not None
    assert SessionsCursor.from_json(json.loads(json.dumps(cursor.to_json()))) == cursor


def test_each_step_is_one_call(client: Client, server: ScriptedServer) -> None:
    """The pace decides when the next one leaves."""
    server.react(told(200, documented.page(documented.PLANNED_SESSION, next_token="b")))

    next(sessions_coming(client, NINE))

    assert len(server.received) == 1
