"""What became of one person's registration, as it happens, and the latest ones of a session."""

from collections.abc import Sequence

import streamlit as st

from components import notice, person_form, status, wording
from components.links_editor import show_link
from components.moments import clock, many, relative
from components.plain import plain
from components.redraw import redraw
from components.wording import Wording
from rollcall import outlook, registering, wiring
from rollcall.outbox import ledger, progress
from rollcall.outbox.progress import OPEN, Status, Wished
from rollcall.problem import Problem
from rollcall.registering import Difference, Form, Target
from rollcall.roster.sessions import Listing
from rollcall.store.tables import Action, Registrant

WISH = "wish"  # in the address: which registration is shown
_FILED = "register_filed"  # the form sent last and its wish: a second press finds it, whatever the address says yet

FIELDS = {**wording.FIELDS, "join_uri": "Join link", "cancellation_uri": "Cancel link"}
OWN_LINKS_DIFFER = Wording(
    "RingCentral did not keep your own links",
    "Mails and the list carry RingCentral's, shown below. What it does is remembered for this connection.",
)
OWN_LINKS_KEPT = Wording("RingCentral kept your own links", "Mails carry them; make sure that something answers there.")


def register(listing: Listing, form: Form) -> list[Problem]:
    """File the wish and go to its outcome; or return what is wrong with the form. A second press changes nothing."""
    here = wiring.current()
    filed = st.session_state.get(_FILED)
    if filed is not None and filed[0] == (listing.session_id, form):
        result = filed[1]
    else:
        target = Target(here.connection_id, listing.session_id, actor="local")
        result = registering.submit(here.store, target, form, now=here.now())
        if not isinstance(result, int):
            return result
        st.session_state[_FILED] = ((listing.session_id, form), result)
        here.wake()
    show(result)
    st.rerun()


def show(action_id: int | None) -> None:
    """Put a registration into the address, so that a reload shows it again; None: back to the form."""
    if action_id is None:
        st.session_state.pop(_FILED, None)
        st.query_params.pop(WISH, None)
    else:
        st.query_params[WISH] = str(action_id)


def show_problems(problems: Sequence[Problem]) -> None:
    """Everything wrong with a form, in sentences."""
    for one in problems:
        st.error(plain(wording.problem(one)), icon=":material/error:")


def show_outcome(action: Action, listing: Listing) -> None:
    """What becomes of a registration, every second until it is final."""
    is_open = registering.status_of(action) in OPEN
    st.fragment(_show_outcome, run_every="1s" if is_open else None)(action.id, listing, is_watching=is_open)


def _show_outcome(action_id: int, listing: Listing, *, is_watching: bool) -> None:
    here = wiring.current()
    with here.store.read() as db:
        wished = progress.wished(db, action_id)
    if wished is None:
        return
    now_at = registering.status_now(wished)
    if is_watching and now_at not in OPEN:
        redraw()
    with st.container(key="outcome", border=True):
        match now_at:
            case Status.WAITING:
                _show_waiting(wished.action, listing)
            case Status.SENDING | Status.UNCONFIRMED:
                _show_in_flight(wished.action, now_at)
            case Status.REGISTERED | Status.ALREADY_THERE:
                _show_registered(wished, now_at)
            case Status.CANCELLED:
                _show_cancelled(wished)
            case Status.REFUSED:
                _show_refused(wished.action)
            case _:
                st.info(
                    f"{_name(wished.action)} was not registered: this was taken back, or replaced by a later entry, "
                    "before it was sent.",
                    icon=":material/undo:",
                )
        _show_next(wished.action, now_at)


def _name(action: Action) -> str:
    return plain(_typed_name(action))


def _typed_name(action: Action) -> str:
    return f"{action.payload.get('first_name', '')} {action.payload.get('last_name', '')}".strip() or "Somebody"


def _show_waiting(action: Action, listing: Listing) -> None:
    here = wiring.current()
    with here.store.read() as db:
        place = outlook.of_wish(db, action, now=here.now())
    turn = f"{many(place.ahead, 'person', 'people')} before; goes" if place.ahead else "Goes"
    at = clock(place.at, listing.session.time_zone, now=here.now())
    st.info(
        f"{turn} {relative(place.at, here.now())}, about {at}. You may close this page: it goes on, and you find it "
        "again in the list below.",
        title=f"{_name(action)} is waiting",
        icon=":material/schedule:",
    )


def _take_back(action_id: int) -> None:
    here = wiring.current()
    with here.store.write() as db:
        ledger.withdraw(db, action_id, now=here.now())


def _show_in_flight(action: Action, now_at: Status) -> None:
    look = status.STATUSES[now_at]
    if now_at is Status.SENDING:
        st.info(look.meaning, title=f"{_name(action)} is being sent", icon=":material/sync:")
    else:
        why = wording.action(action.error_code)
        st.warning(
            f"{plain(str(why))} This takes about two minutes. Nobody is registered twice.",
            title=f"{_name(action)} is not confirmed",
            icon=":material/help:",
        )


def _show_refused(action: Action) -> None:
    words = wording.action(action.error_code, action.error_message, action.error_parameter)
    notice.show(words, st.error, icon=":material/error:")
    st.text(f"{_typed_name(action)}\n{action.payload.get('email', '')}")


def _show_cancelled(wished: Wished) -> None:
    st.info(
        "The links of this registration do not work any more.",
        title=f"{_name(wished.action)} was registered, and is cancelled since",
        icon=":material/person_off:",
    )
    if wished.registrant is not None:
        _show_record(wished.registrant)


def _show_registered(wished: Wished, now_at: Status) -> None:
    name, registrant = _name(wished.action), wished.registrant
    if now_at is Status.REGISTERED:
        st.success(f"{name} is registered.", icon=":material/check_circle:")
    else:
        st.info(f"{name} was registered already; nothing was sent.", icon=":material/how_to_reg:")
    if registrant is None:
        st.caption("The record is shown as soon as RingCentral's list has been read.")
        return
    _show_record(registrant)
    _show_differences(wished.action, registrant)
    for label, link in (("Join link", registrant.join_uri), ("Cancel link", registrant.cancellation_uri)):
        if link:
            show_link(label, link)
        else:
            st.caption(f"{label}: RingCentral's list shows none.")


def _show_record(registrant: Registrant) -> None:
    rows = {
        "Name": f"{registrant.first_name} {registrant.last_name}",
        "Email": registrant.email,
        "Source": registrant.source or "–",
        "External ID": registrant.external_id or "–",
    }
    st.caption("RingCentral's record")
    st.text("\n".join(f"{label}: {value}" for label, value in rows.items()))


def _show_differences(action: Action, registrant: Registrant) -> None:
    found = registering.differences(action.payload, registrant)
    if others := [one for one in found if one.field not in registering.LINKS]:
        st.warning(
            "  \n".join(plain(_in_words(one)) for one in others),
            title="RingCentral has it otherwise",
            icon=":material/difference:",
        )
    if not any(action.payload.get(name) for name in registering.LINKS):
        return
    differ = any(one.field in registering.LINKS for one in found)
    notice.show(OWN_LINKS_DIFFER if differ else OWN_LINKS_KEPT, st.warning if differ else st.info)
    for one in found:
        if one.field in registering.LINKS:
            show_link(f"{FIELDS[one.field]} as it was sent", one.wished)


def _in_words(one: Difference) -> str:
    wished, theirs = (f"“{value}”" if value else "nothing" for value in (one.wished, one.theirs))
    return f"{FIELDS[one.field]}: you entered {wished}, RingCentral has {theirs}."


def _show_next(action: Action, now_at: Status) -> None:
    with st.container(horizontal=True):
        if now_at in (Status.REFUSED, Status.WITHDRAWN):
            st.button(
                "Change and try again", key="try_again", type="primary", icon=":material/edit:", on_click=_again,
                args=(action.id,),
            )  # fmt: skip
        st.button(
            "Register another",
            key="register_another",
            icon=":material/person_add:",
            type="secondary" if now_at in (Status.REFUSED, Status.WITHDRAWN) else "primary",
            on_click=_another,
            args=(action.id,),
        )
        if now_at is Status.WAITING:
            st.button("Take back", key="take_back", icon=":material/undo:", on_click=_take_back, args=(action.id,))


def _form_of(action_id: int) -> Form:
    with wiring.current().store.read() as db:
        wished = progress.wished(db, action_id)
    return registering.form_of(wished.action) if wished else Form()


def _again(action_id: int) -> None:
    person_form.fill(_form_of(action_id))
    _go_to(None)


def _another(action_id: int) -> None:
    person_form.begin_next(_form_of(action_id))
    _go_to(None)


def _go_to(action_id: int | None) -> None:
    """Show another registration, or the form, on the whole page: the button only ran its own part of it."""
    show(action_id)
    st.rerun()


# ---------------------------------------------------------------- the latest of a session


def show_latest(listing: Listing) -> None:
    """The last registrations of this session made here, so that each is found again."""
    here = wiring.current()
    with here.store.read() as db:
        found = registering.latest(db, here.connection_id, listing.session_id)
    if found:
        is_open = any(registering.status_of(one.action) in OPEN for one in found)
        st.fragment(_show_latest, run_every="2s" if is_open else None)(listing)


def _show_latest(listing: Listing) -> None:
    here = wiring.current()
    with here.store.read() as db:
        found = registering.latest(db, here.connection_id, listing.session_id)
    st.subheader("Entered here lately")
    for wished in found:
        action, look = wished.action, status.STATUSES[registering.status_now(wished)]
        row = st.container(horizontal=True, wrap=False, vertical_alignment="center", key=f"wish_row_{action.id}")
        when = clock(action.created_at, listing.session.time_zone, now=here.now())
        email = plain(action.payload.get("email", ""))
        row.markdown(f"{look.label} · {_name(action)} · {email} · :gray[{when}]")
        row.button(
            "Show", key=f"show_wish_{action.id}", type="tertiary", help=f"Show {_name(action)}", on_click=_go_to,
            args=(action.id,),
        )  # fmt: skip
