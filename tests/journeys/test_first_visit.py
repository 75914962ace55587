"""Coming in: by a link, by the front door, again after a reload, forward and back."""

import re
import signal

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.axe import findings
from tests.journeys.conftest import NARROW, App, OpenBrowser, StartApp, pick_session

WORKSHOP = "Workshop: your first AI receptionist"
PAGES = {
    "": "Overview",
    "register": "Register one person",
    "import": "Import",
    "imports": "Imports",
    "registrants": "Registrants",
    "attendance": "Attendance",
    "compare": "Compare",
    "sources": "Sources",
    "follow-up": "Follow up",
}
DEMO = "Simulated RingCentral, nothing leaves this computer"


def test_the_first_request_after_a_start_may_be_a_deep_link(start_app: StartApp, page: Page) -> None:
    """Streamlit would run the page without its shell, and so without the demo's word and without the picker."""
    app = start_app()

    page.goto(f"{app.url}/register")

    expect(page.get_by_text(DEMO)).to_be_visible()
    expect(page.get_by_role("heading", name="Register one person")).to_be_visible()
    expect(page.get_by_role("combobox", name="Session")).to_be_visible()


def test_a_link_with_a_session_opens_there_after_a_restart(start_app: StartApp, open_browser: OpenBrowser) -> None:
    """A link in a mail from yesterday: the process is new, and nobody has looked at a page before."""
    yesterday = start_app()
    first = open_browser()
    first.goto(yesterday.url)
    session_id = pick_session(first, WORKSHOP)
    first.close()
    yesterday.stop()

    today = start_app(data=yesterday.data)
    visitor = open_browser()
    visitor.goto(f"{today.url}/register?session={session_id}")

    expect(visitor.get_by_text(DEMO)).to_be_visible()
    expect(visitor.get_by_text(re.compile(r"Workshop: your first AI receptionist · .+ · starts in"))).to_be_visible()


def test_every_answer_forbids_what_is_foreign(app: App, page: Page) -> None:
    """Nothing is loaded from elsewhere, and nobody can put the app into a frame and have people click in it."""
    answer = page.goto(app.url)

    assert answer is not None
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_process_ends_although_somebody_looks(start_app: StartApp, page: Page) -> None:
    """An open browser must not keep the process, and its worker, alive."""
    app = start_app()
    page.goto(app.url)
    expect(page.get_by_role("combobox", name="Session")).to_be_visible()
    page.wait_for_load_state("networkidle")  # a browser that misses half of the page complains of that instead

    assert app.stop() in (0, -signal.SIGTERM)


def test_the_menu_offers_the_theme_and_nothing_that_distracts(app: App, page: Page) -> None:
    """Streamlit's own menu would offer marketers to record their screen, and people's data with it."""
    page.goto(app.url)

    page.get_by_test_id("stMainMenuButton").or_(page.get_by_test_id("stMainMenu").get_by_role("button")).first.click()

    expect(page.get_by_role("menuitemradio", name="Dark")).to_be_visible()
    expect(page.get_by_text("Record screen")).to_have_count(0)


class TestPickedSession:
    def test_a_click_in_the_list_is_seen_all_over_the_page(self, app: App, page: Page) -> None:
        """The list refreshes by itself, apart from the page; a header with another session registers people there."""
        page.goto(app.url)
        pick_session(page, "Customer story")
        line = page.get_by_text(re.compile(f"{WORKSHOP} · .+ · starts in"))
        expect(page.get_by_text(re.compile("Customer story.+ · starts in")).first).to_be_visible()

        page.get_by_role("button", name=WORKSHOP).click()

        expect(page.get_by_role("combobox", name="Session")).to_have_value(re.compile(WORKSHOP))
        expect(line).to_be_visible()

    def test_a_reload_keeps_it(self, app: App, page: Page) -> None:
        """What is picked stands in the address, not in the memory of a browser's tab."""
        page.goto(app.url)
        pick_session(page, WORKSHOP)

        page.reload()

        expect(page.get_by_role("button", name="Import a list")).to_be_visible()
        expect(page.get_by_text(re.compile(f"{WORKSHOP} · "))).to_be_visible()

    def test_links_between_pages_keep_it(self, app: App, page: Page) -> None:
        """Navigation drops the address; the shell puts it back."""
        page.goto(app.url)
        session_id = pick_session(page, WORKSHOP)

        for link in ("Register", "Import", "Imports", "Overview"):
            page.get_by_role("link", name=link, exact=True).click()

            page.wait_for_url(f"**session={session_id}")

    def test_back_goes_back_to_the_session_before(self, app: App, page: Page) -> None:
        """The browser's own button does what it says."""
        page.goto(f"{app.url}/register")
        first = pick_session(page, WORKSHOP)
        page.get_by_role("link", name="Overview", exact=True).click()
        page.wait_for_url(f"**/?session={first}")
        second = pick_session(page, "Customer story")
        assert second != first

        page.go_back()

        page.wait_for_url(f"**session={first}")
        expect(page.get_by_text(re.compile(f"{WORKSHOP} · "))).to_be_visible()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
class TestEveryPage:
    def test_has_nothing_serious_for_axe(self, app: App, open_browser: OpenBrowser, path: str, dark: bool) -> None:
        """Contrast, names of fields and buttons, order of headings: for those who do not see or point well."""
        page = open_browser(dark=dark, for_axe=True)

        self.visit(page, app, path)

        assert findings(page) == []

    def test_does_not_scroll_sideways_on_a_phone(
        self, app: App, open_browser: OpenBrowser, path: str, dark: bool
    ) -> None:
        """At 390 px everything stacks."""
        page = open_browser(width=NARROW, dark=dark)

        self.visit(page, app, path)

        assert page.evaluate("document.scrollingElement.scrollWidth") <= NARROW

    def visit(self, page: Page, app: App, path: str) -> None:
        """Open the page with a session picked, and wait until it stands still."""
        page.goto(app.url)
        expect(page.get_by_text(re.compile(r"\d+ registered")).first).to_be_visible()
        page.get_by_role("button", name=WORKSHOP).click()
        page.wait_for_url("**session=*")
        page.goto(page.url.replace("/?", f"/{path}?"))
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
