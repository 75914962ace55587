"""What is wrong with a value somebody gave us, as a fact; the sentence about it stands in `components/wording.py`.

Every code there is, with what `value` and `detail` hold beside it; a bare code has neither:

any text     required
             too_long              value: its beginning; detail: "65 of 64"
             not_text              half a surrogate pair, which no encoding can carry; detail: "row 2"
email        no_at                 value: the address, here and below
             no_ending             the domain has no dot
             reserved_domain       .test, .local, .invalid …, where nobody is; detail: the domain
             local_not_ascii       before the @; detail: the characters that are not
             not_an_address        any other reason; detail: email-validator's words (English)
status       formula               a spreadsheet would run it, so the file would hold it with an apostrophe
external_id  empty_key             value: the value without a key; detail: "row 2"
             duplicate_key         value: the key; detail: "row 2"
template     unknown_placeholder   value: "{foo}"
             placeholder_in_host   it could change where the link leads; value: "{ref}"
             stray_brace           value: the template
             missing_key           {key:lid}, and this person's external ID has no lid; value: "lid"
any link     too_short             value: the link, here and below; detail: "4 of 5"
             not_http              begins with neither http:// nor https://
             no_host               no proper host name
             bad_port
             credentials           a user name or password before the host
             forbidden_character   a blank, a control, an invisible mark or one of <>"\\; detail: "U+0020"
             dot_segment           a "." or ".." as a part of the path
amount       no_amount             not a number; value: what was typed, here and below
             negative
             too_much              more than anybody spends
             too_many_decimals     detail: the currency
             other_currency        the sign is another currency's; detail: the currency
currency     unknown_currency
"""

import dataclasses
from dataclasses import dataclass

SHOWN = 120  # characters of an offending value that are kept


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with one field. Its repr holds no person's data."""

    field: str
    code: str
    value: str = dataclasses.field(default="", repr=False)
    detail: str = dataclasses.field(default="", repr=False)


def shown(value: str) -> str:
    """As much of an offending value as is worth keeping."""
    return value if len(value) <= SHOWN else value[: SHOWN - 1] + "…"


def too_long(field: str, value: str, limit: int) -> Problem:
    """The problem of a value with more than `limit` characters."""
    return Problem(field, "too_long", shown(value), f"{len(value)} of {limit}")
