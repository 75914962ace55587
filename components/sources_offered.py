"""The sources offered where somebody is registered, and a word where a spelling counts as another one."""

from collections.abc import Mapping

import streamlit as st

from components.sources_words import named
from rollcall import person, wiring
from rollcall.roster import registrants, source_names


def offered() -> tuple[list[str], dict[str, str]]:
    """The names to choose from, the most used first, and which spelling counts as which name."""
    here = wiring.current()
    with here.store.read() as db:
        decided = source_names.names(db, here.connection_id)
        known = registrants.known_sources(db, here.connection_id)
    return source_names.offered(known, decided), decided


def with_picked(sources: list[str], key: str) -> list[str]:
    """The same and what the selectbox of this key holds, which may be new."""
    picked = st.session_state.get(key)
    return [*sources, *([picked] if picked and picked not in sources else [])]


def show_counts_as(source: str, decided: Mapping[str, str], *, key: str) -> None:
    """Say that what was typed counts as another source, and offer that one; nothing is changed by itself.

    Args:
        key: of the field; the name is written into it when somebody says so.
    """
    name = decided.get(source) or decided.get(person.tidy(source))
    if not source or name is None or name == source:
        return
    st.warning(
        f"“{named(source)}” counts as “{named(name)}” here. RingCentral gets it as it stands.",
        icon=":material/merge:",
    )
    st.button(
        f"Write “{named(name)}” instead", key=f"{key}_instead", type="tertiary", icon=":material/edit:",
        on_click=_write, args=(key, name),
    )  # fmt: skip


def _write(key: str, name: str) -> None:
    st.session_state[key] = name
