"""Clicks on what looks by itself: none is lost, in whatever moment it comes."""

from playwright.sync_api import Page, expect

from tests.journeys.conftest import OpenBrowser, StartApp

READING = "Reading how many are registered"
SLOW = {"ROLLCALL_DEMO_LIMIT": "4", "ROLLCALL_DEMO_WINDOW": "12"}  # six sessions take twenty seconds to be read


def test_a_click_that_comes_with_the_last_answer_is_not_lost(start_app: StartApp, open_browser: OpenBrowser) -> None:
    """The list of sessions is drawn anew when all are read. With one browser's clock stopped, its click finds that."""
    app = start_app(**SLOW)
    page, other = open_browser(), open_browser()
    page.clock.install()
    for one in (page, other):
        one.goto(app.url)
        expect(one.get_by_text(READING)).to_be_visible()
    stop_the_clock(page)
    expect(other.get_by_text(READING)).to_have_count(0)
    expect(page.get_by_text(READING)).to_be_visible()

    page.get_by_role("button", name="Customer story").click()
    page.clock.run_for(100)

    page.wait_for_url("**session=*")
    page.clock.resume()
    expect(page.get_by_text(READING)).to_have_count(0)


def stop_the_clock(page: Page) -> None:
    """No look of the page's own follows any more."""
    page.clock.pause_at(page.evaluate("Date.now()") + 10)
