"""In which sessions somebody has a source, and from there to those people."""

from typing import Any

import pandas as pd
import streamlit as st

from components import registrants_search
from components.moments import day, many, number
from components.plain import plain
from components.sources_words import named
from rollcall import wiring
from rollcall.attendance import source_overview

MOST = 12  # sessions that get a line of their own


def show_where(spelling: str) -> None:
    """The sessions, the latest first, each with its people one click away."""
    here = wiring.current()
    with here.store.read() as db:
        found = source_overview.where(db, here.connection_id, spelling)
    with st.container(border=True, key="sources_where"):
        st.markdown(f"**{named(spelling)}** as received, in {many(len(found), 'session')}")
        for row in found.head(MOST).itertuples():
            _offer(row, spelling)
        if len(found) > MOST:
            st.caption(f"and {number(len(found) - MOST)} earlier ones")


def _offer(row: Any, spelling: str) -> None:
    came = "not yet known who came" if row.not_yet_known else f"{number(row.attended)} attended"
    clicked = st.button(
        f"{plain(row.title)}{_day(row)} · {number(row.registered)} registered, {came}",
        key=f"sources_where_{row.session_id}", type="tertiary", icon=":material/group:", wrap=True,
        help="Show these people on the page of registrants",
    )  # fmt: skip
    if clicked:
        registrants_search.look_for(row.session_id, spelling)
        st.switch_page("pages/registrants.py", query_params={"session": row.session_id})


def _day(row: Any) -> str:
    if pd.isna(row.starts_at):
        return ""
    return f" · {plain(day(row.starts_at.to_pydatetime(), row.time_zone, now=wiring.current().now()))}"
