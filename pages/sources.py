"""Which campaigns there are: every spelling, what counts as one, what it cost, over all sessions."""

import streamlit as st

from components import (
    sources_costs,
    sources_decided,
    sources_list,
    sources_seen,
    sources_spend,
    sources_suggested,
    sources_unread,
)

st.title("Sources")
seen = sources_seen.look()
has_sources = sources_seen.show_about(seen)
sources_unread.offer(seen)
sources_decided.show_said()

if has_sources:
    sources_suggested.show_suggested(seen)
    sources_list.show_spellings(seen)
    sources_decided.show_decided(seen.decided)
if not seen.sessions.empty:
    sources_spend.show_spend(seen)
    sources_costs.show_costs(seen)
