"""The receipt of an import as a download, at any time."""

from functools import partial

import streamlit as st

from components import people_table
from rollcall import wiring
from rollcall.importing import drafting
from rollcall.importing.receipt import receipt_of
from rollcall.store.tables import Batch

EXCEL_NOTE = (
    "The receipt is text as your file is: UTF-8 without a mark. Open it in Excel with Data, From Text/CSV; after a "
    "double-click letters such as ä and é would look broken."
)


def offer_receipt(batch: Batch, *, has_file: bool) -> None:
    """The uploaded file with each person's status, reason and links; made when it is clicked."""
    if not has_file:
        st.caption("The uploaded file was deleted, so there is no receipt any more.")
        return
    stem, dot, ending = batch.name.rpartition(".")
    st.download_button(
        "Download receipt",
        partial(receipt, batch.id),
        file_name=f"{stem}-rollcall.{ending}" if dot else f"{batch.name}-rollcall.csv",
        mime="text/csv",
        key=f"receipt_{batch.id}",
        icon=":material/download:",
        on_click="ignore",
        help="Your file again, with each person's state, reason and links",
    )


def show_excel_note(batch: Batch) -> None:
    """That Excel garbles the receipt of a file without a mark for UTF-8: it comes back as it was uploaded."""
    with wiring.current().store.read() as db:
        upload = drafting.upload_of(db, batch.id)
    if upload is not None and upload.encoding == "utf-8" and not upload.bom:
        st.caption(EXCEL_NOTE)


def receipt(batch_id: int) -> bytes:
    """The bytes of the download; nothing once the file was deleted."""
    return receipt_of(wiring.current().store, batch_id, people_table.reason) or b""
