"""After a webinar: who came, from where, for how long; and the people behind a bar that is clicked."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.axe import findings
from tests.journeys.conftest import NARROW, WIDE, App, OpenBrowser, pick_session

PAST = "What 400 front desks taught us about missed calls"
LIVE = "Live clinic: bring your own call flow"
COMING = "Workshop: your first AI receptionist"


def at_attendance(page: Page, app: App, title: str) -> None:
    """The page of this session, its lists read."""
    page.goto(app.url)
    expect(page.get_by_text(re.compile(r"\d+ registered")).first).to_be_visible()
    pick_session(page, title)
    page.get_by_role("link", name="Attendance", exact=True).click()
    expect(page.get_by_role("heading", name="Attendance", level=1)).to_be_visible()
    expect(page.get_by_text("A report to hand on")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile(r"Refresh \(\d+ calls?, about"))).to_be_visible()


def chart(page: Page, question: str) -> Locator:
    """The picture under a question."""
    return page.locator(".stElementContainer", has_text=question).locator(
        "xpath=following::*[@data-testid='stVegaLiteChart'][1]"
    )


class TestAPastSession:
    def test_it_is_read_by_itself_and_says_how_sure_it_is(self, app: App, page: Page) -> None:
        """Nobody has to know that there is something to be read."""
        at_attendance(page, app, PAST)

        expect(page.get_by_text(re.compile(r"Registrants read .+ participants read"))).to_be_visible()
        expect(page.get_by_text(re.compile(r"\d\d\.\d % of 880 registered; 95 % interval"))).to_be_visible()
        expect(page.get_by_text(re.compile("came more often than .+ more than chance")).first).to_be_visible()

    def test_a_click_on_a_bar_opens_its_people(self, app: App, page: Page) -> None:
        """From the picture to the names."""
        at_attendance(page, app, PAST)

        bars = chart(page, "Which campaign brought people who came?").locator("path[aria-roledescription=bar]")
        bars.first.click()

        expect(page.get_by_text(re.compile(r"From .+: \d+ people"))).to_be_visible()
        expect(page.get_by_role("button", name=re.compile(r"Download \d+ people"))).to_be_visible()

    def test_by_keyboard_alone_one_gets_from_a_number_to_its_people(self, app: App, page: Page) -> None:
        """And back."""
        at_attendance(page, app, PAST)

        page.get_by_role("button", name=re.compile(r"See \d+ attended")).focus()
        page.keyboard.press("Enter")

        expect(page.get_by_text(re.compile(r"Attended: \d+ people"))).to_be_visible()
        page.get_by_role("button", name=re.compile(r"Hide \d+ attended")).focus()
        page.keyboard.press("Enter")
        expect(page.get_by_text(re.compile(r"Attended: \d+ people"))).to_have_count(0)

    @pytest.mark.parametrize(("kind", "begins"), [("PNG", b"\x89PNG"), ("SVG", b"<svg"), ("CSV", b"\xef\xbb\xbf")])
    def test_a_chart_can_be_taken_along(self, app: App, page: Page, kind: str, begins: bytes) -> None:
        """Into slides, into print, into a spreadsheet."""
        at_attendance(page, app, PAST)
        page.get_by_text("The numbers, and files").first.click()

        with page.expect_download() as waiting:
            page.get_by_role("button", name=kind, exact=True).click()

        assert Path(waiting.value.path()).read_bytes().startswith(begins)
        assert waiting.value.suggested_filename.endswith(f".{kind.lower()}")

    def test_people_are_followed_up_at_their_list(self, app: App, page: Page) -> None:
        """What is looked at here is what is written to there."""
        at_attendance(page, app, PAST)
        page.get_by_role("button", name=re.compile(r"See \d+ absent")).click()

        page.get_by_role("button", name="Follow up, in your CRM's format").click()

        expect(page.get_by_role("heading", name="Follow up", level=1)).to_be_visible()
        expect(page.get_by_text("They registered, did not cancel, and were not seen.")).to_be_visible()


class TestOtherSessions:
    def test_a_running_one_says_so_far(self, app: App, page: Page) -> None:
        """Whoever is not there may still come."""
        at_attendance(page, app, LIVE)

        expect(page.get_by_text("So far").first).to_be_visible()

    def test_one_to_come_has_no_rate(self, app: App, page: Page) -> None:
        """Nobody can have come."""
        at_attendance(page, app, COMING)

        expect(page.get_by_text("Before the session")).to_be_visible()
        expect(page.get_by_text("95 % interval")).to_have_count(0)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_it_can_be_read_by_anybody(app: App, open_browser: OpenBrowser, width: int, *, dark: bool) -> None:
    """With people and a table open, in both themes, on a telephone and on a desk."""
    page = open_browser(width=WIDE, dark=dark, for_axe=True)
    at_attendance(page, app, PAST)
    page.set_viewport_size({"width": width, "height": 1000})
    page.get_by_role("button", name=re.compile(r"See \d+ attended")).click()
    expect(page.get_by_text(re.compile(r"Attended: \d+ people"))).to_be_visible()
    page.get_by_text("The numbers, and files").first.click()
    expect(page.get_by_role("button", name="PNG", exact=True)).to_be_visible()

    assert page.evaluate("document.scrollingElement.scrollWidth") <= width
    assert findings(page) == []
