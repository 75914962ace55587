"""Which source brought people who came: the bars, the rates with their intervals, what may be said, and the people."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from components import attendance_people, attendance_store
from components import charts as shown_charts
from components.attendance_people import Group
from components.charts import Drawing
from components.moments import many, number
from components.plain import plain
from rollcall.attendance import charts, rates, sources
from rollcall.attendance.matching import Attendance
from rollcall.attendance.rates import LARGEST, SMALL, Finding, Verdict, shortened

PLACE = "sources"
SAID = 6  # sentences at once; the others are one click away
PERCENT = st.column_config.NumberColumn(format="percent")
CORRECTED = (
    "Every two {which} of at least {small} people are compared by Fisher's exact test, corrected by Holm for being "
    "{pairs}: of 100 sessions without any real difference, “more than chance” is said in at most 5."
)


def show_sources(found: Attendance, *, note: str) -> None:
    """All about sources; nothing to compare where nobody has one. `note` stands under the pictures."""
    if found.people.empty:
        return
    st.subheader("Sources")
    counted = sources.of_session(found)
    if list(counted["source"]) == [sources.NONE]:
        st.info(
            "Nobody has a source, so there is nothing to compare. Give people one when you register or import them.",
            icon=":material/campaign:",
        )
        return
    displayed = sources.for_display(counted, at_most=charts.AT_MOST)
    session_id = found.facts.session_id
    if found.can_compare:
        _say(counted, is_over=found.facts.is_over)
    elif found.has_rate:
        st.caption("Whether sources differ is said once who came was read after the end.")
    bars = Drawing(
        title="Which campaign brought people who came?" if found.has_rate else "Where do registrations come from?",
        build=partial(charts.attended_by_source, displayed),
        table=table(counted),
        name=f"sources-{session_id}",
        alt=_bars_in_words(counted, has_rate=found.has_rate),
        note=note,
        styles={name: PERCENT for name in ("Rate", "At least", "At most")},
    )
    shown_charts.show(bars, on_pick=partial(_open_picked, bars.name, displayed, session_id))
    if found.has_rate:
        _show_rates(displayed, counted, session_id, note)
    _ask_source(counted, session_id)
    attendance_people.show_opened(PLACE, found)


def _show_rates(displayed: pd.DataFrame, counted: pd.DataFrame, session_id: str, note: str) -> None:
    points = Drawing(
        title="How sure is that?",
        build=partial(charts.rate_by_source, displayed),
        table=table(counted),
        name=f"rates-{session_id}",
        alt=_rates_in_words(displayed),
        note=note,
        styles={name: PERCENT for name in ("Rate", "At least", "At most")},
    )
    shown_charts.show(points, on_pick=partial(_open_picked, points.name, displayed, session_id))


def table(counted: pd.DataFrame) -> pd.DataFrame:
    """Every source with its numbers as a reader calls them; parts of 1."""
    titles = {
        "source": "Source", "registered": "Registered", "attended": "Attended", "absent": "Absent",
        "cancelled": "Cancelled", "not_yet_known": "Not yet known", "rate": "Rate", "low": "At least",
        "high": "At most",
    }  # fmt: skip
    shown = counted[list(titles)].rename(columns=titles)
    if shown["Rate"].isna().all():
        shown = shown.drop(columns=["Rate", "At least", "At most"])
        nobody = [name for name in ("Attended", "Absent") if not shown[name].any()]
        shown = shown.drop(columns=nobody)  # of whom nothing is known: not 0
    small = f"fewer than {SMALL} people"
    return shown.assign(Note=[small if is_small else "" for is_small in counted["small"].tolist()])


# ---------------------------------------------------------------- what may be said


def _say(counted: pd.DataFrame, *, is_over: bool) -> None:
    """The sentences: what differs by more than chance, surest first; else why nothing is said."""
    if not is_over:
        st.caption("So far; whoever has not come may still come:")
    found = attendance_store.findings(counted)
    for finding in found[:SAID]:
        st.markdown(_sentence(finding))
    if len(found) > SAID:
        with st.expander(f"{number(len(found) - SAID)} more pairs that differ", key="more_findings"):
            for finding in found[SAID : SAID + 100]:
                st.markdown(_sentence(finding))
            if len(found) > SAID + 100:
                st.caption(f"and {number(len(found) - SAID - 100)} more")
    large = int((counted["registered"] >= SMALL).sum())
    compared = min(large, LARGEST)
    if compared >= 2:
        which = "sources" if compared == large else f"of the {compared} largest sources"
        pairs = many(compared * (compared - 1) // 2, "comparison")
        st.caption(plain(CORRECTED.format(which=which, small=SMALL, pairs=pairs)))


def _sentence(finding: Finding) -> str:
    icon = ":green[:material/trending_up:]" if finding.verdict is Verdict.MORE_THAN_CHANCE else ":material/balance:"
    return f"{icon} {plain(rates.in_words(finding))}."


def _bars_in_words(counted: pd.DataFrame, *, has_rate: bool) -> str:
    """The finding of the bars, for whoever does not see them."""
    first = counted.iloc[0]
    name, all_people = shortened(first["source"]), int(counted["registered"].sum())
    said = f"{name} brought most: {number(int(first['registered']))} of {number(all_people)} registered"
    said += f", {number(int(first['attended']))} of whom came" if has_rate else ""
    small = int(counted["small"].sum())
    if small > 1:
        said += f". {number(small)} sources have fewer than {SMALL} people each and are one row"
    return f"{said}."


def _rates_in_words(displayed: pd.DataFrame) -> str:
    rate = displayed["rate"].to_numpy(float)
    best, last = displayed.iloc[int(rate.argmax())], displayed.iloc[int(rate.argmin())]
    if len(displayed) == 1:
        return f"Of {shortened(best['source'])} {best['rate']:.0%} came, {best['low']:.0%} to {best['high']:.0%}."
    return (
        f"From {shortened(last['source'])} with {last['rate']:.0%} ({last['low']:.0%} to {last['high']:.0%}) to "
        f"{shortened(best['source'])} with {best['rate']:.0%} ({best['low']:.0%} to {best['high']:.0%}). "
        "Where two lines overlap much, the difference may be chance. Grey: too few people to compare."
    )


# ---------------------------------------------------------------- its people


def _open_picked(name: str, displayed: pd.DataFrame, session_id: str) -> None:
    """Somebody clicked on a mark: show whom it stands for; clicked away: nobody."""
    row = shown_charts.picked(name)
    if row is None or row >= len(displayed):
        attendance_people.close()
        return
    one = displayed.iloc[row]
    group = Group(PLACE, "others") if one["joined"] else Group(PLACE, "source", one["source"])
    attendance_people.open_group(group, session_id)


def _ask_source(counted: pd.DataFrame, session_id: str) -> None:
    """The same without a mouse, and for the sources that have no row of their own."""
    people = dict(zip(counted["source"].tolist(), counted["registered"].tolist(), strict=True))
    key = f"attendance_source_{session_id}"

    def show() -> None:
        picked = st.session_state[key]
        if picked is None:
            attendance_people.close()
        else:
            attendance_people.open_group(Group(PLACE, "source", picked), session_id)

    st.selectbox(
        "See the people of a source", list(people), index=None, key=key, on_change=show,
        placeholder="Click a bar or a point above, or pick a source here",
        format_func=lambda name: f"{shortened(name)} · {number(people.get(name, 0))}",
    )  # fmt: skip
