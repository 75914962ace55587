"""The sources over the sessions: which brought people who came, one source's course, and all of them side by side."""

from functools import partial

import pandas as pd
import streamlit as st

from components import charts, compare_words
from components.charts import Drawing
from components.compare_words import percent
from components.moments import many, number
from components.plain import plain
from rollcall import wiring
from rollcall.attendance import charts as pictures
from rollcall.attendance import charts_compare, over_time, rates, sources, tallies
from rollcall.roster import source_names

FINDINGS = 3  # sentences
REGISTRATIONS = (
    "These are registrations, not people: over several sessions one person may count several times. So no interval is "
    "given, and nothing is said of chance; the attendance of one session tells which of its sources differ by more."
)
LISTED = 200  # sources in the table and to be picked, the largest; the download has all
SHARE = st.column_config.NumberColumn(format="percent")
POOLED = "compare-sources"


def show(found: pd.DataFrame) -> None:
    """Args: the picked rows of `tallies.sessions`, those left out as well."""
    kept = over_time.compared(found)
    if kept.empty:
        st.info("None of these sessions can be compared yet.", icon=":material/hourglass_empty:")
        return
    here = wiring.current()
    with here.store.read() as db:
        decided = source_names.names(db, here.connection_id)
        by_source = tallies.by_source(db, here.connection_id, kept["session_id"].tolist(), decided)
    pooled = over_time.pooled(by_source)
    st.caption(
        f"{many(len(pooled), 'source')} over {many(len(kept), 'session')}, all counted together. Spellings that were "
        "merged count as one; nobody's own spelling is lost."
    )
    st.page_link("pages/sources.py", label="Merge spellings", icon=":material/merge:")
    _show_pooled(pooled, kept)
    _show_course(by_source, kept, pooled)
    _show_beside(by_source, kept, pooled)


def _show_pooled(pooled: pd.DataFrame, kept: pd.DataFrame) -> None:
    sessions = len(kept)
    shown = sources.for_display(pooled, at_most=pictures.AT_MOST)
    if sessions == 1:
        _show_findings(shown)
    else:
        st.caption(REGISTRATIONS)
        st.page_link(
            "pages/attendance.py", label="The attendance of the latest of them", icon=":material/groups:",
            query_params={"session": str(kept["session_id"].iloc[-1])},
        )  # fmt: skip
    rated = shown[shown["rate"].notna()].reset_index(drop=True)
    largest, n = rated.iloc[0], int(rated["registered"].sum())
    alt = (
        f"{number(n)} registrations over {many(sessions, 'session')}. Of the {number(int(largest['registered']))} from "
    )
    alt += f"{rates.shortened(largest['source'])}, the largest, {percent(largest['rate'])} came."
    names, joined = rated["source"].tolist(), rated["joined"].tolist()
    drawing = _drawing(shown, rated, alt, sessions)
    charts.show(drawing, on_pick=partial(_pick_clicked, drawing.name, names, joined))


def _show_findings(shown: pd.DataFrame) -> None:
    """What differs by more than chance, of one session alone: there everybody is one registration."""
    findings = rates.compare(shown[shown["joined"] == 0])
    for finding in findings[:FINDINGS]:
        st.markdown(f"{plain(rates.in_words(finding))}.")
    if len(findings) > FINDINGS:
        st.caption(f"{number(len(findings) - FINDINGS)} more pairs differ more than chance.")


def _drawing(shown: pd.DataFrame, rated: pd.DataFrame, alt: str, sessions: int) -> Drawing:
    """The rates, with their intervals where one session is shown. A selection is a row: other rows, another name."""
    titles = {"source": "Source", "registered": "Registered", "attended": "Attended", "rate": "Rate"}
    columns = ["source", "registered", "rate", "small", "joined"]
    if sessions == 1:
        titles |= {"low": "At least", "high": "At most"}
        build = partial(pictures.rate_by_source, rated[[*columns, "low", "high"]])
        note = compare_words.RATE_NOTE
    else:
        build, note = (
            partial(charts_compare.rate_of_sources, rated[columns]),
            "Attended of registered; registrations, not people",
        )
    table = shown[list(titles)].rename(columns=titles)
    styles = {name: SHARE for name in ("Rate", "At least", "At most") if name in table}
    name = compare_words.of_these(POOLED, rated["source"].tolist())
    return Drawing("Which source brought people who came?", build, table, name, alt, note, styles)


def _pick_clicked(drawing: str, names: list[str], joined: list[int]) -> None:
    row = charts.picked(drawing)
    if row is not None and row < len(names) and not joined[row]:
        st.session_state["compare_source"] = names[row]


# ---------------------------------------------------------------- one source


def _show_course(by_source: pd.DataFrame, kept: pd.DataFrame, pooled: pd.DataFrame) -> None:
    st.subheader("One source over the sessions")
    counts = dict(zip(pooled["source"], pooled["registered"], strict=True))
    names = list(counts)[:LISTED]
    if st.session_state.get("compare_source", names[0]) not in names:
        del st.session_state["compare_source"]
    source = st.selectbox(
        "Source", names, format_func=lambda one: f"{rates.shortened(one)} · {number(int(counts[one]))}",
        key="compare_source", persist_state="session",
    )  # fmt: skip
    rows = over_time.course(by_source, kept, source)
    rows = rows.assign(row=range(len(rows)), at=over_time.on_the_wall(rows))
    there = rows[rows["rate"].notna()]
    missing = len(rows) - len(there)
    alt = f"{rates.shortened(source)}: {percent(there['rate'].min())} to {percent(there['rate'].max())} came, over "
    alt += f"{many(len(there), 'session')}" + (f"; to {missing} it brought nobody." if missing else ".")
    table = rows.assign(when=[compare_words.began(row, wiring.current().now()) for row in compare_words.rows(rows)])
    titles = {"title": "Session", "when": "Began", "registered": "Registered", "attended": "Attended", "rate": "Rate"}
    titles |= {"low": "At least", "high": "At most"}
    drawn = there[["row", "title", "at", "rate", "low", "high", "registered"]]
    drawing = Drawing(
        f"How many of those from {rates.shortened(source)} came?", partial(charts_compare.rate_over_time, drawn),
        table[list(titles)].rename(columns=titles), "compare-source", alt,
        compare_words.RATE_NOTE, dict.fromkeys(("Rate", "At least", "At most"), SHARE),
    )  # fmt: skip
    charts.show(drawing)
    st.button(
        f"See the people of this source ({number(int(counts[source]))} registrations)", key="compare_source_people",
        icon=":material/group:", on_click=_see_people, args=(source,),
    )  # fmt: skip


def _see_people(source: str) -> None:
    st.session_state["compare_people_source"] = source
    st.session_state["compare_tab"] = "People"


# ---------------------------------------------------------------- all of them


def _show_beside(by_source: pd.DataFrame, kept: pd.DataFrame, pooled: pd.DataFrame) -> None:
    st.subheader("Sources side by side")
    figure = st.radio(
        "Figure", ["Registered", "Rate"], key="compare_sources_figure", horizontal=True, persist_state="session"
    )
    is_rate = figure == "Rate"
    table = _beside(by_source, kept, pooled["source"].tolist()[:LISTED], rate=is_rate)
    styles = {name: SHARE for name in table.columns[1:]} if is_rate else {}
    st.dataframe(
        table.round(3), hide_index=True, key=f"compare_sources_{figure}", column_config=styles, placeholder="–",
        alt=f"{many(len(table), 'source')} by {many(len(kept), 'session')}",
    )  # fmt: skip
    if len(pooled) > LISTED:
        st.caption(f"The largest {LISTED} of {number(len(pooled))} sources; the download has all.")
    st.caption("–: the source brought nobody to that session.")
    st.download_button(
        f"Download {many(len(pooled), 'source')} (CSV)",
        lambda: charts.csv_of(_beside(by_source, kept, pooled["source"].tolist(), rate=is_rate)),
        file_name="sources-over-sessions.csv", mime="text/csv", key="compare_sources_csv",
        icon=":material/download:", on_click="ignore",
    )  # fmt: skip


def _beside(by_source: pd.DataFrame, kept: pd.DataFrame, names: list[str], *, rate: bool) -> pd.DataFrame:
    wide = over_time.beside(by_source, kept, names, rate=rate).iloc[:, ::-1]
    titles = compare_words.names(kept, wiring.current().now())[::-1]
    wide.columns = pd.Index(titles, dtype=object)
    wide.insert(0, "Source", wide.index, allow_duplicates=True)
    return wide.reset_index(drop=True)
