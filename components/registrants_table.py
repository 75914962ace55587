"""The table of registrants, a page at a time, and who of them is ticked."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from math import ceil
from typing import Any
from zlib import crc32

import pandas as pd
import streamlit as st

from components import registrants_search, registrants_words
from components.moments import many, moment, number
from components.redraw import redraw
from rollcall import wiring
from rollcall.roster import people, people_file
from rollcall.roster.people import Listed, Search, Shown
from rollcall.roster.sessions import Listing

PAGE = 50  # people shown at once
TALL = 15  # rows; more of them scroll in the table, so that what is done with them stays in sight
ROW = 35  # pixels, Streamlit's own
MOST_KEYS = 8  # columns of external-ID keys; the download has them all
TITLES = ("Name", "Email", "Source", "External ID", "Registered", "Status", "Registered by", "Join link", "Cancel link")
WIDTHS = {
    "Name": st.column_config.TextColumn(width=170),
    "Email": st.column_config.TextColumn(width=220),
    "Join link": st.column_config.TextColumn(width=120),
    "Cancel link": st.column_config.TextColumn(width=120),
}


def show_table(listing: Listing, search: Search, total: int, *, is_moving: bool) -> None:
    """A page of those who are found, each to be ticked.

    Args:
        is_moving: whether cancellations run that may be of people on this page.
    """
    pages = ceil(total / PAGE)
    page = min(st.pagination(pages, key=f"registrants_page_{crc32(repr(search).encode())}"), pages) if pages > 1 else 1
    start = (page - 1) * PAGE
    with wiring.current().store.read() as db:
        shown = people.page(db, search, start=start, most=PAGE)
    if pages > 1:
        st.caption(f"{number(start + 1)} to {number(start + len(shown))} of {many(total, 'person', 'people')}")
    ids = [one.registrant_id for one in shown]
    key = _key(search.session_id, ids)
    picked = ticked(search.session_id)
    rows = [row for row, registrant_id in enumerate(ids) if registrant_id in picked]
    st.dataframe(
        _frame(shown, listing),
        key=key,
        hide_index=True,
        height="content" if len(ids) <= TALL else ROW * (TALL + 1) + ROW // 2,
        column_config=WIDTHS,
        on_select=partial(_keep_ticks, search.session_id, key, ids),
        selection_mode="multi-row",
        selection_default={"selection": {"rows": rows, "columns": [], "cells": []}},
        alt=f"Registrants, {many(len(shown), 'row')}",
    )
    if is_moving or any(one.leaving is not None for one in shown):
        _watch(search, [(one.registrant_id, registrants_words.status(one)) for one in shown])


@st.fragment(run_every="2s")
def _watch(search: Search, seen: Sequence[tuple[str, str]]) -> None:
    """Draw the page anew when a cancellation of somebody on it comes to its end."""
    with wiring.current().store.read() as db:
        now = people.those(db, search, [registrant_id for registrant_id, _ in seen])
    if {(one.registrant_id, registrants_words.status(one)) for one in now} != set(seen):
        redraw()


def _frame(shown: Sequence[Listed], listing: Listing) -> pd.DataFrame:
    """Cells are never taken for Markdown, so names need no escaping here."""
    keys = people.keys(shown)[:MOST_KEYS]
    titles = people_file.own_titles(keys, taken=TITLES)
    is_raw = any(one.pairs is None for one in shown)
    return pd.DataFrame([_row(one, keys, titles, listing, is_raw=is_raw) for one in shown])


def _row(one: Listed, keys: Sequence[str], titles: Sequence[str], listing: Listing, *, is_raw: bool) -> dict[str, Any]:
    now, place = wiring.current().now(), listing.session.time_zone
    raw = {"External ID": one.external_id if one.pairs is None else ""} if is_raw else {}
    return {
        "Name": one.name,
        "Email": one.email,
        "Source": one.source or "(none)",
        **raw,
        **dict(zip(titles, people_file.values_of(one, keys), strict=True)),
        "Registered": moment(one.registered_at, place, now=now) if one.registered_at else "",
        "Status": registrants_words.status(one),
        "Registered by": registrants_words.made_by(one),
        "Join link": one.join_uri,
        "Cancel link": one.cancellation_uri,
    }


def show_nobody(listing: Listing, search: Search) -> None:
    """The empty face: nobody found, all cancelled, nobody any more, or nobody yet."""
    if registrants_search.is_narrow(search):
        st.info("Nobody matches what you look for.", icon=":material/search_off:")
        st.button(
            "Show everybody who is registered", key="clear_search", icon=":material/filter_alt_off:",
            on_click=registrants_search.clear, args=(search.session_id,),
        )  # fmt: skip
        return
    with wiring.current().store.read() as db:
        gone = people.count(db, replace(search, shown=Shown.CANCELLED))
    if gone:
        _show_all_gone(search.session_id, gone)
    elif listing.is_past(wiring.current().now()):
        st.info("Nobody had registered for this session.", icon=":material/group_off:")
    else:
        show_nobody_yet()


def _show_all_gone(session_id: str, gone: int) -> None:
    said = (
        f"All {number(gone)} who had registered have cancelled."
        if gone > 1
        else "The one who had registered has cancelled."
    )
    st.info(said, icon=":material/group_off:")
    st.button(
        "Show who cancelled", key="show_cancelled", icon=":material/person_off:",
        on_click=registrants_search.show_cancelled, args=(session_id,),
    )  # fmt: skip


def show_nobody_yet() -> None:
    """Nobody on the list of a session that can still get somebody, and how."""
    st.info(
        "Nobody has registered for this session yet. Register one person, or import a list.", icon=":material/group:"
    )
    with st.container(horizontal=True):
        st.page_link("pages/register.py", label="Register one person", icon=":material/person_add:")
        st.page_link("pages/import_people.py", label="Import a list", icon=":material/upload_file:")


# ---------------------------------------------------------------- who is ticked


def ticked(session_id: str) -> list[str]:
    """The ids of those who are ticked, on whatever page and by whatever search they were found."""
    kept: tuple[str, dict[str, None]] = st.session_state.get("registrants_ticked", ("", {}))
    return list(kept[1]) if kept[0] == session_id else []


def tick(session_id: str, registrant_ids: Sequence[str]) -> None:
    """Let exactly these be ticked, whatever the tables on the screen say."""
    st.session_state["registrants_ticked"] = (session_id, dict.fromkeys(registrant_ids))
    st.session_state["registrants_ticks"] = st.session_state.get("registrants_ticks", 0) + 1


def _key(session_id: str, ids: Sequence[str]) -> str:
    """A table of other people is another table: its ticks are places in it."""
    said = st.session_state.get("registrants_ticks", 0)
    return f"registrants_table_{crc32(repr((session_id, ids)).encode())}_{said}"


def _keep_ticks(session_id: str, key: str, ids: Sequence[str]) -> None:
    here = {ids[row] for row in st.session_state[key].selection.rows if row < len(ids)}
    elsewhere = [one for one in ticked(session_id) if one not in ids]
    st.session_state["registrants_ticked"] = (
        session_id,
        dict.fromkeys([*elsewhere, *(one for one in ids if one in here)]),
    )
