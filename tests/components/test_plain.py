"""Text from outside shows as it was written and does nothing; looked at in a real browser by the journey beside it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.plain import plain

JOINER = "\u2060"


@pytest.mark.parametrize(
    "text",
    ["Anna Kovač", "Workshop: your first", "O’Neil & Söhne", "at 5 @ noon", "wwwhat", "日本語"],
)
def test_ordinary_words_stay_as_they_are(text: str) -> None:
    """Somebody who searches the page for a title finds it: nothing invisible is put in without need."""
    assert plain(text).replace("\\", "") == text


@pytest.mark.parametrize(
    "text",
    ["https://evil.example", "a@evil.example", "www.evil.example", "WwW.evil.example", ":material/home:", ":red[x]"],
)
def test_what_would_act_is_broken_up(text: str) -> None:
    """Links without brackets and Streamlit's own directives survive escaping alone."""
    assert JOINER in plain(text)


@given(st.text())
def test_nothing_is_lost_but_blanks_and_what_nobody_sees(text: str) -> None:
    """Names of any script are shown whole."""
    shown = plain(text).replace(JOINER, "")

    assert [one for one in shown if one.isalnum()] == [one for one in text if one.isalnum()]


@given(st.text(alphabet="\\`*_{}[]()<>#+-.!|~$:@\n\t abcw/", max_size=40))
def test_every_sign_of_markdown_is_escaped(text: str) -> None:
    """No sign stands without its backslash, and nothing begins a line of its own."""
    shown = plain(text)

    assert "\n" not in shown
    for at, sign in enumerate(shown):
        if sign in "`*_[]()<>#!|~$":
            assert at > 0
            assert shown[at - 1] == "\\"
