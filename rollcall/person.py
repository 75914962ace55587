"""One person to be registered, and the one check that the form, the file and the public sign-up share."""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

import idna
from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from rollcall import external_id as external_ids
from rollcall import links
from rollcall.problem import Problem as Problem  # what check gives; callers know it from here
from rollcall.problem import shown, too_long
from rollcall.ringcentral import limits

NAME_LIMIT = limits.NAME_LENGTH  # characters
EMAIL_LIMIT = limits.EMAIL_LENGTH  # characters; email-validator stops at 254, as the mail standards do
SOURCE_LIMIT = limits.SOURCE_LENGTH  # characters

LOCAL_LIMIT = 64  # characters before the @; RFC 5321 4.5.3.1.1
ADDRESS_LIMIT = 254  # characters of a whole address; RFC 3696 erratum 1690

_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]"
_LOCAL = re.compile(rf"{_ATEXT}+(?:\.{_ATEXT}+)*")
_LABEL = r"(?!..--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_PLAIN_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+(?!..--)[a-z](?:[a-z0-9-]{{0,61}}[a-z])?")
_RESERVED_ENDINGS = tuple(f".{name}" for name in SPECIAL_USE_DOMAIN_NAMES)
# What nobody sees and nobody typed: controls, soft hyphens, zero-width and direction marks, fillers, half surrogates.
# A (non-)joiner stays between letters of the scripts, Arabic to Sinhala, whose words change without it.
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e"
    r"\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
    r"|(?<![\u0600-\u0dff])[\u200c\u200d]|[\u200c\u200d](?![\u0600-\u0dff])"
)

_LATIN = re.compile(r"[!-~\xa1-\xac\xae-\u02ff]+(?: [!-~\xa1-\xac\xae-\u02ff]+)*")  # words that need no tidying


class Person(NamedTuple):
    """Somebody RingCentral will take as a registrant. Only `check` makes one; its repr shows nothing.

    A tuple because a file makes 50,000, and a frozen dataclass takes three times as long to make.
    """

    first_name: str
    last_name: str
    email: str  # domain in lower-case ASCII
    source: str = ""
    external_id: str = ""
    join_uri: str = ""
    cancellation_uri: str = ""

    def __repr__(self) -> str:
        return "Person(…)"

    @property
    def email_key(self) -> str:
        """What this person's address is compared by."""
        return email_key(self.email)


def check(
    *,
    first_name: str,
    last_name: str,
    email: str,
    source: str = "",
    external_id: str = "",
    join_uri: str = "",
    cancellation_uri: str = "",
) -> Person | list[Problem]:
    """The person these fields describe, or everything that is wrong with them. Never raises.

    Text is trimmed, brought to NFC and rid of NUL and invisible characters; blanks within are made one. Nothing is
    ever cut: RingCentral takes 64 characters of each name (OpenAPI), and longer ones are refused with their count.
    """
    first_name, last_name, source = tidy(first_name), tidy(last_name), tidy(source)
    if external_id or join_uri or cancellation_uri:
        external_id, join_uri, cancellation_uri = _bare(external_id), join_uri.strip(), cancellation_uri.strip()
    address = _plain_address(email) or _address(tidy(email))
    if (
        isinstance(address, str)
        and 0 < len(first_name) <= NAME_LIMIT
        and 0 < len(last_name) <= NAME_LIMIT
        and len(source) <= SOURCE_LIMIT
        and len(external_id) <= external_ids.LIMIT
        and not join_uri
        and not cancellation_uri
    ):
        return Person(first_name, last_name, address, source, external_id)
    found = [
        _text_problem("first_name", first_name, NAME_LIMIT, required=True),
        _text_problem("last_name", last_name, NAME_LIMIT, required=True),
        None if isinstance(address, str) else address,
        _text_problem("source", source, SOURCE_LIMIT),
        _text_problem("external_id", external_id, external_ids.LIMIT),
        links.check_link(join_uri, field="join_uri") if join_uri else None,
        links.check_link(cancellation_uri, field="cancellation_uri") if cancellation_uri else None,
    ]
    if isinstance(address, str) and not any(found):
        return Person(first_name, last_name, address, source, external_id, join_uri, cancellation_uri)
    return [problem for problem in found if problem]


def tidy(text: str) -> str:
    """Trimmed, NFC, without NUL and invisible characters, any run of blanks and line breaks as one space."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    if _LATIN.fullmatch(text):
        return text
    return " ".join(unicodedata.normalize("NFC", _INVISIBLE.sub("", text)).split())


def email_key(email: str) -> str:
    """What two addresses are compared by: the same for every way of writing one mailbox. Never raises.

    Trimmed, NFC, domain in IDNA-ASCII, all of it case-folded. Plus-tags and dots stay: whether they matter is up to
    the mail server. RingCentral may hand us addresses that `check` would refuse, so any text has a key.
    """
    if email.isascii():
        return email.strip().lower()
    local, at, domain = email.strip().rpartition("@")
    return f"{_folded(local)}{at}{_domain_key(domain) if at else _folded(domain)}"


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).casefold())


@lru_cache(maxsize=4096)
def _domain_key(domain: str) -> str:
    """IDNA comes before case-folding, which would make straße.example the other domain strasse.example."""
    if domain.isascii() or len(domain) > 253:
        return _folded(domain)
    try:
        return idna.encode(unicodedata.normalize("NFC", domain), uts46=True).decode("ascii")
    except UnicodeError:  # idna's own error is one
        return _folded(domain)


def _bare(text: str) -> str:
    """An external ID from elsewhere may count its blanks, so only the ends and the invisible go."""
    if not (text.isascii() and text.isprintable()):
        text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text))
    return text.strip()


def _text_problem(field: str, text: str, limit: int, *, required: bool = False) -> Problem | None:
    if required and not text:
        return Problem(field, "required")
    return too_long(field, text, limit) if len(text) > limit else None


def _plain_address(email: str) -> str:
    """The address of most people, with its domain in lower-case ASCII; empty if it needs a closer look.

    Lists have few domains, so each is judged once. The verdicts are those of email-validator (strict, without DNS),
    which a test holds against this, in a tenth of its time.
    """
    local, _, domain = email.partition("@")
    if len(local) <= LOCAL_LIMIT and _LOCAL.fullmatch(local) and (ascii_domain := _domain(domain)):
        address = email if ascii_domain == domain else f"{local}@{ascii_domain}"
        if len(address) <= ADDRESS_LIMIT:
            return address
    return ""


@lru_cache(maxsize=65_536)
def _domain(domain: str) -> str:
    """The domain in lower-case ASCII, or nothing when no mail can go there."""
    lower = domain.lower()
    if domain.isascii() and _PLAIN_DOMAIN.fullmatch(lower) and len(lower) <= 200:
        return "" if _reserved(lower) else lower
    try:
        found = validate_email(f"a@{domain}", strict=True, check_deliverability=False)
    except EmailNotValidError:
        return ""
    return found.ascii_domain or ""


def _reserved(domain: str) -> bool:
    return f".{domain}".endswith(_RESERVED_ENDINGS)


def _address(email: str) -> str | Problem:
    """The address with its domain in lower-case ASCII, or what is wrong with it."""
    if not email:
        return Problem("email", "required")
    if len(email) > EMAIL_LIMIT:
        return too_long("email", email, EMAIL_LIMIT)
    local, at, domain = email.rpartition("@")
    if not at:
        return Problem("email", "no_at", shown(email))
    if not local.isascii():
        foreign = "".join(dict.fromkeys(character for character in local if not character.isascii()))
        return Problem("email", "local_not_ascii", shown(email), foreign)
    try:
        found = validate_email(email, strict=True, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        return _refused_address(email, domain, str(error))
    return found.ascii_email or Problem("email", "not_an_address", shown(email))


def _refused_address(email: str, domain: str, reason: str) -> Problem:
    if "." not in domain:
        return Problem("email", "no_ending", shown(email))
    if _reserved(domain.lower()):
        return Problem("email", "reserved_domain", shown(email), shown(domain))
    return Problem("email", "not_an_address", shown(email), reason)
