"""What is known of the session's people when they are followed up, and who had registered before."""

import streamlit as st
from sqlalchemy import func, select

from components import attendance_reading, notice, wording
from rollcall import wiring
from rollcall.attendance import earlier
from rollcall.attendance.earlier import Earlier
from rollcall.attendance.facts import ParticipantsRead
from rollcall.attendance.matching import Attendance
from rollcall.roster.readings import ReadingState, What
from rollcall.roster.sessions import Listing
from rollcall.store.tables import Reading, Registrant

KEPT = 20  # sessions; the addresses of those who came back


def known_or_stop(listing: Listing) -> tuple[Attendance, Earlier]:
    """The line about the readings, and what came of them; without any registrant the page ends here with what to do."""
    found = attendance_reading.known_or_stop(listing)
    if not (len(found.people) or len(found.on_demand)):
        st.info("Nobody registered for this session, so there is nobody to write to.", icon=":material/group_off:")
        st.stop()
    attendance_reading.show_sureness(found)
    if found.facts.has_begun and found.facts.participants_read is ParticipantsRead.NO:
        notice.show(wording.NOT_READ_WHO_CAME, st.info, icon=":material/person_search:")
    return found, _before(listing.session_id)


def _before(session_id: str) -> Earlier:
    """Who had registered before; looked up again when a list was read, or somebody was registered here."""
    here = wiring.current()
    read = select(func.max(Reading.id)).where(
        Reading.connection_id == here.connection_id,
        Reading.what == What.REGISTRANTS.value,
        Reading.state == ReadingState.COMPLETE.value,
    )
    people = select(func.count()).where(
        Registrant.connection_id == here.connection_id, Registrant.session_id == session_id
    )
    with here.store.read() as db:
        mark = (db.scalar(read), db.scalar(people))
    return _looked_up(str(here.store.engine.url), here.connection_id, session_id, mark)


@st.cache_data(max_entries=KEPT, show_spinner=False)
def _looked_up(address: str, connection_id: int, session_id: str, mark: tuple[int | None, int | None]) -> Earlier:
    """Some tenths of a second with 200 earlier sessions of 2,000 people. `address` tells one store from another."""
    with wiring.current().store.read() as db:
        return earlier.of_session(db, connection_id, session_id)
