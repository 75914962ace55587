"""The page of a session's attendance: what it says of whom, how sure it is, and the people behind every number."""

import csv
import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select
from streamlit.testing.v1 import AppTest

from components import attendance_doubts, attendance_people
from components.attendance_people import Group
from rollcall.roster import readings, registrants, source_names
from rollcall.roster.readings import What
from rollcall.roster.registrants import Seen
from rollcall.store.journal import Deed
from rollcall.store.tables import Journal, Reading
from tests.attendance.examples import HALF_PAST, NEXT_DAY, TEN
from tests.attendance.stored import SESSION, Stored, a_participant, a_registrant, people
from tests.pages.conftest import NINE, Stage, said

PAGE = "pages/attendance.py"
HOSTILE = "![x](https://evil.example/t.png)<b>bold</b>"


@pytest.fixture
def stored(stage: Stage) -> Stored:
    """The stage's store, a day after a session of March whose list of sessions was read."""
    stage.clock[0] = NEXT_DAY + timedelta(minutes=5)
    stored = Stored(stage.here.store, stage.here.connection_id)
    stage.sessions_were_read()
    stored.session()
    return stored


@pytest.fixture
def held(stored: Stored) -> Stored:
    """Forty registered from two sources and without one; thirty came, two cancelled, one is on demand."""
    stored.list_registrants(*people([41, 42]), begun_at=TEN - timedelta(days=3))
    stored.list_registrants(
        *people(range(1, 21), source="invite", participant_id="p"),
        *people(range(21, 31), source="ads", participant_id="p"),
        *people(range(31, 39), source="ads"),
        *people([39, 40]),
        *people([43], post_webinar=True),
    )
    stored.list_participants(
        *(a_participant(number, of=number, left=60) for number in range(1, 26)),
        *(a_participant(number, of=number, joined=20, left=40) for number in range(26, 31)),
        a_participant(90, role="Host", original_role="Host"),
        a_participant(91, first_name="Somebody", last_name="Else", email_key="nobody@example.com"),
    )
    return stored


def opened(stage: Stage) -> AppTest:
    app = stage.open(PAGE, SESSION)
    assert not app.exception
    return app


def figures(app: AppTest) -> dict[str, str]:
    """The tiles, by what they are called."""
    return {metric.label: metric.value for metric in app.metric}


def labels(app: AppTest) -> list[str]:
    return [one.label.replace("\\", "") for one in app.button]


def see(app: AppTest, label: str) -> AppTest:
    """Press one of the buttons that open people."""
    return next(one for one in app.button if one.label.replace("\\", "") == f"See {label}").click().run()


def shown(app: AppTest) -> list[str]:
    """The names in the table of people."""
    return list(app.dataframe[0].value["Name"])


def charts_of(app: AppTest) -> list[Any]:
    return [one.proto for one in app.get("vega_lite_chart")]


def at(stage: Stage, moment: datetime) -> None:
    stage.clock[0] = moment


def was_read(stage: Stage, session_id: str, seen: list[Seen]) -> None:
    """The registrants of another session, read to their end now."""
    reading_id = stage.asked(What.REGISTRANTS, session_id)
    with stage.here.store.write() as db:
        reading = db.get_one(Reading, reading_id)
        readings.begin(db, reading, cursor={}, now=stage.here.now())
        registrants.keep(db, stage.here.connection_id, session_id, seen, now=stage.here.now(), reading=reading)
        readings.turn_page(db, reading, cursor=None, records=len(seen), now=stage.here.now())


class TestReading:
    def test_what_was_never_read_is_asked_for_with_its_cost(self, stage: Stage, stored: Stored) -> None:
        """The loading face: both lists, with calls and time."""
        app = opened(stage)

        assert stage.open_readings(What.REGISTRANTS, SESSION)
        assert stage.open_readings(What.PARTICIPANTS, SESSION)
        assert "Reading registrants and participants: 2 calls, about 12 s" in said(app)

    def test_lists_from_before_the_end_are_read_again(self, stage: Stage, stored: Stored) -> None:
        """They say nothing of who came."""
        stored.list_registrants(*people([1]), begun_at=TEN - timedelta(days=1))
        stored.list_participants(begun_at=HALF_PAST)

        opened(stage)

        assert stage.open_readings(What.REGISTRANTS, SESSION)
        assert stage.open_readings(What.PARTICIPANTS, SESSION)

    def test_lists_from_after_the_end_are_left_alone(self, stage: Stage, held: Stored) -> None:
        """Looking at a page costs nothing."""
        app = opened(stage)

        assert not stage.open_readings(What.REGISTRANTS, SESSION)
        assert not stage.open_readings(What.PARTICIPANTS, SESSION)
        assert "Registrants read 5 min ago (10:00 UTC) · participants read 5 min ago (10:00 UTC)" in said(app)
        assert "Final" in said(app)

    def test_a_refresh_says_calls_and_time_and_asks_for_all_of_it(self, stage: Stage, held: Stored) -> None:
        """One for each page of the two lists; begin and end of a session that is over stand fast."""
        app = opened(stage)

        assert "Refresh (2 calls, about 12 s)" in labels(app)
        app.button(key="refresh_attendance").click().run()
        assert all(stage.open_readings(what, SESSION) for what in (What.REGISTRANTS, What.PARTICIPANTS))
        assert not stage.open_readings(What.SESSIONS)

    def test_a_list_of_sessions_from_before_the_end_is_read_again(self, stage: Stage, stored: Stored) -> None:
        """Begin and end of the broadcast stand in it, and whether the session took place."""
        stored.session(status="Scheduled", broadcast=(None, None), seen_at=TEN - timedelta(days=1))
        stored.list_registrants(*people([1]))
        with stage.here.store.write() as db:
            db.execute(delete(Reading).where(Reading.what == What.SESSIONS))

        app = opened(stage)

        assert stage.open_readings(What.SESSIONS)
        assert "Whether this session took place is not known yet" in said(app)

    def test_a_failed_reading_says_why_and_shows_what_is_known(self, stage: Stage, held: Stored) -> None:
        """The partly failed face."""
        stage.reading_failed(What.REGISTRANTS, SESSION)

        app = opened(stage)

        assert "The registrants could not be read (10:05 UTC)" in said(app)
        assert figures(app)["Registered"] == "42"

    def test_a_failed_reading_is_not_tried_again_by_itself(self, stage: Stage, stored: Stored) -> None:
        """Every look at the page would be a call."""
        stage.reading_failed(What.REGISTRANTS, SESSION)
        stage.reading_failed(What.PARTICIPANTS, SESSION)

        opened(stage)

        assert not stage.open_readings(What.REGISTRANTS, SESSION)
        assert not stage.open_readings(What.PARTICIPANTS, SESSION)

    def test_without_right_to_the_participants_minutes_are_not_available(self, stage: Stage, stored: Stored) -> None:
        """Who attended is known from the registrants; nothing is called 0."""
        stored.list_registrants(*people(range(1, 5), participant_id="p"), *people([5]))
        stored.forbid_participants()

        app = opened(stage)

        assert figures(app)["Attended"] == "4"
        assert "How long people stayed is not available" in said(app)
        assert "Median" not in figures(app)
        assert not stage.open_readings(What.PARTICIPANTS, SESSION)


class TestFigures:
    def test_every_number_says_of_how_many_it_is(self, stage: Stage, held: Stored) -> None:
        """A share without its whole is read as one of something else."""
        app = opened(stage)

        expected = {"Registered": "42", "Attended": "30", "Absent": "10", "Cancelled": "2", "For the recording": "1"}
        assert figures(app).items() >= expected.items()
        assert "71.4 % of 42 registered; 95 % interval 56.4 to 82.8 %." in said(app)
        assert "Registered after the session, beside those above, and in no rate." in said(app)

    def test_the_sums_stand_there_to_the_person(self, stage: Stage, held: Stored) -> None:
        """Registered, and the records of the history."""
        words = said(opened(stage))

        assert "42 registered = 30 attended + 10 absent + 2 cancelled + 0 not yet known" in words
        assert "32 participant records = 30 of registrants + 1 of hosts and panel + 1 unmatched" in words

    @pytest.mark.parametrize(
        ("label", "count"),
        [("42 registered", 42), ("30 attended", 30), ("10 absent", 10), ("2 cancelled", 2), ("1 for the recording", 1)],
    )
    def test_each_opens_its_people(self, stage: Stage, held: Stored, label: str, count: int) -> None:
        """Nobody believes a number that they cannot look behind."""
        app = see(opened(stage), label)

        assert len(shown(app)) == count
        assert f"Download {count} {'person' if count == 1 else 'people'} (CSV)" in [
            one.proto.label for one in app.get("download_button")
        ]

    def test_a_second_press_hides_them(self, stage: Stage, held: Stored) -> None:
        """Names stay on a screen no longer than wanted."""
        app = see(opened(stage), "2 cancelled")

        next(one for one in app.button if one.label == "Hide 2 cancelled").click().run()

        assert not app.dataframe

    def test_people_of_one_session_are_not_shown_for_another(self, stage: Stage, held: Stored) -> None:
        """Whoever picks another session looks at that one."""
        app = see(opened(stage), "2 cancelled")
        stage.session("8002", "Another")

        app.query_params["session"] = "8002"
        app.run()

        assert not app.dataframe

    def test_new_registrants_are_in_it_at_once(self, stage: Stage, held: Stored) -> None:
        """What is kept between two looks is kept by what the store holds."""
        app = opened(stage)
        stage.pass_time(timedelta(minutes=1))

        held.list_registrants(*people(range(1, 41)), *people([50]), begun_at=stage.here.now())
        app.run()

        assert figures(app)["Registered"] == "43"

    def test_a_source_that_is_merged_counts_as_the_other_at_once(self, stage: Stage, held: Stored) -> None:
        """Decided on another page, a moment ago."""
        app = opened(stage)

        with stage.here.store.write() as db:
            source_names.decide(db, stage.here.connection_id, ["ads"], "invite", actor="local", now=stage.here.now())

        app.run()

        assert "invite brought most: 38 of 42 registered" in said(app)


class TestTheFile:
    def test_it_has_everybody_with_minutes_and_keys_and_runs_nothing(self, stage: Stage, stored: Stored) -> None:
        """Names come from strangers, and the file is opened in a spreadsheet."""
        stored.list_registrants(
            a_registrant(1, name="=cmd()", external_id="lid=007", participant_id="p"), a_registrant(2)
        )
        stored.list_participants(a_participant(1, of=1, joined=5, left=35.26))
        found = stored.reckoned()

        people_shown = attendance_people.chosen(found, Group("figures", "registered"))
        rows = list(
            csv.DictReader(io.StringIO(attendance_people.file_of(people_shown, found.facts).decode("utf-8-sig")))
        )

        assert rows[0]["Name"] == "'=cmd() Lovelace 1"
        assert (rows[0]["lid"], rows[0]["Minutes (at most)"]) == ("007", "30.3")
        assert rows[0]["Joined (Europe/Berlin)"] == "2026-03-10 11:05:00"
        assert (rows[1]["Status"], rows[1]["Minutes (at most)"]) == ("absent", "")

    def test_that_it_was_taken_is_written_down(self, stage: Stage, held: Stored) -> None:
        """Which people and how many, and nobody's name; a source is a stranger's text, and is not written either."""
        people_shown = attendance_people.chosen(held.reckoned(), Group("sources", "source", "ads"))

        attendance_people.take(people_shown, held.reckoned().facts, Group("sources", "source", "ads"))

        with stage.here.store.read() as db:
            (noted,) = db.scalars(select(Journal).where(Journal.deed == Deed.EXPORT))
        assert noted.detail == {"list": "source", "file": "attendance", "people": 18}

    def test_that_records_were_taken_is_written_down(self, stage: Stage, held: Stored) -> None:
        """They hold names and addresses as well, of people who never registered."""
        found = held.reckoned()

        attendance_doubts.take(found.unmatched, found.facts, name="unmatched")

        with stage.here.store.read() as db:
            (noted,) = db.scalars(select(Journal).where(Journal.deed == Deed.EXPORT))
        assert noted.detail == {"list": "unmatched", "file": "records", "people": len(found.unmatched)}

    def test_a_list_to_follow_up_has_the_people_that_were_shown(self, stage: Stage, held: Stored) -> None:
        """Half of the broadcast here is not nine tenths there, because somebody looked at that for another session."""
        app = opened(stage)
        app.session_state["follow_up_share_kept"] = 0.9
        app.session_state["follow_up_margin_kept"] = 30.0
        app.session_state[f"follow_up_keys_{SESSION}"] = ["lid"]
        app.session_state[attendance_people.OPEN] = (SESSION, Group("minutes", "stayed"))
        app.run()

        app.button(key="follow_up_minutes").click().run()

        assert not app.exception
        assert app.title[0].value == "Follow up"
        assert app.session_state["follow_up_share_kept"] == 0.5
        assert app.session_state["follow_up_margin_kept"] == 10
        assert app.session_state[f"follow_up_keys_{SESSION}"] == []


class TestSources:
    def test_what_differs_by_more_than_chance_is_a_sentence(self, stage: Stage, held: Stored) -> None:
        """With both rates and both numbers, and for how many comparisons it was corrected."""
        words = said(opened(stage))

        assert "invite came more often than ads (100 % of 20 against 56 % of 18; more than chance)." in words
        assert "corrected by Holm for being 1 comparison" in words

    def test_charts_say_what_they_show(self, stage: Stage, held: Stored) -> None:
        """For whoever does not see them, and in print."""
        bars, rates, *_ = charts_of(opened(stage))

        assert bars.alt == "invite brought most: 20 of 42 registered, 20 of whom came."
        assert rates.alt.startswith("From (none) with 0% (0% to 49%) to invite with 100% (84% to 100%).")

    def test_the_numbers_are_one_click_away(self, stage: Stage, held: Stored) -> None:
        """Every source, also those that the chart joins."""
        app = opened(stage)

        app.session_state[f"numbers_sources-{SESSION}"] = True
        table = app.run().dataframe[0].value

        assert list(table["Source"]) == ["invite", "ads", "(none)"]
        assert list(table["Attended"]) == [20, 10, 0]
        assert list(table["Note"]) == ["", "", "fewer than 10 people"]

    def test_a_source_opens_its_people(self, stage: Stage, held: Stored) -> None:
        """By the keyboard as well as by a click on its bar."""
        app = opened(stage)

        app.selectbox(key=f"attendance_source_{SESSION}").select("ads").run()

        assert len(shown(app)) == 18
        assert set(app.dataframe[0].value["Source"]) == {"ads"}

    def test_no_sources_at_all_is_said(self, stage: Stage, stored: Stored) -> None:
        """One bar of everybody is no comparison."""
        stored.list_registrants(*people(range(1, 4), participant_id="p"))
        stored.list_participants()

        assert "Nobody has a source, so there is nothing to compare." in said(opened(stage))

    def test_three_hundred_sources_are_few_marks(self, stage: Stage, stored: Stored) -> None:
        """Somebody writes a source for every mail: twenty rows, and one for the others."""
        stored.list_registrants(
            *(a_registrant(number, source=f"s{number % 300}", participant_id="p") for number in range(1, 361)),
            *(a_registrant(number, source="big", participant_id="p") for number in range(400, 420)),
        )
        stored.list_participants()

        app = opened(stage)

        assert "300 sources have fewer than 10 people each and are one row" in said(app)
        app.session_state["attendance_open"] = (SESSION, Group("sources", "others"))
        assert "From all other sources: 360 people" in said(app.run())

    @pytest.mark.parametrize("source", [HOSTILE, "x" * 10_000], ids=["markup", "ten thousand characters"])
    def test_a_strange_source_stays_text(self, stage: Stage, stored: Stored, source: str) -> None:
        """It comes from the address of a sign-up page, which anybody can write."""
        stored.list_registrants(
            *people(range(1, 31), source=source, participant_id="p"), *people(range(31, 61), source="ads")
        )
        stored.list_participants()

        app = opened(stage)
        app.selectbox(key=f"attendance_source_{SESSION}").select(source).run()

        assert not app.exception
        assert len(shown(app)) == 30
        shown_as_markdown = [one.value for kind in ("markdown", "caption") for one in app.get(kind)]
        assert not any("![x](" in value or "<b>" in value for value in shown_as_markdown)
        assert max(map(len, shown_as_markdown)) < 1_000


class TestMinutes:
    def test_late_and_early_open_their_people(self, stage: Stage, held: Stored) -> None:
        """Five came at twenty past and left at twenty to."""
        app = opened(stage)

        assert figures(app)["Median"] == "60 min"
        assert len(shown(see(app, "5 who joined late"))) == 5
        assert len(shown(see(app, "5 who left early"))) == 5
        assert len(shown(see(app, "25 who stayed for half"))) == 25

    def test_the_curve_is_told_in_the_sessions_zone(self, stage: Stage, held: Stored) -> None:
        """Twenty past ten UTC is twenty past eleven in Berlin."""
        curve = charts_of(opened(stage))[-1]

        assert curve.alt == "At most 30 people were there at once, at 11:20 CET; 25 at the end."
        assert "Time (Europe/Berlin)" in curve.spec

    def test_a_bar_of_minutes_opens_its_people(self, stage: Stage, held: Stored) -> None:
        """Clicked in the chart; the last bar takes in those who stayed to the end."""
        app = opened(stage)

        app.session_state["attendance_open"] = (SESSION, Group("minutes", "minutes", "55–60"))

        assert len(shown(app.run())) == 25

    def test_without_times_late_and_early_are_not_available(self, stage: Stage, stored: Stored) -> None:
        """Where begin and end of the broadcast are not known, nobody is late."""
        stored.session(broadcast=(None, None))
        stored.list_registrants(*people([1], participant_id="p"))
        stored.list_participants(a_participant(1, of=1))

        app = opened(stage)

        assert figures(app)["Joined late"] == figures(app)["Left early"] == "not available"
        assert "minutes include practice and debrief" in said(app)


class TestRunUp:
    def test_it_is_laid_over_earlier_sessions(self, stage: Stage, held: Stored) -> None:
        """Ahead of or behind what is usual."""
        earlier = stage.session("7000", "Winter", starts_in=TEN - timedelta(days=30) - NINE, status="Finished")
        was_read(stage, earlier, [a_registrant(900, registered_at=TEN - timedelta(days=33))])

        words = said(opened(stage))

        assert "How did registrations come in, against earlier sessions?" in words
        assert "42 people had registered when it started; 1 of the session before by then." in words


class TestDoubts:
    def test_oddities_are_sentences_that_open_their_people(self, stage: Stage, stored: Stored) -> None:
        """Who came although they had cancelled is counted, and said."""
        stored.list_registrants(*people([1, 2]), begun_at=TEN - timedelta(days=2))
        stored.list_registrants(*people([2], participant_id="p"))
        stored.list_participants(a_participant(1, of=1), a_participant(2, of=2, left=None))

        app = opened(stage)

        assert "1 registrant cancelled and attended all the same: counted as attended." in said(app)
        assert "1 record without a time of leaving: counted to the end." in said(app)
        assert shown(see(app, "1 person")) == ["Ada Lovelace 1"]

    def test_unmatched_records_are_listed_with_their_reason(self, stage: Stage, held: Stored) -> None:
        """They came, and are in no rate."""
        app = opened(stage)
        app.session_state["unmatched"] = True

        table = app.run().dataframe[0].value

        assert list(table["Name"]) == ["Somebody Else"]
        assert list(table["Why it is nobody's"]) == ["had an address or user who is not registered"]

    def test_hosts_and_panel_are_listed_and_no_attendees(self, stage: Stage, held: Stored) -> None:
        """They were there all the time."""
        app = opened(stage)
        app.session_state["panel"] = True

        assert list(app.run().dataframe[0].value["Role"]) == ["Host"]


class TestWhatGoesWrong:
    def test_a_session_to_come_has_no_rate_and_nobody_absent(self, stage: Stage, stored: Stored) -> None:
        """Nobody can have come, so 0 % would be a lie."""
        at(stage, TEN - timedelta(days=2))
        stored.session(status="Scheduled", broadcast=(None, None), seen_at=stage.here.now())
        stage.registration(SESSION)
        stored.list_registrants(*people(range(1, 13), source="ads"), begun_at=stage.here.now())

        app = opened(stage)

        assert figures(app) == {"Registered": "12", "Cancelled": "0", "Not yet known": "12"}
        assert "Before the session" in said(app)
        assert "Where do registrations come from?" in said(app)
        assert "How sure is that?" not in said(app)
        assert not stage.open_readings(What.PARTICIPANTS, SESSION)

    def test_a_running_session_has_a_rate_so_far(self, stage: Stage, stored: Stored) -> None:
        """Whoever is not there may still come."""
        at(stage, HALF_PAST)
        stored.session(status="Active", broadcast=(TEN, None), seen_at=HALF_PAST)
        stage.registration(SESSION)
        stored.list_registrants(*people(range(1, 4), participant_id="p"), *people([4]), begun_at=HALF_PAST)
        stored.list_participants(*(a_participant(n, of=n, left=None) for n in (1, 2, 3)), begun_at=HALF_PAST)

        app = opened(stage)

        assert "75.0 % of 4 registered so far" in said(app)
        assert "Absent" not in figures(app)
        assert figures(app)["Left early"] == "not available"
        assert "So far" in said(app)

    def test_half_a_reading_is_so_far_and_calls_nobody_absent(self, stage: Stage, stored: Stored) -> None:
        """The registrants were read ten minutes in, who came never: their marks are of those ten minutes."""
        stored.list_registrants(
            *people(range(1, 11), source="ads", participant_id="p"),
            *people(range(11, 51), source="ads"),
            *people(range(51, 101), source="fair"),
            begun_at=TEN + timedelta(minutes=10),
        )

        app = opened(stage)

        assert "10.0 % of 100 registered so far" in said(app)
        assert "Absent" not in figures(app)
        assert "more often" not in said(app)
        assert "said once who came was read after the end" in said(app)

    def test_a_session_that_never_started_has_no_rate_and_says_so(self, stage: Stage, stored: Stored) -> None:
        """Moved, or forgotten: 0 % of 12 would be blamed on the campaign."""
        stored.session(status="Scheduled", broadcast=(None, None))
        stored.list_registrants(*people(range(1, 13)))

        app = opened(stage)

        assert "This session never started" in said(app)
        assert not {"Attended", "Absent"} & set(figures(app))
        assert not stage.open_readings(What.PARTICIPANTS, SESSION)

    def test_a_session_started_twice_counts_nobody_twice(self, stage: Stage, stored: Stored) -> None:
        """The host dropped out; everybody has two records, with a gap between."""
        stored.list_registrants(*people([1, 2], participant_id="p"))
        stored.list_participants(
            *(a_participant(n, of=n, joined=0, left=20) for n in (1, 2)),
            *(a_participant(n + 10, of=n, joined=30, left=60) for n in (1, 2)),
        )

        app = opened(stage)

        assert figures(app)["Attended"] == "2"
        assert figures(app)["Median"] == "50 min"

    def test_nobody_registered_and_nobody_came(self, stage: Stage, stored: Stored) -> None:
        """The empty face of a session that is over."""
        stored.list_registrants()
        stored.list_participants()

        app = opened(stage)

        assert "Nobody had registered for this session, and nobody came." in said(app)
        assert not app.metric

    def test_nobody_registered_yet_says_what_to_do(self, stage: Stage, stored: Stored) -> None:
        """The empty face of a session to come."""
        at(stage, TEN - timedelta(days=2))
        stored.session(status="Scheduled", broadcast=(None, None), seen_at=stage.here.now())
        stage.registration(SESSION)
        stored.list_registrants(begun_at=stage.here.now())

        assert "Nobody has registered for this session yet" in said(opened(stage))

    def test_participants_without_any_registrant_are_listed(self, stage: Stage, stored: Stored) -> None:
        """An all-hands webinar: people came, and nobody had registered."""
        stored.list_registrants()
        stored.list_participants(a_participant(1), a_participant(2))

        app = opened(stage)

        assert figures(app)["Registered"] == "0"
        assert "2 records of somebody who is not a registrant" in [one.label for one in app.expander]

    def test_one_registrant_makes_a_page(self, stage: Stage, stored: Stored) -> None:
        """A rate of one person, with the interval that says how little that is."""
        stored.list_registrants(*people([1], source="ads", participant_id="p"))
        stored.list_participants(a_participant(1, of=1))

        assert "100.0 % of 1 registered; 95 % interval 20.7 to 100.0 %." in said(opened(stage))

    def test_markup_in_names_stays_text(self, stage: Stage, stored: Stored) -> None:
        """Of people, of records, of the session."""
        stored.session(title=HOSTILE)
        stored.list_registrants(a_registrant(1, name=HOSTILE, participant_id="p"))
        stored.list_participants(a_participant(1, of=1, first_name=HOSTILE), a_participant(2, first_name=HOSTILE))

        app = see(opened(stage), "1 registered")

        assert not any("![x](" in one.value for kind in ("markdown", "caption") for one in app.get(kind))
