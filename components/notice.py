"""Alerts in one way: a headline, sentences under it, and nothing of it taken for Markdown."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from components.plain import plain
from components.wording import Wording

Alert = Callable[..., Any]

SESSION_OVER = Wording(
    "This session is over", "RingCentral takes nobody any more. To register people, pick a session that comes."
)


def show(words: Wording, kind: Alert = st.error, *, icon: str | None = None) -> None:
    """Show what happened and what to do, as `st.error`, `st.warning`, `st.info` or `st.success`."""
    kind(plain(words.text), title=plain(words.title), icon=icon)


def show_session_over() -> None:
    """The one box of a page that would register people, for a session that takes none any more."""
    show(SESSION_OVER, st.info, icon=":material/event_busy:")
