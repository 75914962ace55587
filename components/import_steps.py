"""The frame around an import's four steps: what is open, what is folded to a line, and what is kept of it."""

from collections.abc import Mapping

import streamlit as st

from components import columns_editor, file_step, links_editor, person_form, receipt, wording
from components.columns_editor import face_of
from components.moments import many
from components.plain import plain
from rollcall import wiring
from rollcall.contact_file import columns
from rollcall.importing import checking, drafting, lines, planning
from rollcall.importing.drafting import Face
from rollcall.importing.planning import Plan
from rollcall.outbox.states import BatchKind, Verdict
from rollcall.outbox.wishes import LinkTemplates
from rollcall.roster import capabilities
from rollcall.roster.capabilities import Name
from rollcall.roster.sessions import Listing
from rollcall.store.tables import Batch, Capability

COLUMNS_OPEN = "import_columns_open"  # the id of the draft whose columns are looked at again


def keep_address(batch: Batch | None) -> None:
    """Let the address name the import that is shown, so that a reload or a link shows it again."""
    if batch is None:
        st.query_params.pop(file_step.BATCH, None)
    else:
        st.query_params[file_step.BATCH] = str(batch.id)


def show_header(step: int, name: str) -> None:
    """The headline of an open step."""
    st.subheader(f"{step} · {name}")


def show_file(listing: Listing, batch: Batch) -> Face:
    """The first step as a line, with the choice of another file."""
    with wiring.current().store.read() as db:
        upload = drafting.upload_of(db, batch.id)
    face = face_of(batch.id, upload.sha256 if upload else "")
    if face is None:
        st.warning("The file of this draft was deleted. Choose it again.")
        file_step.ask_file(listing, replaces=batch.id)
        st.stop()
    with st.container(horizontal=True, vertical_alignment="center", key="file_line"):
        st.markdown(f":green[:material/check_circle:] **1 · File** {plain(batch.name)} · {many(face.rows, 'row')}")
        st.button("Change the file", key="change_file", type="tertiary", on_click=_change_file, args=(batch.id,))
    if st.session_state.get(file_step.CHANGING) == batch.id and file_step.ask_file(listing, replaces=batch.id):
        _go_on_with_old(batch, face)
    return face


def _go_on_with_old(batch: Batch, face: Face) -> None:
    """After a refused file the old one is named, and nothing of it can be started by mistake."""
    st.info(f"Still here: {plain(batch.name)}, {many(face.rows, 'person', 'people')}.", icon=":material/description:")
    st.button("Go on with it", key="keep_file", on_click=_change_file, args=(batch.id,))
    st.stop()


def _change_file(batch_id: int) -> None:
    is_open = st.session_state.get(file_step.CHANGING) == batch_id
    st.session_state[file_step.CHANGING] = None if is_open else batch_id


def columns_are_open(batch: Batch) -> bool:
    """Whether the columns are to be looked at: until the rows are checked, and whenever somebody wants to."""
    is_open = batch.checked_at is None or st.session_state.get(COLUMNS_OPEN) == batch.id
    if is_open:
        show_header(2, "Columns")
    return is_open


def decide(batch: Batch, plan: Plan, templates: LinkTemplates) -> None:
    """Write down what is chosen now; what was checked under another choice is not shown any more."""
    if planning.decide(wiring.current().store, batch.id, plan, templates):
        batch.checked_at = None


def ask_check(batch: Batch, face: Face, *, is_usable: bool) -> None:
    """The button that checks every row; without a change since the last check there is nothing to do."""
    if batch.checked_at is not None:
        st.button("Done with the columns", key="columns_done", on_click=_close_columns)
        return
    pressed = st.button(
        f"Check {many(face.rows, 'row')}", key="check", type="primary", icon=":material/fact_check:",
        disabled=not is_usable,
    )  # fmt: skip
    if pressed:
        check(batch, face)


def check(batch: Batch, face: Face) -> None:
    """Check every row, with a bar for the long lists, then show the people."""
    here = wiring.current()
    bar = st.progress(0.0, text=f"Checking {many(face.rows, 'row')} …")
    checking.check(
        here.store, batch.id, now=here.now(), progress=lambda written: _advance(bar, written, face.rows)
    )  # fmt: skip
    here.wake()
    _close_columns()
    st.rerun()


def _advance(bar: st.delta_generator.DeltaGenerator, written: int, rows: int) -> None:
    bar.progress(min(written / max(rows, 1), 1.0), text=f"Checking {many(rows, 'row')} …")


def _close_columns() -> None:
    st.session_state.pop(COLUMNS_OPEN, None)


def show_columns_line(batch: Batch, face: Face, plan: Plan, templates: LinkTemplates) -> None:
    """The second step as a line: what comes from where, and the way back to it."""
    with st.container(horizontal=True, vertical_alignment="center", key="columns_line"):
        st.markdown(
            f":green[:material/check_circle:] **2 · Columns** {plain(_columns_in_words(face, plan, templates))}"
        )
        st.button("Change the columns", key="change_columns", type="tertiary", on_click=_open_columns, args=(batch.id,))


def _open_columns(batch_id: int) -> None:
    st.session_state[COLUMNS_OPEN] = batch_id


def _columns_in_words(face: Face, plan: Plan, templates: LinkTemplates) -> str:
    mapping = plan.sent_columns
    used = [
        f"{wording.FIELDS[target]}: {columns_editor.column_name(face.header, column)}"
        for target in columns.TARGETS
        if (column := getattr(mapping, target)) is not None
    ]
    if mapping.source_constant:
        used.append(f"source for everybody: {mapping.source_constant}")
    keys = [key for _, key in mapping.keys] + [key for key, _ in mapping.constant_keys]
    if keys:
        used.append(f"keys: {', '.join(keys)}")
    if templates != LinkTemplates():
        used.append("own links")
    return " · ".join(used)


def own_links_seen() -> Capability | None:
    """What this RingCentral has been seen to do with own links."""
    here = wiring.current()
    with here.store.read() as db:
        return capabilities.all_of(db, here.connection_id).get(Name.OWN_LINKS)


def offer_trial(listing: Listing, templates: LinkTemplates) -> None:
    """The way to register one person with these own links first, and to see what this RingCentral does with them."""
    if templates == LinkTemplates():
        return
    if st.button("Try it with one person", key="try_links", icon=":material/science:"):
        links_editor.keep(person_form.LINKS, templates)
        st.switch_page("pages/register.py", query_params={"session": listing.session_id})


def verdicts(batch: Batch) -> Mapping[Verdict, int]:
    """How many rows have which verdict, compared with the latest list."""
    here = wiring.current()
    checking.compare(here.store, batch.id)
    with here.store.read() as db:
        return lines.verdicts(db, batch.id)


def show_after_start(batch: Batch) -> None:
    """Where to find its people, and the way to the next list."""
    with wiring.current().store.read() as db:
        has_file = drafting.has_file(db, batch.id)
    with st.container(horizontal=True, vertical_alignment="center"):
        if batch.kind == BatchKind.REGISTER:
            receipt.offer_receipt(batch, has_file=has_file)
        st.page_link(
            "pages/imports.py",
            label="See its people",
            icon=":material/arrow_forward:",
            query_params={"session": batch.session_id, file_step.BATCH: str(batch.id)},
        )
        st.button("Import another list", key="another_list", icon=":material/upload_file:", on_click=_another)
    if batch.kind == BatchKind.REGISTER and has_file:
        receipt.show_excel_note(batch)


def _another() -> None:
    st.query_params.pop(file_step.BATCH, None)
