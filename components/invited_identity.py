"""What tells one lead of the invited list from another: an id under a key of the external ID, the email, or both."""

from collections.abc import Mapping as AnyMapping
from dataclasses import replace
from enum import StrEnum

import pandas as pd
import streamlit as st

from components import columns_editor
from components.choices import readable
from components.invited_upload import InvitedList
from components.moments import many, number
from components.plain import plain
from rollcall.attendance import follow_up
from rollcall.attendance.invited import Identity


class By(StrEnum):
    """What is looked for."""

    EMAIL = "email"
    KEYS = "keys"
    BOTH = "both"


WORDS = {By.EMAIL: "Email", By.KEYS: "An id of the CRM", By.BOTH: "Both"}


def pick_identity(held: InvitedList, people: pd.DataFrame) -> Identity | None:
    """What identifies a lead, as chosen; None while a column is missing."""
    by = st.segmented_control(
        "What identifies a lead", list(By), format_func=lambda one: readable(WORDS[one]), default=_first(held),
        key=f"invited_by_{held.number}", required=True, wrap=True,
    )  # fmt: skip
    mapping = held.mapping
    if by is not By.KEYS:
        email = columns_editor.pick_column(
            f"invited_email_{held.number}", "Column of the email", held.table.header, mapping.email,
            cell=st.container(width=360), needed=True,
        )  # fmt: skip
        mapping = replace(mapping, email=email)
    if by is not By.EMAIL:
        mapping = columns_editor.edit_keys(
            f"invited_{held.number}", held.table.header, mapping, label="Columns of the ids, the most certain first"
        )
    identity = Identity(
        email=None if by is By.KEYS else mapping.email,
        keys=() if by is By.EMAIL else tuple((column, key) for column, key in mapping.keys if key),
    )
    _show_known(identity, people)
    if identity.email is None and not identity.keys:
        st.info("Pick the column that identifies a lead.", icon=":material/view_column:")
        return None
    return identity


def _first(held: InvitedList) -> By:
    if held.mapping.keys:
        return By.KEYS if held.mapping.email is None else By.BOTH
    return By.EMAIL


def _show_known(identity: Identity, people: pd.DataFrame) -> None:
    """How many registrants have these keys at all: under a key that none has, nobody is found."""
    counted = follow_up.key_counts(people) if identity.keys else {}
    for _, key in identity.keys:
        if counted.get(key):
            of = many(len(people), "registrant")
            st.caption(f":material/key: {plain(key)}: {number(counted[key])} of {of} have it")
        else:
            _warn_of(key, counted)


def _warn_of(key: str, counted: AnyMapping[str, int]) -> None:
    others = ", ".join(plain(name) for name in list(counted)[:5])
    instead = f"The keys they have: {others}." if others else "None of them has an external ID with keys."
    st.warning(f"No registrant has the key {plain(key)} in the external ID. {instead}", icon=":material/key_off:")
