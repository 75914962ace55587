"""What the sources of one session cost: an amount and its currency each, checked before anything is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

import pandas as pd
import streamlit as st

from components import sources_table, wording
from components.moments import day, many
from components.plain import plain
from components.session_picker import PICKED
from components.sources_decided import ACTOR
from components.sources_seen import Seen
from components.sources_words import named, named_in_cell
from rollcall import wiring
from rollcall.attendance import tallies
from rollcall.attendance.rates import shortened
from rollcall.attendance.tallies import State
from rollcall.problem import Problem
from rollcall.roster import money, spend
from rollcall.roster.money import CURRENCIES, Money
from rollcall.roster.spend import Spend

KEPT = "sources_spend_kept"  # what was saved last: session and number
SAVES = "sources_spend_saves"  # how often; a table that was saved begins anew
TYPED = "sources_spend_typed"  # what was typed into tables before this one and not saved: see `_typed`
AMOUNT, CURRENCY = "Amount", "Currency"
WORDS = {State.TO_COME: "to come", State.RUNNING: "running", State.NEVER_STARTED: "never started"}


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: a source, and what is kept for it. Its repr does not show the source."""

    name: str = field(repr=False)
    counts_as: str = field(repr=False)  # another source by now; empty: itself
    registered: int | None
    attended: int | None  # None: not known yet
    money: Money | None


@dataclass(frozen=True, slots=True)
class _Before:
    """A table of one session until it is saved: whose row is whose, and what was typed into those before it."""

    edition: tuple[str, int]
    key: str
    names: tuple[str, ...] = field(repr=False)
    typed: Mapping[str, Mapping[str, object]] = field(repr=False)


def show_spend(seen: Seen) -> None:
    """Pick a session, enter what its sources cost, save."""
    st.subheader("What the sources cost")
    session_id = _pick_session(seen)
    if session_id is None:
        return
    rows = _rows(seen, session_id)
    rows += _ask_others(seen, session_id, [row.name for row in rows])
    if session_id not in seen.counted:
        st.caption("Who registered for this session is not read yet; you can enter amounts all the same.")
    elif not rows:
        st.caption("Nobody has registered for this session yet. Add the sources that you spend on.")
    if not rows:
        return
    edited = _edit(session_id, rows)
    changed, problems = _changes(rows, edited)
    if _is_saving(session_id):
        for name, problem in problems:
            st.error(f"{named(name)}: {plain(wording.problem(problem))}")
        if not problems:
            _save(session_id, changed)


def _pick_session(seen: Seen) -> str | None:
    """The one picked for all pages, or the latest of which it is known who came."""
    rows: list[dict[Any, Any]] = seen.sessions[::-1].to_dict("records")
    titles = {row["session_id"]: _title(row) for row in rows}
    over = [row["session_id"] for row in rows if row["is_settled"]]
    begun = [row["session_id"] for row in rows if row["state"] != State.TO_COME]
    picked = st.session_state.get(PICKED)
    first = picked if picked in titles else next(iter([*over, *begun, *titles]), None)
    chosen: str | None = st.selectbox(
        "Session", list(titles), index=list(titles).index(first) if first in titles else None,
        key="sources_spend_session", format_func=lambda session_id: titles.get(session_id, session_id),
        placeholder="Pick a session, or type to search",
    )  # fmt: skip
    return chosen


def _title(row: Mapping[Any, Any]) -> str:
    """An option of a selectbox, which takes nothing for Markdown."""
    starts_at, now = row["starts_at"], wiring.current().now()
    when = "" if pd.isna(starts_at) else f" · {day(starts_at.to_pydatetime(), row['time_zone'], now=now)}"
    state = f" · {WORDS[row['state']]}" if row["state"] in WORDS else ""
    return f"{row['title']}{when}{state}"


def _rows(seen: Seen, session_id: str) -> list[Row]:
    """Every source of the session, the largest first; then what has an amount and nobody by that name."""
    here = wiring.current()
    with here.store.read() as db:
        people = tallies.by_source(db, here.connection_id, [session_id], seen.decided)
        kept = {one.name: one for one in spend.all_of(db, here.connection_id, session_id)}
    people = people.sort_values(["registered", "source"], ascending=[False, True])
    rows: list[dict[Any, Any]] = people.to_dict("records")
    found = [
        Row(
            name=row["source"],
            counts_as="",
            registered=row["registered"],
            attended=None if row["not_yet_known"] else row["attended"],
            money=_money(kept, row["source"]),
        )
        for row in rows
    ]
    named_so = {row.name for row in found}
    return found + [
        Row(name, _other(seen.decided, name), None, None, one.money)
        for name, one in kept.items() if name not in named_so
    ]  # fmt: skip


def _money(kept: Mapping[str, Spend], name: str) -> Money | None:
    return kept[name].money if name in kept else None


def _other(decided: Mapping[str, str], name: str) -> str:
    end = decided.get(name, name)
    return "" if end == name else end


def _ask_others(seen: Seen, session_id: str, there: Sequence[str]) -> list[Row]:
    """Sources that cost something and brought nobody, or nobody yet."""
    others = [name for name in seen.names if name not in there]
    picked = st.multiselect(
        "Other sources you spent on (they brought nobody yet)", others, format_func=shortened,
        accept_new_options=True, placeholder="Pick, or type a name",
        key=f"sources_spend_others_{session_id}_{st.session_state.get(SAVES, 0)}",
    )  # fmt: skip
    return [Row(name, "", None, None, None) for name in dict.fromkeys(picked) if name.strip() and name not in there]


def _edit(session_id: str, rows: Sequence[Row]) -> pd.DataFrame:
    """The table as it stands in the browser. Its limits are a courtesy; `money.parse` decides."""
    key = _key(session_id, rows)
    return st.data_editor(
        _frame(rows, _typed(session_id, key, [row.name for row in rows])),
        key=key,
        hide_index=True,
        placeholder="",
        num_rows="fixed",
        height=sources_table.height(len(rows)),
        disabled=["Source", "Registered", "Attended"],
        on_change="ignore",  # a page that is drawn anew closes the cell that somebody is typing in
        column_config={
            "Source": st.column_config.TextColumn(width=160),
            "Registered": st.column_config.NumberColumn(width=100),
            "Attended": st.column_config.NumberColumn(width=100, help="Empty: not known yet"),
            AMOUNT: st.column_config.TextColumn(
                width=120, alignment="right", help="Such as 1234.50 or 1,234.50; empty: not known"
            ),
            CURRENCY: st.column_config.SelectboxColumn(width=80, options=CURRENCIES, required=True),
        },
        alt=f"What the sources of a session cost, {many(len(rows), 'row')}, to be edited",
    )


def _frame(rows: Sequence[Row], typed: Mapping[str, Mapping[str, object]]) -> pd.DataFrame:
    """What is kept, and over it what was typed."""
    here = wiring.current()
    with here.store.read() as db:
        usual = spend.usual_currency(db, here.connection_id) or CURRENCIES[0]
    return pd.DataFrame(
        [
            {
                "Source": named_in_cell(row.name) + (f" → {named_in_cell(row.counts_as)}" if row.counts_as else ""),
                AMOUNT: money.written(row.money) if row.money else "",
                CURRENCY: row.money.currency if row.money else usual,
                "Registered": row.registered,
                "Attended": row.attended,
                **typed.get(row.name, {}),
            }
            for row in rows
        ]
    ).astype({"Registered": "Int64", "Attended": "Int64"})


def _key(session_id: str, rows: Sequence[Row]) -> str:
    """Another table once it was saved, or has other sources or another order of them: edits are places in it."""
    names = crc32(repr([row.name for row in rows]).encode("utf-8", "surrogatepass"))
    return f"sources_spend_{session_id}_{names}_{st.session_state.get(SAVES, 0)}"


def _typed(session_id: str, key: str, names: Sequence[str]) -> Mapping[str, Mapping[str, object]]:
    """What was typed for which source and not saved, when the table had other rows: it goes along with the names.

    A list that is read meanwhile puts the sources in another order, and a source that is added is a row more.
    """
    edition = (session_id, st.session_state.get(SAVES, 0))
    before: _Before | None = st.session_state.get(TYPED)
    if before is None or before.edition != edition:
        before = _Before(edition, key, (), {})
    typed = dict(before.typed)
    if before.key != key:
        edits = st.session_state.get(before.key, {}).get("edited_rows", {})
        for row, name in enumerate(before.names):
            typed[name] = {**typed.get(name, {}), **edits.get(row, {})}
    st.session_state[TYPED] = _Before(edition, key, tuple(names), typed)
    return typed


def _changes(rows: Sequence[Row], edited: pd.DataFrame) -> tuple[dict[str, Money | None], list[tuple[str, Problem]]]:
    """What is other than what is kept, and what is wrong with whose amount."""
    changed: dict[str, Money | None] = {}
    problems: list[tuple[str, Problem]] = []
    for row, text, currency in zip(rows, edited[AMOUNT].tolist(), edited[CURRENCY].tolist(), strict=True):
        found = _read(text, currency)
        if isinstance(found, Problem):
            problems.append((row.name, found))
        elif found != row.money:
            changed[row.name] = found
    return changed, problems


def _read(text: object, currency: object) -> Money | Problem | None:
    """What a line says; None: no amount. A cell that was emptied is None or NaN."""
    typed = text.strip() if isinstance(text, str) else ""
    return money.parse(typed, currency if isinstance(currency, str) else "") if typed else None


def _is_saving(session_id: str) -> bool:
    """The button, and what was saved last."""
    with st.container(horizontal=True, vertical_alignment="center", key="sources_spend_deeds"):
        pressed = st.button("Save the amounts", key="sources_spend_save", icon=":material/save:")
        saved = st.session_state.get(KEPT, ("", 0))
        if not pressed and saved[0] == session_id:
            st.markdown(f":green[:material/check_circle:] {many(int(saved[1]), 'amount')} saved.")
    return pressed


def _save(session_id: str, changed: Mapping[str, Money | None]) -> None:
    """Keep them and draw the page anew: the sources that were added have their rows from now on."""
    here = wiring.current()
    with here.store.write() as db:
        number = spend.keep(db, here.connection_id, session_id, changed, actor=ACTOR, now=here.now())
    st.session_state[KEPT] = (session_id, number)
    st.session_state[SAVES] = st.session_state.get(SAVES, 0) + 1
    st.rerun()
