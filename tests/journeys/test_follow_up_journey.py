"""After the webinar: the lists go back into the CRM, and the invited list comes back with who registered and came."""

import csv
import io
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.axe import findings
from tests.journeys.conftest import NARROW, WIDE, App, OpenBrowser, pick_session
from tests.journeys.simulated import registered

SESSION = "Contact centre metrics"  # over for some days, hosted by the demo's user


def at_the_follow_up(page: Page, app: App) -> str:
    """The page of a past session whose people have been read. Returns the session's id."""
    size = page.viewport_size or {"width": WIDE, "height": 1000}
    page.set_viewport_size({"width": WIDE, "height": 1000})  # where the session is picked without opening the sidebar
    page.goto(app.url)
    session_id = pick_session(page, SESSION)
    page.set_viewport_size(size)
    page.goto(f"{app.url}/follow-up?session={session_id}")
    expect(page.get_by_role("radio", name=re.compile(r"^[1-9]\d* attended"))).to_be_visible()
    return session_id


def taken(page: Page, button: str | re.Pattern[str]) -> bytes:
    """The file that a button gives."""
    with page.expect_download() as downloading:
        page.get_by_role("button", name=button).click()
    return Path(downloading.value.path()).read_bytes()


def rows(data: bytes, *, delimiter: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=delimiter))


def show_invited(page: Page, data: bytes) -> None:
    page.get_by_role("radio", name="The list you invited").click()
    expect(page.get_by_test_id("stFileUploaderDropzone")).to_be_visible()
    file = {"name": "leads.csv", "mimeType": "text/csv", "buffer": data}
    page.locator("input[type=file]").set_input_files([file])  # type: ignore[list-item]
    expect(page.get_by_role("button", name="Your list again (CSV)")).to_be_visible()


def an_invited_list(app: App, session_id: str) -> bytes:
    """Ten who registered, ten who did not, and one of them twice, as a German Excel writes them."""
    emails = registered(app, session_id)[:10] + [f"nobody{one}@example.com" for one in range(10)]
    lines = [f"{email};{region}" for email, region in zip([*emails, emails[0]], ["Nord", "Süd"] * 11, strict=False)]
    return ("E-Mail;Region\r\n" + "".join(f"{line}\r\n" for line in lines)).encode("utf-8-sig")


def test_a_list_goes_to_the_crm_and_the_invited_come_back(app: App, page: Page) -> None:
    """Choose a list, take Salesforce's file, put in the invited list, get it back with who came."""
    session_id = at_the_follow_up(page, app)
    absent = page.get_by_role("radio", name=re.compile(r"absent"))
    amount = int(re.sub(r"\D", "", absent.inner_text()))
    absent.click()
    expect(page.get_by_role("heading", name=f"{amount} people · absent")).to_be_visible()
    everybody = rows(taken(page, f"{amount} people (CSV)"))
    page.get_by_role("radio", name="Salesforce").click()
    contacts = rows(taken(page, re.compile(r"^\d+ contacts? \(CSV\)")))

    show_invited(page, an_invited_list(app, session_id))
    again = rows(taken(page, "Your list again (CSV)"), delimiter=";")

    assert {row["standing"] for row in everybody} == {"absent"}
    assert len(everybody) == amount
    assert {row["Status"] for row in contacts} == {"No Show"}
    assert all(re.fullmatch(r"003\w{15}", row["ContactId"]) for row in contacts)
    assert [row["rollcall_registered"] for row in again] == ["yes"] * 10 + ["no"] * 10 + ["yes"]
    assert {row["rollcall_attended"] for row in again[:10]} <= {"yes", "no"}
    assert list(again[0])[:2] == ["E-Mail", "Region"]
    assert "same lead as an earlier row" in again[20]["rollcall_note"]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("narrow", [False, True], ids=["wide", "narrow"])
def test_both_parts_have_nothing_serious_for_axe_and_fit(
    app: App, open_browser: OpenBrowser, dark: bool, narrow: bool
) -> None:
    """The list with its files, a CRM's settings open, and the invited list with its funnel."""
    page = open_browser(dark=dark, for_axe=True, **({"width": NARROW} if narrow else {}))
    session_id = at_the_follow_up(page, app)
    look(page)
    page.get_by_role("radio", name="Salesforce").click()
    page.get_by_text(re.compile("^Statuses: ")).click()
    expect(page.get_by_role("button", name="Keep these statuses for Salesforce")).to_be_visible()
    look(page)
    show_invited(page, an_invited_list(app, session_id))
    expect(page.get_by_text("How many of the invited registered")).to_be_visible()
    look(page)


def look(page: Page) -> None:
    width = page.viewport_size["width"] if page.viewport_size else NARROW

    assert findings(page) == []
    assert page.evaluate("document.scrollingElement.scrollWidth") <= width
