"""A table of the page of sources whose rows can be ticked."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal
from zlib import crc32

import pandas as pd
import streamlit as st

TALL = 12  # rows; more of them scroll in the table, so that what is done with them stays in sight
ROW = 35  # pixels, Streamlit's own


def tick(frame: pd.DataFrame, *, key: str, of: Sequence[object], alt: str, widths: Mapping[str, int]) -> list[int]:
    """The rows that are ticked. Cells are never taken for Markdown.

    Args:
        of: what the rows are about: a table of others begins without ticks, which are places in it.
    """
    state: Any = st.dataframe(
        frame,
        key=keyed(key, of),
        hide_index=True,
        height=height(len(frame)),
        column_config={name: st.column_config.TextColumn(width=width) for name, width in widths.items()},
        on_select="rerun",
        selection_mode="multi-row",
        alt=alt,
    )
    return [row for row in state["selection"]["rows"] if row < len(frame)]


def keyed(key: str, of: Sequence[object]) -> str:
    """A key that is another one for other contents."""
    return f"{key}_{crc32(repr(list(of)).encode('utf-8', 'replace'))}"


def height(rows: int) -> int | Literal["content"]:
    """As `st.dataframe` takes it: all of a few rows, a window on many."""
    return "content" if rows <= TALL else ROW * (TALL + 1) + ROW // 2
