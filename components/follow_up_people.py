"""Who is on the picked list: how many, of how many more it cannot be told, and the first of them."""

from collections.abc import Hashable
from typing import Any

import pandas as pd
import streamlit as st

from components import follow_up_lists, wording
from components.follow_up_words import STANDINGS
from components.moments import many, moment, number
from components.plain import plain
from rollcall.attendance import follow_up
from rollcall.attendance.exports import keys
from rollcall.attendance.facts import SessionFacts
from rollcall.attendance.follow_up import Chosen, Selection
from rollcall.attendance.matching import Provisional

SHOWN = 10  # people before the download; the Registrants page shows and finds all
WIDTHS = {
    "Name": st.column_config.TextColumn(width=180),
    "Email": st.column_config.TextColumn(width=240),
    "Minutes": st.column_config.NumberColumn(help="At most: from first join to last leave, in the broadcast", width=90),
}
KEY = st.column_config.TextColumn(width=150)  # an id of 18 characters


def show_chosen(people: pd.DataFrame, selection: Selection, facts: SessionFacts) -> Chosen:
    """The count before the download, and the people."""
    chosen = follow_up.choose(people, selection, facts)
    st.subheader(follow_up_lists.in_words(selection, chosen.count))
    if chosen.unknown:
        verb = "is" if chosen.unknown == 1 else "are"
        st.warning(
            f"Cannot be told: {many(chosen.unknown, 'more person', 'more people')} came, and whether they belong here "
            f"{verb} not known. {wording.UNKNOWN[facts.participants_read]}.",
            icon=":material/help:",
        )
    _show_ruined(chosen.people)
    if chosen.count:
        _show_first(chosen, facts)
    elif not chosen.unknown:
        st.info("Nobody is on this list.", icon=":material/group_off:")
        if selection.sources or selection.keys:
            follow_up_lists.offer_clear(facts.session_id)
    return chosen


def _show_first(chosen: Chosen, facts: SessionFacts) -> None:
    """Cells are never taken for Markdown, so names need no escaping here."""
    first = chosen.people.head(SHOWN)
    table = pd.DataFrame([_row(one, facts) for one in first.to_dict("records")])
    found = keys.columns(first["external_id"].tolist(), taken=table.columns)
    table = pd.concat([table, pd.DataFrame(found, index=table.index)], axis="columns")  # a key may have any name
    if first["minutes"].isna().all():
        table = table.drop(columns="Minutes")
    st.dataframe(
        table, hide_index=True, key="follow_up_preview", column_config=WIDTHS | dict.fromkeys(found, KEY),
        height="content", alt=f"The first {len(first)} people of the list",
    )  # fmt: skip
    if chosen.count > SHOWN:
        st.caption(f"The first {SHOWN} of {number(chosen.count)}; the files hold them all.")


def _row(one: dict[Hashable, Any], facts: SessionFacts) -> dict[str, Any]:
    standing = "on_demand" if one["is_on_demand"] and one["standing"] != "cancelled" else str(one["standing"])
    registered_at = one["registered_at"]
    at = "" if pd.isna(registered_at) else moment(registered_at, facts.time_zone, now=facts.now)
    return {
        "Name": f"{one['first_name']} {one['last_name']}".strip(),
        "Email": one["email"],
        "Source": one["source"] or "(none)",
        "Status": STANDINGS[standing],
        "Minutes": None if pd.isna(one["minutes"]) else round(float(one["minutes"])),
        "Registered": at,
    }


def _show_ruined(people: pd.DataFrame) -> None:
    """An id that was made 1.23E+17 leads back to nobody; better told here than found out in the CRM."""
    found = keys.ruined(people["external_id"].tolist())
    if found:
        names = ", ".join(plain(name) for name in found)
        st.warning(
            f"{many(max(found.values()), 'person has', 'people have')} an id that a spreadsheet has made a number of, "
            f"such as 1.23E+17 ({names}). It leads back to nobody: look these people up in the CRM by their email.",
            title="Ids were ruined before they came here",
            icon=":material/report:",
        )


def show_soon(why: tuple[Provisional, ...]) -> None:
    """That a list of who did not come, made right after the end, may still lose people."""
    if Provisional.READ_SOON_AFTER_END in why:
        st.warning(
            "Who came was read less than three hours after the end, and RingCentral may still add to it. Before you "
            "write “sorry we missed you”, refresh once more.",
            icon=":material/schedule:",
        )
