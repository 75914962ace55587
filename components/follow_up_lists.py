"""Which list is wanted, with its number, and what narrows it: sources, keys of the external ID."""

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from components import wording
from components.choices import readable
from components.follow_up_words import LISTS, MEANINGS, of_list
from components.moments import many, moment, number
from components.plain import plain
from rollcall import person
from rollcall.attendance import follow_up
from rollcall.attendance.earlier import Earlier
from rollcall.attendance.exports import keys
from rollcall.attendance.facts import SessionFacts
from rollcall.attendance.follow_up import Counted, KeyFilter, List, Selection, Wait

PICKED = "follow_up_list"  # in the session state: kept over sessions, so that several are followed up alike
MOST_OFFERED = 1_000  # sources, or values of a key, that a field offers; others are typed
FIRST = (List.ATTENDED, List.EVERYBODY)  # open at first, if it can be made
SHARES = [10, 25, 50, 75, 90, 100]  # per cent
ANY, ONE_OF, NONE = "any value", "one of these", "no value"


def pick_list(people: pd.DataFrame, facts: SessionFacts, before: Earlier) -> Selection:
    """The lists with how many people each holds, and what narrows all of them."""
    place = st.container()  # the lists stand above the filters that their numbers are under
    filters = _narrowed(people, facts.session_id)
    waits = follow_up.not_yet(facts, has_history=before.known_before is not None)
    share, margin = _numbers()
    drawn = Selection(List.EVERYBODY, share, margin, filters.sources, filters.keys)
    counted = follow_up.counts(people, drawn, facts)
    offered = [name for name in List if name not in waits]
    with place:
        name = _pick(offered, counted, share=share, margin=margin)
        st.caption(MEANINGS[name])
        _ask_number(name)
        if name in (List.NEW, List.RETURNING) and before.unread:
            st.caption(wording.lost_history(before.read, before.unread))
        _show_waits(waits, facts)
    return Selection(name, share, margin, filters.sources, filters.keys)


def _pick(offered: Sequence[List], counted: Mapping[List, Counted], *, share: float, margin: float) -> List:
    """Every list with its number. Whether the picked one is among them may change with every reading."""
    wanted: Any = st.session_state.get(PICKED)
    first: List = wanted if wanted in offered else next(name for name in FIRST if name in offered)
    st.session_state["follow_up_pick"] = first
    st.pills(
        "Who",
        offered,
        format_func=lambda name: _counted(name, counted[name], share=share, margin=margin),
        key="follow_up_pick",
        required=True,
        wrap=True,
        on_change=_keep_pick,
    )
    return first


def _keep_pick() -> None:
    st.session_state[PICKED] = st.session_state["follow_up_pick"]


def _counted(name: List, found: Counted, *, share: float, margin: float) -> str:
    amount = number(found.people) if found.people or not found.unknown else "?"
    return readable(f"{amount} {of_list(name, share=share, margin=margin)}")


# ---------------------------------------------------------------- the number of a list


def _numbers() -> tuple[float, float]:
    """The share and the minutes as they were chosen, whichever list is open."""
    usual = Selection(List.STAYED)
    share = st.session_state.get("follow_up_share_kept", usual.share)
    return float(share), float(st.session_state.get("follow_up_margin_kept", usual.margin))


def set_numbers(*, share: float, margin: float) -> None:
    """As they are from the next run on. Args: share of the broadcast, 0 to 1; margin in minutes."""
    st.session_state["follow_up_share_kept"], st.session_state["follow_up_margin_kept"] = share, margin


def _ask_number(name: List) -> None:
    share, margin = _numbers()
    if name is List.STAYED:
        st.session_state["follow_up_share"] = round(share * 100)
        st.select_slider(
            "Of the broadcast, at least", SHARES, key="follow_up_share", on_change=_keep_share,
            format_func=lambda percent: f"{percent} %",
        )  # fmt: skip
    elif name in (List.LEFT_EARLY, List.JOINED_LATE):
        st.session_state["follow_up_margin"] = int(margin)
        st.number_input(
            "Minutes that are neither early nor late", min_value=1, max_value=120, key="follow_up_margin",
            on_change=_keep_margin, width=280,
        )  # fmt: skip


def _keep_share() -> None:
    st.session_state["follow_up_share_kept"] = st.session_state["follow_up_share"] / 100


def _keep_margin() -> None:
    st.session_state["follow_up_margin_kept"] = max(1, min(120, st.session_state["follow_up_margin"] or 1))


# ---------------------------------------------------------------- what narrows every list


def _narrowed(people: pd.DataFrame, session_id: str) -> Selection:
    """The filters, as a selection of everybody."""
    is_narrow = bool(
        st.session_state.get(f"follow_up_sources_{session_id}") or st.session_state.get(f"follow_up_keys_{session_id}")
    )
    part = st.expander(
        "Narrow by source or external ID", icon=":material/filter_alt:", expanded=is_narrow, key="follow_up_narrow",
        on_change="rerun",
    )  # fmt: skip
    if not (part.open or is_narrow):
        return Selection(List.EVERYBODY)  # reading every external ID takes a tenth of a second with 10,000 people
    with part:
        sources = _ask_sources(people, session_id)
        filters = _ask_keys(people, session_id)
    return Selection(List.EVERYBODY, sources=frozenset(sources), keys=tuple(filters))


def _ask_sources(people: pd.DataFrame, session_id: str) -> Sequence[str]:
    counted = follow_up.source_counts(people)
    key = f"follow_up_sources_{session_id}"
    picked = st.session_state.get(key) or []
    names = list(counted)[:MOST_OFFERED]
    found = st.multiselect(
        "Sources",
        [*names, *(name for name in picked if name not in names)],
        format_func=lambda name: f"{name or '(none)'} · {number(counted[name])}",
        key=key,
        placeholder="All sources",
        accept_new_options=len(counted) > len(names),
    )
    return [_typed(name, counted) for name in found]


def _typed(value: str, known: Collection[str]) -> str:
    """What was picked as it is; what was typed without what nobody sees in it."""
    return value if value in known else person.tidy(value)


def _ask_keys(people: pd.DataFrame, session_id: str) -> list[KeyFilter]:
    counted = follow_up.key_counts(people)
    if not counted:
        st.caption("Nobody here has an external ID with keys.")
        return []
    key = f"follow_up_keys_{session_id}"
    stale = [name for name in st.session_state.get(key) or [] if name not in counted]
    picked = st.multiselect(
        "Keys of the external ID",
        [*counted, *stale],
        format_func=lambda name: f"{name} · {number(counted[name])}",
        key=key,
        placeholder="Whatever they have",
    )
    found = keys.decoded(people["external_id"].tolist()) if picked else []
    return [_ask_values(name, place, session_id, found) for place, name in enumerate(picked)]


def _ask_values(name: str, place: int, session_id: str, found: Sequence[dict[str, str] | None]) -> KeyFilter:
    left, right = st.columns([1, 2])
    key = f"follow_up_{session_id}_{place}_{name}"
    how = left.selectbox(f"Who has for {plain(name)}", [ANY, ONE_OF, NONE], key=f"{key}_how")
    if how != ONE_OF:
        return KeyFilter(name, absent=how == NONE)
    known = {one[name] for one in found if one and one.get(name)}
    picked = right.multiselect(
        f"Values of {plain(name)}", sorted(known)[:MOST_OFFERED], key=f"{key}_values", accept_new_options=True,
        placeholder="Pick, or type",
    )  # fmt: skip
    return KeyFilter(name, frozenset(_typed(value, known) for value in picked) - {""})


# ---------------------------------------------------------------- what cannot be made yet


def _show_waits(waits: Mapping[List, Wait], facts: SessionFacts) -> None:
    """The lists that are not there, by what they wait for, and when that is."""
    for wait in Wait:
        names = [LISTS[name] for name, why in waits.items() if why is wait]
        if names:
            st.caption(f":material/schedule: {', '.join(names)}: {wording.WAITS[wait]}{_at(wait, facts)}.")
    if Wait.HISTORY in waits.values():
        st.page_link("pages/compare.py", label="Read earlier sessions", icon=":material/arrow_forward:")


def _at(wait: Wait, facts: SessionFacts) -> str:
    when = {Wait.BEGIN: facts.starts_at, Wait.END: facts.ends_at}.get(wait)
    if when is None or when <= facts.now:
        return ""
    return f", planned for {moment(when, facts.time_zone, now=facts.now)}"


def clear(session_id: str) -> None:
    """Show everybody again."""
    for name in (f"follow_up_sources_{session_id}", f"follow_up_keys_{session_id}"):
        st.session_state[name] = []


def offer_clear(session_id: str) -> None:
    """The way out of filters that let nobody through."""
    st.button(
        "Show all sources and external IDs", key="follow_up_clear", icon=":material/filter_alt_off:",
        on_click=partial(clear, session_id),
    )  # fmt: skip


def in_words(selection: Selection, amount: int) -> str:
    """How many are on the list, for a line above them."""
    name = of_list(selection.name, share=selection.share, margin=selection.margin)
    return f"{many(amount, 'person', 'people')} · {name}"
