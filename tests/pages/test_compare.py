"""The page that puts sessions beside each other: every face of it, and that nothing unknown is compared."""

from collections.abc import Sequence
from datetime import timedelta

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from rollcall.attendance import counting
from rollcall.attendance.over_time import Measure
from rollcall.attendance.returning import Group
from rollcall.outbox.states import Lane
from rollcall.roster import participants, readings, registrants
from rollcall.roster.participants import SeenParticipant
from rollcall.roster.readings import What
from rollcall.roster.registrants import Seen
from rollcall.roster.sessions import RegistrationStatus
from rollcall.store.tables import Reading
from tests.pages.conftest import NINE, Stage, said

PAGE = "pages/compare.py"
HOSTILE = "![x](https://evil.example/t.png)<b>:red[x]"


def opened(stage: Stage) -> AppTest:
    app = stage.open(PAGE)
    assert not app.exception
    return app


def to_tab(app: AppTest, name: str) -> AppTest:
    app.session_state["compare_tab"] = name
    app.run()
    assert not app.exception
    return app


def person(number: int, *, came: bool = False, source: str | None = None, external_id: str | None = None) -> Seen:
    """Somebody with an address of their own; `came`: has a participantId."""
    email = f"p{number}@example.com"
    return Seen(
        registrant_id=f"r-{number}", email=email, email_key=email, first_name="Ada", last_name=f"No {number}",
        source=source, external_id=external_id, join_uri=None, cancellation_uri=None,
        registered_at=NINE - timedelta(days=90), participant_id=f"p-{number}" if came else None, post_webinar=False,
        raw={},
    )  # fmt: skip


def people(total: int, came: int, **fields: str) -> list[Seen]:
    """So many, the first of whom came."""
    return [person(number, came=number <= came, **fields) for number in range(1, total + 1)]


class Past:
    """Sessions that are over, on a stage; each is days ago."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    def session(
        self, session_id: str, days: int, *, title: str = "", status: str = "Finished", seen: Sequence[Seen] = ()
    ) -> None:
        """One that is over; with people, it was read as well, now."""
        title = title or f"Webinar {session_id}"
        self.stage.session(session_id, title, starts_in=-timedelta(days=days), status=status)
        if seen:
            self.read(session_id, seen)

    def read(self, session_id: str, seen: Sequence[Seen], *, forbidden: bool = False, is_counted: bool = True) -> None:
        """Both lists, to their end; everybody who came stayed for half an hour."""
        here, now = self.stage.here, self.stage.here.now()
        with here.store.write() as db:
            reading = _begun(db, self.stage, What.REGISTRANTS, session_id)
            registrants.keep(db, here.connection_id, session_id, list(seen), now=now, reading=reading)
            readings.turn_page(db, reading, cursor=None, records=len(seen), now=now)
            there = _begun(db, self.stage, What.PARTICIPANTS, session_id)
            if forbidden:
                readings.fail(db, there, code=readings.FORBIDDEN, message="", again=False, now=now)
            else:
                records = [_record(one) for one in seen if one.participant_id]
                participants.keep(db, there, records, now=now)
                readings.turn_page(db, there, cursor=None, records=len(records), now=now)
        if is_counted:
            self.count()

    def count(self) -> None:
        """What the worker does after a reading."""
        here = self.stage.here
        counting.bring_up_to_date(here.store, here.connection_id, now=here.now(), at_most=500, people=10**9)


def _begun(db: object, stage: Stage, what: What, session_id: str) -> Reading:
    now = stage.here.now()
    reading_id = readings.ask(
        db,
        stage.here.connection_id,
        what,
        session_id,
        lane=Lane.BACKGROUND,
        asked_by="test",
        now=now,  # type: ignore[arg-type]
    )
    reading = db.get_one(Reading, reading_id)  # type: ignore[attr-defined]
    readings.begin(db, reading, cursor={}, now=now)  # type: ignore[arg-type]
    return reading


def _record(one: Seen) -> SeenParticipant:
    return SeenParticipant(
        participant_id=str(one.participant_id), registrant_id=one.registrant_id, email_key=one.email_key,
        user_hash=None, first_name="Ada", last_name="", role="Attendee", original_role="Attendee",
        joined_at=NINE - timedelta(days=90), left_at=NINE - timedelta(days=90) + timedelta(minutes=30), raw={},
    )  # fmt: skip


@pytest.fixture
def past(stage: Stage) -> Past:
    return Past(stage)


@pytest.fixture
def three(past: Past) -> Past:
    """Three that were read: 20 of 40, 10 of 40 and, the latest, 30 of 40 came; ids keep their people apart."""
    for session_id, days, came in (("9001", 30, 20), ("9002", 20, 10), ("9003", 10, 30)):
        past.session(session_id, days, seen=people(40, came, source="ads", external_id="lid=7"))
    return past


def table(app: AppTest, column: str = "Against the latest") -> pd.DataFrame:
    """The table that has this column."""
    return next(one.value for one in app.dataframe if column in one.value.columns)


class TestFaces:
    def test_without_a_past_session_it_says_what_to_do(self, stage_with_session: Stage) -> None:
        """The empty face: a coming session is nothing to compare."""
        app = opened(stage_with_session)

        assert "No session is over yet" in said(app)
        assert not app.tabs

    def test_a_running_first_session_is_no_comparison_yet(self, past: Past) -> None:
        """Its figures are so far."""
        past.stage.session("9001", starts_in=-timedelta(minutes=10), status="Active")

        assert "Your first session is running" in said(opened(past.stage))

    def test_three_sessions_stand_beside_each_other(self, three: Past) -> None:
        """Figures, how sure they are, and how the latest stands."""
        app = opened(three.stage)
        shown = table(app)

        assert list(shown["Session"]) == ["Webinar 9003", "Webinar 9002", "Webinar 9001"]
        assert list(shown["Attended"]) == [30, 10, 20]
        assert list(shown["Figures"]) == ["final"] * 3
        assert shown["Against the latest"][0] == "the latest"
        assert shown["Against the latest"][1] == "lower, more than chance"
        assert "Webinar 9003: 75.0 % of 40 registered came" in said(app)
        assert "The median of the 2 others is 37.5 %" in said(app)
        assert "The latest is final; read 10:00 CET" in said(app)

    def test_one_session_alone_is_shown_and_compared_with_nothing(self, past: Past) -> None:
        """No median and no verdict of one."""
        past.session("9001", 30, seen=people(40, 20))

        app = opened(past.stage)

        assert "There is one session to look at" in said(app)
        assert table(app)["Against the latest"].isna().all()
        assert not app.get("vega_lite_chart")

    def test_markup_in_titles_and_sources_is_only_text(self, past: Past) -> None:
        """A title is what somebody typed; as Markdown it would call another host."""
        for number in (1, 2):
            past.session(f"900{number}", 10 * number, title=HOSTILE, seen=people(12, 6, source=HOSTILE))

        app = opened(past.stage)
        texts = [element.value for kind in ("markdown", "caption", "info") for element in app.get(kind)]
        texts += [element.value for element in to_tab(app, "Sources").get("markdown")]

        assert "evil\\.example" in " ".join(texts)
        assert not any("](https" in text or "<b>:red[" in text for text in texts)


class TestLeftOut:
    def test_an_unread_session_is_left_out_and_its_reading_offered_with_its_cost(self, three: Past) -> None:
        """Never compared as if nobody had come; calls and time before anything is read."""
        three.session("9004", 2)

        app = opened(three.stage)

        assert "1 of 4 sessions stays out of every comparison: 1 who came was not read yet" in said(app)
        assert "The median of the 2 others" in said(app)
        app.button(key="compare_read").click().run()
        assert "3 calls, about" in said(app)  # a list that was never read may be long, and is counted first
        assert not three.stage.open_readings(What.REGISTRANTS, "9004")
        app.button(key="confirm_compare_read").click().run()
        assert three.stage.open_readings(What.REGISTRANTS, "9004")
        assert three.stage.open_readings(What.PARTICIPANTS, "9004")

    def test_what_is_being_read_is_not_offered_again(self, three: Past) -> None:
        """The same wish twice would count its calls twice."""
        three.session("9004", 2)
        three.stage.asked(What.REGISTRANTS, "9004")
        three.stage.asked(What.PARTICIPANTS, "9004")

        app = opened(three.stage)

        assert "compare_read" not in [button.key for button in app.button]
        assert "2 lists to go" in said(app)

    def test_what_was_read_and_is_being_counted_is_not_offered_again(self, three: Past) -> None:
        """Between the last page and the tally lie seconds, in which a click would read all of it once more."""
        three.session("9004", 2)
        three.read("9004", people(40, 20), is_counted=False)

        app = opened(three.stage)

        assert "Counting what was read" in said(app)
        assert "compare_read" not in [button.key for button in app.button]
        three.count()
        assert "stays out" not in said(app.run())

    def test_a_failed_reading_says_why_beside_its_session(self, three: Past) -> None:
        """The partly failed face: the rest is compared all the same."""
        three.session("9004", 2)
        three.stage.reading_failed(What.REGISTRANTS, "9004")

        app = opened(three.stage)

        told = table(app, "Why it is left out")["Reading"][0]
        assert "who was registered could not be read: RingCentral does not let this user see it" in told

    def test_a_session_that_never_started_is_labelled_and_offered_no_reading(self, three: Past) -> None:
        """Nobody was absent from what did not take place."""
        three.session("9004", 2, status="Scheduled", seen=people(40, 0))

        app = opened(three.stage)

        assert "1 never started" in said(app)
        (shown,) = [one for one in app.dataframe if "Against the latest" in one.value.columns]
        assert shown.proto.placeholder == "–"  # "None" would stand there
        assert "never started" in list(table(app)["State"])
        assert "compare_read" not in [button.key for button in app.button]
        assert table(app)["Rate"].isna()[0]

    def test_a_running_session_is_shown_so_far_and_not_compared(self, three: Past) -> None:
        """Its rate is not done yet."""
        three.stage.session("9004", "Now", starts_in=-timedelta(minutes=20), status="Active")
        three.read("9004", people(40, 4))

        app = opened(three.stage)
        shown = table(app)

        assert shown["State"][0] == "running, so far"
        assert pd.isna(shown["Against the latest"][0])
        assert "Webinar 9003: 75.0 %" in said(app)
        assert "1 running" in said(app)

    def test_forbidden_participants_leave_the_rate_known_and_minutes_not(self, past: Past) -> None:
        """Not the host: who came is still known; minutes are not available, never 0."""
        for session_id, days in (("9001", 20), ("9002", 10)):
            past.session(session_id, days)
            past.read(session_id, people(40, 20), forbidden=True)

        app = opened(past.stage)

        assert list(table(app)["Rate"]) == [0.5, 0.5]
        assert table(app)["Minutes"].isna().all()
        assert "compare_read" not in [button.key for button in app.button]
        app.radio(key="compare_measure").set_value(Measure.MINUTES).run()
        assert "Minutes are not available" in said(app)

    def test_a_session_without_registration_is_not_offered_to_be_read(self, three: Past) -> None:
        """An all-hands webinar has no list: asking would fail every time, and who came alone compares nothing."""
        three.session("9004", 2)
        three.stage.registration("9004", RegistrationStatus.OFF)

        app = opened(three.stage)

        assert "compare_read" not in [button.key for button in app.button]
        assert "1 nobody can register for it, so there is no list to read" in said(app)


class TestPicking:
    def test_the_latest_eight_are_shown_and_more_can_be(self, past: Past) -> None:
        """A sensible number at first, all on request."""
        for number in range(1, 11):
            past.session(f"90{number:02}", number, seen=people(12, 6))

        app = opened(past.stage)

        assert len(table(app)) == 8
        assert table(app)["Session"][0] == "Webinar 9001"
        app.radio(key="compare_span").set_value("all").run()
        assert len(table(app)) == 10

    def test_sessions_can_be_chosen_one_by_one(self, three: Past) -> None:
        """This year's against last year's."""
        app = opened(three.stage)
        app.radio(key="compare_span").set_value("choose").run()
        assert "Choose the sessions" in said(app)

        app.multiselect(key="compare_chosen").set_value(["9001", "9003"]).run()

        assert list(table(app)["Session"]) == ["Webinar 9003", "Webinar 9001"]

    def test_a_ticked_session_leads_to_its_people(self, three: Past) -> None:
        """Every number can be clicked down to its people."""
        app = three.stage.open(PAGE)
        (key,) = [one.key for one in app.dataframe if (one.key or "").startswith("compare_table")]
        app.session_state[key] = {"selection": {"rows": [1], "columns": [], "cells": []}}
        app.run()

        assert not app.exception
        assert ways_on(app) == ["session=9002", "session=9002"]

    def test_what_was_ticked_leads_nowhere_once_other_sessions_are_shown(self, three: Past) -> None:
        """A tick is a row: of other sessions it would be somebody else's people."""
        app = three.stage.open(PAGE)
        (key,) = [one.key for one in app.dataframe if (one.key or "").startswith("compare_table")]
        app.session_state[key] = {"selection": {"rows": [0], "columns": [], "cells": []}}
        app.run()

        app.radio(key="compare_span").set_value("choose").run()
        app.multiselect(key="compare_chosen").set_value(["9001", "9002"]).run()

        assert ways_on(app) == []

    def test_other_sessions_or_sources_have_another_drawing(self, three: Past) -> None:
        """What is clicked in a chart is kept by its name, and is a row as well."""
        three.session("9004", 5, seen=people(20, 5, source="mail"))
        app = opened(three.stage)
        rates = drawings(app)
        to_tab(app, "Sources")
        sources = drawings(app)

        app.radio(key="compare_span").set_value("choose").run()
        app.multiselect(key="compare_chosen").set_value(["9001", "9002"]).run()

        assert rates
        assert sources
        assert not {one for one in drawings(app) if "compare-sources" in one} & sources
        assert not drawings(to_tab(app, "Sessions")) & rates


def ways_on(app: AppTest) -> list[str]:
    """Where the links from one session lead."""
    return [link.proto.query_string for link in app.get("page_link") if "Its " in link.proto.label]


def drawings(app: AppTest) -> set[str]:
    """The ids of the charts that can be clicked."""
    return {chart.proto.id for chart in app.get("vega_lite_chart") if chart.proto.id}


class TestSources:
    def test_sources_are_counted_over_the_sessions(self, three: Past) -> None:
        """One source of two spellings counts as one only when somebody has merged them."""
        three.session("9004", 5, seen=people(20, 5, source="mail"))

        app = to_tab(opened(three.stage), "Sources")
        shown = table(app, "26 Nov · Webinar 9004")

        assert list(shown["Source"]) == ["ads", "mail"]
        assert shown.iloc[1, 1] == 20
        assert shown.iloc[0, 1:2].isna().all()

    def test_registrations_of_several_sessions_are_not_tested_against_each_other(self, three: Past) -> None:
        """One person may be many of them: chance would be ruled out in every fifth case in which it was chance."""
        for session_id in ("9001", "9002", "9003"):
            there = [person(number, came=number <= 90, source="mail") for number in range(41, 101)]
            three.read(session_id, [*people(40, 1, source="ads"), *there])

        app = to_tab(opened(three.stage), "Sources")

        assert "chance" not in " ".join(element.value for element in app.markdown)
        assert "registrations, not people: over several sessions one person may count several times" in said(app)
        assert "of the 180 from mail" in said(app).lower()
        (link,) = [one for one in app.get("page_link") if "attendance of the latest" in one.proto.label]
        assert link.proto.query_string == "session=9003"

    def test_the_sources_of_one_session_are_tested_against_each_other(self, past: Past) -> None:
        """There everybody is one registration, so it says what the page of its attendance says."""
        seen = [person(n, came=n <= 45, source="ads" if n <= 50 else "mail") for n in range(1, 101)]
        past.session("9001", 5, seen=seen)

        app = to_tab(opened(past.stage), "Sources")

        assert "ads came more often than mail (90 % of 50 against 0 % of 50; more than chance)" in said(app)

    def test_sessions_called_like_the_second_of_a_name_stay_apart(self, past: Past) -> None:
        """Two columns of one name break the table."""
        for session_id, title in (("9001", "Demo"), ("9002", "Demo"), ("9003", "Demo (2)")):
            past.session(session_id, 3, title=title, seen=people(12, 6, source="ads"))

        app = to_tab(opened(past.stage), "Sources")

        columns = table(app, "28 Nov · Demo").columns
        assert set(columns) == {"Source", "28 Nov · Demo", "28 Nov · Demo (2)", "28 Nov · Demo (2) (2)"}

    def test_three_hundred_sources_stay_readable(self, past: Past) -> None:
        """The chart joins what is small; the table lists the largest, the download all."""
        for session_id, days in (("9001", 20), ("9002", 10)):
            seen = [person(number, came=number % 2 == 0, source=f"s{number % 300:03}") for number in range(600)]
            past.session(session_id, days, seen=seen)

        app = to_tab(opened(past.stage), "Sources")

        assert len(table(app, "21 Nov · Webinar 9002")) == 200
        assert "The largest 200 of 300 sources" in said(app)

    def test_from_a_source_one_gets_to_its_people(self, three: Past) -> None:
        """Every number can be clicked down to its people."""
        three.session("9004", 5, seen=people(20, 5, source="mail"))
        app = to_tab(opened(three.stage), "Sources")
        app.selectbox(key="compare_source").set_value("mail").run()

        app.button(key="compare_source_people").click().run()

        assert not app.exception
        assert app.selectbox(key="compare_people_source").value == "mail"
        assert "20 people of 4 sessions" in said(app)


class TestPeople:
    def test_groups_open_their_people(self, three: Past) -> None:
        """Who came to all three is a regular, and is named."""
        app = to_tab(opened(three.stage), "People")
        assert "40 people of 3 sessions" in said(app)

        app.radio(key="compare_group").set_value(Group.REGULAR).run()

        shown = table(app, "Last attended")
        assert len(shown) == 10
        assert set(shown["Email"]) == {f"p{number}@example.com" for number in range(1, 11)}
        assert shown["Attended"][0] == 3

    def test_people_can_be_told_apart_by_a_key_of_the_external_id(self, three: Past) -> None:
        """All share one lead id here, so all are one."""
        app = to_tab(opened(three.stage), "People")

        app.selectbox(key="compare_key").set_value("lid").run()

        assert "1 person of 3 sessions" in said(app)

    def test_new_people_are_told_from_known_ones(self, three: Past) -> None:
        """Ten more register for the latest session."""
        three.session("9004", 1, seen=people(50, 5))

        app = to_tab(opened(three.stage), "People")

        assert "To the latest session 10 new people registered, and 40 who had registered" in said(app)

    def test_one_session_has_only_new_people_and_says_why(self, past: Past) -> None:
        """Nobody can come back to the first one."""
        past.session("9001", 30, seen=people(12, 6))

        assert "With one session everybody in it is new" in said(to_tab(opened(past.stage), "People"))

    def test_more_than_can_be_looked_at_is_said(self, three: Past, monkeypatch: pytest.MonkeyPatch) -> None:
        """A limit that nobody hears of is a wrong number."""
        monkeypatch.setattr("rollcall.attendance.people_over_time.MOST", 80)
        monkeypatch.setattr("rollcall.attendance.people_over_time.within.__defaults__", (80,))

        app = to_tab(opened(three.stage), "People")

        assert "Only the latest 2 of 3 sessions" in said(app)
