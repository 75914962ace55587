"""What is asked about one person."""

from collections.abc import Mapping, Sequence

import streamlit as st

from components import external_id_editor, links_editor, sources_offered
from rollcall import person
from rollcall.registering import Form
from rollcall.store.tables import Capability

KEYS, LINKS, SOURCE = "register_external_id", "register_own_links", "register_source"
TEXTS = ("first_name", "last_name", "email", "source")


def ask_person(*, sources: Sequence[str], decided: Mapping[str, str], own_links_seen: Capability | None) -> Form:
    """The fields of the form, as they stand. Their limits here are a courtesy; `person.check` decides.

    Args:
        sources: the names to choose from.
        decided: which other spelling counts as which name, to be said to whoever types one.
    """
    left, right = st.columns(2)
    first_name = left.text_input(
        "First name", key="register_first_name", max_chars=person.NAME_LIMIT, live="300ms", autocomplete="off"
    )
    last_name = right.text_input("Last name", key="register_last_name", max_chars=person.NAME_LIMIT, autocomplete="off")
    left, right = st.columns(2)  # a row of its own, so that Tab and a phone go through the fields in this order
    email = left.text_input("Email", key="register_email", max_chars=person.EMAIL_LIMIT, autocomplete="off")
    source = right.selectbox(
        "Source",
        sources_offered.with_picked(list(sources), SOURCE),
        index=None,
        key=SOURCE,
        accept_new_options=True,
        placeholder="Which campaign? Pick or type" if sources else "Which campaign? Type its name",
    )
    with right:
        sources_offered.show_counts_as(source or "", decided, key=SOURCE)
    pairs = external_id_editor.edit_external_id(KEYS)
    links = links_editor.edit_links(LINKS, seen=own_links_seen, trial=links_editor.TRY_HERE)
    return Form(first_name or "", last_name or "", email or "", source or "", pairs, links)


def fill(form: Form) -> None:
    """Let the form begin with what somebody entered before; call it before the form is drawn. Own links stay as set."""
    for name in TEXTS:
        st.session_state[f"register_{name}"] = getattr(form, name)
    st.session_state[SOURCE] = form.source or None
    external_id_editor.fill(KEYS, form.pairs)


def begin_next(form: Form) -> None:
    """Empty the form for the next person; the source and the keys, which usually stay, are kept."""
    fill(Form(source=form.source, pairs=tuple((key, "") for key, _ in form.pairs)))
