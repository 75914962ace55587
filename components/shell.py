"""What stands around every page: whose data it is, what is wrong with the connection, which session is picked."""

from datetime import timedelta

import streamlit as st
from streamlit.commands.page_config import MenuItems
from streamlit.navigation.page import Page

from components import notice, reading, session_picker, viewer, way_out, wording
from components.moments import clock, duration, many
from components.plain import plain
from components.redraw import redraw
from rollcall import connections, outlook, wiring
from rollcall.outlook import QuotaSeen
from rollcall.ringcentral import limits
from rollcall.roster import readings, sessions
from rollcall.roster.readings import What
from rollcall.roster.sessions import Listing
from rollcall.store.tables import Reading

LASTING = timedelta(seconds=5)  # judgement: one lost call is no news
USUAL_WINDOW = timedelta(seconds=60)

GO_LIVE = """RC_CLIENT_ID=…
RC_CLIENT_SECRET=…
RC_JWT=…"""


def open_page(page: Page) -> None:
    """Draw the shell, then the page in it."""
    # Without an entry of our own, Streamlit would drop the menu, and the choice of the theme with it.
    menu: MenuItems = {"About": "Rollcall registers people for RingCentral webinars."}
    st.set_page_config(page_title=f"{page.title} · Rollcall", page_icon="📋", layout="wide", menu_items=menu)
    here = wiring.current()
    with here.store.read() as db:
        known = sessions.all_of(db, here.connection_id)
        latest = readings.latest(db, here.connection_id, What.SESSIONS)
        is_complete = readings.last_complete(db, here.connection_id, What.SESSIONS) is not None
    session_picker.sync(known, is_complete=is_complete)
    if here.is_demo:
        _show_demo_bar()
    _show_connection()
    with st.sidebar:
        _show_sessions(known, latest)
    page.run()


def _show_demo_bar() -> None:
    settings = wiring.current().settings
    usual = (settings.demo_limit, settings.demo_window) == (limits.HEAVY_LIMIT, USUAL_WINDOW.total_seconds())
    window = duration(timedelta(seconds=settings.demo_window))
    faster = (
        "" if usual else f" Faster for trying out: {many(settings.demo_limit, 'call')} in {window}, not 10 a minute."
    )
    with st.container(key="demo_bar", horizontal=True, vertical_alignment="center", gap="small"):
        st.badge("Demo", icon=":material/science:", color="violet")
        st.markdown(f"Simulated RingCentral, nothing leaves this computer.{faster}", width="content")
        if st.button("Go live", key="go_live", type="tertiary", icon=":material/rocket_launch:"):
            _explain_going_live()


@st.dialog("Go live with your RingCentral")
def _explain_going_live() -> None:
    st.markdown(
        "1. In the RingCentral Developer Console make an app (REST API, JWT auth flow) with the scopes "
        "**ReadWebinars** and **EditWebinars**, and a JWT for the user who hosts the webinars.\n"
        "2. Put these lines into the file `.env` beside `app.py`:"
    )
    st.code(GO_LIVE, language=None)
    st.markdown(
        "3. Stop Rollcall and start it again with `make run`.\n\n"
        "The demo keeps its own file; nothing of it is ever sent to your account. Only if your account is not on "
        "platform.ringcentral.com, name the server with `RC_SERVER_URL`."
    )
    way_out.offer("Not now", key="no_live")


@st.fragment(run_every="2s")
def _show_connection() -> None:
    """What keeps calls from leaving, in words; nothing when all is well. Looks by itself."""
    here = wiring.current()
    with here.store.read() as db:
        connection = connections.of(db, here.connection_id)
        quota = outlook.quota(db, here.connection_id, now=here.now())
        sessions_read = readings.latest(db, here.connection_id, What.SESSIONS)
    if connection.stopped_reason:
        notice.show(wording.stop(connection.stopped_reason, connection.stopped_detail), st.error)
        st.button("Try again", key="go_on", icon=":material/refresh:", on_click=_go_on)
        return
    failing_since = here.writing.failing_since
    if failing_since is not None and here.now() - failing_since > LASTING:
        notice.show(wording.trouble("disk", clock(failing_since, viewer.zone(), now=here.now())), st.error)
    if quota.penalty_until is not None:
        st.warning(plain(_penalty(quota)), icon=":material/hourglass_top:")
    if connection.trouble and connection.trouble_since and here.now() - connection.trouble_since > LASTING:
        since = clock(connection.trouble_since, viewer.zone(), now=here.now())
        notice.show(wording.trouble(connection.trouble, since, is_live=not here.is_demo), st.warning)
    elif reading.has_failed(sessions_read) and sessions_read is not None:
        _show_failed_sessions(sessions_read)
    if not connections.may_edit(connection):
        notice.show(wording.READ_ONLY, st.info, icon=":material/visibility:")


def _penalty(quota: QuotaSeen) -> str:
    window = "a minute" if quota.window == USUAL_WINDOW else f"in {duration(quota.window)}"
    until = clock(quota.penalty_until, viewer.zone()) if quota.penalty_until else ""
    return wording.PENALTY.format(limit=quota.limit, window=window, until=until)


def _go_on() -> None:
    here = wiring.current()
    with here.store.write() as db:
        connections.go_on(db, here.connection_id, now=here.now())
    here.wake()


def _show_failed_sessions(latest: Reading) -> None:
    now = wiring.current().now()
    when = clock(latest.ended_at or latest.begun_at or latest.asked_at, viewer.zone(), now=now)
    why = wording.reading_failed(latest.error_code, latest.error_message)
    words = wording.Wording(f"Your sessions could not be read ({when})", f"{why}. What you see was read before.")
    notice.show(words, st.warning)
    if not reading.is_open(latest):
        st.button(
            "Read them again (2 calls)", key="read_failed_sessions", icon=":material/refresh:", on_click=reading.ask,
            args=(What.SESSIONS,),
        )  # fmt: skip


def _show_sessions(known: list[Listing], latest: Reading | None) -> None:
    """The session picker; before the first list is here, that it is being read."""
    if known:
        session_picker.pick_session(known)
    if not known and (latest is None or reading.is_open(latest)):
        _await_sessions()


@st.fragment(run_every="1s")
def _await_sessions() -> None:
    """Draw the whole anew as soon as the first sessions are here, or could not be read."""
    here = wiring.current()
    with here.store.read() as db:
        latest = readings.latest(db, here.connection_id, What.SESSIONS)
        connection = connections.of(db, here.connection_id)
        has_some = bool(sessions.all_of(db, here.connection_id))
    if has_some or (latest is not None and not reading.is_open(latest)):
        redraw()
    if connection.stopped_reason is None:
        st.skeleton(height=64)
        st.caption(reading.hope("Reading your sessions …"))
