"""What a program wants to know before its file is made: the CRM's words for what became of people, its id keys …"""

from dataclasses import asdict

import pandas as pd
import streamlit as st

from components import wording
from components.choices import readable
from components.follow_up_words import MAILERS
from components.moments import number
from components.plain import plain
from rollcall import preferences, wiring
from rollcall.attendance import follow_up
from rollcall.attendance.exports import merge_fields
from rollcall.attendance.exports.statuses import Statuses
from rollcall.attendance.exports.targets import Options, Target
from rollcall.preferences import Crm, IdKeys
from rollcall.problem import Problem

MARK = "TRUE"  # what some HubSpot accounts want in place of a moment
CRMS = {Target.SALESFORCE: Crm.SALESFORCE, Target.HUBSPOT_CONTACTS: Crm.HUBSPOT, Target.MARKETO: Crm.MARKETO}
NAMES = {Crm.SALESFORCE: "Salesforce", Crm.HUBSPOT: "HubSpot", Crm.MARKETO: "Marketo"}
LEFT_OUT = "An empty one leaves these people out. They are kept for every session, and for everybody who uses this."


def ask_options(target: Target, people: pd.DataFrame, session_id: str) -> Options:
    """The options of this target, as they stand. What belongs to one session alone stays behind with it."""
    match target:
        case Target.SPREADSHEET:
            return Options(links=_ask_links(session_id))
        case Target.SALESFORCE:
            return _ask_salesforce(people, session_id)
        case Target.HUBSPOT_EVENT:
            is_marked = st.toggle(f"Write {MARK} in place of the moments", key="follow_up_mark")
            return Options(mark=MARK if is_marked else "")
        case Target.MAIL:
            return Options(mailer=_ask_mailer())
        case _:
            return Options(words=_ask_statuses(CRMS[target]))


def _ask_links(session_id: str) -> bool:
    return st.toggle(
        "With everybody's own join and cancel link",
        key=f"follow_up_links_{session_id}",
        help="Who has such a file can join under anybody's name in it.",
    )


def _ask_mailer() -> merge_fields.Target:
    return (
        st.segmented_control(
            "Fields named for", list(merge_fields.Target), format_func=lambda one: readable(MAILERS[one]),
            default=merge_fields.Target.PLAIN, key="follow_up_mailer", required=True, wrap=True,
        )
        or merge_fields.Target.PLAIN
    )  # fmt: skip


# ---------------------------------------------------------------- the words of a CRM


def _ask_statuses(crm: Crm) -> Statuses:
    """The statuses, which can be changed here and are kept."""
    here = wiring.current()
    with here.store.read() as db:
        words = preferences.statuses(db, here.connection_id, crm)
    with st.expander(_summary(words), icon=":material/tune:", key=f"follow_up_statuses_{crm.value}"):
        typed = _statuses_form(crm, words)
        if typed is not None:
            with here.store.write() as db:
                problems = preferences.set_statuses(db, here.connection_id, crm, typed, now=here.now())
            _say(problems)
    return words


def _summary(words: Statuses) -> str:
    used = list(dict.fromkeys(word for word in asdict(words).values() if word))
    return f"Statuses: {plain(', '.join(used))}"


def _statuses_form(crm: Crm, words: Statuses) -> Statuses | None:
    """What was typed, once it is to be kept."""
    st.caption(LEFT_OUT)
    with st.form(f"follow_up_statuses_form_{crm.value}", border=False):
        cells = [*st.columns(3), *st.columns(3)]
        typed = {
            name: cells[place].text_input(
                wording.STATUS_FIELDS[name], value=word, key=f"follow_up_status_{crm.value}_{name}"
            )
            for place, (name, word) in enumerate(asdict(words).items())
        }
        is_sent = st.form_submit_button(
            f"Keep these statuses for {NAMES[crm]}", key=f"follow_up_keep_{crm.value}", icon=":material/save:"
        )
    return Statuses(**{name: word or "" for name, word in typed.items()}) if is_sent else None


def _say(problems: list[Problem]) -> None:
    """What keeps it from being kept; if nothing does, everything is drawn anew with it."""
    for problem in problems:
        st.error(plain(wording.status_problem(problem)))
    if not problems:
        st.rerun()


# ---------------------------------------------------------------- Salesforce


def _ask_salesforce(people: pd.DataFrame, session_id: str) -> Options:
    words = _ask_statuses(Crm.SALESFORCE)
    found = _ask_id_keys(people)
    campaign_id = st.text_input(
        "Campaign's id (optional)",
        key=f"follow_up_campaign_{session_id}",
        placeholder="701…",
        max_chars=18,
        help="With it the file has a column CampaignId; without it the import is told the campaign.",
        width=320,
    )
    return Options(words=words, contact_key=found.contact, lead_key=found.lead, campaign_id=(campaign_id or "").strip())


def _ask_id_keys(people: pd.DataFrame) -> IdKeys:
    """Under which keys of the external ID the ids stand; can be changed here and is kept."""
    here = wiring.current()
    with here.store.read() as db:
        found = preferences.id_keys(db, here.connection_id)
    counted = follow_up.key_counts(people)
    summary = ", ".join(
        f"{word} in {plain(key)} ({number(counted[key])})"
        for word, key in (("contact ids", found.contact), ("lead ids", found.lead))
    )
    with (
        st.expander(f"Ids: {summary}", icon=":material/key:", key="follow_up_id_keys"),
        st.form("follow_up_id_keys_form", border=False),
    ):
        left, right = st.columns(2)
        contact = left.text_input(
            wording.STATUS_FIELDS["contact_key"], value=found.contact, key="follow_up_contact_key"
        )
        lead = right.text_input(wording.STATUS_FIELDS["lead_key"], value=found.lead, key="follow_up_lead_key")
        if st.form_submit_button("Keep these keys", key="follow_up_keep_keys", icon=":material/save:"):
            with here.store.write() as db:
                problems = preferences.set_id_keys(
                    db, here.connection_id, IdKeys(contact or "", lead or ""), now=here.now()
                )
            _say(problems)
    return found
