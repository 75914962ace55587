"""What was decided about spellings: done, said, listed with its time, and undone."""

from collections.abc import Sequence
from itertools import groupby

import pandas as pd
import streamlit as st

from components import sources_table, viewer
from components.moments import many, moment
from components.plain import plain
from components.sources_words import named_in_cell
from rollcall import wiring
from rollcall.attendance.rates import shortened
from rollcall.roster import source_names
from rollcall.roster.source_names import Decision, Declined

ACTOR = "local"  # there is no sign-in yet
SAID = "sources_said"  # what was done last, to be said and taken back: words, and the spellings it was about
WIDTHS = {"Spelling": 220, "Name": 220}  # pixels

Pairs = Sequence[tuple[str, str]]


# ---------------------------------------------------------------- the deeds


def count_as(pairs: Pairs) -> None:
    """Let each spelling count as the name beside it."""
    here = wiring.current()
    done: list[str] = []
    with here.store.write() as db:
        for name, some in groupby(sorted(pairs, key=lambda pair: pair[1]), key=lambda pair: pair[1]):
            done += source_names.decide(
                db, here.connection_id, [spelling for spelling, _ in some], name, actor=ACTOR, now=here.now()
            )
    names = dict(pairs)
    words = f"“{shortened(done[0])}” counts as “{shortened(names[done[0]])}”" if len(done) == 1 else ""
    words = words or f"{many(len(done), 'spelling')} count as another one"
    st.session_state[SAID] = (f"{words} now, in all sessions.", done) if done else None


def keep_apart(pairs: Pairs) -> None:
    """Let these not be suggested again."""
    here = wiring.current()
    with here.store.write() as db:
        done = source_names.decline(db, here.connection_id, pairs, actor=ACTOR, now=here.now())
    st.session_state[SAID] = (f"{many(len(done), 'suggestion')} declined: they stay apart.", []) if done else None


def undo(spellings: Sequence[str], pairs: Pairs = ()) -> None:
    """Let these spellings count as themselves, and these pairs be suggested again."""
    here = wiring.current()
    with here.store.write() as db:
        done = source_names.undo(db, here.connection_id, spellings, actor=ACTOR, now=here.now())
        asked = source_names.reconsider(db, here.connection_id, pairs, actor=ACTOR, now=here.now())
    many_undone = len(done) + len(asked)
    st.session_state[SAID] = (f"{many(many_undone, 'decision')} undone.", []) if many_undone else None


def show_said() -> None:
    """What was done last, with the way back; said until something else is done."""
    said = st.session_state.get(SAID)
    if not said:
        return
    words, spellings = said
    with st.container(horizontal=True, vertical_alignment="center", key="sources_said"):
        st.markdown(f":green[:material/check_circle:] {plain(words)}")
        if spellings:
            st.button(
                "Undo", key="sources_undo_last", type="tertiary", icon=":material/undo:", on_click=undo,
                args=(spellings,),
            )  # fmt: skip


# ---------------------------------------------------------------- the list


def show_decided(decided: dict[str, str]) -> None:
    """Every decision that holds, the latest first, to be ticked and undone."""
    here = wiring.current()
    with here.store.read() as db:
        made = source_names.decisions(db, here.connection_id)
        apart = source_names.declined(db, here.connection_id)
    both: list[Decision | Declined] = [*made, *apart]
    found = sorted(both, key=lambda one: one.at, reverse=True)
    if not found:
        return
    with st.expander(f"What was decided ({many(len(found), 'decision')})", icon=":material/history:"):
        rows = sources_table.tick(
            pd.DataFrame([_row(one, decided) for one in found]), key="sources_decided", widths=WIDTHS,
            of=[(one.spelling, one.name) for one in found],
            alt=f"What was decided about sources, {many(len(found), 'row')}",
        )  # fmt: skip
        _show_undo([found[row] for row in rows])


def _row(one: Decision | Declined, decided: dict[str, str]) -> dict[str, str]:
    now = wiring.current().now()
    end = decided.get(one.name, one.name)
    further = f" → {named_in_cell(end)}" if isinstance(one, Decision) and end != one.name else ""
    return {
        "Spelling": named_in_cell(one.spelling),
        "Decided": "counts as" if isinstance(one, Decision) else "is kept apart from",
        "Name": f"{named_in_cell(one.name)}{further}",
        "When": moment(one.at, viewer.zone(), now=now),
        "By": "here" if one.by == ACTOR else one.by,
    }


def _show_undo(ticked: Sequence[Decision | Declined]) -> None:
    st.button(
        f"Undo {many(len(ticked), 'decision')}" if ticked else "Undo those ticked",
        key="sources_undo",
        icon=":material/undo:",
        disabled=not ticked,
        on_click=undo,
        args=(
            [one.spelling for one in ticked if isinstance(one, Decision)],
            [(one.spelling, one.name) for one in ticked if isinstance(one, Declined)],
        ),
    )
