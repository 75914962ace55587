"""One registrant: everything that is known, their links to be copied, and the way to other data."""

import streamlit as st

from components import external_id_editor, mail_note, registrants_deeds, registrants_table, registrants_words, way_out
from components import outcome as outcomes
from components.links_editor import show_link
from components.moments import moment
from components.plain import plain
from components.registrants_reading import calls
from components.wording import FIELDS
from rollcall import connections, person, registering, wiring
from rollcall.outbox import picked
from rollcall.person import Person
from rollcall.problem import Problem
from rollcall.registering import Form
from rollcall.roster import people, source_names
from rollcall.roster.people import Listed, Search, Shown
from rollcall.roster.sessions import Listing

CHANGING = "registrants_changing"  # whose data is being changed
PAIRS = "change_external_id"


def show_person(listing: Listing) -> None:
    """The one who is ticked, if it is one; else how to get here."""
    ids = registrants_table.ticked(listing.session_id)
    if len(ids) != 1:
        st.caption("Tick one person to see and copy their links, or to change their data.")
        return
    search = Search(wiring.current().connection_id, listing.session_id, shown=Shown.EVERYBODY)
    with wiring.current().store.read() as db:
        found = people.those(db, search, ids)
    for one in found:
        with st.container(border=True, key="registrant"):
            _show(listing, one)


def _show(listing: Listing, one: Listed) -> None:
    st.subheader(plain(one.name) or "Without a name")
    st.text("\n".join(f"{name}: {value}" for name, value in _facts(listing, one)))
    for label, link in (("Join link", one.join_uri), ("Cancel link", one.cancellation_uri)):
        if link and one.gone_at is None:
            show_link(label, link)
    if one.gone_at is not None:
        st.caption("Cancelled: the links do not work any more.")
    elif st.session_state.get(CHANGING) == one.registrant_id:
        _ask_change(listing, one)
    else:
        st.button(
            "Change the data …", key="change", icon=":material/edit:", disabled=not _may_change(listing, one),
            on_click=_begin, args=(one,), help="Cancel and register again: RingCentral has no other way",
        )  # fmt: skip


def _facts(listing: Listing, one: Listed) -> list[tuple[str, str]]:
    now, place = wiring.current().now(), listing.session.time_zone
    return [
        ("Email", one.email),
        ("Source", _source(one)),
        *(one.pairs if one.pairs is not None else [("External ID", one.external_id)]),
        ("Registered", moment(one.registered_at, place, now=now) if one.registered_at else "not known"),
        ("Registered by", registrants_words.made_by(one)),
        ("Status", registrants_words.status(one)),
    ]


def _source(one: Listed) -> str:
    """As received, and as what it counts where that is another one."""
    here = wiring.current()
    with here.store.read() as db:
        name = source_names.names(db, here.connection_id).get(one.source, one.source)
    return (one.source or "(none)") if name == one.source else f"{one.source} (counts as {name})"


def _may_change(listing: Listing, one: Listed) -> bool:
    here = wiring.current()
    with here.store.read() as db:
        may_register = registering.may_register(connections.of(db, here.connection_id), listing)
    return may_register and registrants_deeds.may_cancel(listing) and one.leaving is None


# ---------------------------------------------------------------- other data


def _begin(one: Listed) -> None:
    st.session_state[CHANGING] = one.registrant_id
    for name in ("first_name", "last_name", "email", "source"):
        st.session_state[f"change_{name}"] = getattr(one, name)
    st.session_state["change_raw"] = one.external_id
    external_id_editor.fill(PAIRS, one.pairs or ())


def _end() -> None:
    st.session_state.pop(CHANGING, None)


def _ask_change(listing: Listing, one: Listed) -> None:
    st.markdown(
        "**New data** :gray[RingCentral cannot change a registrant: this one is cancelled, and registered anew]"
    )
    left, right = st.columns(2)
    first_name = left.text_input("First name", key="change_first_name", max_chars=person.NAME_LIMIT)
    last_name = right.text_input("Last name", key="change_last_name", max_chars=person.NAME_LIMIT)
    left, right = st.columns(2)
    email = left.text_input("Email", key="change_email", max_chars=person.EMAIL_LIMIT)
    source = right.text_input("Source", key="change_source", max_chars=person.SOURCE_LIMIT)
    pairs = external_id_editor.edit_external_id(PAIRS) if one.pairs is not None else ()
    raw = "" if one.pairs is not None else st.text_input("External ID", key="change_raw")
    with st.container(horizontal=True):
        asked = st.button("Cancel and register again …", key="ask_again", type="primary", icon=":material/sync:")
        st.button("Leave it as it is", key="no_change", type="tertiary", on_click=_end)
    if asked:
        form = Form(first_name or "", last_name or "", email or "", source or "", pairs)
        _check(listing, one, form, raw or "")


def _check(listing: Listing, one: Listed, form: Form, raw: str) -> None:
    checked = _checked(form, raw)
    if isinstance(checked, Person):
        st.dialog("Cancel and register again?")(_confirm)(listing, one, checked)
    else:
        outcomes.show_problems(checked)


def _checked(form: Form, raw: str) -> Person | list[Problem]:
    """The new data; an external ID that is no list of keys and values goes as it is."""
    if not raw:
        return registering.check(form)
    return person.check(
        first_name=form.first_name, last_name=form.last_name, email=form.email, source=form.source, external_id=raw
    )


def _confirm(listing: Listing, one: Listed, new: Person) -> None:
    st.text("\n".join([f"{one.name} · {one.email}", *_changes(one, new)]))
    st.markdown(
        f":material/schedule: One call cancels, the list is read, one call registers: "
        f"{registrants_deeds.cost(2 + calls(listing))}."
    )
    st.markdown(
        ":material/link_off: The old join and cancel links stop working; there are new ones. The registration counts "
        "from today."
    )
    mail_note.show_for_one(listing)
    st.markdown(
        ":material/warning: It cannot be taken back once the cancellation has left. If registration closes or fills up "
        "in between, the person waits in a paused import until it is open again."
    )
    with st.container(horizontal=True):
        st.button(
            "Cancel and register again", key="confirm_again", type="primary", on_click=_register_again,
            args=(listing, one, new),
        )  # fmt: skip
        way_out.offer("Leave it as it is", key="no_again")


def _changes(one: Listed, new: Person) -> list[str]:
    fields = {name: FIELDS[name] for name in registering.COMPARED} | {"email": FIELDS["email"]}
    return [
        f"{label}: {getattr(one, name) or 'nothing'} → {getattr(new, name) or 'nothing'}"
        for name, label in fields.items()
        if getattr(one, name) != getattr(new, name)
    ] or ["The same data once more, with new links."]


def _register_again(listing: Listing, one: Listed, new: Person) -> None:
    """File both wishes; the second press of a double-click finds the cancellation on its way."""
    here = wiring.current()
    with here.store.write() as db:
        picked.register_again(
            db, registrants_deeds.place_of(listing), registrants_deeds.as_picked(one), new,
            name="1 registrant, registered again", now=here.now(),
        )  # fmt: skip
    here.wake()
    _end()
    registrants_table.tick(listing.session_id, ())
    st.rerun()  # a dialog is drawn alone; the whole page is drawn without it
