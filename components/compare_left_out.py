"""Which of the picked sessions stay out of the comparison and why, and reading those that only want reading."""

from collections.abc import Sequence
from datetime import timedelta

import pandas as pd
import streamlit as st

from components import compare_words, read_past, reading, wording
from components.moments import many
from components.plain import plain
from components.redraw import redraw
from rollcall import wiring
from rollcall.attendance import due, over_time, unread
from rollcall.attendance.over_time import UNREAD, LeftOut
from rollcall.roster.readings import FORBIDDEN, ReadingState, What
from rollcall.store.tables import Reading

LOOKS_EVERY = timedelta(seconds=2)
WHAT = {What.REGISTRANTS: "who was registered", What.PARTICIPANTS: "who came"}


def show(found: pd.DataFrame) -> None:
    """What is left out, in a line and by name; the offer to read it, or that it is being read."""
    reasons = over_time.left_out(found)
    out = found.assign(reason=reasons)[reasons != ""]
    if out.empty:
        return
    latest, counting = _latest(out["session_id"].tolist())
    open_ones = [one for one in latest if reading.is_open(one)]
    st.info(plain(_line(out, len(found))), icon=":material/rule:")
    with st.expander("Which, and why", icon=":material/list:", key="compare_left_out"):
        _show_each(out, latest)
    unread_ones = out[out["reason"].isin(UNREAD) & ~out["session_id"].isin(counting)]
    read_past.offer(read_past.left(unread_ones, latest), unread_ones, key="compare_read")
    if open_ones:
        st.caption(reading.hope(f"Reading: {many(len(open_ones), 'list')} to go …"))
    elif counting:
        st.caption("Counting what was read …")
    is_moving = bool(open_ones or counting)
    st.fragment(_watch, run_every=LOOKS_EVERY if is_moving else None)(
        out["session_id"].tolist(), _marks(latest, counting)
    )


def _latest(session_ids: Sequence[str]) -> tuple[list[Reading], set[str]]:
    """The readings filed last, and of which sessions what they brought is not counted yet."""
    here = wiring.current()
    with here.store.read() as db:
        rows = due.due(db, here.connection_id, now=here.now(), at_most=len(session_ids), session_ids=session_ids)
        return unread.latest_readings(db, here.connection_id, session_ids), {row["session_id"] for row in rows}


def _line(out: pd.DataFrame, total: int) -> str:
    counted = out["reason"].value_counts()
    why = "; ".join(
        f"{counted[one.value]} {compare_words.LEFT_OUT[one]}" for one in LeftOut if counted.get(one.value, 0)
    )
    stay = "stays" if len(out) == 1 else "stay"
    return f"{len(out)} of {many(total, 'session')} {stay} out of every comparison: {why}."


def _show_each(out: pd.DataFrame, latest: Sequence[Reading]) -> None:
    now = wiring.current().now()
    rows = [
        {
            "Session": row.title,
            "Began": compare_words.began(row, now),
            "Why it is left out": compare_words.LEFT_OUT[LeftOut(row.reason)],
            "Reading": _state([one for one in latest if one.session_id == row.session_id]),
        }
        for row in compare_words.rows(out)
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, key="compare_left_out_table")


def _state(latest: Sequence[Reading]) -> str:
    """Where the readings of one session stand, if anything is to be said of them."""
    said = []
    for one in latest:
        if reading.is_open(one):
            said.append(f"{WHAT[What(one.what)]}: being read")
        elif one.state == ReadingState.FAILED and one.error_code != FORBIDDEN:
            why = wording.reading_failed(one.error_code, one.error_message)
            said.append(f"{WHAT[What(one.what)]} could not be read: {why}")
    return "; ".join(said)


def _marks(latest: Sequence[Reading], counting: set[str]) -> tuple[list[tuple[int, str]], list[str]]:
    return [(int(one.id), one.state) for one in latest], sorted(counting)


def _watch(session_ids: Sequence[str], seen: tuple[list[tuple[int, str]], list[str]]) -> None:
    if _marks(*_latest(session_ids)) != seen:
        redraw()
