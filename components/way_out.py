"""The quiet button beside the main one of a dialog, for whoever thinks better of it."""

import streamlit as st


def offer(label: str, *, key: str) -> None:
    """Close the dialog and do nothing; `label` says what stays as it is."""
    if st.button(label, key=key, type="tertiary"):
        st.rerun()
