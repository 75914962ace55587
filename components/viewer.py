"""Who looks at the screen: only their browser's time zone is known."""

import streamlit as st


def zone() -> str | None:
    """The zone of the browser ("Europe/Berlin"), for moments that belong to no session; None if it does not tell."""
    return st.context.timezone
