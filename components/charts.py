"""A chart as every page shows it: its question, the picture, its numbers one click away, and both to be taken along."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from components.plain import plain
from rollcall.attendance import charts
from rollcall.attendance.charts import LIGHT, PICKED, THEMED, Builder
from rollcall.attendance.exports.sheet import Cell, Sheet, csv_file


@dataclass(frozen=True, slots=True)
class Drawing:
    """One chart and what belongs to it.

    Attributes:
        title: the question that the chart answers.
        build: draws it on any ground: a `partial` of a function with the palette left open, to be pickled.
        table: the same numbers, with the titles a reader sees; shares of 1 are written by `styles`.
        name: of the files, without ending.
        alt: the finding in words, for whoever does not see the picture. Plain text.
        note: where the numbers are from and of when; stands under the title of the pictures.
        styles: how columns of the table are written, as `st.column_config` has it.
    """

    title: str
    build: Builder
    table: pd.DataFrame
    name: str
    alt: str
    note: str = ""
    styles: dict[str, Any] | None = None


def show(drawing: Drawing, *, on_pick: Callable[[], Any] | None = None) -> None:
    """The question, the chart, what it shows, its numbers, and the files.

    Args:
        on_pick: called when a mark is clicked; `picked(drawing.name)` tells which. None: nothing can be clicked.
    """
    st.markdown(f"**{plain(drawing.title)}**")
    look_up: dict[str, Any] = {"on_select": on_pick, "selection_mode": [PICKED]} if on_pick else {}
    st.vega_lite_chart(spec=_spec(pickle.dumps(drawing.build)), key=_key(drawing.name), alt=drawing.alt, **look_up)
    st.caption(plain(drawing.alt))
    numbers = st.expander(
        "The numbers, and files", icon=":material/table:", key=f"numbers_{drawing.name}", on_change="rerun"
    )
    if not numbers.open:  # made when somebody wants it: the tables of a page cost as much as all else on it
        return
    with numbers:
        st.dataframe(
            drawing.table, hide_index=True, column_config=drawing.styles, key=f"table_{drawing.name}", placeholder="–"
        )
        with st.container(horizontal=True):
            _offer(drawing, "PNG", "image/png", partial(_png, drawing))
            _offer(drawing, "SVG", "image/svg+xml", partial(_svg, drawing))
            _offer(drawing, "CSV", "text/csv", partial(csv_of, drawing.table))


@st.cache_data(max_entries=100, show_spinner=False)
def _spec(pickled: bytes) -> dict[str, Any]:
    """The chart as it goes to the browser. Kept by what is drawn: Altair takes some hundredths of a second for each.

    Half of that would be checking it against Vega-Lite's schema, which the tests do with every chart.
    """
    build: Builder = pickle.loads(pickled)
    return build(THEMED).to_dict(validate=False)


def picked(name: str) -> int | None:
    """The row of what was clicked in the chart of this name; None: nothing is."""
    state = st.session_state.get(_key(name))
    found = state.selection.get(PICKED) if state is not None else None
    return int(found[0]["row"]) if found else None


def csv_of(table: pd.DataFrame) -> bytes:
    """The table as a CSV file that Excel reads and does not run: UTF-8 with its mark."""
    return csv_file(Sheet.of({str(name): _cells(table[name]) for name in table.columns}), bom=True)


def _key(name: str) -> str:
    return f"chart_{name}"


def _offer(drawing: Drawing, kind: str, mime: str, make: Callable[[], bytes]) -> None:
    """A file that is made when it is clicked, and not before."""
    st.download_button(
        kind, make, file_name=f"{drawing.name}.{kind.lower()}", mime=mime, icon=":material/download:",
        key=f"{kind.lower()}_{drawing.name}", on_click="ignore", type="tertiary",
    )  # fmt: skip


def _png(drawing: Drawing) -> bytes:
    return charts.png(charts.titled(drawing.build(LIGHT), drawing.title, drawing.note))


def _svg(drawing: Drawing) -> bytes:
    return charts.svg(charts.titled(drawing.build(LIGHT), drawing.title, drawing.note)).encode()


def _cells(column: pd.Series) -> list[Cell]:
    """Numbers as they are, whole ones without a point, empty where there is none; everything else as text."""
    return [_cell(value) for value in column.tolist()]


def _cell(value: Any) -> Cell:
    if pd.isna(value):
        return ""
    if isinstance(value, float) and value.is_integer():
        return int(value)  # a column of counts with one that is not known is one of floats
    return value if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
