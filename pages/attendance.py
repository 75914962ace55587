"""Who came to the picked session, from which source, how long they stayed, and how sure all of that is."""

import streamlit as st

from components import (
    attendance_doubts,
    attendance_figures,
    attendance_reading,
    attendance_sources,
    attendance_time,
    report_download,
)
from components.session_picker import picked_or_stop

st.title("Attendance")
listing = picked_or_stop(begun_first=True)
found = attendance_reading.known_or_stop(listing)
note = attendance_reading.in_a_line(found)

attendance_figures.show_figures(listing, found)
attendance_sources.show_sources(found, note=note)
attendance_time.show_run_up(found, note=note)
attendance_time.show_minutes(found, note=note)
attendance_doubts.show_doubts(found)
report_download.show_report(listing, people=len(found.people) + len(found.on_demand))
