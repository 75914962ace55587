"""Importing a list, as a marketer does it, with everything that may happen to a computer meanwhile."""

import csv
import io
import re
import signal
from collections import Counter
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.axe import findings
from tests.journeys.conftest import NARROW, App, OpenBrowser, StartApp
from tests.journeys.simulated import registered

STORY, PLANNING, CLINIC = "Customer story", "Planning phone numbers", "Live clinic"
HUNDREDS = 60_000  # milliseconds that 200 people may take at 60 calls in 6 s


def a_list(people: int, mark: str, *, bad: str = "") -> bytes:
    rows = "".join(f"Päul{one};Nøvak;{mark}{one}@example.com;{1000 + one}\r\n" for one in range(people))
    return f"Vorname;Nachname;E-Mail;Lead ID\r\n{rows}{bad}".encode("utf-8-sig")


def at_the_import(page: Page, app: App, title: str = STORY) -> str:
    """The import page for a session, the customer story unless told otherwise. Returns the session's id."""
    page.goto(app.url)
    page.get_by_role("button", name=title).click()
    page.wait_for_url("**session=*")
    session_id = page.url.split("session=")[1]
    page.goto(f"{app.url}/import?session={session_id}")
    expect(page.get_by_text(re.compile(r"\d+ registered")).first).to_be_visible()
    return session_id


def upload(page: Page, data: bytes) -> None:
    file = {"name": "people.csv", "mimeType": "text/csv", "buffer": data}
    expect(page.locator("[data-testid=stApp][data-test-script-state=notRunning]")).to_be_visible()
    page.locator("input[type=file]").set_input_files([file])  # type: ignore[list-item]
    page.wait_for_url("**batch=*")


def check(page: Page, rows: int) -> None:
    page.get_by_role("button", name=f"Check {rows} rows").click()
    expect(page.get_by_role("heading", name="4 · Start")).to_be_visible()


def start(page: Page, people: int, *, clicks: int = 1) -> None:
    name = f"Register {people} people"
    page.get_by_role("button", name=name).click()
    page.get_by_role("dialog").get_by_role("button", name=name).click(click_count=clicks, delay=20)
    expect(page.get_by_role("button", name="Pause")).to_be_visible()


def test_two_hundred_people_survive_a_kill_and_are_registered_once(
    start_app: StartApp, open_browser: OpenBrowser
) -> None:
    """Start, watch it move, close the browser, kill -9, start again: everybody once, and the receipt has the links."""
    before = start_app()
    page = open_browser()
    session_id = at_the_import(page, before)
    upload(page, a_list(200, "kill"))
    check(page, 200)
    start(page, 200)
    expect(page.get_by_text(re.compile(r"^[1-9]\d* of 200 registered"))).to_be_visible()
    batch = page.url.split("batch=")[1].split("&")[0]
    page.close()
    before.stop(signal.SIGKILL)
    assert 0 < len([one for one in registered(before, session_id) if one.startswith("kill")]) < 200

    after = start_app(data=before.data)
    again = open_browser()
    again.goto(f"{after.url}/imports?session={session_id}&batch={batch}")

    expect(again.get_by_text("200 of 200 registered")).to_be_visible(timeout=3 * HUNDREDS)
    found = Counter(one for one in registered(after, session_id) if one.startswith("kill"))
    assert found == Counter(f"kill{one}@example.com" for one in range(200))
    rows = receipt(again)
    assert [row["E-Mail"] for row in rows] == [f"kill{one}@example.com" for one in range(200)]
    assert {row["rollcall_status"] for row in rows} <= {"registered", "already_there"}
    assert all(row["rollcall_join_link"].startswith("https://webinar.example.com/join/") for row in rows)
    assert all(row["rollcall_cancel_link"].startswith("https://webinar.example.com/cancel/") for row in rows)


def receipt(page: Page) -> list[dict[str, str]]:
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Receipt").click()
    data = Path(downloading.value.path()).read_bytes()
    assert data.startswith(b"\xef\xbb\xbfVorname;Nachname;E-Mail;Lead ID;rollcall_status;")
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig")), delimiter=";"))


def test_a_double_click_on_start_starts_once_and_stops_nothing(app: App, page: Page) -> None:
    """The second click lands where the dialog was, or on the page below it."""
    session_id = at_the_import(page, app)
    upload(page, a_list(12, "twice"))
    check(page, 12)

    start(page, 12, clicks=2)

    expect(page.get_by_text("12 of 12 registered")).to_be_visible(timeout=HUNDREDS)
    found = Counter(one for one in registered(app, session_id) if one.startswith("twice"))
    assert found == Counter(f"twice{one}@example.com" for one in range(12))


def test_a_workbook_is_answered_with_how_to_save_it(app: App, page: Page) -> None:
    """Most lists begin in Excel, and some come renamed."""
    at_the_import(page, app)
    file = {"name": "people.csv", "mimeType": "text/csv", "buffer": b"PK\x03\x04 xl/workbook.xml"}

    page.locator("input[type=file]").set_input_files([file])  # type: ignore[list-item]

    expect(page.get_by_text("This is an Excel workbook, not a CSV")).to_be_visible()


def test_a_reload_at_any_step_loses_nothing(app: App, page: Page) -> None:
    """A draft from the first moment: what was chosen is chosen, what was checked is checked."""
    at_the_import(page, app, PLANNING)  # the draft stays there, out of the way of the others
    upload(page, a_list(4, "reload", bad="Anna;;anna@acme;1\r\n"))
    page.reload()
    expect(page.get_by_text("people.csv · 5 rows")).to_be_visible()
    check(page, 5)

    page.reload()

    expect(page.get_by_role("radio", name="4 new")).to_be_visible()
    expect(page.get_by_role("button", name="Register 4 people")).to_be_visible()


def test_whoever_thinks_better_of_it_starts_nothing(app: App, page: Page) -> None:
    """The dialog closes by its own quiet button, and the draft waits as it was."""
    session_id = at_the_import(page, app, CLINIC)  # the draft stays there, too
    upload(page, a_list(3, "better"))
    check(page, 3)
    page.get_by_role("button", name="Register 3 people").click()

    page.get_by_role("dialog").get_by_role("button", name="Not now").click()

    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Register 3 people")).to_be_enabled()
    assert not [one for one in registered(app, session_id) if one.startswith("better")]


def test_what_this_import_registered_is_cancelled_again(app: App, page: Page) -> None:
    """The wrong list was started: everybody it registered is taken out, and nobody else."""
    session_id = at_the_import(page, app)
    others = len(registered(app, session_id))
    upload(page, a_list(6, "undo"))
    check(page, 6)
    start(page, 6)
    expect(page.get_by_text("6 of 6 registered")).to_be_visible(timeout=HUNDREDS)
    page.get_by_role("link", name="See its people").click()
    page.get_by_role("button", name="Cancel 6 registered here").click()

    page.get_by_role("dialog").get_by_role("button", name="Cancel 6 registrations").dblclick()

    expect(page.get_by_text("6 of 6 cancelled")).to_be_visible(timeout=HUNDREDS)
    assert len(registered(app, session_id)) == others


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("narrow", [False, True], ids=["wide", "narrow"])
def test_every_step_has_nothing_serious_for_axe_and_fits(
    app: App, open_browser: OpenBrowser, dark: bool, narrow: bool
) -> None:
    """Columns, people, the dialog, the progress and the opened import; on a phone nothing scrolls sideways."""
    page = open_browser(dark=dark, for_axe=True, **({"width": NARROW} if narrow else {}))
    at_the_import(page, app)
    mark = f"axe{dark:d}{narrow:d}"
    upload(page, a_list(30, mark, bad="Anna;;anna@acme;1\r\n"))
    expect(page.get_by_role("button", name="Check 31 rows")).to_be_visible()
    look(page)
    check(page, 31)
    expect(page.get_by_role("button", name="Register 30 people")).to_be_enabled()
    look(page)
    page.get_by_role("button", name="Register 30 people").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    look(page)
    page.get_by_role("dialog").get_by_role("button", name="Register 30 people").click()
    expect(page.get_by_text("30 of 30 registered")).to_be_visible(timeout=HUNDREDS)
    look(page)
    page.get_by_role("link", name="See its people").click()
    page.get_by_role("radio", name="1 wrong").click()
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    look(page)


def look(page: Page) -> None:
    width = page.viewport_size["width"] if page.viewport_size else NARROW

    assert findings(page) == []
    assert page.evaluate("document.scrollingElement.scrollWidth") <= width
