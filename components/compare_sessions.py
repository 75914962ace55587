"""The sessions beside each other and over time: how the latest stands, a chart of one figure, and all figures."""

from functools import partial

import pandas as pd
import streamlit as st

from components import charts, compare_words
from components.charts import Drawing
from components.compare_words import percent
from components.moments import clock, many, number
from components.plain import plain
from rollcall import wiring
from rollcall.attendance import charts_compare, over_time
from rollcall.attendance.over_time import Against, Latest, Measure
from rollcall.attendance.rates import shortened
from rollcall.attendance.tallies import State

MEASURES = {Measure.RATE: "Rate", Measure.PEOPLE: "People", Measure.MINUTES: "Minutes"}
SHARE = st.column_config.NumberColumn(format="percent")
STYLES = {
    "Session": st.column_config.TextColumn(width=260),
    "Rate": st.column_config.NumberColumn(format="percent", help="Attended of registered, cancelled ones included"),
    "Interval": st.column_config.TextColumn(width=125, help="The rate's 95 % interval (Wilson)"),
    "Minutes": st.column_config.NumberColumn(
        format="%.0f", help="Median of those who came, from first join to last leave: an upper bound"
    ),
    "Against the latest": st.column_config.TextColumn(
        help="Whether the rate differs by more than chance, corrected for the number of sessions"
    ),
}
ENDS = ["At least", "At most"]  # of the interval; in the download, where "Interval" says both in words
SINGLE = (
    "There is one session to look at. Beside others it tells more: pick more sessions above, or come back after the "
    "next webinar."
)


def show(found: pd.DataFrame) -> None:
    """Args: the picked rows of `tallies.sessions`, those left out as well."""
    kept = over_time.compared(found)
    beside = over_time.latest(kept)
    if beside is not None:
        _show_latest(kept, beside)
    if len(kept) > 1:
        _show_chart(found, kept)
    _show_table(found, beside)


def _show_latest(kept: pd.DataFrame, beside: Latest) -> None:
    last = kept.iloc[-1]
    said = f"{shortened(last.title)}: {percent(last.rate)} of {number(int(last.registered))} registered came"
    interval = compare_words.interval(last.low, last.high)
    st.markdown(f"**{plain(said)}** ({plain(interval)}). {plain(_standing(beside))}")
    st.caption(f"{plain(_sureness(kept))}.")
    if not beside.against:
        st.info(SINGLE, icon=":material/looks_one:")


def _sureness(kept: pd.DataFrame) -> str:
    """How sure the latest figures are and when they were read; and how many of all may still change."""
    *_, last = compare_words.rows(kept)
    at = last.registrants_read_at if pd.isna(last.participants_read_at) else last.participants_read_at
    said = f"The latest is {compare_words.sureness(last)}; read {_read(at, last.time_zone)}"
    provisional = sum(1 for why in kept["provisional"] if why)
    return f"{said}. Provisional are {provisional} of {len(kept)}; the table says why" if provisional else said


def _standing(beside: Latest) -> str:
    """How the latest rate stands to the others, in words."""
    if beside.median is None:
        return ""
    counts = {one: beside.against.count(one) for one in Against}
    lower, higher = counts[Against.LOWER], counts[Against.HIGHER]  # theirs, seen from the latest
    parts = [f"The median of the {many(len(beside.against), 'other')} is {percent(beside.median)}."]
    if lower:
        parts.append(f"More came than to {lower} of them, more than chance.")
    if higher:
        parts.append(f"Fewer came than to {higher} of them, more than chance.")
    alike, unknown = counts[Against.NO_MORE_THAN_CHANCE], counts[Against.TOO_FEW]
    if alike:
        parts.append(f"From {alike} it differs no more than chance.")
    if unknown:
        parts.append(f"For {unknown} there are too few people to tell.")
    return " ".join(parts)


# ---------------------------------------------------------------- over time


def _show_chart(found: pd.DataFrame, kept: pd.DataFrame) -> None:
    measure: Measure = st.radio(
        "Over time", [*MEASURES], format_func=lambda one: MEASURES[one], key="compare_measure", horizontal=True,
        persist_state="session",
    )  # fmt: skip
    rows = _rows(kept)
    drawing = {Measure.RATE: _rates, Measure.PEOPLE: _people, Measure.MINUTES: _minutes}[measure](rows)
    if drawing is None:
        st.info(
            "Minutes are not available: RingCentral shows them to the host of a webinar only, or they were not read.",
            icon=":material/visibility_off:",
        )
        return
    # A click in a chart counts, not the row that was ticked before.
    charts.show(drawing, on_pick=partial(st.session_state.pop, _table_key(found), None))
    untimed = int(rows["at"].isna().sum())
    if untimed:
        st.caption(f"{many(untimed, 'session')} without a known begin: in the table, not in the chart.")
    if len(rows) > charts_compare.CHARTED:
        st.caption(f"The chart shows the latest {charts_compare.CHARTED}; the table has all.")


def _rows(kept: pd.DataFrame) -> pd.DataFrame:
    columns = ["session_id", "title", "rate", "low", "high", "registered", "attended", "median_minutes"]
    rows = kept[columns].assign(row=range(len(kept)), at=over_time.on_the_wall(kept))
    return rows.assign(when=[compare_words.began(row, wiring.current().now()) for row in compare_words.rows(kept)])


def _rates(rows: pd.DataFrame) -> Drawing:
    median = float(rows["rate"].median()) if len(rows) > 1 else None
    alt = (
        f"The rate of {many(len(rows), 'session')}: from {percent(rows['rate'].min())} to {percent(rows['rate'].max())}"
    )
    alt += "." if median is None else f", median {percent(median)}."
    table = _titled(rows, {"rate": "Rate", "low": "At least", "high": "At most", "registered": "Registered"})
    build = partial(charts_compare.rate_over_time, rows.drop(columns="when"), median=median)
    return Drawing(
        "How many of those registered came?", build, table, _named(Measure.RATE, rows), alt,
        compare_words.RATE_NOTE, dict.fromkeys(("Rate", "At least", "At most"), SHARE),
    )  # fmt: skip


def _people(rows: pd.DataFrame) -> Drawing:
    registered, attended = rows["registered"].astype(int), rows["attended"].astype(int)
    alt = (
        f"{number(registered.sum())} registered and {number(attended.sum())} came, over {many(len(rows), 'session')}; "
    )
    alt += f"for the latest {number(registered.iloc[-1])} registered and {number(attended.iloc[-1])} came."
    table = _titled(rows, {"registered": "Registered", "attended": "Attended"})
    build = partial(charts_compare.people_over_time, rows.drop(columns="when"))
    return Drawing("Do more people register, and do more come?", build, table, _named(Measure.PEOPLE, rows), alt)


def _minutes(rows: pd.DataFrame) -> Drawing | None:
    known = rows[rows["median_minutes"].notna()]
    if known.empty:
        return None
    median = float(known["median_minutes"].median()) if len(known) > 1 else None
    alt = f"Median minutes of {many(len(known), 'session')}: {known['median_minutes'].min():.0f} to "
    alt += f"{known['median_minutes'].max():.0f} (upper bounds)."
    if len(known) < len(rows):
        alt += f" Of {len(rows) - len(known)} they are not available."
    table = _titled(rows, {"median_minutes": "Minutes (at most), median"})
    build = partial(charts_compare.minutes_over_time, known.drop(columns="when"), median=median)
    return Drawing("How long do people stay?", build, table, _named(Measure.MINUTES, rows), alt)


def _named(measure: Measure, kept: pd.DataFrame) -> str:
    """The drawing's name. What is clicked in it is a row, which leads elsewhere once other sessions are shown."""
    return compare_words.of_these(f"compare-{measure.value}", kept["session_id"].tolist())


def _titled(rows: pd.DataFrame, columns: dict[str, str]) -> pd.DataFrame:
    return rows[["title", "when", *columns]].rename(columns={"title": "Session", "when": "Began"} | columns)


# ---------------------------------------------------------------- side by side


def _show_table(found: pd.DataFrame, beside: Latest | None) -> None:
    st.subheader("Side by side")
    latest_first = found.iloc[::-1].reset_index(drop=True)
    table = _table(latest_first, beside)
    state = st.dataframe(
        table.drop(columns=ENDS).round({"Rate": 3}), hide_index=True, key=_table_key(found), on_select="rerun",
        selection_mode="single-row", column_config=STYLES, placeholder="–",
        alt=f"{many(len(found), 'session')} with their figures",
    )  # fmt: skip
    st.caption("–: not available, or not known yet; never 0. Times are of each session's own zone.")
    st.download_button(
        f"Download {many(len(found), 'session')} (CSV)", partial(charts.csv_of, table), file_name="sessions.csv",
        mime="text/csv", key="compare_csv", icon=":material/download:", on_click="ignore",
    )  # fmt: skip
    _show_way_on(latest_first, over_time.compared(found), list(state["selection"]["rows"]))


def _table(rows: pd.DataFrame, beside: Latest | None) -> pd.DataFrame:
    now = wiring.current().now()
    against = _against(rows, beside)
    return pd.DataFrame(
        [
            {
                "Session": row.title,
                "Began": compare_words.began(row, now),
                "Registered": row.registered,
                "Attended": row.attended,
                "Rate": row.rate,
                "Interval": None if pd.isna(row.rate) else compare_words.interval(row.low, row.high),
                "At least": row.low,
                "At most": row.high,
                "Against the latest": against.get(row.session_id),
                "Minutes": row.median_minutes,
                "State": compare_words.STATES[State(row.state)],
                "Figures": compare_words.sureness(row),
                "Absent": row.absent,
                "Cancelled": row.cancelled,
                "Not yet known": row.not_yet_known,
                "On demand": row.on_demand,
                "Registrants read": _read(row.registrants_read_at, row.time_zone),
                "Who came read": _read(row.participants_read_at, row.time_zone),
            }
            for row in compare_words.rows(rows)
        ]
    )


def _against(rows: pd.DataFrame, beside: Latest | None) -> dict[str, str]:
    if beside is None or not beside.against:
        return {}
    kept = over_time.compared(rows.iloc[::-1])
    words = [*(compare_words.AGAINST[one] for one in beside.against), "the latest"]
    return dict(zip(kept["session_id"], words, strict=True))


def _read(at: pd.Timestamp, zone: str) -> str:
    return "" if pd.isna(at) else clock(at.to_pydatetime(), zone, now=wiring.current().now())


def _table_key(found: pd.DataFrame) -> str:
    """The ticked row of other sessions is another one."""
    return compare_words.of_these("compare_table", found["session_id"].tolist())


def _show_way_on(rows: pd.DataFrame, kept: pd.DataFrame, ticked: list[int]) -> None:
    """From the ticked row, or the clicked mark, down to the people of that session."""
    picked = _picked(rows, kept, ticked)
    if picked is None:
        st.caption("Tick a session to see its people.")
        return
    session = {"session": picked}
    title = rows.loc[rows["session_id"] == picked, "title"].iloc[0]
    with st.container(horizontal=True, key="compare_way_on"):
        st.markdown(f"**{plain(shortened(title))}**", width="content")
        st.page_link("pages/attendance.py", label="Its attendance", icon=":material/groups:", query_params=session)
        st.page_link("pages/registrants.py", label="Its registrants", icon=":material/group:", query_params=session)


def _picked(rows: pd.DataFrame, kept: pd.DataFrame, ticked: list[int]) -> str | None:
    if ticked and ticked[0] < len(rows):
        return str(rows["session_id"].iloc[ticked[0]])
    measure = Measure(st.session_state.get("compare_measure", Measure.RATE))
    row = charts.picked(_named(measure, kept)) if not kept.empty else None
    return str(kept["session_id"].iloc[row]) if row is not None and row < len(kept) else None
