"""The external ID as rows of key and value, with the string they make."""

from collections.abc import Sequence

import streamlit as st

from components import wording
from components.plain import plain
from rollcall import external_id as external_ids
from rollcall.registering import used_pairs, without_value

Pairs = tuple[tuple[str, str], ...]
LIVE = "300ms"  # how long somebody has to stop typing until the string below follows


def edit_external_id(key: str, *, label: str = "External ID", begin: Pairs = ()) -> Pairs:
    """Rows of key and value and, below, the string as it would be sent, or what is wrong. Returns all rows.

    Args:
        begin: what it begins with whenever it comes onto the screen, unless `fill` has said otherwise.
    """
    rows = st.session_state.get(f"{key}_rows") or [0]
    if f"{key}_key_{rows[0]}" not in st.session_state and not st.session_state.pop(f"{key}_new", False):
        fill(key, begin)
        rows = st.session_state[f"{key}_rows"]
    with st.container(key=f"{key}_editor", gap="small"):
        st.markdown(f"**{label}** :gray[keys of your CRM, kept with the registrant]")
        pairs = tuple(_edit_row(key, row, place) for place, row in enumerate(rows, start=1))
        st.button("Add a key", key=f"{key}_add", icon=":material/add:", on_click=_add, args=(key,), type="tertiary")
        _show_string(key, used_pairs(pairs))
        for name in without_value(pairs):
            st.caption(f":material/info: {plain(name)} has no value: not sent")
    return pairs


def fill(key: str, pairs: Sequence[tuple[str, str]]) -> None:
    """Let the editor begin with these pairs; call it before the editor is drawn."""
    rows = list(range(max(len(pairs), 1)))
    st.session_state[f"{key}_rows"] = rows
    for row, (name, value) in zip(rows, [*pairs, ("", "")], strict=False):
        st.session_state[f"{key}_key_{row}"], st.session_state[f"{key}_value_{row}"] = name, value


def _edit_row(key: str, row: int, place: int) -> tuple[str, str]:
    names, values, removes = st.columns([3, 5, 1], vertical_alignment="bottom", gap="small")
    name = names.text_input(f"Key {place}", key=f"{key}_key_{row}", placeholder="lid", live=LIVE)
    value = values.text_input(f"Value {place}", key=f"{key}_value_{row}", live=LIVE)
    removes.button(
        "Remove",
        key=f"{key}_remove_{row}",
        help=f"Remove key {place}",
        on_click=_remove,
        args=(key, row),
        type="tertiary",
        icon=":material/close:",
    )
    return (name or "").strip(), value or ""


def _add(key: str) -> None:
    rows = st.session_state[f"{key}_rows"]
    st.session_state[f"{key}_rows"] = [*rows, max(rows, default=-1) + 1]


def _remove(key: str, row: int) -> None:
    left = [one for one in st.session_state[f"{key}_rows"] if one != row]
    st.session_state[f"{key}_rows"] = left or [row + 1]
    st.session_state[f"{key}_new"] = not left  # an empty row that has no value yet, and not a new visit


def _show_string(key: str, pairs: Pairs) -> None:
    problems = external_ids.problems(pairs)
    for problem in problems:
        st.caption(f":red[:material/error: {plain(wording.problem(problem))}]")
    if pairs and not problems:
        text = external_ids.encode(pairs)
        st.code(text, language=None, wrap_lines=True)
        st.caption(f"As it is sent · {len(text)} of {external_ids.LIMIT} characters")
