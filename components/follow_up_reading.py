"""What is known of the session's people when they are followed up, and who had registered before."""

import streamlit as st

from components import attendance_reading, notice, wording
from rollcall import wiring
from rollcall.attendance import earlier
from rollcall.attendance.earlier import Earlier
from rollcall.attendance.facts import ParticipantsRead
from rollcall.attendance.matching import Attendance
from rollcall.roster.sessions import Listing


def known_or_stop(listing: Listing) -> tuple[Attendance, Earlier]:
    """The line about the readings, and what came of them; without any registrant the page ends here with what to do."""
    found = attendance_reading.known_or_stop(listing)
    if not (len(found.people) or len(found.on_demand)):
        st.info("Nobody registered for this session, so there is nobody to write to.", icon=":material/group_off:")
        st.stop()
    attendance_reading.show_sureness(found)
    if found.facts.has_begun and found.facts.participants_read is ParticipantsRead.NO:
        notice.show(wording.NOT_READ_WHO_CAME, st.info, icon=":material/person_search:")
    here = wiring.current()
    with here.store.read() as db:
        return found, earlier.of_session(db, here.connection_id, listing.session_id)
