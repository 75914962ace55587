"""People of an import: how many of each kind, and a page of those that are picked."""

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any, TypeVar

import pandas as pd
import streamlit as st

from components import wording
from components.moments import many, number
from components.status import STATUSES, Look
from rollcall import wiring
from rollcall.importing import lines
from rollcall.outbox import progress
from rollcall.outbox.progress import Person, Status
from rollcall.outbox.states import Verdict
from rollcall.store.tables import Batch

Kind = TypeVar("Kind", Verdict, Status)

PAGE = 50  # people shown at once

WIDTHS = {
    "Row": st.column_config.NumberColumn(width=60),
    "Line": st.column_config.NumberColumn(width=60),
    "Column": st.column_config.TextColumn(width=120),
    "Value": st.column_config.TextColumn(width=200),
    "Why": st.column_config.TextColumn(width=520),
}
VERDICTS = {
    Verdict.TO_SEND: Look("new", "person_add", "blue"),
    Verdict.ALREADY_THERE: STATUSES[Status.ALREADY_THERE],
    Verdict.CANCELLED_EARLIER: STATUSES[Status.CANCELLED_EARLIER],
    Verdict.DUPLICATE: STATUSES[Status.DUPLICATE],
    Verdict.WAITING_ELSEWHERE: Look("waiting elsewhere", "schedule", "gray"),
    Verdict.LEFT_OUT: STATUSES[Status.LEFT_OUT],
    Verdict.INVALID: STATUSES[Status.INVALID],
}
MEANINGS = {
    Verdict.TO_SEND: "They are registered when you start.",
    Verdict.ALREADY_THERE: "RingCentral's list shows them. Nothing is sent; the receipt has their links.",
    Verdict.CANCELLED_EARLIER: "They were cancelled here before. They stay out unless you say otherwise below.",
    Verdict.DUPLICATE: "An earlier row has the same email; that one counts.",
    Verdict.WAITING_ELSEWHERE: "They wait in another import or entry. They are sent once, with its data.",
    Verdict.LEFT_OUT: "A column says that they want no mail, or cannot get any.",
    Verdict.INVALID: "They are not sent. Put them right in your file and upload it again, or go on without them.",
}


def show_draft_people(batch: Batch, counts: Mapping[Verdict, int]) -> None:
    """The tiles of a checked draft; each opens its people. The rows with something wrong are open at first."""
    picked = _pick("People of the file", VERDICTS, counts, first=Verdict.INVALID, key=f"draft_{batch.id}_verdict")
    if picked is None:
        return
    st.caption(MEANINGS[picked])
    start = _pick_page(f"draft_{batch.id}_{picked}", counts[picked])
    rows = _troubles(batch, start) if picked is Verdict.INVALID else _draft_rows(batch, picked, start)
    _show(rows, key=f"draft_{batch.id}_{picked}_table")


def _troubles(batch: Batch, start: int) -> list[dict[str, Any]]:
    with wiring.current().store.read() as db:
        found = lines.troubles(db, batch.id, start=start, most=PAGE)
    return [
        {
            "Row": one.number,
            "Line": one.line,
            "Column": one.column or wording.FIELDS.get(one.problem.field, one.problem.field),
            "Value": one.problem.value,
            "Why": wording.problem(one.problem),
        }
        for one in found
    ]


def _draft_rows(batch: Batch, verdict: Verdict, start: int) -> list[dict[str, Any]]:
    with wiring.current().store.read() as db:
        found = lines.people(db, batch.id, verdict, start=start, most=PAGE)
    rows = [
        {"Line": one.line, "Name": one.name, "Email": one.email, "Source": one.source, "External ID": one.external_id}
        for one in found
    ]
    if verdict is Verdict.DUPLICATE:
        return [row | {"Same as line": one.note} for row, one in zip(rows, found, strict=True)]
    return rows


def show_people(batch: Batch, counts: Mapping[Status, int]) -> None:
    """The people of a started import by what they are at; the refused ones are open at first."""
    picked = _pick("People of the import", STATUSES, counts, first=Status.REFUSED, key=f"import_{batch.id}_status")
    if picked is None:
        st.caption("Pick a number to see its people.")
        return
    if STATUSES[picked].meaning:
        st.caption(STATUSES[picked].meaning)
    start = _pick_page(f"import_{batch.id}_{picked}", counts[picked])
    with wiring.current().store.read() as db:
        found = progress.people(db, batch, statuses=frozenset({picked}), start=start, most=PAGE)
    _show([_person_row(one) for one in found], key=f"import_{batch.id}_{picked}_table")


def _person_row(one: Person) -> dict[str, Any]:
    return {
        "Line": one.line,
        "Name": one.name,
        "Email": one.email,
        "Why": reason(one),
    }


def reason(one: Person | progress.ReceiptLine) -> str:
    """Why somebody of an import is not registered, or what is special about them, in words; else nothing."""
    if one.status is Status.INVALID:
        return " ".join(wording.stored_problem(problem) for problem in one.problems)
    if one.status in (Status.REFUSED, Status.UNCONFIRMED):
        return str(wording.action(one.error_code, one.error_message, one.error_parameter))
    if one.status is Status.LEFT_OUT:
        return f"Left out: the column “{one.note}” marks them." if one.note else "Left out by an opt-out column."
    if one.status is Status.WITHDRAWN and not one.note:
        return "The import was stopped."
    if one.status is Status.DUPLICATE and one.note:
        return f"The same email as in line {one.note}."
    if one.note and one.note.startswith("shared:"):
        differing = [wording.FIELDS.get(name, name) for name in one.note.removeprefix("shared:").split(",") if name]
        what = f", which differs in: {', '.join(differing)}" if differing else ""
        return f"Sent once, with the data of another import or entry{what}."
    return ""


def _pick(label: str, looks: Mapping[Kind, Look], counts: Mapping[Kind, int], *, first: Kind, key: str) -> Kind | None:
    """A tile for every kind of which there are people; `first` is open at first, if there are any."""
    picked: Kind | None = st.pills(
        label,
        [kind for kind in looks if counts.get(kind)],
        default=first if counts.get(first) else None,
        format_func=lambda one: looks[one].counted(counts[one]),
        key=key,
        wrap=True,
    )
    return picked


def _pick_page(key: str, total: int) -> int:
    """The first row of the page that is picked; nothing is shown while one page is enough."""
    pages = ceil(total / PAGE)
    if pages <= 1:
        return 0
    page = st.pagination(pages, key=f"{key}_page")
    st.caption(f"{number((page - 1) * PAGE + 1)} to {number(min(page * PAGE, total))} of {many(total, 'row')}")
    return (page - 1) * PAGE


def _show(rows: Sequence[dict[str, Any]], *, key: str) -> None:
    """Cells are never taken for Markdown, so names need no escaping here."""
    st.dataframe(pd.DataFrame(rows), hide_index=True, key=key, height="content", column_config=WIDTHS)
