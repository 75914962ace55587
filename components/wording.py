"""Every error, problem and reason in words: what happened, what is not lost, what to do. Each stands here once.

All of it is plain text, never Markdown: it quotes what people typed and what RingCentral said. Where Markdown renders
it goes through `plain`, as `notice.show` does.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from components.moments import number
from rollcall.attendance.facts import ParticipantsRead
from rollcall.attendance.follow_up import Wait
from rollcall.attendance.spellings import Reason, Suggestion
from rollcall.outbox.states import Pause
from rollcall.roster.capabilities import Name
from rollcall.roster.sessions import RegistrationStatus


@dataclass(frozen=True, slots=True)
class Wording:
    """A headline, and the sentences under it."""

    title: str
    text: str

    def __str__(self) -> str:
        """On one line, for a table or a receipt."""
        return f"{self.title}. {self.text}"


# ---------------------------------------------------------------- what somebody typed or uploaded

FIELDS = {
    "first_name": "First name",
    "last_name": "Last name",
    "email": "Email",
    "source": "Source",
    "external_id": "External ID",
    "join_uri": "Join link",
    "cancellation_uri": "Cancel link",
    "link": "Link",
    "amount": "Amount",
    "currency": "Currency",
}

# {field} in words, {value} as typed, {detail} as `rollcall.problem` says it stands beside each code.
PROBLEMS = {
    "required": "{field} is missing.",
    "too_long": "{field} is too long: {detail} characters.",
    "not_text": "{field} has a broken character that cannot be sent{in_detail}; type it again.",
    "no_at": "“{value}” is not an email address (no @).",
    "no_ending": "“{value}” is not an email address (no ending such as .com).",
    "reserved_domain": "“{value}”: nobody can have an address at {detail}.",
    "local_not_ascii": "“{value}”: RingCentral takes only plain letters before the @ (not {detail}).",
    "not_an_address": "“{value}” is not an email address.",
    "empty_key": "External ID{in_detail}: the value “{value}” has no key.",
    "duplicate_key": "External ID: the key “{value}” is there twice; each may be used once.",
    "unknown_placeholder": "{field}: there is no placeholder {value}.",
    "placeholder_in_host": "{field}: {value} stands in the server's name; placeholders may only come after it.",
    "stray_brace": "{field}: a curly bracket is not part of a placeholder such as {{ref}}.",
    "missing_key": "{field}: it asks for the external-ID key “{value}”, which this person has not.",
    "too_short": "{field}: “{value}” is too short ({detail} characters).",
    "not_http": "{field}: “{value}” does not begin with https:// or http://.",
    "no_host": "{field}: “{value}” has no server name such as example.com.",
    "bad_port": "{field}: “{value}” has an impossible port (the number after the colon).",
    "credentials": "{field}: “{value}” holds a user name or password; nobody should get that by mail.",
    "forbidden_character": "{field}: “{value}” has a blank or a character that cannot be in a link ({detail}).",
    "dot_segment": "{field}: “{value}” has “.” or “..” as a part of its path, so it leads elsewhere.",
    "no_amount": "“{value}” is no amount. Write it as 1234.50 or 1,234.50.",
    "negative": "“{value}” is below zero. What a source cost is zero or more.",
    "too_much": "“{value}” is more than anybody spends on a webinar.",
    "too_many_decimals": "“{value}” has more decimals than {detail} has.",
    "other_currency": "“{value}” has another currency's sign; {detail} is picked. Write the number alone.",
    "formula": "{field}: a spreadsheet would run “{value}”, so the file would hold it changed. Use another one.",
    "unknown_currency": "“{value}” is no currency known here. Pick one, such as EUR.",
}


class _Problem(Protocol):
    """`rollcall.problem.Problem` and `contact_file.rows.RowProblem` alike."""

    @property
    def field(self) -> str: ...
    @property
    def code(self) -> str: ...
    @property
    def value(self) -> str: ...
    @property
    def detail(self) -> str: ...


def problem(one: _Problem) -> str:
    """What is wrong with one field, in a sentence that quotes what was typed."""
    return _problem(one.field, one.code, one.value, one.detail)


def stored_problem(one: Mapping[str, str]) -> str:
    """The same for a problem as it is kept with a line of a batch."""
    return _problem(one.get("field", ""), one.get("code", ""), one.get("value", ""), one.get("detail", ""))


def _problem(field: str, code: str, value: str, detail: str) -> str:
    sentence = PROBLEMS.get(code, "{field}: “{value}” cannot be used.")
    name = FIELDS.get(field, field or "A value")
    return sentence.format(field=name, value=value, detail=detail, in_detail=f" ({detail})" if detail else "")


SAVE_AS_CSV = (
    "In Excel: File, Save As, “CSV UTF-8 (comma delimited)”. In Google Sheets: File, Download, Comma-separated values."
    " In Numbers: File, Export To, CSV."
)
KINDS = {
    "xlsx": "an Excel workbook",
    "xls": "an old Excel workbook",
    "ods": "an OpenDocument spreadsheet",
    "numbers": "a Numbers document",
    "docx": "a Word document",
    "pdf": "a PDF",
    "rtf": "formatted text (RTF)",
    "html": "a web page",
    "xml": "XML",
    "json": "JSON",
    "vcard": "address cards (vCard)",
    "image": "a picture",
    "archive": "a packed archive",
    "utf32": "text in UTF-32",
    "binary": "no text",
    "delimiter": "text whose columns are not parted by commas, semicolons or tabs",
}
FILES = {
    "empty": Wording("The file is empty", "Nothing was imported. Export the list again, with its header row."),
    "too_large": Wording("The file is too large", "Nothing was imported. It may have up to 25 MB: split the list."),
    "not_csv": Wording("This is {kind}, not a CSV", f"Nothing was imported. Save the list as CSV: {SAVE_AS_CSV}"),
    "undecodable": Wording(
        "Some characters cannot be read ({detail})",
        f"Nothing was imported, so that no name is sent garbled. Save the list as UTF-8: {SAVE_AS_CSV}",
    ),
    "no_header": Wording(
        "The first row names no columns",
        "Nothing was imported. Put names such as “First name”, “Last name” and “Email” above the people.",
    ),
    "no_rows": Wording("There is nobody in the list", "The file has a header and no row below it."),
    "too_many_rows": Wording("The list is too long", "Nothing was imported. A file may have {detail} rows: split it."),
    "too_many_columns": Wording(
        "The list has too many columns", "Nothing was imported. {detail} columns: leave out those you do not need."
    ),
    "unclosed_quote": Wording(
        "A quotation mark is not closed ({detail})",
        "Nothing was imported, because everything after it would end up in one cell. Put it right there, then again.",
    ),
}


def file(code: str, detail: str = "") -> Wording:
    """Why a whole file cannot be read, and how to save one that can."""
    found = FILES.get(code, Wording("The file cannot be read", f"Nothing was imported. {SAVE_AS_CSV}"))
    words = {"kind": KINDS.get(detail, "another kind of file"), "detail": detail}
    return Wording(found.title.format(**words), found.text.format(**words))


# ---------------------------------------------------------------- what RingCentral did with one person

ACTIONS = {
    "invalid": Wording("RingCentral refused what was entered", "Nobody was registered. Put it right, then again."),
    "closed": Wording("Registration for this session is closed", "Nobody was registered. Open it, then try again."),
    "off": Wording(
        "Nobody registers for this webinar", "It is an all-hands webinar: everybody joins by one link. Nobody was sent."
    ),
    "full": Wording(
        "This session is full", "Nobody was registered. Raise its limit of registrants in RingCentral, then try again."
    ),
    "session_over": Wording("This session is over", "RingCentral takes no changes to its list any more."),
    "no_right": Wording(
        "RingCentral does not let this user do that",
        "Nobody was registered. The user needs the right to edit this webinar; its host or an administrator gives it.",
    ),
    "session_gone": Wording(
        "RingCentral does not know this session any more", "It was probably deleted. Pick another session."
    ),
    "conflict": Wording(
        "RingCentral reports a conflict but does not list the person",
        "Nothing more was sent. Look for the person in RingCentral, then try again.",
    ),
    "gave_up": Wording(
        "RingCentral failed on this person every time",
        "It was tried several times, and its list shows that nobody was registered. Try again later, or look for "
        "what is unusual about the entry.",
    ),
    "links_refused": Wording(
        "RingCentral refused the own links", "Nobody was registered. Try again without own join and cancel links."
    ),
    "timeout": Wording("RingCentral did not answer in time", "Its list is checked before anything is sent again."),
    "server_error": Wording("RingCentral had a fault", "Its list is checked before anything is sent again."),
    "interrupted": Wording(
        "Rollcall was stopped while this was being sent", "RingCentral's list is checked before anything is sent again."
    ),
    "unreadable": Wording(
        "RingCentral's answer could not be read", "It did take the call; its list is read to see what it made."
    ),
    "connection_lost": Wording(
        "The connection broke while waiting for the answer",
        "RingCentral's list is checked before anything is sent again.",
    ),
    "refused": Wording("RingCentral refused this", "Nobody was registered. Trying again may give the same answer."),
    "delete_refused": Wording(
        "RingCentral refused to cancel this registration", "The person is still registered. Cancel it in RingCentral."
    ),
}


NO_REASON = re.compile(r"HTTP \d{3}")  # what the client says when an answer had no words


def action(code: str | None, message: str | None = None, parameter: str | None = None) -> Wording:
    """Why a person was refused, or is not confirmed yet: in RingCentral's words, and what follows.

    Args:
        message: RingCentral's own words, quoted as they are.
        parameter: the field it complains about, by RingCentral's name.
    """
    found = ACTIONS.get(code or "refused", ACTIONS["refused"])
    field = f" (field {parameter})" if parameter else ""
    if message and NO_REASON.fullmatch(message):
        return Wording(found.title, f"RingCentral gives no reason ({message}). {found.text}")
    says = f"RingCentral says{field}: “{message}” " if message else ""
    return Wording(found.title, says + found.text)


# ---------------------------------------------------------------- why an import waits

PAUSES = {
    Pause.BY_HAND: Wording("Paused", "Nothing is lost: {people} wait. Resume when you are ready."),
    Pause.CLOSED: Wording(
        "Registration for this session is closed",
        "Nothing is lost: {people} wait. Open registration in RingCentral, then resume.",
    ),
    Pause.OFF: Wording(
        "Nobody registers for this webinar",
        "Nothing is lost: {people} wait. It is an all-hands webinar: switch registration on, then resume.",
    ),
    Pause.FULL: Wording(
        "This session is full",
        "Nothing is lost: {people} wait. Raise its limit of registrants in RingCentral, then resume.",
    ),
    Pause.SESSION_OVER: Wording(
        "This session is over", "RingCentral registers nobody any more. {people} were not sent; stop the import."
    ),
    Pause.SESSION_GONE: Wording(
        "RingCentral does not know this session any more",
        "It was probably deleted. {people} were not sent: import the list for another session, and stop this one.",
    ),
    Pause.NO_RIGHT: Wording(
        "RingCentral does not let this user register people here",
        "Nothing is lost: {people} wait. The webinar's host or an administrator can give the right; then resume.",
    ),
    Pause.LINKS_REFUSED: Wording(
        "RingCentral refused your own links",
        "Nothing is lost: {people} wait. Send them with RingCentral's links instead, or stop.",
    ),
}


def pause(reason: str | None, waiting: int) -> Wording:
    """Why a batch is paused, with how many people wait in it."""
    known = PAUSES[Pause(reason)] if reason in set(Pause) else PAUSES[Pause.BY_HAND]
    people = "1 person" if waiting == 1 else f"{number(waiting)} people"
    return Wording(known.title, known.text.format(people=people))


# ---------------------------------------------------------------- the connection as a whole

STOPS = {
    "sign_in_refused": Wording(
        "RingCentral refused the sign-in",
        "Nothing leaves until this is put right, and nothing is lost. Check client ID, secret and JWT in .env; a JWT "
        "may have expired or been made for another app. Then start Rollcall again.",
    ),
    "signed_out_twice": Wording(
        "RingCentral signed us out twice in a row",
        "Nothing leaves until somebody looks, and nothing is lost. The app or the user may have been disabled.",
    ),
}
TROUBLES = {
    "unreachable": Wording(
        "RingCentral cannot be reached since {since}",
        "Is this computer online? Nothing is lost; it goes on by itself as soon as there is a connection.",
    ),
    "disk": Wording(
        "Nothing can be written down since {since}",
        "The disk may be full. Nothing leaves before it is written down, and nothing is lost. Make room; it goes on by "
        "itself.",
    ),
    "sign_in_waits": Wording(
        "Signing in has to wait since {since}",
        "RingCentral allows five sign-ins a minute. Nothing is lost; it goes on by itself.",
    ),
    "server_error": Wording(
        "RingCentral has faults since {since}", "Nothing is lost; it is tried again by itself, more and more rarely."
    ),
}
WRONG_ADDRESS = "Is RC_SERVER_URL right? "
READING_WAITS = "This is read as soon as RingCentral can be reached again."
READING_STOPPED = "Nothing can be read until what stands at the top is put right."
READ_ONLY = Wording(
    "You can look, but not register or cancel",
    "The RingCentral app was not granted EditWebinars. Whoever manages it in the RingCentral Developer Console can add "
    "that scope; then start Rollcall again.",
)
PENALTY = (
    "RingCentral lets this account make {limit} calls {window}; somebody else is using them too. Going on at {until}."
)
PAGE_FAILED = Wording(
    "This page could not be shown",
    "Nothing is lost: what was sent stays sent, and what waits goes on. Reload the page; if it comes back, the log of "
    "Rollcall names the place.",
)


def stop(reason: str, detail: str | None) -> Wording:
    """Why nothing leaves any more until somebody acts."""
    known = STOPS.get(reason, Wording("The connection is stopped", "Nothing leaves, and nothing is lost."))
    return Wording(known.title, known.text + (f" RingCentral says: “{detail}”" if detail else ""))


def trouble(code: str, since: str, *, is_live: bool = True) -> Wording:
    """What is wrong in passing, and since when; the demo has no address that could be wrong."""
    known = TROUBLES.get(code, TROUBLES["server_error"])
    asks = WRONG_ADDRESS if code == "unreachable" and is_live else ""
    return Wording(known.title.format(since=since), f"{asks}{known.text}")


# ---------------------------------------------------------------- sessions and what is known of RingCentral

REGISTRATION = {
    RegistrationStatus.CLOSED: Wording(
        "Registration is closed", "Nobody can be registered. Open it in RingCentral, then read it again."
    ),
    RegistrationStatus.OFF: Wording(
        "Nobody registers for this webinar",
        "It is an all-hands webinar: everybody joins by one link. To register people, switch registration on in "
        "RingCentral, or pick another session.",
    ),
    RegistrationStatus.GONE: Wording(
        "RingCentral does not know this session any more", "It was probably deleted. Pick another session."
    ),
    RegistrationStatus.NO_RIGHT: Wording(
        "RingCentral does not show this user the registration",
        "The user is not its host. The host or an administrator can give the right to edit this webinar.",
    ),
}
NO_SESSIONS = Wording(
    "RingCentral shows no webinar for this user",
    "Create one in RingCentral, or ask its host to make this user a co-host; then look again.",
)
NONE_COMES = Wording(
    "No webinar comes next", "The past ones are in the search at the side. Create one in RingCentral, then look again."
)
FULL = Wording("Registration is full", "It closes by itself at {limit}. Raise the limit in RingCentral.")

QUESTIONS = {
    Name.OWN_LINKS: "whether it keeps own links",
    Name.SECOND_EMAIL: "whether it refuses a second registration with the same email",
    Name.RATE_HEADERS: "whether it says how many calls are left",
    Name.COMPANY_LISTS: "whether it shows the whole company's webinars",
}
CAPABILITIES = {
    (Name.OWN_LINKS, "kept"): "keeps own join and cancel links",
    (Name.OWN_LINKS, "replaced"): "replaces own links by its own",
    (Name.OWN_LINKS, "refused"): "refuses own links",
    (Name.SECOND_EMAIL, "refused"): "refuses a second registration with the same email",
    (Name.SECOND_EMAIL, "accepted"): "accepts a second registration with the same email",
    (Name.RATE_HEADERS, "yes"): "says how many calls are left",
    (Name.RATE_HEADERS, "no"): "does not say how many calls are left",
    (Name.COMPANY_LISTS, "yes"): "shows the webinars of the whole company",
    (Name.COMPANY_LISTS, "no"): "shows this user's own webinars only",
}


def reading_failed(code: str | None, message: str | None) -> str:
    """Why a list could not be read, after the words "could not be read"."""
    known = {
        "OutcomeUnknown": "RingCentral did not answer",
        "CarriedOutUnreadable": "RingCentral's answer was cut off",
        "Forbidden": "RingCentral does not let this user see it",
        "Gone": "RingCentral does not know it any more",
    }.get(code or "")
    return known or (f"RingCentral says: “{message}”" if message else "RingCentral had a fault")


# ---------------------------------------------------------------- sources

# Why two spellings are suggested as one; {mine} and {yours} are the words that differ.
SOURCE_REASONS = {
    Reason.SPACES: "only blanks differ",
    Reason.CASE: "only capital letters differ",
    Reason.SEPARATORS: "only what stands between the words differs",
    Reason.LINK: "copied out of a link (utm)",
    Reason.PLURAL: "“{mine}” and “{yours}” differ by an s",
    Reason.SLIP: "“{mine}” looks like a slip for “{yours}”",
}
COUNTING_ONLY = (
    "What is decided here is about counting alone: nothing is sent, what RingCentral has stays as it is, and "
    "everything can be undone."
)
COUNTING_READ_ONLY = " Although Rollcall may only read at RingCentral, you can decide all of it."


def source_reason(one: Suggestion) -> str:
    """Why a spelling is suggested to count as another. Holds foreign text."""
    mine, yours = one.words
    return SOURCE_REASONS[one.reason].format(mine=mine, yours=yours)


# ---------------------------------------------------------------- lists and files for the CRM

NOT_THE_HOST = Wording(
    "How long people stayed is not available",
    "RingCentral shows that to the host of the webinar only. Who attended is known from the list of registrants; who "
    "joined late, left early or stayed for how long cannot be told.",
)
NOT_READ_WHO_CAME = Wording(
    "Who came was not read yet",
    "Until it is, nobody can be called absent, and how long people stayed is not known. Refresh reads it.",
)
WAITS = {
    Wait.BEGIN: "known once the session has begun",
    Wait.END: "known after the end of the session",
    Wait.START: "as far as RingCentral's list says, this session never started",
    Wait.READING: "known as soon as who came is read",
    Wait.HISTORY: "known as soon as the registrants of an earlier session are read",
}
UNKNOWN = {
    ParticipantsRead.YES: "RingCentral does not say when they joined or left, or when the broadcast began and ended",
    ParticipantsRead.NO: "who came was not read yet",
    ParticipantsRead.FORBIDDEN: "RingCentral shows minutes to the host of the webinar only",
}
PERSONAL_DATA = (
    "The file holds names and addresses of people. Keep it where only those can read it who need it, and delete it "
    "when the CRM has it. That it was taken is noted in Rollcall's journal: which list and how many, nobody's name."
)
CAMPAIGN_IDS = {
    "ruined": "This was a campaign's id until a spreadsheet made a number of it. Copy it from Salesforce again.",
    "not_an_id": "A campaign's id has 15 or 18 letters and digits. It stands in the address of the campaign's page.",
    "wrong_kind": "This is an id of something else: a campaign's begins with 701.",
    "wrong_checksum": "This id is mistyped: its last three characters do not fit the others.",
}
STATUS_FIELDS = {
    "attended": "Attended",
    "absent": "Absent",
    "cancelled": "Cancelled",
    "not_yet_known": "Not yet known",
    "on_demand": "On demand",
    "contact_key": "Key of the contact's id",
    "lead_key": "Key of the lead's id",
}


def lost_history(read: int, unread: int) -> str:
    """That some earlier sessions do not tell who was there."""
    return (
        f"Of {number(read)} earlier sessions the registrants are known, of {number(unread)} they were never read: "
        "somebody called new may have been there."
    )


def status_problem(one: _Problem) -> str:
    """What is wrong with a CRM's status or key as it was typed."""
    field = STATUS_FIELDS.get(one.field, one.field)
    return PROBLEMS[one.code].format(field=field, value=one.value, detail=one.detail, in_detail="")
