"""Spellings that probably mean the same campaign: ticked, and counted as one or kept apart, one by one or all."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from components import sources_decided, sources_table, wording
from components.moments import many
from components.sources_seen import Seen
from components.sources_words import named_in_cell
from rollcall.attendance import source_overview
from rollcall.attendance.spellings import Suggestion
from rollcall.roster.source_names import Pair

WIDTHS = {"Spelling": 220, "Would count as": 220, "Why": 340}  # pixels


def show_suggested(seen: Seen) -> None:
    """The suggestions, if there are any, each with its reason."""
    found = _suggestions(tuple(seen.counts.items()), tuple(seen.decided.items()), seen.apart)
    if not found:
        if len(seen.counts) > 1:
            st.caption(":material/check_circle: No two other spellings look like the same campaign.")
        return
    st.subheader(f"{many(len(found), 'spelling')} may be another one's")
    rows = sources_table.tick(
        _frame(found, seen), key="sources_suggested", of=[(one.spelling, one.name) for one in found], widths=WIDTHS,
        alt=f"Suggested merges of sources, {many(len(found), 'row')}",
    )  # fmt: skip
    _show_deeds(found, [found[row] for row in rows])


@st.cache_data(max_entries=8, ttl="1h", show_spinner=False)
def _suggestions(
    counts: tuple[tuple[str, int], ...], decided: tuple[tuple[str, str], ...], apart: frozenset[Pair]
) -> tuple[Suggestion, ...]:
    """Found anew only when a count or a decision is another one: it takes tenths of a second for 300 spellings."""
    return source_overview.suggestions(dict(counts), dict(decided), apart)


def _frame(found: Sequence[Suggestion], seen: Seen) -> pd.DataFrame:
    people = dict(zip(seen.spellings["name"], seen.spellings["people"].tolist(), strict=True))
    return pd.DataFrame(
        [
            {
                "Spelling": named_in_cell(one.spelling),
                "Registered": seen.counts.get(one.spelling, 0),
                "Would count as": named_in_cell(one.name),
                "Registered there": people.get(one.name, 0),
                "Why": wording.source_reason(one),
            }
            for one in found
        ]
    )


def _show_deeds(found: Sequence[Suggestion], ticked: Sequence[Suggestion]) -> None:
    """What can be done with those that are ticked; with none ticked, with all."""
    meant = list(ticked or found)
    which = f"{many(len(meant), 'spelling')}" if ticked or len(meant) == 1 else f"all {many(len(meant), 'spelling')}"
    with st.container(horizontal=True, key="sources_suggested_deeds"):
        st.button(
            f"Count {which} as suggested", key="sources_accept", type="primary", icon=":material/merge:",
            on_click=_accept, args=(meant,), help="In all sessions; it can be undone",
        )  # fmt: skip
        st.button(
            f"Keep {which} apart", key="sources_decline", icon=":material/call_split:", on_click=_decline,
            args=(meant,), help="They are not suggested again",
        )  # fmt: skip
    if not ticked and len(found) > 1:
        st.caption("Tick some to decide about those alone.")


def _accept(meant: Sequence[Suggestion]) -> None:
    sources_decided.count_as([(one.spelling, one.name) for one in meant])


def _decline(meant: Sequence[Suggestion]) -> None:
    sources_decided.keep_apart([(one.spelling, one.name) for one in meant])
