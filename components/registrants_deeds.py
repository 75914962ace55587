"""What is done with those who are ticked or found: cancel them, download them."""

from collections.abc import Sequence
from datetime import UTC
from functools import partial

import streamlit as st

from components import registrants_table, registrants_words, way_out
from components.moments import duration, many, number, zone
from components.progress import show_progress
from rollcall import connections, outlook, wiring
from rollcall.attendance import handing_over
from rollcall.outbox import picked
from rollcall.outbox.picked import Picked, Place
from rollcall.roster import people, people_file
from rollcall.roster.people import Listed, Search
from rollcall.roster.sessions import Listing

NAMED = 10  # people a dialog names
MOST_TICKED = 50_000
SESSION_OVER = "The session is over: RingCentral cancels nobody any more."
MAY_MAIL = (
    ":material/mail: RingCentral does not say whether it writes to people whose registration is cancelled. Mails that "
    "have left stay with them, and their links stop working."
)


def may_cancel(listing: Listing) -> bool:
    """Whether anybody can be cancelled here, as far as is known."""
    here = wiring.current()
    with here.store.read() as db:
        may_edit = connections.may_edit(connections.of(db, here.connection_id))
    return may_edit and not listing.is_past(here.now()) and listing.session.gone_at is None


def place_of(listing: Listing) -> Place:
    """Where it is wished; there is no sign-in yet, so everybody is called the same."""
    return Place(wiring.current().connection_id, listing.session_id, "local")


def show_under_way(listing: Listing) -> bool:
    """The cancellations that run for this session, with their switches. Returns whether there are any."""
    with wiring.current().store.read() as db:
        found = picked.open_batches(db, place_of(listing))
    for batch in found:
        show_progress(batch)
    return bool(found)


def show_deeds(listing: Listing, search: Search, total: int) -> None:
    """Tick, cancel and download; cancelling asks first."""
    ids = registrants_table.ticked(search.session_id)
    is_allowed = may_cancel(listing)
    with st.container(horizontal=True, key="registrants_deeds"):
        if ids:
            asked = st.button(
                f"Cancel {many(len(ids), 'registration')} …", key="cancel_ticked", icon=":material/person_off:",
                disabled=not is_allowed,
            )  # fmt: skip
            if asked:
                _ask_cancel(listing, ids)
            st.button(
                "Untick all", key="untick", type="tertiary", on_click=registrants_table.tick,
                args=(search.session_id, ()),
            )  # fmt: skip
        if total > len(ids):
            st.button(
                f"Tick all {number(total)} found", key="tick_found", type="tertiary", on_click=_tick_found,
                args=(search,),
            )  # fmt: skip
        st.download_button(
            f"Download {many(total, 'person', 'people')} (CSV)", partial(file_of, listing, search),
            file_name=f"registrants-{listing.session_id}.csv", mime="text/csv", key="download_registrants",
            icon=":material/download:", on_click="ignore", help="All who are found, on every page",
        )  # fmt: skip
    if listing.is_past(wiring.current().now()):
        st.caption(SESSION_OVER)


def _tick_found(search: Search) -> None:
    with wiring.current().store.read() as db:
        found = people.ids(db, search, most=MOST_TICKED)
    registrants_table.tick(search.session_id, found)


def file_of(listing: Listing, search: Search) -> bytes:
    """The bytes of the download, made when it is clicked; that people were taken is written down first."""
    here, name = wiring.current(), listing.session.time_zone
    with here.store.read() as db:
        found = people.count(db, search)
        data = people_file.write(
            db, search, zone=zone(name) if name else UTC, zone_name=name or "UTC",
            status=registrants_words.status, made_by=registrants_words.made_by,
        )  # fmt: skip
    handing_over.note(
        here.store, here.connection_id, listing.session_id, whom="found", file="registrants", people=found,
        now=here.now(),
    )  # fmt: skip
    return data


# ---------------------------------------------------------------- cancelling


def _ask_cancel(listing: Listing, ids: Sequence[str]) -> None:
    search = Search(wiring.current().connection_id, listing.session_id, shown=people.Shown.EVERYBODY)
    with wiring.current().store.read() as db:
        found = [one for one in people.those(db, search, ids) if one.gone_at is None]
        now, later = picked.split(db, place_of(listing), [as_picked(one) for one in found])
    title = f"Cancel {many(len(now), 'registration')}?" if now else "Nobody can be cancelled"
    st.dialog(title)(_confirm)(listing, now, later)


def as_picked(one: Listed) -> Picked:
    """A registrant of the list, as the outbox knows them."""
    return Picked(one.registrant_id, one.email_key, one.first_name, one.last_name, one.email)


def _confirm(listing: Listing, now: Sequence[Picked], later: Sequence[Picked]) -> None:
    if not now:
        st.markdown("Those who are ticked are cancelled already, or it is on its way.")
        way_out.offer("Close", key="no_cancel_ticked")
        return
    st.text("\n".join(f"{one.first_name} {one.last_name} · {one.email}" for one in now[:NAMED]))
    if len(now) > NAMED:
        st.markdown(f"and {many(len(now) - NAMED, 'more person', 'more people')}")
    st.markdown(f":material/schedule: {cost(len(now))}.")
    st.markdown(MAY_MAIL)
    st.markdown(
        ":material/undo: Who is cancelled can be registered again, and gets new links then. "
        + ("It can be paused and stopped." if len(now) > 1 else "")
    )
    if later:
        st.markdown(
            f":material/group: {many(len(later), 'person has', 'people have')} the same email as somebody above. They "
            "stay ticked; cancel them when this is done."
        )
    with st.container(horizontal=True):
        st.button(
            f"Cancel {many(len(now), 'registration')}", key="confirm_cancel_ticked", type="primary", on_click=_cancel,
            args=(listing, now, later),
        )  # fmt: skip
        way_out.offer("Keep them registered", key="no_cancel_ticked")


def _cancel(listing: Listing, now: Sequence[Picked], later: Sequence[Picked]) -> None:
    """File it; the second press of a double-click finds everybody on their way."""
    here = wiring.current()
    with here.store.write() as db:
        picked.cancel(db, place_of(listing), now, name=many(len(now), "registrant"), now=here.now())
    here.wake()
    registrants_table.tick(listing.session_id, [one.registrant_id for one in later])
    st.rerun()  # a dialog is drawn alone; the whole page is drawn without it


def cost(calls: int) -> str:
    """Calls and their time, if nothing else waits."""
    here = wiring.current()
    with here.store.read() as db:
        quota = outlook.quota(db, here.connection_id, now=here.now())
    return f"{many(calls, 'call')}, about {duration(quota.window * calls / quota.limit)} if nothing else waits"
