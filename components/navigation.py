"""Which pages there are, in which order, under which address."""

import logging

import streamlit as st
from streamlit.navigation.page import Page

# Said three times when navigation is set up outside of a session, which is what `close_side_door` is for.
_CONTEXT_LOG = "streamlit.runtime.scriptrunner_utils.script_run_context"


def navigation() -> Page:
    """The page that the address asks for, and the list of all in the sidebar."""
    return st.navigation(
        [
            st.Page("pages/overview.py", title="Overview", default=True),
            st.Page("pages/register.py", title="Register", url_path="register"),
            st.Page("pages/import_people.py", title="Import", url_path="import"),
            st.Page("pages/imports.py", title="Imports", url_path="imports"),
            st.Page("pages/registrants.py", title="Registrants", url_path="registrants"),
            st.Page("pages/attendance.py", title="Attendance", url_path="attendance"),
            st.Page("pages/compare.py", title="Compare", url_path="compare"),
            st.Page("pages/sources.py", title="Sources", url_path="sources"),
            st.Page("pages/follow_up.py", title="Follow-up", url_path="follow-up"),
        ]
    )


def close_side_door() -> None:
    """Set up navigation before the first visitor.

    Until it was set up once in a process, Streamlit runs a file of `pages/` directly when an address names it, without
    the shell around it. Only a first visitor's deep link would see that.
    """
    log = logging.getLogger(_CONTEXT_LOG)
    log.addFilter(_is_not_about_context)
    try:
        navigation()
    finally:
        log.removeFilter(_is_not_about_context)


def _is_not_about_context(record: logging.LogRecord) -> bool:
    return "missing ScriptRunContext" not in record.getMessage()
