"""Whether RingCentral will mail people, as it was last read."""

import streamlit as st

from components.moments import many
from rollcall.roster.sessions import Listing


def show_for_one(listing: Listing) -> None:
    """Whether this person gets a mail."""
    known = listing.registration
    if known is None or known.suppress_emails is None:
        st.markdown(":material/mail: :gray[Whether RingCentral will mail this person is not known yet.]")
    elif known.suppress_emails:
        st.markdown(
            ":material/mail_off: RingCentral will **not** mail this person: its mails are off for this session."
        )
    else:
        st.markdown(":material/mail: RingCentral will mail this person a confirmation with the join link.")


def mails(count: int | None) -> str:
    """The same for many: a sentence of Markdown."""
    if count is None:
        return ":material/mail: Whether RingCentral will mail these people is not known yet."
    if count == 0:
        return ":material/mail_off: RingCentral will mail nobody: its mails are off for this session."
    return (
        f":material/mail: RingCentral will send **{many(count, 'mail')}**, one to each person, as they are registered."
    )
