"""What became of the list that was invited: how far its leads came, what is odd about it, and the list back."""

from functools import partial

import pandas as pd
import streamlit as st

from components import invited_upload
from components.follow_up_words import NOTES
from components.invited_upload import InvitedList
from components.moments import many, number
from components.plain import plain
from rollcall import wiring
from rollcall.attendance import handing_over, invited, rates
from rollcall.attendance.exports import plain as everything
from rollcall.attendance.exports import xlsx
from rollcall.attendance.exports.sheet import Sheet, csv_file, csv_like
from rollcall.attendance.facts import SessionFacts
from rollcall.attendance.invited import Group, Identity, Lead, Matched, Note
from rollcall.attendance.matching import is_settled
from rollcall.attendance.report_words import between, percent

MATCHED = "invited_matched"  # in the session state: what was matched with what, how, and its funnels as counted so far
TELLING = ("registrant_id", "email_key", "external_id", "standing", "minutes", "source", "registered_at")
SHOWN = 10
SO_FAR = "so far; there is no rate before it is known who did not come"


def matched(held: InvitedList, identity: Identity, people: pd.DataFrame, facts: SessionFacts) -> Matched:
    """The list among these people. Matched anew only when the list, its columns or the people are others."""
    mark = (held.number, identity, facts.session_id, _mark(people))
    known = st.session_state.get(MATCHED)
    if known is None or known[0] != mark:
        with st.spinner(f"Looking for {many(len(held.table.rows), 'lead')} …"):
            known = (mark, invited.match(held.table, identity, people), {})
        st.session_state[MATCHED] = known
    found: Matched = known[1]
    return found


def groups_of(found: Matched, column: int | None = None) -> list[Group]:
    """The funnel by a column, counted once for a list: a tenth of a second with 50,000 rows."""
    counted: dict[int | None, list[Group]] = st.session_state[MATCHED][2]
    if column not in counted:
        counted[column] = invited.funnel(found, column)
    return counted[column]


def _mark(people: pd.DataFrame) -> int:
    return hash(pd.util.hash_pandas_object(people[list(TELLING)], index=False).to_numpy().tobytes())


def show_numbers(found: Matched, facts: SessionFacts) -> None:
    """The four numbers, each with its definition and what it is a part of."""
    (group,) = groups_of(found) or [Group("")]
    repeated, nothing = many(found.notes()[Note.REPEATED], "repeated row"), number(group.unidentified)
    came = group.attended if facts.has_begun else None
    of_invited = "of the invited" if is_settled(facts) else "of the invited, so far"
    share = _share(group.attended, group.registered, "of the registered") if is_settled(facts) else SO_FAR
    with st.grid(min_column_width=210, border=True, key="invited_numbers"):
        _show_number("Invited", group.invited, f"leads; not counted: {repeated}, {nothing} with nothing to look for")
        _show_number("Registered", group.registered, _share(group.registered, group.invited, of_invited))
        _show_number("Attended", came, share)
        _show_number("Registered uninvited", len(found.uninvited), "registrants whom no row of the list means")


def _show_number(label: str, amount: int | None, meaning: str) -> None:
    with st.container(gap="xsmall"):
        st.metric(label, "–" if amount is None else number(amount))
        st.caption(plain(meaning))


def _share(part: int, whole: int, words: str) -> str:
    """How large a part it is, and how sure that is."""
    if not whole:
        return "nobody to be a part of"
    interval = rates.wilson(part, whole)
    return f"{percent(part / whole)} {words} ({between(interval.low, interval.high)} with 95 %)"


def show_notes(found: Matched) -> None:
    """What is odd about the rows, with how many; each has it in its last column."""
    notes = found.notes()
    lines = [f"- {many(amount, 'row')}: {NOTES[note]}" for note, amount in notes.most_common()]
    if lines:
        is_bad = any(notes[note] for note in (Note.RUINED, Note.ROUNDED, Note.CONTRADICTED, Note.SHARED))
        show = st.warning if is_bad else st.info
        show("\n".join(lines), title="Look at these rows", icon=":material/rule:")


# ---------------------------------------------------------------- the files


def offer_files(held: InvitedList, found: Matched, facts: SessionFacts) -> None:
    """The list again, and those who registered without being on it."""
    st.subheader("Take it away")
    bom = _ask_bom(held)
    stem, dot, _ = held.name.rpartition(".")
    stem = f"{stem if dot else held.name}-rollcall"
    rows = many(len(found.leads), "row")
    with st.container(horizontal=True, key="invited_files"):
        st.download_button(
            "Your list again (CSV)",
            partial(_noted, facts, "invited", len(found.leads), partial(list_again, held, found, facts, bom=bom)),
            file_name=f"{stem}.csv", mime="text/csv", key="invited_again", icon=":material/download:",
            on_click="ignore", type="primary",
        )  # fmt: skip
        st.download_button(
            "Your list again (Excel workbook)",
            partial(_noted, facts, "invited.xlsx", len(found.leads), partial(_workbook, found, facts)),
            file_name=f"{stem}.xlsx", mime=xlsx.MEDIA_TYPE, key="invited_workbook", icon=":material/table:",
            on_click="ignore",
        )  # fmt: skip
    st.caption(
        f"All {rows} in their order, all columns, {_encoding(held)}; then "
        "registered, attended, minutes (at most), source, registration time, and a note. Cells that a spreadsheet "
        "would run get an apostrophe."
    )


def _encoding(held: InvitedList) -> str:
    came = f"{invited_upload.ENCODINGS[held.table.encoding]} as it came"
    return f"{came}, or UTF-8 if a source has a letter that it lacks" if held.table.encoding == "cp1252" else came


def _ask_bom(held: InvitedList) -> bool:
    if held.table.bom or held.table.encoding != "utf-8":
        return False
    return st.toggle(
        "CSV with the mark by which Excel knows UTF-8",
        key=f"invited_bom_{held.number}",
        help="Your file had none. Without it Excel shows ä and é as two wrong letters; some imports stumble over it.",
    )


def _noted(facts: SessionFacts, file: str, people: int, make: "partial[bytes]") -> bytes:
    """Note it, then make the file; runs when the button is clicked, in a thread of its own."""
    here = wiring.current()
    handing_over.note(
        here.store, here.connection_id, facts.session_id, whom="invited", file=file, people=people, now=here.now()
    )
    return make()


def list_again(held: InvitedList, found: Matched, facts: SessionFacts, *, bom: bool) -> bytes:
    return csv_like(_annotated(found, facts), held.table, bom=bom)


def _workbook(found: Matched, facts: SessionFacts) -> bytes:
    return xlsx.xlsx_file(_annotated(found, facts))


def _annotated(found: Matched, facts: SessionFacts) -> Sheet:
    return invited.annotated(found, zone=facts.time_zone, is_settled=is_settled(facts), words=_note)


def _note(lead: Lead) -> str:
    same = f" Line {lead.first_line}." if lead.note is Note.REPEATED else ""
    return f"{NOTES[lead.note]}{same}"


def show_uninvited(found: Matched, facts: SessionFacts) -> None:
    """Who registered without being on the list."""
    people = found.uninvited
    if people.empty:
        return
    with st.expander(
        f"{many(len(people), 'person', 'people')} registered without being invited", icon=":material/person_add:",
        key="invited_uninvited",
    ):  # fmt: skip
        shown = people.head(SHOWN)
        st.dataframe(
            pd.DataFrame(
                {
                    "Name": [
                        f"{one} {other}".strip()
                        for one, other in zip(shown["first_name"], shown["last_name"], strict=True)
                    ],
                    "Email": shown["email"].tolist(),
                    "Source": [one or "(none)" for one in shown["source"]],
                    "External ID": shown["external_id"].tolist(),
                }
            ),
            hide_index=True, key="invited_uninvited_table", height="content",
        )  # fmt: skip
        sheet = partial(everything.sheet, people, zone=facts.time_zone)
        st.download_button(
            f"All {number(len(people))} (CSV)",
            partial(_noted, facts, "uninvited", len(people), partial(_csv_of, sheet)),
            file_name=f"uninvited-{facts.session_id}.csv", mime="text/csv", key="invited_uninvited_file",
            icon=":material/download:", on_click="ignore",
        )  # fmt: skip


def _csv_of(sheet: "partial[Sheet]") -> bytes:
    return csv_file(sheet(), bom=True)
