"""Registering one person, as a marketer does it: in a browser, against the demo's RingCentral."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.axe import findings
from tests.journeys.conftest import NARROW, App, OpenBrowser
from tests.journeys.simulated import registered

STORY = "Customer story"


def at_the_form(page: Page, app: App) -> str:
    """The form for the customer story, whose RingCentral mails nobody. Returns the session's id."""
    page.goto(app.url)
    page.get_by_role("button", name=STORY).click()
    page.wait_for_url("**session=*")
    session_id = page.url.split("session=")[1]
    page.get_by_role("link", name="Register", exact=True).click()
    expect(page.get_by_label("First name")).to_be_visible()
    expect(page.get_by_text(re.compile(r"\d+ registered")).first).to_be_visible()
    return session_id


def fill(page: Page, first_name: str, email: str) -> None:
    page.get_by_label("First name").fill(first_name)
    page.get_by_label("Last name").fill("Kovač")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Email").press("Tab")


def button(page: Page, first_name: str) -> Locator:
    """The one button, once it repeats the name."""
    return page.locator(".st-key-register").get_by_role("button", name=f"Register {first_name}", exact=True)


def test_one_person_with_crm_keys_gets_both_links(app: App, page: Page) -> None:
    """The whole of it: fields, keys as they are encoded, one press, both links to copy, and found after a reload."""
    session_id = at_the_form(page, app)
    fill(page, "Anna", "anna.keys@example.com")
    page.get_by_label("Key 1").fill("lid")
    page.get_by_label("Value 1").fill("123")
    page.get_by_role("button", name="Add a key").click()
    page.get_by_label("Key 2").fill("oid")
    page.get_by_label("Value 2").fill("4@56")
    expect(page.get_by_text("lid=123&oid=4%4056")).to_be_visible()

    button(page, "Anna").click()

    expect(page.get_by_text("Anna Kovač is registered.")).to_be_visible()
    for link in ("join", "cancel"):
        expect(page.get_by_text(re.compile(rf"^https://webinar\.example\.com/{link}/"))).to_be_visible()
    page.reload()
    expect(page.get_by_text("Anna Kovač is registered.")).to_be_visible()
    assert registered(app, session_id).count("anna.keys@example.com") == 1


def test_a_double_click_registers_once(app: App, page: Page) -> None:
    """Impatience must not send two mails."""
    session_id = at_the_form(page, app)
    fill(page, "Dora", "dora.double@example.com")

    button(page, "Dora").dblclick()

    expect(page.get_by_text("Dora Kovač is registered.")).to_be_visible()
    assert registered(app, session_id).count("dora.double@example.com") == 1


def test_somebody_who_is_there_is_shown_as_ringcentral_has_them(app: App, page: Page) -> None:
    """Nothing is sent, and what differs from the form is named."""
    at_the_form(page, app)
    fill(page, "Mila", "mila.twice@example.com")
    button(page, "Mila").click()
    expect(page.get_by_text("Mila Kovač is registered.")).to_be_visible()
    page.get_by_role("button", name="Register another").click()
    fill(page, "Milena", "MILA.twice@example.com")

    button(page, "Milena").click()

    expect(page.get_by_text("was registered already; nothing was sent")).to_be_visible()
    expect(page.get_by_text("you entered “Milena”, RingCentral has “Mila”")).to_be_visible()


def test_trying_own_links_with_one_person_shows_what_ringcentral_does(app: App, page: Page) -> None:
    """The demo's RingCentral replaces them, which is seen, said, and remembered."""
    at_the_form(page, app)
    fill(page, "Olga", "olga.links@example.com")
    page.get_by_text("Own join and cancel links").click()
    page.get_by_text("Send our own links instead of RingCentral's").click()
    page.get_by_label("Join link").fill("https://acme.example.com/{webinar_id}/{first_name}")
    page.get_by_label("Join link").press("Tab")
    expect(page.get_by_text(re.compile(r"^https://acme\.example\.com/\d+/Olga$"))).to_be_visible()

    button(page, "Olga").click()

    expect(page.get_by_text("RingCentral did not keep your own links")).to_be_visible()
    page.get_by_role("button", name="Register another").click()
    expect(page.get_by_text("This RingCentral replaces own links by its own")).to_be_visible()


def test_hostile_names_draw_nothing_and_call_nobody(app: App, page: Page) -> None:
    """The browser of this test fails on any call to another host."""
    at_the_form(page, app)
    fill(page, "![x](https://evil.example/t.png)", "hostile@example.com")

    page.locator(".st-key-register").get_by_role("button").click()

    expect(
        page.get_by_text(re.compile(r"^!\[x\]\(https:.?//evil\.example/t\.png\) Kovač is registered\.$"))
    ).to_be_visible()
    assert page.get_by_role("main").locator("img").count() == 0


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_outcome_has_nothing_serious_for_axe_and_fits_a_phone(
    app: App, open_browser: OpenBrowser, dark: bool
) -> None:
    """The links are what people take away, also on a phone."""
    page = open_browser(width=NARROW, dark=dark, for_axe=True)
    page.goto(app.url)
    page.get_by_role("button", name=STORY).click()
    page.wait_for_url("**session=*")
    page.goto(page.url.replace("/?", "/register?"))
    fill(page, "Nora", f"nora.{'dark' if dark else 'light'}@example.com")
    button(page, "Nora").click()

    expect(page.get_by_text("Nora Kovač is registered.")).to_be_visible()

    assert findings(page) == []
    assert page.evaluate("document.scrollingElement.scrollWidth") <= NARROW
