"""The report of a session as a download: one file to hand on, made when it is clicked."""

from functools import partial

import streamlit as st

from components.moments import zone
from rollcall import wiring
from rollcall.attendance import handing_over, reckoning, report
from rollcall.roster.sessions import Listing

WITHOUT, WITH = "This file names nobody.", "This file holds everybody's name and address. Hand it on with care."


def show_report(listing: Listing, *, people: int) -> None:
    """What the report is, whether it names people, and the download.

    Args:
        people: how many it would name, those registered for the recording included.
    """
    st.subheader("A report to hand on")
    st.caption(
        "One file with these figures, charts and comparisons. It opens in any browser without network, and prints on "
        "two pages."
    )
    names_people = st.toggle("With the people", key=f"report_with_people_{listing.session_id}", disabled=not people)
    st.download_button(
        f"Download the report with {people:,} names" if names_people else "Download the report",
        partial(file_of, listing, with_people=names_people),
        file_name=file_name(listing, with_people=names_people),
        mime="text/html",
        key="download_report",
        icon=":material/summarize:",
        on_click="ignore",
        help="HTML, made when you click; takes a second or two",
    )
    st.caption(WITH if names_people else WITHOUT)


def file_of(listing: Listing, *, with_people: bool) -> bytes:
    """The bytes of the download, reckoned from what is stored by then; that names were taken is written down."""
    here, session_id = wiring.current(), listing.session_id
    with here.store.read() as db:
        found = reckoning.of_session(db, here.connection_id, session_id, now=here.now())
    if found is None:
        return b""
    if with_people:
        handing_over.note(
            here.store, here.connection_id, session_id, whom="everybody", file="report",
            people=len(found.people) + len(found.on_demand), now=here.now(),
        )  # fmt: skip
    return report.html(found, with_people=with_people).encode()


def file_name(listing: Listing, *, with_people: bool) -> str:
    """Of our own words and the day: a title may hold what no file's name may."""
    starts_at = listing.session.starts_at
    day = f"-{starts_at.astimezone(zone(listing.session.time_zone)):%Y-%m-%d}" if starts_at else ""
    return f"attendance{'-with-people' if with_people else ''}{day}-{listing.session_id}.html"
