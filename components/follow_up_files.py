"""The people of a list as files, each in the form of the program that reads it: made when they are clicked."""

from collections.abc import Callable, Sequence
from functools import partial

import pandas as pd
import streamlit as st

from components import follow_up_settings, wording
from components.choices import readable
from components.follow_up_words import FILES, REASONS, RULES, SOURCES, TARGETS
from components.moments import many, number
from components.plain import plain
from rollcall import wiring
from rollcall.attendance import handing_over
from rollcall.attendance.exports import targets, xlsx
from rollcall.attendance.exports.packing import needs_parts, packed
from rollcall.attendance.exports.salesforce import IdError
from rollcall.attendance.exports.sheet import LeftOut, Sheet, csv_file, left_out_sheet
from rollcall.attendance.exports.targets import Offer, Options, Target
from rollcall.attendance.facts import SessionFacts
from rollcall.attendance.follow_up import List

SHOWN = 10  # of those left out
CSV, ZIP = "text/csv", "application/zip"


def offer_files(people: pd.DataFrame, name: List, facts: SessionFacts) -> None:
    """Pick the program, set what it wants to know, take its files; and see who is in none of them."""
    st.subheader("Take them away")
    target = st.segmented_control(
        "For", list(Target), format_func=lambda one: readable(TARGETS[one]), default=Target.SPREADSHEET,
        key="follow_up_target", required=True, wrap=True,
    )  # fmt: skip
    target = target or Target.SPREADSHEET
    st.caption(RULES[target])
    st.markdown(f":gray[As documented:] {SOURCES[target]}")
    options = follow_up_settings.ask_options(target, people, facts.session_id)
    bom = _ask_bom(target)
    try:
        offer = targets.offer(target, people, facts, options)
    except IdError as error:
        st.error(wording.CAMPAIGN_IDS[error.reason])
        return
    stem = f"{name.value}-{target.value}-{facts.session_id}".replace("_", "-")
    taking = Taking(facts.session_id, name, target)
    _show_files(offer, options, taking, stem, bom=bom)
    _show_left_out(offer.left_out, taking, stem)
    st.caption(f":material/lock: {wording.PERSONAL_DATA}")


class Taking:
    """Which list goes into which program: what the journal says of a file."""

    def __init__(self, session_id: str, name: List, target: Target) -> None:
        self.session_id, self.name, self.target = session_id, name, target

    def made(self, make: Callable[[], bytes], people: int, *, kind: str = "") -> bytes:
        """Note it, then make the file; runs when the button is clicked, in a thread of its own."""
        here = wiring.current()
        handing_over.note(
            here.store, here.connection_id, self.session_id, whom=self.name.value, file=f"{self.target.value}{kind}",
            people=people, now=here.now(),
        )  # fmt: skip
        return make()


def _ask_bom(target: Target) -> bool:
    """Excel knows UTF-8 by the mark alone; a program that imports the file may take it for a part of the first name."""
    return st.toggle(
        "CSV with the mark by which Excel knows UTF-8",
        value=target is Target.SPREADSHEET,
        key=f"follow_up_bom_{target.value}",
        help="Without it Excel shows ä and é as two wrong letters. Imports need none, and some stumble over it.",
    )


def _show_files(offer: Offer, options: Options, taking: Taking, stem: str, *, bom: bool) -> None:
    if not offer.people:
        st.warning("None of these people can be in this file; below is why.", icon=":material/person_off:")
        return
    with st.container(horizontal=True, key="follow_up_files"):
        for place, (name, sheet) in enumerate(offer.files.items()):
            _show_file(offer, name, sheet, taking, f"{stem}-{_file_word(name)}" if name else stem, place, bom=bom)
        if taking.target is Target.SPREADSHEET:
            _show_workbook(offer.files[""], taking, stem)
    if taking.target is Target.MARKETO:
        st.caption("Import each file with the status that its button names, the strongest last.")


def _show_file(
    offer: Offer, name: str, sheet: Sheet, taking: Taking, stem: str, place: int, *, bom: bool
) -> None:  # fmt: skip
    is_parted = needs_parts(sheet, offer.limits)
    st.download_button(
        f"{_people_word(len(sheet.rows), name)} ({'CSV files, zipped' if is_parted else 'CSV'})",
        partial(
            taking.made, partial(packed, sheet, offer.limits, stem=stem, bom=bom), len(sheet.rows),
            kind=f".{name}" if name in FILES and name else "",
        ),
        file_name=f"{stem}.{'zip' if is_parted else 'csv'}",
        mime=ZIP if is_parted else CSV,
        key=f"follow_up_file_{taking.target.value}_{place}",
        icon=":material/download:",
        on_click="ignore",
        type="primary" if place == 0 else "secondary",
    )  # fmt: skip


def _show_workbook(sheet: Sheet, taking: Taking, stem: str) -> None:
    st.download_button(
        f"{many(len(sheet.rows), 'person', 'people')} (Excel workbook)",
        partial(taking.made, partial(xlsx.xlsx_file, sheet), len(sheet.rows), kind=".xlsx"),
        file_name=f"{stem}.xlsx", mime=xlsx.MEDIA_TYPE, key="follow_up_workbook", icon=":material/table:",
        on_click="ignore",
    )  # fmt: skip


def _people_word(amount: int, name: str) -> str:
    """What a button says of its file: "140 contacts", "171 people as Attended"."""
    if name in FILES:
        one, more = FILES[name]
        return many(amount, one, more)
    return f"{many(amount, 'person', 'people')} as {plain(name)}"


def _file_word(name: str) -> str:
    """A status as a part of a file's name."""
    return "-".join("".join(one if one.isalnum() else " " for one in name.lower()).split()) or "status"


def _show_left_out(left_out: Sequence[LeftOut], taking: Taking, stem: str) -> None:
    """Who is in none of the files, by reason, with a file of their own to be put right from."""
    if not left_out:
        return
    people = many(len(left_out), "person is", "people are")
    with st.expander(f"{people} in none of these files", icon=":material/person_off:", key="follow_up_left_out"):
        counted = pd.Series([one.reason for one in left_out]).value_counts()
        for reason, amount in counted.items():
            st.markdown(f"- {many(int(amount), 'person', 'people')}: {REASONS[str(reason)]}")
        rows = [one._replace(reason=REASONS[one.reason]) for one in left_out]
        shown = pd.DataFrame(rows[:SHOWN], columns=["Email", "First name", "Last name", "External ID", "Why"])
        st.dataframe(shown, hide_index=True, key="follow_up_left_out_table", height="content")
        sheet = left_out_sheet(rows)
        st.download_button(
            f"These {number(len(rows))} (CSV)" if len(rows) > 1 else "This person (CSV)",
            partial(taking.made, partial(csv_file, sheet, bom=True), len(rows), kind=".left_out"),
            file_name=f"{stem}-left-out.csv", mime=CSV, key="follow_up_left_out_file", icon=":material/download:",
            on_click="ignore",
        )  # fmt: skip
