"""Sessions beside each other and over time, their sources and their people."""

import streamlit as st

from components import compare_left_out, compare_people, compare_pick, compare_sessions, compare_sources

st.title("Compare")
found = compare_pick.pick_or_stop()
compare_left_out.show(found)

sessions, sources, people = st.tabs(["Sessions", "Sources", "People"], key="compare_tab", on_change="rerun")
if sessions.open:
    with sessions:
        compare_sessions.show(found)
if sources.open:
    with sources:
        compare_sources.show(found)
if people.open:
    with people:
        compare_people.show(found)
