"""The page that takes people back to the CRM: which lists there are, who is on them, which files, the invited list."""

import csv
import io
from collections.abc import Mapping
from datetime import timedelta

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from components import follow_up_files, invited_result, invited_upload
from rollcall import preferences
from rollcall.attendance.exports.targets import Target
from rollcall.attendance.follow_up import List
from rollcall.preferences import Crm
from rollcall.roster.registrants import Seen
from rollcall.store.journal import Deed
from rollcall.store.tables import Journal
from tests.attendance.examples import HALF_PAST, NEXT_DAY, TEN
from tests.attendance.stored import SESSION, Stored, a_participant, a_registrant
from tests.pages.conftest import Stage, said

PAGE = "pages/follow_up.py"
HOSTILE = "![x](https://evil.example/t.png)"
LEAD = "00Q5e00000aBcDeEAK"
CAMPAIGN = "7015e000000ABCD"
SECOND = "8002"
INVITED = (
    f"Vorname;E-Mail;Lead ID;Region\r\nZoë;person1@example.com;{LEAD};Süd\r\nBob;nobody@example.com;99;Nord\r\n"
    f"Zoë;person1@example.com;{LEAD};Süd\r\nEve;;1,23E+17;Nord\r\n"
).encode("cp1252")


def opened(stage: Stage) -> AppTest:
    app = stage.open(PAGE, SESSION)
    assert not app.exception
    return app


def lists(app: AppTest) -> dict[str, str]:
    """The pills: what each list is called, with its number."""
    pills = next(one for one in app.get("button_group") if one.key == "follow_up_pick")
    labels = [label.removeprefix(":blue[").removesuffix("]") for label in pills.options]
    return {label.split(" ", 1)[1]: label.split(" ", 1)[0] for label in labels}


def pick(app: AppTest, name: List) -> AppTest:
    next(one for one in app.get("button_group") if one.key == "follow_up_pick").set_value(name)
    app.run()
    assert not app.exception
    return app


def narrowing(app: AppTest) -> AppTest:
    """With the filters open."""
    app.session_state["follow_up_narrow"] = True
    return app.run()


def shown(app: AppTest) -> list[str]:
    """Who stands in the preview, by their emails."""
    found = [one.value for one in app.dataframe if "Status" in one.value]
    return list(found[0]["Email"]) if found else []


def downloads(app: AppTest) -> list[str]:
    return [one.proto.label for one in app.get("download_button")]


def journal(stage: Stage) -> list[tuple[str, Mapping[str, object] | None]]:
    with stage.here.store.read() as db:
        return [(one.deed, one.detail) for one in db.scalars(select(Journal).order_by(Journal.id))]


def people() -> list[Seen]:
    """Five in different ways: came all the time, came late and left early, absent, cancelled, on demand."""
    return [
        a_registrant(1, source="mail", external_id=f"lid={LEAD}", participant_id="p-1"),
        a_registrant(2, source="ads", external_id="lid=2", participant_id="p-2"),
        a_registrant(3, source="mail", external_id="cid=0035e00000aBcDe", registered_at=NEXT_DAY - timedelta(hours=23)),
        a_registrant(5, post_webinar=True, registered_at=NEXT_DAY - timedelta(hours=2)),
    ]


@pytest.fixture
def stored(stage: Stage) -> Stored:
    """A store with nothing of the session in it yet, at noon of the next day."""
    stage.clock[0] = NEXT_DAY
    return Stored(stage.here.store, stage.here.connection_id)


@pytest.fixture
def past(stage: Stage, stored: Stored) -> Stage:
    """A session of yesterday, read to the end."""
    stored.session(title=f"Spring {HOSTILE}")
    stored.list_registrants(*people(), a_registrant(4), begun_at=TEN - timedelta(days=1))
    stored.list_registrants(*people())
    stored.list_participants(a_participant(1, of=1), a_participant(2, of=2, joined=20, left=35))
    return stage


class TestLists:
    def test_every_list_says_how_many_before_anything_is_taken(self, past: Stage) -> None:
        """The number on the list is the number in the file."""
        assert lists(opened(past)) == {
            "everybody": "5", "attended": "2", "stayed at least 50 %": "1", "left over 10 min early": "1",
            "joined over 10 min late": "1", "absent": "1", "cancelled": "1", "on demand": "1",
            "registered in the last day": "2",
        }  # fmt: skip

    def test_the_first_list_is_who_attended_with_its_people(self, past: Stage) -> None:
        """The usual face: what most come for is open."""
        app = opened(past)

        assert "2 people · attended" in said(app)
        assert shown(app) == ["person1@example.com", "person2@example.com"]

    @pytest.mark.parametrize(
        ("name", "numbers"),
        [
            (List.STAYED, [1]), (List.LEFT_EARLY, [2]), (List.JOINED_LATE, [2]), (List.ABSENT, [3]),
            (List.CANCELLED, [4]), (List.ON_DEMAND, [5]), (List.RECENT, [3, 5]), (List.EVERYBODY, [1, 2, 3, 4, 5]),
        ],
    )  # fmt: skip
    def test_each_list_has_its_people(self, past: Stage, name: List, numbers: list[int]) -> None:
        """Who attended must not be told that they were missed."""
        app = pick(opened(past), name)

        assert sorted(shown(app)) == [f"person{number}@example.com" for number in numbers]

    def test_the_share_and_the_minutes_can_be_set(self, past: Stage) -> None:
        """15 of 60 minutes are 25 %."""
        app = pick(opened(past), List.STAYED)

        app.select_slider(key="follow_up_share").set_value(25).run()

        assert lists(app)["stayed at least 25 %"] == "2"
        assert "2 people · stayed at least 25 %" in said(app)

    def test_a_source_narrows_every_list(self, past: Stage) -> None:
        """The counts are of what is narrowed, so that no list promises more than its file holds."""
        app = narrowing(opened(past))

        app.multiselect(key=f"follow_up_sources_{SESSION}").set_value(["mail"]).run()

        assert (lists(app)["attended"], lists(app)["absent"]) == ("1", "1")
        assert shown(app) == ["person1@example.com"]

    def test_a_key_narrows_by_any_value_by_one_and_by_none(self, past: Stage) -> None:
        """Who has no lead id has to be looked up by hand."""
        app = narrowing(pick(opened(past), List.EVERYBODY))
        app.multiselect(key=f"follow_up_keys_{SESSION}").set_value(["lid"]).run()
        assert shown(app) == ["person1@example.com", "person2@example.com"]

        how = app.selectbox(key=f"follow_up_{SESSION}_0_lid_how").set_value("one of these").run()
        how.multiselect(key=f"follow_up_{SESSION}_0_lid_values").set_value(["2"]).run()
        assert shown(app) == ["person2@example.com"]

        app.selectbox(key=f"follow_up_{SESSION}_0_lid_how").set_value("no value").run()
        assert sorted(shown(app)) == [f"person{number}@example.com" for number in (3, 4, 5)]

    def test_what_was_typed_by_hand_is_tidied(self, past: Stage) -> None:
        """A blank at the end, pasted along, would find nobody."""
        app = narrowing(pick(opened(past), List.EVERYBODY))
        app.multiselect(key=f"follow_up_keys_{SESSION}").set_value(["lid"]).run()
        app.selectbox(key=f"follow_up_{SESSION}_0_lid_how").set_value("one of these").run()

        app.session_state[f"follow_up_{SESSION}_0_lid_values"] = ["2 \u200b"]
        app.run()

        assert not app.exception
        assert shown(app) == ["person2@example.com"]

    def test_filters_that_let_nobody_through_can_be_cleared(self, past: Stage) -> None:
        """An empty list says so, and how to get out of it."""
        app = narrowing(pick(opened(past), List.CANCELLED))
        app.multiselect(key=f"follow_up_sources_{SESSION}").set_value(["ads"]).run()
        assert "Nobody is on this list" in said(app)
        assert not downloads(app)

        app.button(key="follow_up_clear").click().run()

        assert shown(app) == ["person4@example.com"]

    def test_new_and_returning_wait_for_an_earlier_session(self, past: Stage) -> None:
        """Nobody is called new because nobody has looked."""
        assert "new, returning: known as soon as the registrants of an earlier session are read" in said(opened(past))

    def test_ids_that_a_spreadsheet_has_ruined_are_flagged(self, stage: Stage, stored: Stored) -> None:
        """A hundred leads end as the same 1.23E+17, and none of them is found again."""
        stored.session()
        stored.list_registrants(a_registrant(1, participant_id="p-1", external_id="lid=1.23E%2B17"))
        stored.list_participants(a_participant(1, of=1))

        assert "1 person has an id that a spreadsheet has made a number of" in said(opened(stage))


class TestWhatIsNotKnown:
    def test_before_the_session_nobody_attended_or_was_absent(self, stage: Stage, stored: Stored) -> None:
        """The lists of attendance are not there, and say when they will be."""
        stage.clock[0] = TEN - timedelta(hours=2)
        stored.session(status="Scheduled", seen_at=stage.clock[0])
        stored.list_registrants(a_registrant(1), begun_at=stage.clock[0])

        app = opened(stage)

        assert set(lists(app)) == {"everybody", "cancelled", "registered in the last day"}
        assert "attended, stayed, joined late: known once the session has begun, planned for Tue 10 Mar 10:45" in said(
            app
        )
        assert "left early, absent, on demand: known after the end of the session" in said(app)

    def test_a_running_session_has_attendees_so_far_and_nobody_absent(self, stage: Stage, stored: Stored) -> None:
        """Who has not come yet may still come."""
        stage.clock[0] = HALF_PAST
        stored.session(status="Active", broadcast=(TEN, None), seen_at=HALF_PAST)
        stored.list_registrants(a_registrant(1, participant_id="p-1"), a_registrant(2), begun_at=HALF_PAST)
        stored.list_participants(a_participant(1, of=1, joined=10, left=None), begun_at=HALF_PAST)

        app = opened(stage)

        assert lists(app)["attended"] == "1"
        assert "absent" not in lists(app)
        assert "So far" in said(app)

    def test_minutes_that_only_the_host_sees_leave_nobody_out_silently(self, stage: Stage, stored: Stored) -> None:
        """“Nobody left early” would be a lie: it cannot be told, and of how many."""
        stored.session()
        stored.list_registrants(a_registrant(1, participant_id="p-1"), a_registrant(2))
        stored.forbid_participants()
        app = opened(stage)
        assert (lists(app)["left over 10 min early"], lists(app)["absent"]) == ("?", "1")

        pick(app, List.LEFT_EARLY)

        assert "Cannot be told: 1 more person came" in said(app)
        assert "RingCentral shows minutes to the host of the webinar only" in said(app)
        assert not downloads(app)

    def test_who_came_not_read_is_said_with_what_reading_costs(self, stage: Stage, stored: Stored) -> None:
        """Nobody is called absent before somebody has looked."""
        stored.session()
        stored.list_registrants(a_registrant(1))

        app = opened(stage)

        assert "Who came was not read yet" in said(app)
        assert "absent" not in lists(app)
        assert "known as soon as who came is read" in said(app)
        assert "call" in said(app)

    def test_a_session_that_never_started_has_nobody_absent(self, stage: Stage, stored: Stored) -> None:
        """“Sorry we missed you” for a webinar that was not held."""
        stored.session(status="Scheduled", broadcast=(None, None))
        stored.list_registrants(a_registrant(1))
        stored.list_participants()

        app = opened(stage)

        assert "absent" not in lists(app)
        assert "this session never started" in said(app)

    def test_without_registrants_there_is_a_way_to_have_some(self, stage: Stage, stored: Stored) -> None:
        """The empty face."""
        stored.session()
        stored.list_registrants()

        app = opened(stage)

        assert "Nobody had registered for this session" in said(app)
        assert not app.get("button_group")

    def test_who_only_may_look_takes_files_all_the_same(self, past: Stage) -> None:
        """Nothing here changes anything at RingCentral."""
        past.signed_in("ReadWebinars")

        app = opened(past)

        assert "EditWebinars" in said(app)
        assert "2 people (CSV)" in downloads(app)


def target(app: AppTest, wanted: Target) -> AppTest:
    next(one for one in app.get("button_group") if one.key == "follow_up_target").set_value(wanted)
    app.run()
    assert not app.exception
    return app


def second(stage: Stage) -> None:
    """Another session of yesterday, with somebody who came."""
    other = Stored(stage.here.store, stage.here.connection_id, SECOND)
    other.session(title="Summer")
    other.list_registrants(a_registrant(21, participant_id="p-21"))


def go_to(app: AppTest, session_id: str) -> AppTest:
    """Pick another session, where every page has its picker."""
    next(one for one in app.selectbox if one.label == "Session").set_value(session_id).run()
    assert not app.exception
    return app


class TestFiles:
    def test_a_spreadsheet_comes_as_csv_and_as_workbook(self, past: Stage) -> None:
        """With the number of people on the button, and a word about whose data it is."""
        app = opened(past)

        assert downloads(app) == ["2 people (CSV)", "2 people (Excel workbook)"]
        assert "The file holds names and addresses of people" in said(app)

    def test_salesforce_gets_contacts_and_leads_and_says_who_has_no_id(self, past: Stage) -> None:
        """A lead id that is none would fail in the import wizard, after an hour."""
        app = target(pick(opened(past), List.EVERYBODY), Target.SALESFORCE)

        assert downloads(app)[:2] == ["1 contact (CSV)", "1 lead (CSV)"]
        assert downloads(app)[2] == "These 3 (CSV)"
        assert "1 person: what stands there is no Salesforce id" in said(app)
        assert "2 people: no id in their external ID" in said(app)

    @pytest.mark.parametrize("wanted", list(Target))
    def test_every_program_names_its_rules_and_where_they_stand(self, past: Stage, wanted: Target) -> None:
        """Columns and limits are the target's own, and cited."""
        app = target(opened(past), wanted)

        assert any("](https://" in one.value for one in app.markdown)

    def test_a_wrong_campaign_is_said_before_the_file_is_there(self, past: Stage) -> None:
        """Half of the ids that people paste are of something else."""
        app = target(opened(past), Target.SALESFORCE)

        app.text_input(key=f"follow_up_campaign_{SESSION}").set_value(LEAD).run()

        assert "a campaign's begins with 701" in said(app)
        assert not downloads(app)

    def test_what_belongs_to_a_session_stays_behind_with_it(self, past: Stage) -> None:
        """The people of one webinar in the campaign of another would not be noticed for weeks."""
        second(past)
        app = target(opened(past), Target.SALESFORCE)
        app.text_input(key=f"follow_up_campaign_{SESSION}").set_value(CAMPAIGN).run()

        app = go_to(app, SECOND)

        assert app.text_input(key=f"follow_up_campaign_{SECOND}").value == ""

    def test_links_are_asked_for_in_every_session_anew(self, past: Stage) -> None:
        """Who has them can join as anybody."""
        second(past)
        app = opened(past)
        app.toggle(key=f"follow_up_links_{SESSION}").set_value(True).run()

        app = go_to(app, SECOND)

        assert app.toggle(key=f"follow_up_links_{SECOND}").value is False

    def test_statuses_are_kept_and_used(self, past: Stage) -> None:
        """Every org has its own, and nobody types them twice."""
        app = target(opened(past), Target.MARKETO)
        assert downloads(app) == ["2 people as Attended (CSV)"]

        app.text_input(key="follow_up_status_marketo_attended").set_value("Came")
        app.button(key="follow_up_keep_marketo").click().run()

        assert downloads(app) == ["2 people as Came (CSV)"]
        with past.here.store.read() as db:
            assert preferences.statuses(db, past.here.connection_id, Crm.MARKETO).attended == "Came"

    def test_a_status_too_long_is_refused_in_words(self, past: Stage) -> None:
        """Salesforce would cut it, or refuse every row."""
        app = target(opened(past), Target.SALESFORCE)

        app.text_input(key="follow_up_status_salesforce_absent").set_value("x" * 41)
        app.button(key="follow_up_keep_salesforce").click().run()

        assert "Absent is too long: 41 of 40 characters" in said(app)

    def test_taking_a_file_is_noted_without_anybody_in_it(self, past: Stage) -> None:
        """Who took whose data, when: asked a year later, in an audit."""
        opened(past)
        taking = follow_up_files.Taking(SESSION, List.ATTENDED, Target.SALESFORCE)

        data = taking.made(lambda: b"file", 2, kind=".leads")

        assert data == b"file"
        assert journal(past) == [
            (Deed.EXPORT, {"list": "attended", "file": "salesforce.leads", "people": 2}),
        ]

    @pytest.mark.parametrize("key", ["self", "Email", "index"])
    def test_a_key_may_have_any_name(self, stage: Stage, stored: Stored, key: str) -> None:
        """Whoever registers chooses it, and one registration must not take the page from everybody."""
        stored.session()
        stored.list_registrants(a_registrant(1, participant_id="p-1", external_id=f"{key}=17"))

        app = pick(opened(stage), List.EVERYBODY)

        assert any("17" in frame.value.astype(str).to_numpy() for frame in (one for one in app.dataframe))

    def test_nothing_hostile_becomes_markdown(self, stage: Stage, stored: Stored) -> None:
        """A key of an external ID can be chosen by anybody who registers."""
        stored.session(title=HOSTILE)
        stored.list_registrants(
            a_registrant(1, name=HOSTILE, source=HOSTILE, participant_id="p-1", external_id="%21%5Bx%5D%28y%29=1")
        )
        stored.list_participants(a_participant(1, of=1))
        app = narrowing(opened(stage))

        app.multiselect(key=f"follow_up_keys_{SESSION}").set_value(["![x](y)"]).run()

        assert not app.exception
        assert all("![x]" not in str(one.value) for kind in ("markdown", "caption") for one in app.get(kind))


def uploaded(stage: Stage, data: bytes = INVITED) -> AppTest:
    app = opened(stage)
    next(one for one in app.get("button_group") if one.key == "follow_up_part").set_value("The list you invited")
    app.run()
    app.file_uploader[0].set_value(("leads.csv", data, "text/csv")).run()
    assert not app.exception
    return app


class TestTheInvitedList:
    def test_its_numbers_are_those_of_its_leads(self, past: Stage) -> None:
        """Three leads in four rows, one of them registered and came; four registered uninvited."""
        app = uploaded(past)

        metrics = {one.label: one.value for one in app.metric}
        assert metrics == {"Invited": "2", "Registered": "1", "Attended": "1", "Registered uninvited": "4"}
        assert "50.0 % of the invited" in said(app)
        assert "100.0 % of the registered" in said(app)

    def test_what_is_odd_about_its_rows_is_said(self, past: Stage) -> None:
        """The same lead twice, and an id that Excel had ruined."""
        app = uploaded(past)

        assert "1 row: The same lead as an earlier row" in said(app)
        assert "1 row: A spreadsheet has ruined the id (1.23E+17)" in said(app)

    def test_a_list_with_ids_of_another_system_is_said(self, past: Stage) -> None:
        """Nobody would be found under them, and the addresses would all be other leads'."""
        app = uploaded(past, INVITED.replace(LEAD.encode(), b"1"))

        assert {one.label: one.value for one in app.metric}["Registered"] == "0"
        assert any("1 row: The email is another lead's as well" in one.value for one in app.warning)

    def test_it_comes_back_in_its_own_form(self, past: Stage, stored: Stored) -> None:
        """Same rows, columns, order, delimiter and encoding, so that it goes back where it came from."""
        app = uploaded(past)
        held = app.session_state[invited_upload.HELD]
        found = app.session_state[invited_result.MATCHED][1]

        data = invited_result.list_again(held, found, stored.reckoned().facts, bom=False)

        rows = list(csv.reader(io.StringIO(data.decode("cp1252")), delimiter=";"))
        assert [row[:4] for row in rows] == list(csv.reader(io.StringIO(INVITED.decode("cp1252")), delimiter=";"))
        assert rows[1][4:9] == ["yes", "yes", "60", "mail", "2026-03-03 11:00:00"]
        assert rows[2][4:9] == ["no", "no", "", "", ""]
        assert rows[3][9] == "The same lead as an earlier row; counted once. Line 2."
        assert data.count(b"\r\n") == 5

    def test_who_came_uninvited_can_be_taken(self, past: Stage) -> None:
        """They came by a colleague's forwarded mail, and are in no campaign yet."""
        app = uploaded(past)

        assert "All 4 (CSV)" in downloads(app)

    def test_the_funnel_is_by_any_column(self, past: Stage) -> None:
        """Which region answered?"""
        app = uploaded(past)

        app.selectbox(key="invited_funnel_1").set_value(3).run()

        assert "Of 2 invited 1 registered (50.0 %) and 1 attended" in said(app)
        assert "Most of them came from Süd: 1" in said(app)

    def test_what_identifies_a_lead_can_be_chosen(self, past: Stage) -> None:
        """Under the ids of another system nobody is found; the email finds them."""
        app = uploaded(past, INVITED.replace(LEAD.encode(), b"1"))

        found = {}
        for by in ("keys", "email"):
            next(one for one in app.get("button_group") if one.key == "invited_by_1").set_value(by)
            app.run()
            found[by] = {one.label: one.value for one in app.metric}["Registered"]
            assert ("lid: 2 of 5 registrants have it" in said(app)) is (by == "keys")

        assert found == {"keys": "0", "email": "1"}

    def test_a_workbook_is_answered_with_how_to_save_it(self, past: Stage) -> None:
        """As on the Import page."""
        app = uploaded(past, b"PK\x03\x04 xl/workbook.xml")

        assert "This is an Excel workbook, not a CSV" in said(app)
        assert app.file_uploader

    def test_another_list_takes_its_place(self, past: Stage) -> None:
        """The wrong file was picked."""
        app = uploaded(past)

        app.button(key="invited_other").click().run()

        assert app.file_uploader
        assert not app.metric

    def test_it_stays_while_other_pages_are_looked_at(self, past: Stage) -> None:
        """Nobody uploads a list again because they looked up one of its people."""
        app = uploaded(past)

        app.switch_page("pages/registrants.py").run()
        app.switch_page(PAGE).run()

        assert invited_upload.HELD in app.session_state
