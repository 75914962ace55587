"""What needs the marketer, what runs, what comes next, and what RingCentral this is."""

import streamlit as st

st.title("Overview")
