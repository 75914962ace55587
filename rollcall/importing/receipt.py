"""The uploaded file again, with what became of each row."""

from __future__ import annotations

from collections.abc import Callable

from rollcall.contact_file import receipt
from rollcall.outbox import progress
from rollcall.outbox.progress import ReceiptLine
from rollcall.store.database import Store
from rollcall.store.tables import Batch, Upload


def receipt_of(store: Store, batch_id: int, reason: Callable[[ReceiptLine], str]) -> bytes | None:
    """The uploaded file with each person's status, links and the reason in words; None once it was deleted.

    Args:
        reason: the sentence for a line that was not registered; wording is not the domain's.
    """
    with store.read() as db:
        batch, upload = db.get_one(Batch, batch_id), db.get(Upload, batch_id)
        if upload is None or upload.content is None:
            return None
        if batch.checked_at is None:
            return upload.content
        lines = (_receipt_row(line, reason) for line in progress.receipt_lines(db, batch))
        return receipt.write(
            upload.header,
            lines,
            delimiter=upload.delimiter,
            encoding=upload.encoding,
            bom=upload.bom,
            newline=upload.newline,
        )


def _receipt_row(line: ReceiptLine, reason: Callable[[ReceiptLine], str]) -> tuple[list[str], list[str]]:
    """A line's cells and the values of `receipt.STATUS_COLUMNS`."""
    links = [line.join_uri or "", line.cancellation_uri or ""]
    return line.cells, [line.status.value, reason(line), line.registrant_id or "", *links]
