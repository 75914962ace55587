"""Every spelling with its counts; ticked, spellings that no suggestion found are counted as one by hand."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from components import notice, sources_decided, sources_offered, sources_table, sources_where, wording
from components.charts import csv_of
from components.moments import many, number
from components.sources_seen import Seen
from components.sources_words import named_in_cell
from components.wording import Wording
from rollcall import person
from rollcall.attendance.rates import shortened
from rollcall.problem import too_long

MOST_SHOWN = 1_000  # judgement: rows of the table; the others are found by typing
MOST_OFFERED = 500  # names to count as
SEARCHED_FROM = 20  # spellings; fewer are seen at one glance
WIDTHS = {"Source as received": 260, "Counts as": 200}  # pixels


def show_spellings(seen: Seen) -> None:
    """The table, and what is done with the spellings ticked in it."""
    st.subheader("Every spelling")
    found = _found(seen)
    if found.empty:
        st.caption("No spelling has that in it.")
        return
    if len(found) > MOST_SHOWN:
        st.caption(f"The {number(MOST_SHOWN)} with most people of {number(len(found))}; type to find the others.")
    shown = found.head(MOST_SHOWN)
    raws = shown["raw"].tolist()
    rows = sources_table.tick(
        _frame(shown), key="sources_spellings", of=raws, widths=WIDTHS,
        alt=f"Spellings of sources with their counts, {many(len(shown), 'row')}",
    )  # fmt: skip
    _show_deeds(seen, [raws[row] for row in rows])


def _found(seen: Seen) -> pd.DataFrame:
    if len(seen.spellings) < SEARCHED_FROM:
        return seen.spellings
    typed = st.text_input(
        "Find a spelling", key="sources_typed", icon=":material/search:", live="300ms", autocomplete="off",
        placeholder="Part of it, or of the name it counts as", max_chars=200,
    )  # fmt: skip
    part = (typed or "").strip().casefold()
    if not part:
        return seen.spellings
    both = seen.spellings["raw"] + "\n" + seen.spellings["name"]
    return seen.spellings[both.str.casefold().str.contains(part, regex=False)]


def _frame(shown: pd.DataFrame, *, whole: bool = False) -> pd.DataFrame:
    """The rows as they are read; `whole`: for the file, with nothing cut or written out."""
    text = (lambda source: source) if whole else named_in_cell
    found = pd.DataFrame(
        {
            "Source as received": shown["raw"].map(text),
            "Counts as": shown["name"].where(shown["is_decided"], "").map(lambda name: text(name) if name else ""),
            "Sessions": shown["sessions"],
            "Registered": shown["registered"],
            "Attended": shown["attended"],
            "Absent": shown["absent"],
            "Cancelled": shown["cancelled"],
        }
    )
    if whole or shown["not_yet_known"].any():
        found["Not yet known"] = shown["not_yet_known"]
    return found if whole or shown["is_decided"].any() else found.drop(columns="Counts as")


def file_of(seen: Seen) -> bytes:
    """The download: every spelling, whole."""
    return csv_of(_frame(seen.spellings, whole=True))


# ---------------------------------------------------------------- what is done with them


def _show_deeds(seen: Seen, ticked: Sequence[str]) -> None:
    named = [raw for raw in ticked if raw.strip()]
    decided = [raw for raw in named if raw in seen.decided and seen.decided[raw] != raw]
    with st.container(horizontal=True, key="sources_spellings_deeds"):
        if decided:
            st.button(
                f"Count {many(len(decided), 'spelling')} as itself again" if len(decided) == 1
                else f"Count {many(len(decided), 'spelling')} as themselves again",
                key="sources_undo_ticked", icon=":material/undo:", on_click=sources_decided.undo,
                args=(decided,),
            )  # fmt: skip
        st.download_button(
            f"Download {many(len(seen.spellings), 'spelling')} (CSV)",
            lambda: file_of(seen), file_name="sources.csv", mime="text/csv",
            key="sources_download", icon=":material/download:", on_click="ignore", type="tertiary",
        )  # fmt: skip
    if not ticked:
        st.caption("Tick one to see in which sessions it is, or several to count them as one source by hand.")
    if named:
        _ask_name(seen, named)
    if len(ticked) == 1:
        sources_where.show_where(ticked[0])


def _ask_name(seen: Seen, ticked: Sequence[str]) -> None:
    """One name for all that are ticked; those that count as one of them go along."""
    own = list(dict.fromkeys(seen.decided.get(raw, raw) for raw in ticked))
    others = [name for name in seen.names if name not in own]
    options = [*(own if len(own) > 1 else []), *dict.fromkeys([*(raw for raw in ticked if raw not in own), *others])]
    key = sources_table.keyed("sources_name", own)
    with st.container(border=True, key="sources_by_hand"):
        st.text(f"Count {_listed(own)} as")
        picked = st.selectbox(
            "Name to count as",
            sources_offered.with_picked(options[:MOST_OFFERED], key),
            index=0 if len(own) > 1 else None,
            format_func=shortened,
            accept_new_options=True,
            placeholder="Pick a source, or type a name",
            label_visibility="collapsed",
            key=key,
        )
        name = _name(picked, options)
        st.button(
            "Count them as one source" if len(own) > 1 else "Count it as this source", key="sources_merge",
            icon=":material/merge:", disabled=name is None or own == [name], on_click=_merge, args=(own, name),
            help="In all sessions; it can be undone",
        )  # fmt: skip


def _listed(names: Sequence[str]) -> str:
    """For `st.text`, which takes nothing for Markdown."""
    first = ", ".join(f"“{shortened(name)}”" for name in names[:3])
    return f"{first} and {number(len(names) - 3)} more" if len(names) > 3 else first


def _name(picked: str | None, options: Sequence[str]) -> str | None:
    """The name as it is kept: one there is as it is, one that was typed without what nobody sees in it."""
    if picked is None or picked in options:
        return picked
    typed = person.tidy(picked)
    if len(typed) > person.SOURCE_LIMIT:
        notice.show(Wording("This name is too long", wording.problem(too_long("source", typed, person.SOURCE_LIMIT))))
        return None
    return typed or None


def _merge(own: Sequence[str], name: str) -> None:
    sources_decided.count_as([(one, name) for one in own if one != name])
