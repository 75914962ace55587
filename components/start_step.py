"""The last step of an import: what Start means, the marketer's deadline, and the one dialog before it."""

from datetime import UTC, timedelta

import streamlit as st

from components import link_columns, mail_note, notice, reading, way_out
from components.moments import clock, duration, many, moment, number, zone
from components.plain import plain
from components.progress import per_minute
from components.redraw import redraw
from components.wording import Wording
from rollcall import wiring
from rollcall.importing import checking, finding, lines, starting
from rollcall.importing.starting import BeforeStart
from rollcall.outbox.states import Verdict
from rollcall.roster.sessions import Listing
from rollcall.store.tables import Batch

LIST_FAILED = Wording(
    "RingCentral's list could not be read",
    "Who is there already is not known now. It is read again before anybody is sent, so nobody is registered twice.",
)


def await_list(batch: Batch) -> bool:
    """Whether who is there already is known, or cannot be. While it is being read, says so and looks every second."""
    here = wiring.current()
    with here.store.read() as db:
        listing = checking.listing(db, batch)
    if reading.has_failed(listing):
        notice.show(LIST_FAILED, st.warning)
        return True
    if not reading.is_open(listing):
        return True
    st.fragment(_await_list, run_every="1s")(batch)
    return False


def _await_list(batch: Batch) -> None:
    here = wiring.current()
    with here.store.read() as db:
        listing = checking.listing(db, batch)
    if not reading.is_open(listing) or reading.has_failed(listing):
        redraw()
    pages = f", {many(listing.records, 'person', 'people')} so far" if listing and listing.records else ""
    st.info(f"Reading who is registered already{pages} … The numbers may still move.", icon=":material/sync:")


def show_start(listing: Listing, batch: Batch, *, is_ready: bool) -> None:
    """The facts before Start, and the button that asks once more."""
    here = wiring.current()
    again_cancelled = _ask_again_cancelled(batch)
    _ask_deadline(listing, batch)
    with here.store.read() as db:
        facts = starting.before_start(db, batch, again_cancelled=again_cancelled, now=here.now())
        late = finding.names_of(db, facts.outlook.late)
    if not facts.new:
        st.info("There is nobody new to register in this file.", icon=":material/how_to_reg:")
        return
    st.markdown(mail_note.mails(facts.mails))
    link_columns.show_line(batch)
    _show_limits(facts)
    st.markdown(_time(facts, listing))
    _show_time_warnings(facts, listing, late)
    people = many(facts.new, "person", "people")
    asked = st.button(f"Register {people}", key=f"start_{batch.id}", type="primary", disabled=not is_ready)
    if asked:
        st.dialog(f"Register {people}?")(_confirm)(listing, batch, facts, again_cancelled=again_cancelled)


def _ask_again_cancelled(batch: Batch) -> bool:
    with wiring.current().store.read() as db:
        cancelled = lines.verdicts(db, batch.id).get(Verdict.CANCELLED_EARLIER, 0)
    if not cancelled:
        return False
    return st.checkbox(
        f"Register the {many(cancelled, 'person', 'people')} again who were cancelled here earlier",
        key=f"again_{batch.id}",
    )


def _ask_deadline(listing: Listing, batch: Batch) -> None:
    """The marketer's own deadline, in the session's zone; written down as soon as it is chosen."""
    here, place = wiring.current(), zone(listing.session.time_zone)
    own = batch.own_deadline_at
    with st.expander("I need it done before a certain time", expanded=own is not None, icon=":material/alarm:"):
        chosen = st.datetime_input(
            f"Done by ({plain(listing.session.time_zone or 'UTC')})",
            value=own.astimezone(place).replace(tzinfo=None) if own else None,
            key=f"deadline_{batch.id}",
            format="YYYY-MM-DD",
            step=timedelta(minutes=5),
            help="Imports with the earliest deadline go first; without one of yours, the start of the webinar counts.",
        )
    due_at = chosen.replace(tzinfo=place).astimezone(UTC) if chosen else None
    if due_at != own:
        with here.store.write() as db:
            starting.set_deadline(db, batch.id, due_at)
        batch.own_deadline_at = due_at


def _show_limits(facts: BeforeStart) -> None:
    if facts.beyond_limit:
        st.warning(
            f"Registration closes by itself at {number(facts.auto_close_limit or 0)} people, so about "
            f"{many(facts.beyond_limit, 'person', 'people')} of this list will wait before a closed door. Raise the "
            "limit in RingCentral, or the import pauses there; nothing is lost.",
            icon=":material/group_add:",
        )
    if facts.free_mail:
        st.warning(
            f"This session takes work addresses only, and {many(facts.free_mail, 'person has', 'people have')} a "
            "private one. RingCentral will probably refuse them, each for a call.",
            icon=":material/alternate_email:",
        )


def _time(facts: BeforeStart, listing: Listing) -> str:
    """Calls, minutes, and the time of the last person against the marketer's deadline and the session's start."""
    here, ahead = wiring.current(), facts.outlook.forecast
    done = clock(ahead.last_at, listing.session.time_zone, now=here.now())
    parts = [
        f"**{many(ahead.calls, 'call')}**",
        f"{duration(ahead.last_at - here.now())} at {number(per_minute(ahead.every))} a minute",
        f"done about **{done}**",
    ]
    for name, due_at in (("you need it by", facts.own_deadline_at), ("your webinar starts", facts.starts_at)):
        if due_at is not None:
            due = moment(due_at, listing.session.time_zone, now=here.now())
            mark = ":green[:material/check: in time]" if facts.meets(due_at) else ":red[:material/alarm: too late]"
            parts.append(f"{name} {due} {mark}")
    return ":material/schedule: " + " · ".join(parts)


def _show_time_warnings(facts: BeforeStart, listing: Listing, late: list[str]) -> None:
    if not facts.is_in_time:
        st.warning(
            f"By then about {number(facts.by_due)} of {many(facts.new, 'person', 'people')} will be registered. Ask "
            "RingCentral for a higher limit, or put those who matter most first in the file.",
            icon=":material/alarm:",
        )
    for name in late:
        st.warning(f"This makes another import late: {plain(name)}.", icon=":material/low_priority:")


def _confirm(listing: Listing, batch: Batch, facts: BeforeStart, *, again_cancelled: bool) -> None:
    """Who, how many, how long, what mails, and that it cannot be taken back for nothing."""
    people = many(facts.new, "person", "people")
    here, ahead = wiring.current(), facts.outlook.forecast
    st.markdown(f"For **{plain(listing.session.title)}**.")
    st.markdown(mail_note.mails(facts.mails))
    link_columns.show_line(batch)
    st.markdown(
        f":material/schedule: About {duration(ahead.last_at - here.now())} and {many(ahead.calls, 'call')}. You may "
        "close the browser: it goes on while Rollcall runs."
    )
    st.markdown(
        ":material/undo: You can pause or stop at any time. Who is registered by then can be cancelled again, one call "
        "each; mails that have left cannot be called back."
    )
    with st.container(horizontal=True):
        st.button(
            f"Register {people}",
            key=f"confirm_start_{batch.id}",
            type="primary",
            on_click=_start,
            args=(batch.id,),
            kwargs={"again_cancelled": again_cancelled},
        )
        way_out.offer("Not now", key=f"no_start_{batch.id}")


def _start(batch_id: int, *, again_cancelled: bool) -> None:
    """Turn the switch; the second press of a double-click finds it turned."""
    here = wiring.current()
    starting.start(here.store, batch_id, again_cancelled=again_cancelled, now=here.now())
    here.wake()
    st.rerun()  # the dialog is drawn alone; the whole page is drawn without it
