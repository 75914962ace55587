"""The report of a session as whoever gets it has it: a file, opened in a browser and printed."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from rollcall.attendance import report
from rollcall.attendance.matching import Attendance
from tests.attendance.examples import ELEVEN, a_record, reckoned, some_facts
from tests.attendance.slow import ARegistrant
from tests.journeys.axe import findings
from tests.journeys.conftest import NARROW, App, OpenBrowser, pick_session

LONG = "a-very-long-campaign-name-" * 3
A_PAGE = re.compile(rb"/Type\s*/Page[^s]")  # in a PDF
STRAYS = [{}, {"user_hash": "other"}, {"email_key": "z@x.example"}, {"registrant_id": "r-unknown"}]


def at_its_longest() -> Attendance:
    """30 sources with long names and more, a long title, every kind of note and of stray record."""
    people = [
        ARegistrant(f"r-{one}", source=f"{LONG}{one % 34:02}", participant_id=f"p-{one}" * (one % 34 > one % 40))
        for one in range(900)
    ]
    odd = [(0, None), (70, 90), (None, None), (-300, -290), (10, 5)]
    records = [a_record(f"p-{one.registrant_id}", 3, 50, registrant_id=one.registrant_id) for one in people[::3]]
    records += [a_record(f"odd-{one}", *times, registrant_id=f"r-{one}") for one, times in enumerate(odd)]
    records += [a_record(f"stray-{one}", **named) for one, named in enumerate(STRAYS)]
    found = reckoned(people, records, some_facts(participants_read_at=ELEVEN + timedelta(hours=1)))
    object.__setattr__(found.facts, "title", "A title that is far too long " * 20)
    return found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The report of it, as it was downloaded."""
    made = tmp_path / "report.html"
    made.write_text(report.html(at_its_longest()), encoding="utf-8")
    return made


def test_it_prints_on_two_pages_however_much_there_is(page: Page, file: Path) -> None:
    """One sheet, both sides, with 30 sources and the others in one row."""
    page.goto(file.as_uri())

    printed = page.pdf(prefer_css_page_size=True)

    assert len(A_PAGE.findall(printed)) == 2


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [NARROW, 1440])
def test_it_can_be_read_on_any_screen_and_by_anybody(
    open_browser: OpenBrowser, file: Path, width: int, *, dark: bool
) -> None:
    """Nothing but its tables scrolls sideways, it is paper in a dark browser too, and axe finds nothing."""
    reader = open_browser(width=width, dark=dark, for_axe=True)
    reader.goto(file.as_uri())

    expect(reader.get_by_role("heading", level=1)).to_contain_text("A title that is far too long")
    assert reader.evaluate("document.documentElement.scrollWidth") <= width
    assert reader.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert findings(reader) == []


def test_its_pictures_are_there_without_network_and_their_numbers_open(page: Page, file: Path) -> None:
    """From a mail, on a train: `trouble` in the browser's console would say what could not be fetched."""
    page.context.set_offline(offline=True)
    page.goto(file.as_uri())

    widths = page.evaluate("[...document.images].map(image => image.naturalWidth)")
    assert len(widths) == 4
    assert min(widths) > 100
    page.get_by_text("The numbers of this chart").first.click()
    expect(page.get_by_role("columnheader", name="Registered").first).to_be_visible()


def test_it_is_downloaded_from_the_page_of_attendance_with_or_without_the_people(app: App, page: Page) -> None:
    """What a marketer hands on after the webinar: the page's figures, and names only by their own switch."""
    page.goto(f"{app.url}/attendance")
    pick_session(page, "Contact centre metrics")
    page.get_by_role("button", name="Download the report").wait_for()

    without = downloaded(page)
    page.get_by_text("With the people", exact=True).click()
    expect(page.get_by_text("This file holds everybody's name and address.")).to_be_visible()
    naming = downloaded(page)

    assert "Contact centre metrics that people act on" in without
    assert "412 registered = " in without
    assert "blog and search-ad: too few to tell" in without
    assert "@" not in without.partition("<body>")[2]
    assert naming.count(".example.") == 412 + 37


def downloaded(page: Page) -> str:
    with page.expect_download() as under_way:
        page.get_by_role("button", name="Download the report").click()
    assert under_way.value.suggested_filename.endswith(".html")
    return under_way.value.path().read_text(encoding="utf-8")
