"""Follow up on the picked session: its people as the lists and files a CRM wants, and what became of the invited."""

from dataclasses import replace

import streamlit as st

from components import (
    follow_up_files,
    follow_up_lists,
    follow_up_people,
    follow_up_reading,
    invited_funnel,
    invited_identity,
    invited_result,
    invited_upload,
)
from components.choices import readable
from components.session_picker import picked_or_stop
from rollcall import wiring
from rollcall.attendance import follow_up
from rollcall.attendance.follow_up import List

LISTS, INVITED = "Lists for your CRM", "The list you invited"

st.title("Follow up")
listing = picked_or_stop(begun_first=True)
attendance, before = follow_up_reading.known_or_stop(listing)
people = follow_up.people_of(attendance, known_before=before.known_before)
facts = replace(attendance.facts, now=wiring.current().now())

part = st.segmented_control(
    "What to take back",
    [LISTS, INVITED],
    default=LISTS,
    format_func=readable,
    key="follow_up_part",
    required=True,
    wrap=True,
)

if part == LISTS:
    selection = follow_up_lists.pick_list(people, facts, before)
    if selection.name is List.ABSENT:
        follow_up_people.show_soon(attendance.provisional)
    chosen = follow_up_people.show_chosen(people, selection, facts)
    if chosen.count:
        follow_up_files.offer_files(chosen.people, selection.name, facts)
else:
    held = invited_upload.held_or_ask()
    identity = invited_identity.pick_identity(held, people) if held else None
    if held and identity:
        found = invited_result.matched(held, identity, people, facts)
        invited_result.show_numbers(found, facts)
        invited_result.show_notes(found)
        invited_result.offer_files(held, found, facts)
        invited_result.show_uninvited(found, facts)
        invited_funnel.show_funnel(held, found, facts)
