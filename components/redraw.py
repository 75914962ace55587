"""Drawing the whole page anew, from a part of it that looks by itself and has found it out of date."""

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx


def redraw() -> None:
    """Draw the whole page anew if only this part is being drawn; if all of it is, the part's next look is soon enough.

    A run that is broken off forgets the click that began it, unless a callback has taken it already. A timer may break
    off its own run, then, but never the run of somebody who clicks.
    """
    run = get_script_run_ctx()
    if run is not None and run.fragment_ids_this_run:
        st.rerun()
