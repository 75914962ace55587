"""The people of a session in a real browser: found, ticked, nearly cancelled, and their links; also without a mouse."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.axe import findings
from tests.journeys.conftest import NARROW, WIDE, App, OpenBrowser, pick_session
from tests.journeys.simulated import registered

SESSION = "Customer story"
ROW = 35  # pixels, Streamlit's own
TRIES, SETTLES = 10, 1_000  # milliseconds between two


def at_the_registrants(page: Page, app: App) -> str:
    """The page of a session whose people have been read. Returns the session's id."""
    size = page.viewport_size or {"width": WIDE, "height": 1000}
    page.set_viewport_size({"width": WIDE, "height": 1000})  # where the session is picked without opening the sidebar
    page.goto(app.url)
    session_id = pick_session(page, SESSION)
    page.set_viewport_size(size)
    page.goto(f"{app.url}/registrants?session={session_id}")
    expect(page.locator(".st-key-download_registrants")).to_be_visible()
    return session_id


def find_one(page: Page, app: App, session_id: str) -> str:
    """Search for somebody who is registered, by the email. Returns it."""
    email = registered(app, session_id)[0]
    page.get_by_role("textbox", name="Search").fill(email)
    expect(page.get_by_role("button", name="Download 1 person (CSV)")).to_be_visible()
    return email


def tick_first(page: Page) -> Locator:
    """Tick the first row. Returns the button that cancels."""
    cancel = page.locator(".st-key-cancel_ticked").get_by_role("button")
    table = page.locator('[class*="st-key-registrants_table_"] [data-testid=stDataFrame]').first
    for _ in range(TRIES):  # what is above may still be drawn, and then the table moves away under the click
        table.locator(".dvn-scroller").click(position={"x": 16, "y": ROW + 17})
        page.wait_for_timeout(SETTLES)
        if cancel.count():
            break
    expect(cancel).to_contain_text("Cancel 1 registration …")
    return cancel


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_somebody_is_found_ticked_and_kept(app: App, open_browser: OpenBrowser, width: int, dark: bool) -> None:
    """The question is opened and left by keys, the person's links can be read, and nobody is cancelled."""
    page = open_browser(width=width, dark=dark, for_axe=True)
    session_id = at_the_registrants(page, app)
    before = registered(app, session_id)
    email = find_one(page, app, session_id)

    tick_first(page).focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text(email)).to_be_visible()
    assert findings(page) == []
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)

    person = page.locator(".st-key-registrant")
    expect(person.get_by_text("Join link")).to_be_visible()
    expect(person.get_by_text("Cancel link")).to_be_visible()
    assert findings(page) == []
    assert page.evaluate("document.scrollingElement.scrollWidth") <= width
    assert registered(app, session_id) == before


def test_the_way_out_of_the_question_is_a_key_away(app: App, page: Page) -> None:
    """Whoever thinks better of it without a mouse comes back to the list, and the person stays ticked."""
    session_id = at_the_registrants(page, app)
    before = registered(app, session_id)
    find_one(page, app, session_id)
    cancel = tick_first(page)
    cancel.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")

    dialog.get_by_role("button", name="Cancel 1 registration").focus()
    page.keyboard.press("Tab")
    expect(dialog.get_by_role("button", name="Keep them registered")).to_be_focused()
    page.keyboard.press("Enter")

    expect(dialog).to_have_count(0)
    expect(cancel).to_be_visible()
    assert registered(app, session_id) == before
