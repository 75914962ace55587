"""Which sessions are compared: the latest few, more of them, or those that somebody chooses."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from components import compare_words, session_picker
from components.moments import number
from rollcall import wiring
from rollcall.attendance import tallies
from rollcall.attendance.tallies import State

SPANS = (8, 20, 50)  # sessions that are offered together; the first is shown at first
ALL, CHOOSE = "all", "choose"
AT_MOST = 200  # sessions beside each other; more are chosen in parts


def pick_or_stop() -> pd.DataFrame:
    """The rows of `tallies.sessions` to be looked at, the earliest first; where there is none, why, and no more."""
    here = wiring.current()
    with here.store.read() as db:
        found = tallies.sessions(db, here.connection_id, now=here.now())
    begun = found[found["state"] != State.TO_COME].reset_index(drop=True)
    if found.empty:
        session_picker.show_none_comes()
        st.stop()
    if not (begun["state"] != State.RUNNING).any():
        _show_none(len(begun))
        st.stop()
    chosen = _ask(begun)
    if chosen.empty:
        st.info("Choose the sessions to be put beside each other.", icon=":material/checklist:")
        st.stop()
    return chosen


def _show_none(running: int) -> None:
    if running:
        st.info(
            "Your first session is running. When it is over and was read, its figures stand here, and beside those of "
            "the sessions after it.", icon=":material/timeline:",
        )  # fmt: skip
        st.page_link("pages/registrants.py", label="See who is registered", icon=":material/group:")
        return
    st.info(
        "No session is over yet, so there is nothing to compare. After your first webinar its figures stand here.",
        icon=":material/timeline:",
    )
    st.page_link("pages/overview.py", label="See the next sessions", icon=":material/event:")


def _ask(begun: pd.DataFrame) -> pd.DataFrame:
    past = begun[begun["state"] != State.RUNNING]
    spans: Sequence[int | str] = [*(span for span in SPANS if span < len(past)), ALL, CHOOSE]
    words = {ALL: f"All {number(len(past))}", CHOOSE: "Choose"} | {span: f"Latest {span}" for span in SPANS}
    if len(past) > AT_MOST:
        words[ALL] = f"Latest {AT_MOST}"
    kept = st.session_state.get("compare_span")
    if kept is not None and kept not in spans:
        del st.session_state["compare_span"]
    span = st.radio(
        "Sessions", spans, format_func=lambda one: words[one], key="compare_span", horizontal=True,
        persist_state="session",
    )  # fmt: skip
    if span == CHOOSE:
        return _choose(begun)
    latest = past.tail(span if isinstance(span, int) else AT_MOST).index
    return begun[begun.index.isin(latest) | (begun["state"] == State.RUNNING)].reset_index(drop=True)


def _choose(begun: pd.DataFrame) -> pd.DataFrame:
    told = compare_words.names(begun, wiring.current().now())
    names = dict(zip(begun["session_id"], told, strict=True))
    kept = st.session_state.get("compare_chosen")
    if kept is not None:
        st.session_state["compare_chosen"] = [one for one in kept if one in names]
    chosen = st.multiselect(
        "Sessions to compare", [*names][::-1], format_func=lambda one: names[one], key="compare_chosen",
        max_selections=AT_MOST, placeholder="Pick sessions, or type to search", persist_state="session",
    )  # fmt: skip
    return begun[begun["session_id"].isin(chosen)].reset_index(drop=True)
