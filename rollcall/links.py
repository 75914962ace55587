"""Templates → one person's own join or cancellation link.

`https://acme.com/webinar/{webinar_id}/join?ref={ref}` becomes that person's link. Values are percent-encoded, so they
can change neither the scheme nor the host; what a template's own text does is checked once more after expansion.
Marks that copying adds to a template count for nothing.
"""

import ipaddress
import re
from dataclasses import dataclass, field, replace
from urllib.parse import quote, urlsplit

from rollcall import external_id as external_ids
from rollcall.pasted import unmarked
from rollcall.problem import Problem, shown, too_long
from rollcall.ringcentral import limits

SHORTEST, LONGEST = limits.URI_LENGTH_MIN, limits.URI_LENGTH  # characters after expansion
PLACEHOLDERS = ("webinar_id", "session_id", "ref", "email", "first_name", "last_name", "source", "external_id")
KEY_PREFIX = "key:"  # {key:lid} is the value of lid in the external ID

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_STAND_IN = "x" * 4  # what a placeholder counts as while its value is not known
_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_END_OF_HOST = re.compile(r"https?://[^/?#]*", re.IGNORECASE)  # up to here a placeholder could lead elsewhere
_HOST = re.compile(r"[^\W_](?:[\w-]*\w)?(?:\.[^\W_](?:[\w-]*\w)?)*\.?")
# Blanks, controls, what must not stand in a link, and the invisible marks that make one look like another.
_FORBIDDEN = re.compile(
    r'[\s\x00-\x20\x7f-\xa0<>"\\\xad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f'
    r"\u3164\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)


class LinkError(ValueError):
    """This template gives no link for this person. `problem` says why; the message holds no value."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class LinkValues:
    """What a template may ask for."""

    webinar_id: str
    session_id: str
    ref: str = field(repr=False)  # our own reference of the registration; RingCentral's id does not exist yet
    email: str = field(repr=False)
    first_name: str = field(repr=False)
    last_name: str = field(repr=False)
    source: str = field(default="", repr=False)
    external_id: str = field(default="", repr=False)


def check(template: str, *, field: str = "link") -> list[Problem]:
    """Everything wrong with a template that shows without knowing the person. Never raises."""
    template = unmarked(template)
    end_of_host = _END_OF_HOST.match(template)
    found = []
    for match in _PLACEHOLDER.finditer(template):
        if not _is_known(match[1]):
            found.append(Problem(field, "unknown_placeholder", shown(match[0])))
        if end_of_host and match.start() < end_of_host.end():
            found.append(Problem(field, "placeholder_in_host", shown(match[0])))
    rest = _PLACEHOLDER.sub("", template)
    if "{" in rest or "}" in rest:
        found.append(Problem(field, "stray_brace", shown(template)))
    if len(rest) > LONGEST:
        found.append(too_long(field, rest, LONGEST))
    if not found and (wrong := check_link(_PLACEHOLDER.sub(_STAND_IN, template), field=field, longest=None)):
        found.append(replace(wrong, value=shown(template)))
    return found


def expand(template: str, values: LinkValues) -> str:
    """One person's link.

    Raises:
        LinkError: the template is wrong, the external ID has not the key it asks for, or what comes out is no link
            of 5 to 256 characters.
    """
    for problem in check(template):
        raise LinkError(problem)
    link = _PLACEHOLDER.sub(lambda match: _encoded(match[1], values), unmarked(template))
    if wrong := check_link(link):
        raise LinkError(wrong)
    return link


def check_link(link: str, *, field: str = "link", longest: int | None = LONGEST) -> Problem | None:
    """What is wrong with a finished link, or None. Never raises.

    Stricter than browsers, which repair what people mistype: http(s) only, a host, no credentials, no blanks.
    Internal names such as `localhost` are allowed; whether they answer is not ours to know.
    """
    if not link:
        return Problem(field, "required")
    if longest is not None and len(link) > longest:
        return too_long(field, link, longest)
    if forbidden := _FORBIDDEN.search(link):
        return Problem(field, "forbidden_character", shown(link), f"U+{ord(forbidden[0]):04X}")
    if len(link) < SHORTEST:
        return Problem(field, "too_short", link, f"{len(link)} of {SHORTEST}")
    code = _wrong_place(link)
    return Problem(field, code, shown(link)) if code else None


def _wrong_place(link: str) -> str:
    """The code of what is wrong with a link's scheme, host, port or path; empty when nothing is."""
    if not _SCHEME.match(link):
        return "not_http"
    try:
        parts = urlsplit(link)
        host = parts.hostname or ""
    except ValueError:  # half a bracket, or a host that is another one after normalising
        return "no_host"
    if "@" in parts.netloc:
        return "credentials"
    if not _is_host(host, in_brackets="[" in parts.netloc):
        return "no_host"
    try:
        if parts.port == 0 or parts.netloc.endswith(":"):
            return "bad_port"
    except ValueError:
        return "bad_port"
    # "%2e%2e" goes up a folder in browsers just as ".." does, so a name of two dots cannot be made harmless.
    steps = (step.lower().replace("%2e", ".") for step in parts.path.split("/"))
    return "dot_segment" if any(step in (".", "..") for step in steps) else ""


def _is_host(host: str, *, in_brackets: bool) -> bool:
    last_label = host.rstrip(".").rpartition(".")[2]
    if in_brackets or last_label.isdecimal():
        try:
            return ipaddress.ip_address(host).version == (6 if in_brackets else 4)
        except ValueError:
            return False
    return len(host) <= 253 and _HOST.fullmatch(host) is not None


def _is_known(name: str) -> bool:
    return name in PLACEHOLDERS or (name.startswith(KEY_PREFIX) and name != KEY_PREFIX)


def _encoded(name: str, values: LinkValues) -> str:
    value = _key(name.removeprefix(KEY_PREFIX), values) if name.startswith(KEY_PREFIX) else getattr(values, name)
    try:
        return quote(value, safe="")
    except UnicodeEncodeError:
        raise LinkError(Problem("link", "not_text")) from None


def _key(key: str, values: LinkValues) -> str:
    """The external ID's value for this key. A link that silently lost it would lead nowhere, so it must be there."""
    for name, value in external_ids.decode(values.external_id) or ():
        if name == key:
            return value
    raise LinkError(Problem("link", "missing_key", shown(key)))
