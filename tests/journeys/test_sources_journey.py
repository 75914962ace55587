"""Sources in a real browser: merged by one click, taken back by another, and what they cost typed into the table."""

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.axe import findings
from tests.journeys.conftest import NARROW, WIDE, App, OpenBrowser, StartApp

ROW = 35  # pixels, Streamlit's own
AMOUNT_AT = 330  # pixels from the left edge of the table: within the column of amounts, at a desk's width

TRIES, SETTLES = 10, 1_000  # milliseconds between two
MOST_TABS = 80  # steps from the top of the page to whatever is on it, and once around


@pytest.fixture(scope="module")
def counting(start_for_all: StartApp) -> App:
    """A demo of its own: what is merged here, others would miss."""
    return start_for_all()


def opened(page: Page, app: App) -> None:
    """The page, once a session is counted; the worker reads the past ones by itself."""
    page.goto(f"{app.url}/sources")
    expect(page.get_by_role("heading", name="Every spelling")).to_be_visible()


def enter(page: Page, *amounts: str) -> None:
    """Type these amounts for the first sources: Enter opens a cell, Enter again goes on to the next one."""
    table = page.locator('[class*="st-key-sources_spend_"] [data-testid=stDataFrame]').first
    field = page.locator("#portal textarea, [data-testid=portal] textarea")
    cell = table.get_by_test_id("glide-cell-1-0")
    expect(cell).to_have_count(1)
    for _ in range(TRIES):  # what is above may still be drawn, and then the table moves away under the click
        table.locator(".dvn-scroller").click(position={"x": AMOUNT_AT, "y": ROW + 17})
        page.wait_for_timeout(SETTLES)
        if cell.get_attribute("aria-selected") == "true":
            break
    for amount in amounts:
        page.keyboard.press("Enter")
        field.first.fill(amount)
        page.keyboard.press("Enter")
        expect(field).to_have_count(0)


def test_spellings_are_merged_and_taken_back(page: Page, counting: App) -> None:
    """One click for all that is suggested, one to undo it; both are said."""
    opened(page, counting)
    page.get_by_role("button", name="as suggested").click()
    expect(page.get_by_text("now, in all sessions.")).to_be_visible()
    expect(page.get_by_text("What was decided")).to_be_visible()

    page.locator(".st-key-sources_undo_last").get_by_role("button").click()

    expect(page.get_by_text("decisions undone.")).to_be_visible()
    expect(page.get_by_text("What was decided")).to_have_count(0)


def test_what_a_source_cost_is_typed_into_the_table(page: Page, counting: App) -> None:
    """As somebody types it; a wrong one is said, and costs and chart are there at once when it is saved."""
    opened(page, counting)
    save = page.locator(".st-key-sources_spend_save").get_by_role("button")
    enter(page, "-5", "300")
    save.click()
    expect(page.get_by_text("is below zero")).to_be_visible()

    enter(page, "1.200,50")
    save.click()

    expect(page.get_by_text("2 amounts saved.")).to_be_visible()
    expect(page.get_by_test_id("stMetric").filter(has_text="Spent")).to_contain_text("1,500.50")
    expect(page.get_by_text("What did somebody who came cost?")).to_be_visible()


def tab_to(page: Page, key: str) -> None:
    """Press Tab until the button of this key has the focus."""
    button = page.locator(f".st-key-{key}").get_by_role("button")
    expect(button).to_be_visible()
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if button.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError(f"{key} was not reached in {MOST_TABS} steps")


def test_spellings_are_merged_and_taken_back_with_the_keyboard_alone(page: Page, counting: App) -> None:
    """From the top of the page to a decision, and back out of it, without a mouse."""
    opened(page, counting)

    tab_to(page, "sources_accept")
    page.keyboard.press("Enter")
    expect(page.get_by_text("now, in all sessions.")).to_be_visible()
    tab_to(page, "sources_undo_last")
    page.keyboard.press("Enter")

    expect(page.get_by_text("decisions undone.")).to_be_visible()
    expect(page.locator(".st-key-sources_accept").get_by_role("button")).to_be_visible()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_everybody_can_read_it(open_browser: OpenBrowser, counting: App, width: int, dark: bool) -> None:
    """Both themes, a desk and a phone: nothing that axe-core calls serious, and nothing to be scrolled sideways."""
    page = open_browser(width=width, dark=dark, for_axe=True)
    opened(page, counting)
    expect(page.get_by_role("heading", name="What the sources cost")).to_be_visible()

    assert findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
