"""The second step of an import: which column is what, and who is left out."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
import streamlit as st

from components import external_id_editor, sources_offered, wording
from components.moments import many, number
from components.plain import plain
from rollcall import wiring
from rollcall.contact_file import columns
from rollcall.contact_file.columns import Mapping
from rollcall.importing import drafting, planning
from rollcall.importing.drafting import Face, OptOut
from rollcall.importing.planning import Plan
from rollcall.registering import used_pairs

TARGETS = ("first_name", "last_name", "email", "source", "join_uri", "cancellation_uri")


def edit_plan(key: str, face: Face, plan: Plan) -> Plan:
    """Every target with its column, keys, constants, and who opted out. Returns what is chosen now."""
    st.caption("Matched by the columns' names. Look whether it is right; what is missing, pick by hand.")
    mapping = _edit_targets(key, face, plan.columns)
    mapping = edit_keys(key, face.header, mapping)
    mapping = _edit_constants(key, mapping)
    leave_out = _edit_opt_outs(key, face, plan.leave_out)
    _show_sample(key, face)
    for target in columns.missing(mapping):
        st.warning(f"Which column is the {wording.FIELDS[target].lower()}? Nobody can be registered without it.")
    for problem in planning.key_problems(mapping):
        st.error(plain(wording.problem(problem)))
    return replace(plan, columns=mapping, leave_out=leave_out)


def is_usable(plan: Plan) -> bool:
    """Whether people can be made of the rows: every required column is there, and every key is a key."""
    return not columns.missing(plan.columns) and not planning.key_problems(plan.columns)


def _edit_targets(key: str, face: Face, mapping: Mapping) -> Mapping:
    cells = [*st.columns(3), *st.columns(3)]  # two rows, so that Tab and a phone go through them in this order
    chosen = {
        target: pick_column(
            f"{key}_{target}",
            wording.FIELDS[target],
            face.header,
            getattr(mapping, target),
            cell=cells[place],
            needed=target in columns.REQUIRED,
        )
        for place, target in enumerate(TARGETS)
    }
    return Mapping(
        **chosen,
        keys=mapping.keys,
        source_constant=mapping.source_constant,
        constant_keys=mapping.constant_keys,
    )


def pick_column(
    key: str,
    label: str,
    header: Sequence[str],
    column: int | None,
    *,
    cell: st.delta_generator.DeltaGenerator,
    needed: bool,
) -> int | None:
    """One of the file's columns, or none; it begins with `column`."""
    options: list[int | None] = [None, *range(len(header))]
    picked: int | None = cell.selectbox(
        label if needed else f"{label} (optional)",
        options,
        index=options.index(column) if column in options else 0,
        format_func=lambda one: "– not in the file –" if one is None else column_name(header, one),
        key=key,
    )
    return picked


def column_name(header: Sequence[str], column: int) -> str:
    """The column's name; with its place where it has none or shares it."""
    name = header[column].strip()
    return name if name and header.count(header[column]) == 1 else f"{name or 'unnamed'} (column {column + 1})"


def edit_keys(
    key: str, header: Sequence[str], mapping: Mapping, *, label: str = "Columns for the external ID (optional)"
) -> Mapping:
    """CRM columns that go into the external ID, each under a key."""
    known = dict(mapping.keys)
    picked = st.multiselect(
        label,
        range(len(header)),
        default=[column for column, _ in mapping.keys if column < len(header)],
        format_func=lambda one: column_name(header, one),
        key=f"{key}_key_columns",
        placeholder="Such as the ids of your CRM",
    )
    if not picked:
        return replace(mapping, keys=())
    cells = st.columns(3)
    keys = tuple(
        (
            column,
            cells[place % 3].text_input(
                f"Key for {plain(column_name(header, column))}",
                value=known.get(column) or columns.normalised(header[column]).replace(" ", "_"),
                key=f"{key}_key_of_{column}",
            ).strip(),
        )
        for place, column in enumerate(picked)
    )  # fmt: skip
    return replace(mapping, keys=keys)


def _edit_constants(key: str, mapping: Mapping) -> Mapping:
    has_some = bool(mapping.source_constant or mapping.constant_keys)
    with st.expander("The same for everybody", expanded=has_some, icon=":material/group:", key=f"{key}_constants"):
        source = _edit_source(f"{key}_source_constant", mapping.source_constant)
        pairs = external_id_editor.edit_external_id(
            f"{key}_constant_keys", label="External-ID keys", begin=mapping.constant_keys
        )
    return replace(mapping, source_constant=(source or "").strip() or None, constant_keys=used_pairs(pairs))


def _edit_source(key: str, before: str | None) -> str | None:
    names, decided = sources_offered.offered()
    if before and key not in st.session_state:
        st.session_state[key] = before
    source: str | None = st.selectbox(
        "Source, where the file gives none",
        sources_offered.with_picked(names, key),
        index=None,
        accept_new_options=True,
        placeholder="Which campaign? Pick or type" if names else "Which campaign? Type its name",
        key=key,
    )
    sources_offered.show_counts_as(source or "", decided, key=key)
    return source


def _edit_opt_outs(key: str, face: Face, leave_out: Sequence[int]) -> tuple[int, ...]:
    if not face.opt_outs:
        return ()
    st.warning(
        "Some people in this file seem to have said that they want no mail, or cannot get any. Registering them may "
        "have RingCentral write to them.",
        title="Look at who opted out",
        icon=":material/unsubscribe:",
    )
    return tuple(one.column for one in face.opt_outs if _is_left_out(key, face, one, leave_out))


def _is_left_out(key: str, face: Face, opt_out: OptOut, leave_out: Sequence[int]) -> bool:
    name = plain(column_name(face.header, opt_out.column))
    return st.checkbox(
        f"Leave out the {many(opt_out.people, 'person', 'people')} whom “{name}” marks",
        value=opt_out.column in leave_out,
        key=f"{key}_leave_out_{opt_out.column}",
    )


def _show_sample(key: str, face: Face) -> None:
    st.caption(f"The first {len(face.sample)} of {number(face.rows)} rows")
    names = [column_name(face.header, column) for column in range(len(face.header))]
    st.dataframe(pd.DataFrame(face.sample, columns=names), hide_index=True, key=f"{key}_sample")
    if face.long_rows:
        st.caption(
            f"{many(face.long_rows, 'row')} with more cells than the header names; what is beyond it is not used."
        )


@st.cache_data(max_entries=8, ttl="1h", show_spinner="Reading the file …")
def face_of(batch_id: int, sha256: str) -> Face | None:
    """The face of a draft's file, read once. The hash makes the answer of one store useless in another."""
    with wiring.current().store.read() as db:
        return drafting.face_of(db, batch_id)
