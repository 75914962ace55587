"""The receipt of an import as a download, at any time."""

from functools import partial

import streamlit as st

from components import people_table
from rollcall import wiring
from rollcall.importing.receipt import receipt_of
from rollcall.store.tables import Batch


def offer_receipt(batch: Batch, *, has_file: bool) -> None:
    """The uploaded file with each person's status, reason and links; made when it is clicked."""
    if not has_file:
        st.caption("The uploaded file was deleted, so there is no receipt any more.")
        return
    stem, dot, ending = batch.name.rpartition(".")
    st.download_button(
        "Receipt",
        partial(receipt, batch.id),
        file_name=f"{stem}-rollcall.{ending}" if dot else f"{batch.name}-rollcall.csv",
        mime="text/csv",
        key=f"receipt_{batch.id}",
        icon=":material/download:",
        on_click="ignore",
        help="Your file again, with each person's state, reason and links",
    )


def receipt(batch_id: int) -> bytes:
    """The bytes of the download; nothing once the file was deleted."""
    return receipt_of(wiring.current().store, batch_id, people_table.reason) or b""
