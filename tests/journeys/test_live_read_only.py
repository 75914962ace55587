"""Live with ReadWebinars alone: no word of a demo, what may be done is said, and nothing that writes can be pressed."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from rollcall.simulator import World
from tests.journeys.axe import findings
from tests.journeys.conftest import NARROW, WIDE, App, OpenBrowser, StartApp
from tests.journeys.live import live_app
from tests.journeys.test_import_journey import a_list, at_the_import, check, upload

READ_ONLY = "You can look, but not register or cancel"
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


@pytest.fixture(scope="module")
def live(start_for_all: StartApp) -> Iterator[tuple[App, World]]:
    """An app whose token may read and nothing else."""
    with live_app(start_for_all, limit=60, window=6.0, scopes="ReadWebinars") as running:
        yield running


def at(page: Page, app: App, path: str) -> str:
    """Open a page with the customer story picked, once everything is read. Returns the session's id."""
    page.goto(app.url)
    page.get_by_role("button", name="Customer story").click()
    page.wait_for_url("**session=*")
    page.goto(page.url.replace("/?", f"/{path}?"))
    expect(page.get_by_text(READ_ONLY)).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    return page.url.split("session=")[1]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_says_that_one_can_only_look_and_nothing_of_a_demo(
    live: tuple[App, World], page: Page, path: str
) -> None:
    """Whoever believes to be in a demo registers people for real; whoever may not register should not try."""
    app, _ = live

    at(page, app, path)

    expect(page.get_by_text("was not granted EditWebinars")).to_be_visible()
    for word in ("Simulated RingCentral", "Go live", "Reset the demo"):
        expect(page.get_by_text(word)).to_have_count(0)


def test_the_overview_names_the_account(live: tuple[App, World], page: Page) -> None:
    """Whose RingCentral, as whom, and with which right."""
    app, _ = live

    at(page, app, "")

    panel = page.locator(".st-key-connection")
    expect(panel).to_contain_text("Live")
    expect(panel).to_contain_text(re.compile(r"127\.0\.0\.1:.?\d+"))
    expect(panel).to_contain_text(re.compile(r"User \d+ may see webinars(?! and)"))


def test_nobody_can_be_registered(live: tuple[App, World], page: Page) -> None:
    """Filled in or not, the button stays dark, and RingCentral hears of nothing."""
    app, world = live
    at(page, app, "register")
    page.get_by_label("First name").fill("Anna")
    page.get_by_label("Last name").fill("Kovač")
    page.get_by_label("Email").fill("anna.look@example.com")
    page.get_by_label("Email").press("Tab")

    expect(page.locator(".st-key-register").get_by_role("button")).to_be_disabled()

    assert world.calls(method="POST", path="/registrants") == []


def test_a_list_may_be_checked_and_not_started(live: tuple[App, World], page: Page) -> None:
    """Preparing it costs nobody anything; the day the scope is granted it is ready."""
    app, world = live
    at_the_import(page, app)
    upload(page, a_list(4, "look"))
    check(page, 4)
    expect(page.get_by_text("done about")).to_be_visible()
    expect(page.get_by_text("Reading who is registered already")).to_have_count(0)  # until then it is disabled anyway

    expect(page.get_by_role("button", name="Register 4 people")).to_be_disabled()

    assert world.calls(method="POST", path="/registrants") == []


@pytest.mark.parametrize(("dark", "width"), [(False, WIDE), (True, NARROW)], ids=["light, wide", "dark, narrow"])
@pytest.mark.parametrize("path", PAGES)
def test_it_has_nothing_serious_for_axe_and_fits(
    live: tuple[App, World], open_browser: OpenBrowser, path: str, dark: bool, width: int
) -> None:
    """What cannot be pressed must still be readable."""
    app, _ = live
    page = open_browser(width=width, dark=dark, for_axe=True)

    at(page, app, path)

    assert findings(page) == []
    assert page.evaluate("document.scrollingElement.scrollWidth") <= width
