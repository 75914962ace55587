"""Own join and cancel links: off until switched on, with what follows from it, and what one person would get."""

import streamlit as st

from components import viewer, wording
from components.moments import moment
from components.plain import plain
from rollcall import wiring
from rollcall.outbox.wishes import LinkTemplates
from rollcall.problem import Problem
from rollcall.registering import template_problems
from rollcall.roster.capabilities import Name
from rollcall.store.tables import Capability

NO_LINKS = LinkTemplates()
JOIN_EXAMPLE = "https://acme.com/webinar/{webinar_id}/join?ref={ref}"
CANCEL_EXAMPLE = "https://acme.com/webinar/{webinar_id}/cancel?ref={ref}"
CONSEQUENCE = (
    "RingCentral's mails will carry these links instead of its own, so something of yours must answer there and bring "
    "people into the webinar. RingCentral's own join link of a person may no longer be readable afterwards."
)
PLACEHOLDERS = (  # as code: escaped for Markdown, they would be copied with marks that nobody sees
    "Placeholders: `{webinar_id}`, `{session_id}`, `{ref}` (one person's own reference), `{email}`, `{first_name}`, "
    "`{last_name}`, `{source}`, `{external_id}`, `{key:lid}` (the value of the key lid)."
)
TRY_FIRST = (
    "Nobody has tried whether this RingCentral keeps, replaces or refuses own links. "
    "Try it with one person first; what it does is remembered."
)
TRY_HERE = (
    "**Try it with one person:** register yourself below; the result says whether this RingCentral keeps, replaces or "
    "refuses your links."
)


def edit_links(
    key: str, *, seen: Capability | None, trial: str = TRY_FIRST, begin: LinkTemplates | None = None
) -> LinkTemplates:
    """The switch and both templates. Returns empty ones while it is off.

    Args:
        seen: what this RingCentral has been seen to do with own links; None: nobody has tried.
        trial: how to find out, in Markdown.
        begin: what it begins with whenever it comes onto the screen; None: what it was left with.
    """
    if f"{key}_on" not in st.session_state:
        fill(key, begin if begin is not None else st.session_state.get(f"{key}_kept", NO_LINKS))
    templates = _edit(key, seen, trial)
    if begin is None:
        st.session_state[f"{key}_kept"] = templates
    return templates


def keep(key: str, templates: LinkTemplates) -> None:
    """Let the editor begin with these templates wherever it is drawn next, also on another page."""
    st.session_state.pop(f"{key}_on", None)
    st.session_state[f"{key}_kept"] = templates


def _edit(key: str, seen: Capability | None, trial: str) -> LinkTemplates:
    is_on = bool(st.session_state.get(f"{key}_on"))
    with st.expander("Own join and cancel links", expanded=is_on, icon=":material/link:", key=f"{key}_expander"):
        is_on = st.toggle("Send our own links instead of RingCentral's", key=f"{key}_on")
        st.caption(plain(CONSEQUENCE))
        _show_seen(seen, trial)
        if not is_on:
            return LinkTemplates()
        join = st.text_input("Join link", key=f"{key}_join", placeholder=JOIN_EXAMPLE, live="300ms")
        cancel = st.text_input("Cancel link", key=f"{key}_cancel", placeholder=CANCEL_EXAMPLE, live="300ms")
        st.markdown(PLACEHOLDERS)  # as a caption, the code would be too pale to read
        templates = LinkTemplates((join or "").strip(), (cancel or "").strip())
        for problem in template_problems(templates):
            st.error(plain(wording.problem(problem)))
        return templates


def fill(key: str, templates: LinkTemplates) -> None:
    """Let the editor begin with these templates; call it before the editor is drawn."""
    st.session_state[f"{key}_on"] = templates != LinkTemplates()
    st.session_state[f"{key}_join"], st.session_state[f"{key}_cancel"] = templates.join, templates.cancel


def _show_seen(seen: Capability | None, trial: str) -> None:
    if seen is None or trial == TRY_HERE:
        st.caption(trial)
    if seen is not None:
        when = moment(seen.seen_at, viewer.zone(), now=wiring.current().now())
        what = wording.CAPABILITIES[Name.OWN_LINKS, seen.value]
        st.markdown(f":material/visibility: This RingCentral {plain(what)} :gray[(seen {when})].")


def show_preview(links: tuple[str | Problem, str | Problem]) -> None:
    """Both links as this one person would get them."""
    for label, link in zip(("Join link of this person", "Cancel link of this person"), links, strict=True):
        if isinstance(link, Problem):
            st.caption(f":red[:material/error: {plain(wording.problem(link))}]")
        elif link:
            show_link(label, link)


def show_link(label: str, link: str) -> None:
    """A link to be copied, not followed: it is somebody else's."""
    st.caption(label)
    st.code(link, language=None, wrap_lines=True)
