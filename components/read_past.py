"""Reading past sessions that nobody has read yet: how many, what it costs, and asked before it is filed."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from components import compare_words, reading, registrants_deeds, way_out
from components.moments import many
from rollcall import wiring
from rollcall.attendance import unread
from rollcall.attendance.unread import Wish
from rollcall.store.tables import Reading

NAMED = 10  # sessions a dialog names


def left(out: pd.DataFrame, latest: Sequence[Reading]) -> list[Wish]:
    """What is to be read of these rows of `tallies.sessions` and is not being read already."""
    here = wiring.current()
    with here.store.read() as db:
        wishes = unread.wishes(db, here.connection_id, out)
    under_way = {(one.session_id, one.what) for one in latest if reading.is_open(one)}
    return [wish for wish in wishes if (wish.session_id, wish.what) not in under_way]


def offer(wishes: Sequence[Wish], out: pd.DataFrame, *, key: str) -> None:
    """The button that asks; nothing without a wish.

    Args:
        out: the rows of `tallies.sessions` that the wishes are of, to name them.
    """
    if not wishes:
        return
    sessions = many(len(_sessions(wishes)), "session")
    calls = sum(wish.calls for wish in wishes)
    if st.button(f"Read {sessions} ({many(calls, 'call')}) …", key=key, icon=":material/refresh:"):
        st.dialog(f"Read {sessions}?")(_confirm)(wishes, out, key)


def _sessions(wishes: Sequence[Wish]) -> list[str]:
    return list(dict.fromkeys(wish.session_id for wish in wishes))


def _confirm(wishes: Sequence[Wish], out: pd.DataFrame, key: str) -> None:
    ids, calls = _sessions(wishes), sum(wish.calls for wish in wishes)
    names = dict(zip(out["session_id"], compare_words.names(out, wiring.current().now()), strict=True))
    st.text("\n".join(names[one] for one in ids[:NAMED]))
    if len(ids) > NAMED:
        st.markdown(f"and {many(len(ids) - NAMED, 'more session')}")
    st.markdown("Rollcall reads who was registered and who came. Nobody gets a mail, and nothing is changed.")
    st.markdown(f":material/schedule: About {registrants_deeds.cost(calls)}. Imports and clicks go first.")
    with st.container(horizontal=True):
        st.button(
            f"Read {many(len(ids), 'session')}", key=f"confirm_{key}", type="primary", on_click=_read,
            args=(wishes,),
        )  # fmt: skip
        way_out.offer("Leave them unread", key=f"no_{key}")


def _read(wishes: Sequence[Wish]) -> None:
    reading.ask_beside(wishes)
    st.rerun()  # a dialog is drawn alone; the whole page looks out for the answers
