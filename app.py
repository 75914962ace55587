"""Rollcall's entry: `streamlit run app.py`.

Streamlit runs this file as a script for every look at a page, and the server imports it once as a module. It finds
the app by the literal `app = st.App(…)` below; written any other way there is neither a worker nor a header, silently.
"""

from pathlib import Path

import streamlit as st

from components.navigation import close_side_door, navigation

if __name__ == "__main__":
    from components.shell import open_page

    open_page(navigation())
else:
    from starlette.middleware import Middleware

    from components.headers import SecurityHeaders
    from components.process import lifespan, on_script_error

    close_side_door()
    app = st.App(
        Path(__file__).resolve(),
        middleware=[Middleware(SecurityHeaders)],
        lifespan=lifespan,
        on_script_error=on_script_error,
    )
