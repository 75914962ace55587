"""What is looked for among a session's registrants: words, a source, a status, and the order."""

from collections.abc import Mapping
from typing import TypeAlias

import streamlit as st

from components.moments import number
from rollcall import wiring
from rollcall.attendance.rates import shortened
from rollcall.roster import people, source_names
from rollcall.roster.people import Order, Search, Shown
from rollcall.roster.sessions import Listing
from rollcall.search_text import source_key

MOST_TYPED = 200  # characters
MOST_SOURCES = 1_000  # judgement: those with most people; the others are found by typing
MOST_SPELLINGS = 3  # named beside the name they count as
ALONE = "\0"  # begins a picked source that is meant without what counts with it; no source has it
NOTHING = {"typed": "", "source": None, "shown": Shown.REGISTERED}  # what the fields say when nothing is looked for

SHOWN = {
    Shown.REGISTERED: "Registered",
    Shown.CANCELLED: "Cancelled",
    Shown.EVERYBODY: "Registered and cancelled",
}
ORDERS = {
    Order.NEWEST: "Registered last",
    Order.OLDEST: "Registered first",
    Order.NAME: "Last name",
    Order.EMAIL: "Email",
    Order.SOURCE: "Source",
}

Offered: TypeAlias = dict[
    str, dict[str, int]
]  # the name that sources count as → as `people.sources` names them → people


def ask_search(listing: Listing) -> Search:
    """The fields above the table, as they stand."""
    with st.container(key="registrants_search"):
        typed = st.text_input(
            "Search",
            key=_key("typed", listing.session_id),
            placeholder="Name, email, source, or a key or value of the external ID",
            icon=":material/search:",
            max_chars=MOST_TYPED,
            live="300ms",
            autocomplete="off",
        )
        left, middle, right = st.columns(3)
        shown = middle.selectbox(
            "Status", list(Shown), format_func=lambda one: SHOWN[one], key=_key("shown", listing.session_id)
        )
        with left:
            source, spellings = _ask_source(listing.session_id, shown or Shown.REGISTERED)
        order = right.selectbox(
            "Sort by", list(Order), format_func=lambda one: ORDERS[one], key=_key("order", listing.session_id)
        )
    return Search(
        wiring.current().connection_id, listing.session_id, typed or "", source, shown or Shown.REGISTERED,
        order or Order.NEWEST, spellings,
    )  # fmt: skip


def _ask_source(session_id: str, shown: Shown) -> tuple[str | None, tuple[str, ...]]:
    """The source that is looked for, and the other spellings that count as it; None: all."""
    offered = _offered(session_id, shown)
    names = list(offered)[:MOST_SOURCES]
    picked = st.session_state.get(_key("source", session_id))
    options = [*names, *([picked] if picked is not None and picked not in names else [])]
    chosen: str | None = st.selectbox(
        "Source",
        options,
        index=None,
        format_func=lambda name: _label(name, offered),
        placeholder="All sources",
        key=_key("source", session_id),
        help="Spellings that were merged count as one, as on the pages of attendance and sources",
    )
    if chosen is None:
        return None, ()
    first, *others = offered.get(chosen) or [chosen.removeprefix(ALONE)]
    return first, tuple(others)


def _offered(session_id: str, shown: Shown) -> Offered:
    """The sources of those who are shown, by the name they count as, the biggest first; "" are those without."""
    here = wiring.current()
    with here.store.read() as db:
        counted = people.sources(db, here.connection_id, session_id, shown=shown)
    names, found = _names(), Offered()
    for key, there in counted.items():
        found.setdefault(names.get(key, key) if key.strip() else "", {})[key] = there
    return {name: found[name] for name in sorted(found, key=lambda one: (-sum(found[one].values()), one))}


def _names() -> dict[str, str]:
    """The name that a source of `people.sources` counts as, for all of which something was decided."""
    here = wiring.current()
    with here.store.read() as db:
        decided = source_names.names(db, here.connection_id)
    return {source_key(one): name for pair in decided.items() for one, name in (pair, (pair[1], pair[1]))}


def _label(name: str, offered: Mapping[str, Mapping[str, int]]) -> str:
    """A name with what counts as it, and how many it shows."""
    if name.startswith(ALONE):
        key = name.removeprefix(ALONE)
        return f"{key} alone · {number(sum(one.get(key, 0) for one in offered.values()))}"
    spellings = offered.get(name, {})
    others = [shortened(one) for one in spellings if one.strip() and one != source_key(name)]
    more = f" and {number(len(others) - MOST_SPELLINGS)} more" if len(others) > MOST_SPELLINGS else ""
    beside = f" ({', '.join(others[:MOST_SPELLINGS])}{more})" if others else ""
    return f"{name or '(none)'}{beside} · {number(sum(spellings.values()))}"


def look_for(session_id: str, source: str) -> None:
    """Look for the people of a source as received, without what counts with it, and for cancelled ones too.

    Call it before the page is opened.
    """
    clear(session_id)
    key = source_key(source)
    st.session_state[_key("source", session_id)] = f"{ALONE}{key}" if key in _names() else key
    st.session_state[_key("shown", session_id)] = Shown.EVERYBODY


def show_cancelled(session_id: str) -> None:
    """Look for those who have cancelled."""
    clear(session_id)
    st.session_state[_key("shown", session_id)] = Shown.CANCELLED


def is_narrow(search: Search) -> bool:
    """Whether anything is looked for at all."""
    return bool(search.typed.strip()) or search.source is not None or search.shown is not Shown.REGISTERED


def clear(session_id: str) -> None:
    """Look for nothing in particular; the order stays."""
    for name, value in NOTHING.items():
        st.session_state[_key(name, session_id)] = value


def _key(name: str, session_id: str) -> str:
    return f"registrants_{name}_{session_id}"
