"""A marketer puts the demo's past webinars beside each other, from nothing read down to the people of a group."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.axe import findings
from tests.journeys.conftest import NARROW, App, OpenBrowser, StartApp

TABS = ("Sessions", "Sources", "People")
SEEN = {
    "Sessions": "How many of those registered came?",
    "Sources": "Which source brought people who came?",
    "People": "Who is new, who comes back, who never comes?",
}


@pytest.fixture(scope="module")
def compared(start_for_all: StartApp) -> App:
    """A demo of which the first test has all past webinars read."""
    return start_for_all()


def at_compare(page: Page, app: App) -> None:
    page.goto(f"{app.url}/compare")
    expect(page.get_by_role("heading", name="Compare", level=1)).to_be_visible()
    expect(page.get_by_role("tab", name="Sessions")).to_be_visible()


def read_all(page: Page) -> None:
    """Have the worker read what is left out, if anything still is."""
    offer = page.get_by_role("button", name=re.compile(r"^Read \d+ sessions? \("))
    expect(page.get_by_text("Side by side")).to_be_visible()
    if offer.count():
        offer.click()
        dialog = page.get_by_role("dialog")
        expect(dialog.get_by_text(re.compile(r"About \d+ calls?, about"))).to_be_visible()
        dialog.get_by_role("button", name=re.compile(r"^Read \d+ sessions?$")).click()
        expect(dialog).to_have_count(0)
        expect(offer).to_have_count(0)
    expect(page.get_by_text("was not read yet")).to_have_count(0)


def to_tab(page: Page, tab: str) -> None:
    page.get_by_role("tab", name=tab, exact=True).click()
    expect(page.get_by_text(SEEN[tab])).to_be_visible()


def test_from_nothing_read_to_the_people_who_came_back(compared: App, page: Page) -> None:
    """What is left out says so and is read on a click; every number leads to its people."""
    at_compare(page, compared)
    read_all(page)
    expect(page.get_by_text(re.compile(r"The median of the \d others is \d+\.\d %"))).to_be_visible()

    to_tab(page, "Sources")
    expect(page.get_by_text("These are registrations, not people")).to_be_visible()
    page.get_by_role("button", name=re.compile("See the people of this source")).click()
    expect(page.get_by_text(SEEN["People"])).to_be_visible()

    page.get_by_text(re.compile("^Returning · ")).click()

    expect(page.get_by_role("button", name=re.compile(r"Download [\d,]+ (people|person) \(CSV\)"))).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile(r"Download [\d,]+ (people|person) \(CSV\)")).click()
    assert download.value.suggested_filename == "people-returning.csv"
    assert "@" in download.value.path().read_text(encoding="utf-8-sig").splitlines()[1]


def test_a_bar_leads_to_its_people(compared: App, page: Page) -> None:
    """Clicked, the chart picks the group that the bar stands for."""
    at_compare(page, compared)
    read_all(page)
    to_tab(page, "People")

    page.locator('path[aria-roledescription="bar"]').first.click()

    expect(page.get_by_text("Registered for the latest of these sessions, and for none before it.")).to_be_visible()


def test_a_clicked_point_leads_to_its_session(compared: App, page: Page) -> None:
    """From the chart to everybody who was registered."""
    at_compare(page, compared)
    read_all(page)

    page.locator('path[aria-roledescription="point"]').first.click()
    page.get_by_role("link", name="Its registrants").click()

    page.wait_for_url(lambda address: urlsplit(address).path.endswith("/registrants") and "session=" in address)


def test_it_is_used_with_the_keyboard_alone(compared: App, page: Page) -> None:
    """From one part to the next, and into a choice, without a mouse."""
    at_compare(page, compared)
    read_all(page)

    page.get_by_role("tab", name="Sessions").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_text(SEEN["Sources"])).to_be_visible()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")

    expect(page.get_by_text(SEEN["People"])).to_be_visible()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_no_part_of_it_has_anything_serious_for_axe(compared: App, open_browser: OpenBrowser, dark: bool) -> None:
    """Contrast, names, headings, in both themes; on a phone nothing scrolls sideways."""
    page = open_browser(dark=dark, for_axe=True)
    at_compare(page, compared)
    read_all(page)

    for tab in TABS:
        to_tab(page, tab)
        assert findings(page) == []

    page.set_viewport_size({"width": NARROW, "height": 1000})
    for tab in TABS:
        to_tab(page, tab)
        assert page.evaluate("document.scrollingElement.scrollWidth") <= NARROW
        assert findings(page) == []
