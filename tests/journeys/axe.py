"""What axe-core finds on a page, without what is Streamlit's own and named here."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

SERIOUS = ("serious", "critical")

# Rule → where Streamlit itself breaks it, as a part of the HTML that axe reports. Whatever is ours stays a finding.
ALLOWED = {
    "color-contrast": ('data-testid="stBaseButton-header"',),  # "Stop", there only while a page is being drawn
    "target-size": ('role="spinbutton"',),  # the parts of a date or time field are 18 × 20 px
}


LOOKS = 6  # a page that is being drawn anew shows its old elements faded for a moment: a real finding stays
BETWEEN_LOOKS = 1_500  # milliseconds


def findings(page: Page) -> list[str]:
    """Each serious finding that stays, in one line: the rule, and the element."""
    found = _look(page)
    for _ in range(LOOKS - 1):
        if not found:
            break
        page.wait_for_timeout(BETWEEN_LOOKS)
        found = [finding for finding in _look(page) if finding in found]
    return found


def _look(page: Page) -> list[str]:
    answer: dict[str, Any] = Axe().run(page).response
    return [
        f"{violation['id']}: {node['html'][:200]} ({node.get('failureSummary', '').splitlines()[-1].strip()})"
        for violation in answer["violations"]
        if violation["impact"] in SERIOUS
        for node in violation["nodes"]
        if not any(mark in node["html"] for mark in ALLOWED.get(violation["id"], ()))
    ]
