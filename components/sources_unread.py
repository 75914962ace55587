"""Past sessions whose sources are not counted: read by one click, with what that costs."""

import streamlit as st

from components import reading, registrants_deeds
from components.moments import many
from components.sources_seen import Seen
from rollcall import wiring
from rollcall.attendance import over_time, unread


def offer(seen: Seen) -> None:
    """The button, unless nothing is left to be read or it is being read already."""
    here = wiring.current()
    out = seen.sessions[over_time.left_out(seen.sessions).isin(over_time.UNREAD)]
    if out.empty:
        return
    with here.store.read() as db:
        wishes = unread.wishes(db, here.connection_id, out)
        latest = unread.latest_readings(db, here.connection_id, out["session_id"].tolist())
    under_way = {(one.session_id, one.what) for one in latest if reading.is_open(one)}
    left = [wish for wish in wishes if (wish.session_id, wish.what) not in under_way]
    if not left:
        return
    calls = sum(wish.calls for wish in left)
    with st.container(horizontal=True, vertical_alignment="center", key="sources_unread"):
        st.button(
            f"Read {many(len({wish.session_id for wish in left}), 'past session')}", key="sources_read",
            icon=":material/refresh:", on_click=reading.ask_beside, args=(left,),
        )  # fmt: skip
        st.caption(f"{registrants_deeds.cost(calls)}; imports and clicks go first")
