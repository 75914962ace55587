"""The page of a session's registrants: who is shown and found, and what is filed when somebody is cancelled."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from components import registrants_deeds
from rollcall.outbox import ledger
from rollcall.outbox.ledger import Failure
from rollcall.roster import readings, registrants, sessions, source_names
from rollcall.roster.people import Search
from rollcall.roster.readings import What
from rollcall.roster.registrants import Seen
from rollcall.store.journal import Deed
from rollcall.store.tables import Action, Batch, Journal, Reading
from tests.pages.conftest import AUTUMN, NINE, Stage, said

PAGE = "pages/registrants.py"
HOSTILE = "![x](https://evil.example/t.png)"


def opened(stage: Stage) -> AppTest:
    app = stage.open(PAGE, AUTUMN)
    assert not app.exception
    return app


def somebody(number: int, **changed: object) -> Seen:
    email = f"p{number}@example.com"
    fields = {
        "registrant_id": f"r-{number}", "email": email, "email_key": email, "first_name": "Ada",
        "last_name": f"No {number}", "source": None, "external_id": None, "join_uri": f"https://rc.example.com/j/{number}",
        "cancellation_uri": f"https://rc.example.com/c/{number}", "registered_at": NINE - timedelta(minutes=number),
        "participant_id": None, "post_webinar": None, "raw": {},
    }  # fmt: skip
    return Seen(**{**fields, **changed})  # type: ignore[arg-type]


def listed(stage: Stage, *seen: Seen) -> None:
    """A complete list of the session, read just now."""
    reading_id = stage.asked(What.REGISTRANTS, AUTUMN)
    with stage.here.store.write() as db:
        reading = db.get_one(Reading, reading_id)
        readings.begin(db, reading, cursor={}, now=stage.here.now())
        registrants.keep(db, stage.here.connection_id, AUTUMN, seen, now=stage.here.now(), reading=reading)
        readings.turn_page(db, reading, cursor=None, records=len(seen), now=stage.here.now())


def shown(app: AppTest) -> list[str]:
    """The names in the table, in their order."""
    return list(app.dataframe[0].value["Name"]) if app.dataframe else []


def ticked(app: AppTest, *rows: int) -> AppTest:
    """Tick these rows of the table, as a browser says it."""
    session_state = app.session_state
    key = app.dataframe[0].key
    session_state[key] = {"selection": {"rows": list(rows), "columns": [], "cells": []}}
    ids = list(session_state["registrants_ticked"][1]) if "registrants_ticked" in session_state else []
    session_state["registrants_ticked"] = (AUTUMN, dict.fromkeys([*ids, *(f"r-{row + 1}" for row in rows)]))
    return app.run()


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def actions(stage: Stage) -> list[tuple[str, str | None, str]]:
    with stage.here.store.read() as db:
        return [(one.kind, one.registrant_id, one.state) for one in db.scalars(select(Action).order_by(Action.id))]


@pytest.fixture
def stage_with_people(stage_with_session: Stage) -> Stage:
    """Three registrants, the newest first: No 1, No 2, No 3."""
    listed(
        stage_with_session,
        somebody(1, source="ads", external_id="lid=7&oid=4%4056"),
        somebody(2, source="mail", external_id="00Q raw"),
        somebody(3, source="ads"),
    )
    return stage_with_session


def ways_on(app: AppTest) -> set[str]:
    """The links on the page but for those of the menu."""
    return {link.proto.label for link in app.get("page_link")}


def counted_as(stage: Stage, spelling: str, name: str) -> None:
    """Somebody has merged them."""
    with stage.here.store.write() as db:
        source_names.decide(db, stage.here.connection_id, [spelling], name, actor="local", now=NINE)


class TestReading:
    def test_a_list_never_read_is_asked_for_and_says_so(self, stage_with_session: Stage) -> None:
        """The loading face: what is read, and what it costs."""
        app = opened(stage_with_session)

        assert stage_with_session.open_readings(What.REGISTRANTS, AUTUMN)
        assert "Reading who is registered: about 1 call" in said(app)

    def test_a_list_that_was_read_is_not_read_again_by_itself(self, stage_with_people: Stage) -> None:
        """A list of many thousands costs many calls; looking at it costs none."""
        stage_with_people.pass_time(timedelta(hours=5))

        app = opened(stage_with_people)

        assert not stage_with_people.open_readings(What.REGISTRANTS, AUTUMN)
        assert "Read 5 h ago (09:00 UTC)" in said(app)

    def test_a_refresh_says_what_it_costs_and_asks(self, stage_with_people: Stage) -> None:
        """A call for every thousand people, and one that tells whether the pages were whole."""
        stage_with_people.registration(count=2_400)

        app = opened(stage_with_people)

        assert "Refresh (4 calls)" in labels(app)
        app.button(key="refresh_registrants").click().run()
        assert stage_with_people.open_readings(What.REGISTRANTS, AUTUMN)

    def test_a_failed_reading_says_why_and_shows_what_is_known(self, stage_with_people: Stage) -> None:
        """The partly failed face: what is missing, since when, and the rest goes on."""
        stage_with_people.reading_failed(What.REGISTRANTS, AUTUMN)

        app = opened(stage_with_people)

        assert "could not be read (09:00 UTC)" in said(app)
        assert "does not let this user see it" in said(app)
        assert len(shown(app)) == 3

    def test_nobody_yet_says_what_to_do(self, stage_with_session: Stage) -> None:
        """The empty face."""
        listed(stage_with_session)

        app = opened(stage_with_session)

        assert "Nobody has registered for this session yet" in said(app)
        assert ways_on(app) == {"Register one person", "Import a list"}

    def test_nobody_had_registered_for_what_is_over(self, stage: Stage) -> None:
        """Nobody can be registered any more, so nothing leads there."""
        stage.session(starts_in=-timedelta(days=2), status="Finished")
        listed(stage)

        app = opened(stage)

        assert "Nobody had registered for this session." in said(app)
        assert "yet" not in said(app)
        assert not ways_on(app)

    @pytest.mark.parametrize("starts_in", [timedelta(days=2), timedelta(days=-2)])
    def test_all_who_cancelled_are_one_click_away(self, stage: Stage, starts_in: timedelta) -> None:
        """Nobody is registered, and that is not nobody: three people have been here."""
        stage.session(starts_in=starts_in)
        listed(stage, *(somebody(number) for number in (1, 2, 3)))
        with stage.here.store.write() as db:
            for number in (1, 2, 3):
                registrants.remove(db, stage.here.connection_id, AUTUMN, f"r-{number}", now=NINE)

        app = opened(stage)

        assert "All 3 who had registered have cancelled" in said(app)
        assert "Nobody has registered" not in said(app)
        app.button(key="show_cancelled").click().run()
        assert len(shown(app)) == 3


class TestTheTable:
    def test_external_ids_stand_in_columns_and_raw_ones_as_they_are(self, stage_with_people: Stage) -> None:
        """A key is what a marketer looks for; what has none is shown all the same."""
        table = opened(stage_with_people).dataframe[0].value

        assert list(table["lid"]) == ["7", "", ""]
        assert list(table["oid"]) == ["4@56", "", ""]
        assert list(table["External ID"]) == ["", "00Q raw", ""]

    def test_times_are_of_the_sessions_zone_and_say_so(self, stage_with_people: Stage) -> None:
        """09:00 UTC is ten o'clock in Berlin."""
        table = opened(stage_with_people).dataframe[0].value

        assert table["Registered"][0] == "Tue 1 Dec 09:59 CET"

    def test_typing_finds_and_a_source_filters(self, stage_with_people: Stage) -> None:
        """Both at once, if one likes."""
        app = opened(stage_with_people)

        assert shown(app.text_input(key=f"registrants_typed_{AUTUMN}").set_value("4@56").run()) == ["Ada No 1"]
        app.text_input(key=f"registrants_typed_{AUTUMN}").set_value("").run()
        assert shown(app.selectbox(key=f"registrants_source_{AUTUMN}").set_value("mail").run()) == ["Ada No 2"]

    def test_merged_sources_are_looked_for_as_one(self, stage_with_people: Stage) -> None:
        """The other pages count them as one; the value as received stands beside it."""
        counted_as(stage_with_people, "mail", "Newsletter")
        counted_as(stage_with_people, "ads", "Newsletter")
        app = opened(stage_with_people)
        box = app.selectbox(key=f"registrants_source_{AUTUMN}")
        assert box.options == ["Newsletter (ads, mail) · 3"]

        app = box.set_value("Newsletter").run()

        assert len(shown(app)) == 3
        assert list(app.dataframe[0].value["Source"]) == ["ads", "mail", "ads"]
        assert "Source: mail (counts as Newsletter)" in ticked(app, 1).text[0].value

    def test_one_spelling_of_a_merged_source_can_be_looked_for(self, stage_with_people: Stage) -> None:
        """The page of sources counts each spelling, and its number leads to these people and no others."""
        counted_as(stage_with_people, "mail", "ads")
        app = opened(stage_with_people)
        assert app.selectbox(key=f"registrants_source_{AUTUMN}").options == ["ads (mail) · 3"]

        for spelling, count in (("mail", 1), ("ads", 2)):
            app = stage_with_people.open("pages/overview.py", AUTUMN)
            app.session_state[f"registrants_source_{AUTUMN}"] = f"\0{spelling}"
            app = app.switch_page(PAGE).run()

            assert len(shown(app)) == count
            assert f"{spelling} alone · {count}" in app.selectbox(key=f"registrants_source_{AUTUMN}").options

    def test_sources_are_counted_among_the_picked_status(self, stage_with_people: Stage) -> None:
        """A number that another list shows is a wrong one; sources of cancelled people alone are offered too."""
        with stage_with_people.here.store.write() as db:
            registrants.remove(db, stage_with_people.here.connection_id, AUTUMN, "r-2", now=NINE)
        app = opened(stage_with_people)
        assert app.selectbox(key=f"registrants_source_{AUTUMN}").options == ["ads · 2"]

        app.selectbox(key=f"registrants_shown_{AUTUMN}").set_value("cancelled").run()

        assert app.selectbox(key=f"registrants_source_{AUTUMN}").options == ["mail · 1"]

    def test_nothing_found_offers_to_look_for_nothing(self, stage_with_people: Stage) -> None:
        """Whoever mistyped must not think the list is empty."""
        app = opened(stage_with_people)
        app.text_input(key=f"registrants_typed_{AUTUMN}").set_value("nobody at all").run()

        assert "Nobody matches" in said(app)
        app.button(key="clear_search").click().run()
        assert len(shown(app)) == 3
        assert app.text_input(key=f"registrants_typed_{AUTUMN}").value == ""

    def test_they_can_be_sorted(self, stage_with_people: Stage) -> None:
        """By the store, over all pages."""
        app = opened(stage_with_people)

        assert shown(app.selectbox(key=f"registrants_order_{AUTUMN}").set_value("oldest").run())[0] == "Ada No 3"

    def test_a_page_shows_fifty_and_the_count_is_of_all(self, stage_with_session: Stage) -> None:
        """50,000 rows never reach the browser."""
        listed(stage_with_session, *(somebody(number) for number in range(1, 121)))

        app = opened(stage_with_session)

        assert len(shown(app)) == 50
        assert "1 to 50 of 120 people" in said(app)

    def test_a_name_that_is_a_picture_calls_nobody(self, stage_with_session: Stage) -> None:
        """A registrant writes their own name; the one who looks at it must not call them."""
        listed(stage_with_session, somebody(1, first_name=HOSTILE, source=HOSTILE, external_id=HOSTILE))

        app = ticked(opened(stage_with_session), 0)

        rendered = [element.value for kind in ("markdown", "caption", "subheader", "info") for element in app.get(kind)]
        assert not [text for text in rendered if HOSTILE in text]

    def test_the_download_has_everybody_who_is_found(self, stage_with_people: Stage) -> None:
        """Also those on other pages, and with the words of the screen."""
        here = stage_with_people.here
        with here.store.read() as db:
            listing = sessions.of(db, here.connection_id, AUTUMN)
        assert listing is not None

        text = registrants_deeds.file_of(listing, Search(here.connection_id, AUTUMN, source="ads")).decode("utf-8-sig")

        assert len(text.splitlines()) == 3
        assert "Registered (Europe/Berlin)" in text
        assert "2026-12-01 09:59:00,registered,elsewhere,https://rc.example.com/j/1" in text
        with here.store.read() as db:
            (noted,) = db.scalars(select(Journal).where(Journal.deed == Deed.EXPORT.value))
        assert (noted.session_id, noted.detail) == (AUTUMN, {"list": "found", "file": "registrants", "people": 2})


class TestCancelling:
    def test_one_is_cancelled_at_once_after_it_was_asked(self, stage_with_people: Stage) -> None:
        """The dialog names the person, the cost, and the mails."""
        app = ticked(opened(stage_with_people), 0)
        app.button(key="cancel_ticked").click().run()

        assert "1 call, about 6 s" in said(app)
        assert "RingCentral does not say whether it writes" in said(app)
        assert [text.value for text in app.text if "Ada No 1 · p1@example.com" in text.value]
        app.button(key="confirm_cancel_ticked").click().run()
        assert actions(stage_with_people) == [("delete", "r-1", "waiting")]
        assert shown(app)  # and the row says that it is on its way
        assert app.dataframe[0].value["Status"][0] == "waiting to be cancelled"

    def test_several_are_a_cancellation_that_can_be_watched(self, stage_with_people: Stage) -> None:
        """Its bar and its switches stand on this page."""
        app = ticked(opened(stage_with_people), 0, 2)
        app.button(key="cancel_ticked").click().run()
        app.button(key="confirm_cancel_ticked").click().run()

        with stage_with_people.here.store.read() as db:
            batch = db.scalars(select(Batch)).one()
        assert (batch.kind, batch.state, batch.lines, batch.name) == ("cancel", "running", 2, "2 registrants")
        assert "0 of 2 cancelled" in " ".join(element.proto.text for element in app.get("progress"))

    def test_all_who_are_found_can_be_ticked(self, stage_with_session: Stage) -> None:
        """On all pages, not only on the one that is shown."""
        listed(stage_with_session, *(somebody(number) for number in range(1, 121)))
        app = opened(stage_with_session)

        app.button(key="tick_found").click().run()

        assert "Cancel 120 registrations …" in labels(app)

    def test_an_app_that_may_only_read_cancels_nobody(self, stage_with_people: Stage) -> None:
        """The read-only face: the list is there, the button is not to be pressed."""
        stage_with_people.signed_in("ReadWebinars")

        app = ticked(opened(stage_with_people), 0)

        assert app.button(key="cancel_ticked").disabled
        assert app.button(key="change").disabled

    def test_after_the_session_nobody_is_cancelled(self, stage: Stage) -> None:
        """RingCentral takes no cancellation of what is over."""
        stage.session(starts_in=-timedelta(days=2))
        listed(stage, somebody(1))

        app = ticked(opened(stage), 0)

        assert app.button(key="cancel_ticked").disabled
        assert "RingCentral cancels nobody any more" in said(app)

    def test_a_refused_cancellation_is_said_on_the_row(self, stage_with_people: Stage) -> None:
        """Somebody thinks that the person is gone; the list must not hide that they are not."""
        app = ticked(opened(stage_with_people), 0)
        app.button(key="cancel_ticked").click().run()
        app.button(key="confirm_cancel_ticked").click().run()
        with stage_with_people.here.store.write() as db:
            action = db.scalars(select(Action)).one()
            ledger.claim(db, action, call_id=1, epoch=1, now=NINE)
            ledger.refuse(db, action.id, Failure("no_right"), now=NINE)

        assert opened(stage_with_people).dataframe[0].value["Status"][0] == "registered, cancellation refused"


class TestChanging:
    def test_other_data_is_a_cancellation_and_a_registration(self, stage_with_people: Stage) -> None:
        """RingCentral has no update; both wishes are rows before the dialog is gone."""
        app = ticked(opened(stage_with_people), 0)
        app.button(key="change").click().run()
        app.text_input(key="change_last_name").set_value("Lovelace").run()
        app.button(key="ask_again").click().run()

        assert "new ones" in said(app)
        assert [text for text in app.text if "Last name: No 1 → Lovelace" in text.value]
        app.button(key="confirm_again").click().run()

        assert actions(stage_with_people) == [("delete", "r-1", "waiting")]
        with stage_with_people.here.store.read() as db:
            batch = db.scalars(select(Batch)).one()
        assert (batch.kind, batch.state, batch.lines) == ("register", "running", 1)

    def test_wrong_data_is_refused_before_anybody_is_cancelled(self, stage_with_people: Stage) -> None:
        """A typo must not cost a registration."""
        app = ticked(opened(stage_with_people), 0)
        app.button(key="change").click().run()
        app.text_input(key="change_email").set_value("ada@nowhere").run()
        app.button(key="ask_again").click().run()

        assert "is not an email address" in said(app)
        assert actions(stage_with_people) == []

    def test_a_closed_registration_keeps_everybody(self, stage_with_people: Stage) -> None:
        """Cancelled, nobody could be registered again."""
        stage_with_people.registration(status="Closed")

        assert ticked(opened(stage_with_people), 0).button(key="change").disabled
