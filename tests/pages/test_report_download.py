"""The report's part of the page of attendance: what it says it holds, what it holds, and what is written down of it."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from components import report_download
from rollcall.roster import sessions
from rollcall.roster.sessions import Listing
from rollcall.store.journal import Deed
from rollcall.store.tables import Journal
from tests.attendance.stored import Stored, a_participant, a_registrant
from tests.pages.conftest import AUTUMN, NINE, Stage

PAGE = "pages/attendance.py"
BEGIN, END = NINE - timedelta(days=3), NINE - timedelta(days=3, hours=-1)
READ = NINE - timedelta(days=2)


@pytest.fixture
def held(stage: Stage) -> Stage:
    """A session that is over: two were registered, one came."""
    stored = Stored(stage.here.store, stage.here.connection_id)
    stored.session(starts_at=BEGIN, ends_at=END, broadcast=(BEGIN, END), seen_at=NINE)
    stored.list_registrants(a_registrant(1, name="Grace"), a_registrant(2), begun_at=READ)
    there = a_participant(1, of=1, joined_at=BEGIN, left_at=END)
    stored.list_participants(there, begun_at=READ)
    return stage


def opened(stage: Stage) -> AppTest:
    app = stage.open(PAGE, AUTUMN)
    assert not app.exception
    return app


def listing(stage: Stage) -> Listing:
    with stage.here.store.read() as db:
        found = sessions.of(db, stage.here.connection_id, AUTUMN)
    assert found is not None
    return found


def exports(stage: Stage) -> list[dict[str, object]]:
    with stage.here.store.read() as db:
        return [one.detail or {} for one in db.scalars(select(Journal).where(Journal.deed == Deed.EXPORT.value))]


def test_it_names_nobody_until_somebody_wants_it(held: Stage) -> None:
    """The switch is off at first, and the button says what it would hand out."""
    app = opened(held)
    before = [one.label for one in app.get("download_button") if one.key == "download_report"]

    app.toggle(key=f"report_with_people_{AUTUMN}").set_value(True).run()

    after = [one.label for one in app.get("download_button") if one.key == "download_report"]
    assert (before, after) == (["Download the report"], ["Download the report with 2 names"])


def test_the_switch_is_off_again_in_the_next_session(held: Stage) -> None:
    """Names were wanted once, of one session."""
    other = Stored(held.here.store, held.here.connection_id, "8002")
    other.session(title="Summer", starts_at=BEGIN, ends_at=END, broadcast=(BEGIN, END), seen_at=NINE)
    other.list_registrants(a_registrant(21), begun_at=READ)
    app = opened(held)
    app.toggle(key=f"report_with_people_{AUTUMN}").set_value(True).run()

    next(one for one in app.selectbox if one.label == "Session").set_value("8002").run()

    assert app.toggle(key="report_with_people_8002").value is False
    assert "Download the report" in [one.label for one in app.get("download_button")]


def test_what_is_downloaded_is_reckoned_when_it_is_clicked(held: Stage) -> None:
    """A page that stood open for an hour hands out what is known now."""
    document = report_download.file_of(listing(held), with_people=False).decode()

    assert "2 registered = 1 attended + 1 absent" in document
    assert "Grace" not in document


def test_that_names_were_taken_is_written_down_and_whose_they_are_is_not(held: Stage) -> None:
    """Whoever is asked later where a list came from can find it; the file without names is nobody's business."""
    report_download.file_of(listing(held), with_people=False)
    document = report_download.file_of(listing(held), with_people=True).decode()

    assert "Grace Lovelace 1" in document
    assert exports(held) == [{"list": "everybody", "file": "report", "people": 2}]


def test_the_files_name_holds_our_own_words_and_the_day(held: Stage) -> None:
    """A title may hold a slash, a colon, or markup."""
    names = [report_download.file_name(listing(held), with_people=wanted) for wanted in (False, True)]

    assert names == ["attendance-2026-11-28-8001.html", "attendance-with-people-2026-11-28-8001.html"]
