"""What needs the marketer, what runs, what comes next, and which RingCentral this is."""

import streamlit as st

from components.connection_panel import show_connection
from components.desk import show_desk
from components.first_steps import show_first_steps
from components.next_sessions import show_next_sessions

st.title("Overview")

show_desk()
show_first_steps()

left, right = st.columns([2, 1], gap="large")
with left:
    st.subheader("Next sessions")
    show_next_sessions()
with right:
    st.subheader("Connection")
    show_connection()
