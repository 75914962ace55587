"""Which RingCentral this is, as whom, how many calls it allows, and what has been seen of it."""

from datetime import timedelta

import streamlit as st

from components import reading, session_picker, way_out, wording
from components.moments import duration, many, number, relative
from components.plain import plain
from rollcall import connections, outlook, wiring
from rollcall.outlook import QuotaSeen
from rollcall.roster import capabilities, readings
from rollcall.roster.capabilities import Name
from rollcall.roster.readings import What
from rollcall.store.tables import Capability, Connection, Reading

SCOPES = {"ReadWebinars": "see webinars", "EditWebinars": "register people"}


def show_connection() -> None:
    """Demo or live, user, scopes, quota, what is known; then what can be done about it."""
    here = wiring.current()
    with here.store.read() as db:
        connection = connections.of(db, here.connection_id)
        quota = outlook.quota(db, here.connection_id, now=here.now())
        seen = capabilities.all_of(db, here.connection_id)
        last = readings.last_complete(db, here.connection_id, What.SESSIONS)
        latest = readings.latest(db, here.connection_id, What.SESSIONS)
    with st.container(key="connection", border=True):
        st.markdown("  \n".join([_who(connection), _rights(connection), _quota(quota), _read(last)]))
        _show_known(seen)
        with st.container(horizontal=True):
            _offer_refresh(latest)
            if here.is_demo:
                _offer_reset()


def _who(connection: Connection) -> str:
    if connection.mode == "demo":
        return ":material/science: **Demo**: a simulated RingCentral on this computer"
    return f":material/cloud_done: **Live** at {plain(connection.server_url.removeprefix('https://'))}"


def _rights(connection: Connection) -> str:
    if connection.scopes is None:
        return ":gray[Not signed in yet]"
    granted = connection.scopes.split()
    rights = [words for scope, words in SCOPES.items() if scope in granted] or ["do nothing with webinars"]
    return f":gray[User {plain(connection.owner_id or '')} may {' and '.join(rights)}]"


def _quota(quota: QuotaSeen) -> str:
    window = "a minute" if quota.window == timedelta(minutes=1) else f"in {duration(quota.window)}"
    said = "says RingCentral" if quota.from_headers else "as documented"
    others = f", {many(quota.others, 'call')} by others" if quota.others else ""
    return f":gray[{many(quota.limit, 'call')} {window}, {said}; {number(quota.free)} free now{others}]"


def _read(last: Reading | None) -> str:
    if last is None or last.ended_at is None:
        return ":gray[Sessions not read yet]"
    return f":gray[Sessions read {relative(last.ended_at, wiring.current().now())}]"


def _show_known(seen: dict[Name, Capability]) -> None:
    now = wiring.current().now()
    with st.expander("What is known of this RingCentral", key="known"):
        lines = [f"- It {_known(one)} :gray[({relative(one.seen_at, now)})]" for _, one in sorted(seen.items())]
        unseen = [wording.QUESTIONS[name] for name in Name if name not in seen]
        if unseen:
            lines.append(f"- :gray[Not seen yet: {'; '.join(unseen)}]")
        st.markdown("\n".join(lines))


def _known(one: Capability) -> str:
    return wording.CAPABILITIES.get((Name(one.name), one.value)) or plain(f"{one.name}: {one.value}")


def _offer_refresh(latest: Reading | None) -> None:
    calls = many(reading.CALLS[What.SESSIONS], "call")
    is_reading = reading.is_open(latest)
    st.button(
        "Reading the sessions …" if is_reading else f"Refresh sessions ({calls})",
        key="refresh_sessions",
        icon=":material/refresh:",
        disabled=is_reading,
        on_click=reading.ask,
        args=(What.SESSIONS,),
    )


def _offer_reset() -> None:
    if st.button("Reset the demo", key="reset_demo", icon=":material/restart_alt:"):
        _confirm_reset()


@st.dialog("Reset the demo")
def _confirm_reset() -> None:
    st.markdown(
        "Everybody you registered and every import of the demo is forgotten, and the webinars are made anew around "
        "today. It takes a few seconds and cannot be taken back. Your own RingCentral is not touched."
    )
    with st.container(horizontal=True):
        is_wanted = st.button("Reset the demo", key="confirm_reset", type="primary")
        way_out.offer("Keep it as it is", key="no_reset")
    if is_wanted:
        wiring.reset_demo(wiring.current())
        session_picker.pick(None)
        st.rerun()
