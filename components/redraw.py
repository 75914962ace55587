"""Drawing the whole page anew, from a part of it that looks by itself and has found it out of date."""

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequests, ScriptRequestType


def redraw() -> None:
    """Draw the whole page anew if only this part is being drawn; if all of it is, the part's next look is soon enough.

    A run that is broken off forgets the click that began it, unless a callback has taken it already; and the later of
    two wishes for a run decides which page it draws, so that this one would take back a click on a link. A timer may
    break off its own run, then, but never the run of somebody who clicks, begun or still waiting.
    """
    run = get_script_run_ctx()
    if run is not None and run.fragment_ids_this_run and not _is_somebody_waiting(run.script_requests):
        st.rerun()


def _is_somebody_waiting(requests: ScriptRequests | None) -> bool:
    """Whether another run is wished for already; Streamlit has no public word for it."""
    return requests is not None and requests._state is not ScriptRequestType.CONTINUE
