"""Every switch of a started import, thrown in a real browser while the import runs."""

import re
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from rollcall.simulator import Fault, FaultKind, World
from tests.journeys.axe import findings
from tests.journeys.conftest import App, OpenBrowser, StartApp
from tests.journeys.live import live_app
from tests.journeys.live import registered as registered_there
from tests.journeys.simulated import registered
from tests.journeys.test_import_journey import a_list, at_the_import, check, start, upload

SLOW = {"ROLLCALL_DEMO_LIMIT": "20", "ROLLCALL_DEMO_WINDOW": "10"}  # two people a second
ON_ITS_WAY = 2.0  # seconds in which a call that had left is answered


@pytest.fixture(scope="module")
def slow(start_for_all: StartApp) -> App:
    """A demo so slow that an import of many is still running when something is clicked."""
    return start_for_all(**SLOW)


@pytest.fixture(scope="module")
def live(start_for_all: StartApp) -> Iterator[tuple[App, World]]:
    """The same with a RingCentral that refuses whom a test wants refused."""
    with live_app(start_for_all, limit=20, window=10.0) as running:
        yield running


def begin(page: Page, app: App, mark: str, people: int) -> str:
    """Upload, check and start a list. Returns the session's id."""
    session_id = at_the_import(page, app)
    upload(page, a_list(people, mark))
    check(page, people)
    start(page, people)
    return session_id


def progress(page: Page, people: int) -> Locator:
    """The bar of an import of so many, once somebody is registered."""
    return page.get_by_text(re.compile(rf"^[1-9]\d* of {people} registered"))


def count(app: App, session_id: str, mark: str) -> int:
    return len([one for one in registered(app, session_id) if one.startswith(mark)])


def wait(seconds: float) -> None:
    threading.Event().wait(seconds)


def until(happened: Callable[[], bool], within: float = 30.0) -> None:
    ends = time.monotonic() + within
    while not happened():
        assert time.monotonic() < ends
        wait(0.1)


def stop(page: Page) -> None:
    """Leave nothing running for the next test."""
    page.get_by_role("button", name="Stop …").first.click()
    page.get_by_role("button", name=re.compile("^Stop and take back")).click()
    expect(page.get_by_text("What stopping means")).to_have_count(0)
    expect(page.get_by_role("button", name="Pause")).to_have_count(0)


def test_paused_nobody_is_sent_and_resumed_it_goes_on(slow: App, page: Page) -> None:
    """At the click, in RingCentral itself and not only on the screen; a reload changes nothing."""
    session_id = begin(page, slow, "pause", 60)
    expect(progress(page, 60)).to_be_visible()

    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    wait(ON_ITS_WAY)
    then = count(slow, session_id, "pause")
    page.reload()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    wait(3.0)
    assert count(slow, session_id, "pause") == then < 60
    page.get_by_role("button", name="Resume").click()

    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    until(lambda: count(slow, session_id, "pause") > then + 2)
    stop(page)


def test_stopping_says_first_what_it_means_and_takes_back_who_waits(slow: App, page: Page) -> None:
    """Thought over it goes on; confirmed nobody else is registered, and nothing offers to go on."""
    session_id = begin(page, slow, "stop", 60)
    expect(progress(page, 60)).to_be_visible()

    page.get_by_role("button", name="Stop …").click()
    expect(page.get_by_text("What stopping means")).to_be_visible()
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    then = count(slow, session_id, "stop")
    until(lambda: count(slow, session_id, "stop") > then)
    stop(page)
    wait(ON_ITS_WAY)
    then = count(slow, session_id, "stop")

    wait(3.0)
    assert count(slow, session_id, "stop") == then < 60
    expect(page.get_by_text(re.compile(rf"^{then} of 60 registered"))).to_be_visible()
    for gone in ("Pause", "Resume", "Stop …"):
        expect(page.get_by_role("button", name=gone)).to_have_count(0)


def test_this_one_first_goes_before_the_other(slow: App, open_browser: OpenBrowser) -> None:
    """The four who matter are through while the eighty still wait."""
    first, page = open_browser(), open_browser()
    session_id = begin(first, slow, "long", 80)
    begin(page, slow, "short", 4)
    expect(page.get_by_text(re.compile(r"calls of your other imports .* go first"))).to_be_visible()

    page.get_by_role("button", name="This one first").click()

    expect(page.get_by_text("4 of 4 registered")).to_be_visible(timeout=20_000)
    assert count(slow, session_id, "short") == 4
    assert count(slow, session_id, "long") < 60
    stop(first)


def test_another_browser_sees_the_progress_at_once(slow: App, open_browser: OpenBrowser) -> None:
    """A colleague opens the Overview in the middle, and finds the number of now."""
    page, other = open_browser(), open_browser()
    session_id = begin(page, slow, "watch", 60)
    expect(progress(page, 60)).to_be_visible()
    other.goto(slow.url)
    other.get_by_role("heading", name="Running").wait_for()

    expect(progress(other, 60)).to_be_visible()
    shown = int(progress(other, 60).inner_text().split()[0])

    assert abs(shown - count(slow, session_id, "watch")) <= 4  # two a second, and the look itself takes a while
    stop(page)


def test_who_was_refused_is_tried_again(live: tuple[App, World], page: Page) -> None:
    """RingCentral said no to one of three; put right there, one press and one question later she is registered."""
    app, world = live
    refuse(world, "again1@example.com")
    session_id = begin(page, app, "again", 3)
    expect(page.get_by_text("2 of 3 registered")).to_be_visible()
    expect(page.get_by_text("1 refused").first).to_be_visible()
    page.get_by_role("link", name="See its people").click()

    page.get_by_role("button", name="Try 1 refused again").click()
    page.get_by_role("dialog").get_by_role("button", name="Try 1 person again").dblclick()

    expect(page.get_by_text("3 of 3 registered")).to_be_visible()
    found = sorted(one for one in registered_there(world, session_id) if one.startswith("again"))
    assert found == [f"again{one}@example.com" for one in range(3)]


def refuse(world: World, email: str) -> None:
    """RingCentral refuses this person once."""
    world.add_fault(Fault(FaultKind.SERVER_ERROR, method="POST", path="/registrants", email=email, status=400, times=1))


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_an_overview_with_work_on_it_has_nothing_serious_for_axe(
    live: tuple[App, World], open_browser: OpenBrowser, dark: bool
) -> None:
    """One import runs and one needs the marketer: the busiest face of the app."""
    app, world = live
    mark = "dark" if dark else "light"
    refuse(world, f"{mark}0@example.com")
    page = open_browser(dark=dark, for_axe=True)
    begin(page, app, mark, 2)
    expect(page.get_by_text("1 of 2 registered")).to_be_visible()
    begin(page, app, f"run{mark}", 150)

    page.goto(app.url)
    expect(page.get_by_text(re.compile(r"Needs you \(\d\)"))).to_be_visible()
    expect(progress(page, 150)).to_be_visible()

    assert findings(page) == []
    expect(progress(page, 150)).to_be_visible()
    stop(page)


def test_the_uploaded_file_is_deleted_after_a_question(app: App, page: Page) -> None:
    """Then there is no receipt any more, and the people and their states are still there."""
    begin(page, app, "file", 3)
    expect(page.get_by_text("3 of 3 registered")).to_be_visible()
    page.get_by_role("link", name="See its people").click()

    page.get_by_role("button", name="Delete its file …").click()
    expect(page.get_by_role("dialog").get_by_text("There will be no receipt any more")).to_be_visible()
    page.get_by_role("dialog").get_by_role("button", name="Delete the file").click()

    expect(page.get_by_text("The uploaded file was deleted")).to_be_visible()
    expect(page.get_by_role("button", name="Receipt")).to_have_count(0)
    expect(page.get_by_text("3 of 3 registered")).to_be_visible()


def test_the_demo_begins_anew_after_a_question(start_app: StartApp, page: Page) -> None:
    """In the middle of an import: the people are gone, the webinars are back, and the next import goes through."""
    app = start_app()
    session_id = begin(page, app, "before", 150)
    expect(progress(page, 150)).to_be_visible()
    page.goto(app.url)

    page.get_by_role("button", name="Reset the demo").click()
    expect(page.get_by_role("dialog").get_by_text("cannot be taken back")).to_be_visible()
    page.get_by_role("dialog").get_by_role("button", name="Reset the demo").click()

    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_text("Running")).to_have_count(0)
    expect(page.get_by_role("button", name="Customer story")).to_be_visible()
    begin(page, app, "after", 3)
    expect(page.get_by_text("3 of 3 registered")).to_be_visible()
    assert count(app, session_id, "before") == 0
    page.get_by_role("link", name="Imports", exact=True).click()
    expect(page.get_by_role("button", name="Open")).to_have_count(1)
