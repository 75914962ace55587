"""What RingCentral did with the own links of an import: what was sent and what it lists, compared."""

import streamlit as st

from components.moments import many
from rollcall import wiring
from rollcall.importing import planning
from rollcall.outbox import progress
from rollcall.store.tables import Batch


def show_links_kept(batch: Batch) -> None:
    """For how many people RingCentral kept the links it was sent; nothing where none were."""
    if not planning.sends_links(batch):
        return
    with wiring.current().store.read() as db:
        links = progress.own_links(db, batch)
    if links.replaced:
        st.warning(
            f"For {many(links.replaced, 'person', 'people')} RingCentral did not keep your own links: its list shows "
            "others, and so do its mails. The receipt has those that work.",
            icon=":material/link_off:",
        )
    if links.kept:
        st.markdown(f":material/link: RingCentral kept your own links for {many(links.kept, 'person', 'people')}.")
