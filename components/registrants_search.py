"""What is looked for among a session's registrants: words, a source, a status, and the order."""

from collections.abc import Mapping

import streamlit as st

from components.moments import number
from rollcall import wiring
from rollcall.roster import people
from rollcall.roster.people import Order, Search, Shown
from rollcall.roster.sessions import Listing
from rollcall.search_text import source_key

MOST_TYPED = 200  # characters
MOST_SOURCES = 1_000  # judgement: those with most people; the others are found by typing
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


def ask_search(listing: Listing) -> Search:
    """The fields above the table, as they stand."""
    here = wiring.current()
    with here.store.read() as db:
        counted = people.sources(db, here.connection_id, listing.session_id)
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
        with left:
            source = _ask_source(listing.session_id, counted)
        shown = middle.selectbox(
            "Status", list(Shown), format_func=lambda one: SHOWN[one], key=_key("shown", listing.session_id)
        )
        order = right.selectbox(
            "Sort by", list(Order), format_func=lambda one: ORDERS[one], key=_key("order", listing.session_id)
        )
    return Search(
        here.connection_id, listing.session_id, typed or "", source, shown or Shown.REGISTERED, order or Order.NEWEST
    )


def _ask_source(session_id: str, counted: Mapping[str, int]) -> str | None:
    names = list(counted)[:MOST_SOURCES]
    picked = st.session_state.get(_key("source", session_id))
    options = [*names, *([picked] if picked is not None and picked not in names else [])]
    chosen: str | None = st.selectbox(
        "Source",
        options,
        index=None,
        format_func=lambda name: f"{name or '(none)'} · {number(counted.get(name, 0))}",
        placeholder="All sources",
        key=_key("source", session_id),
    )
    return chosen


def look_for(session_id: str, source: str) -> None:
    """Look for the people of a source as received, cancelled ones too; call it before the page is opened."""
    clear(session_id)
    st.session_state[_key("source", session_id)] = source_key(source)
    st.session_state[_key("shown", session_id)] = Shown.EVERYBODY


def is_narrow(search: Search) -> bool:
    """Whether anything is looked for at all."""
    return bool(search.typed.strip()) or search.source is not None or search.shown is not Shown.REGISTERED


def clear(session_id: str) -> None:
    """Look for nothing in particular; the order stays."""
    for name, value in NOTHING.items():
        st.session_state[_key(name, session_id)] = value


def _key(name: str, session_id: str) -> str:
    return f"registrants_{name}_{session_id}"
