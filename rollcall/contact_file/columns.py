"""Which column is what: found by the columns' names, and changed by hand.

A name counts only if `aliases` lists it: likeness takes "Email Status" for the address and "Company Name" for a name.
A wrong match registers people wrongly, a missing one is asked for.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as AnyMapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from rollcall.contact_file import aliases
from rollcall.contact_file.table import LIKE_ADDRESS, Table

TARGETS = aliases.TARGETS
REQUIRED = ("first_name", "last_name", "email")
RECEIPT_PREFIX = "rollcall_"  # columns of ours, never matched

_EVIDENCE_ROWS = 500  # rows whose values are looked at
_ADDRESSED = 0.8  # share of filled cells that must be addresses for a column of any name to be the email
_CONTRADICTED = 0.5  # below this share a column named as the email is not it
_SALESFORCE_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")


@dataclass(frozen=True, slots=True)
class Mapping:
    """Where each value of a person comes from. Columns count from 0; None: from nowhere.

    A constant stands in where the column's cell is empty or no column is named. So does a constant key; those that no
    column gives come after the ones from columns.
    """

    first_name: int | None = None
    last_name: int | None = None
    email: int | None = None
    source: int | None = None
    join_uri: int | None = None
    cancellation_uri: int | None = None
    keys: tuple[tuple[int, str], ...] = ()  # column, key in the external ID
    source_constant: str | None = None
    constant_keys: tuple[tuple[str, str], ...] = ()  # key in the external ID, value

    def to_json(self) -> dict[str, Any]:
        """As plain values that JSON can hold."""
        return asdict(self) | {"keys": [*map(list, self.keys)], "constant_keys": [*map(list, self.constant_keys)]}

    @classmethod
    def from_json(cls, plain: AnyMapping[str, Any]) -> "Mapping":
        """What `to_json` gave. Names of a later version are passed over."""
        values = {field.name: plain[field.name] for field in fields(cls) if field.name in plain}
        for name in ("keys", "constant_keys"):
            values[name] = tuple((pair[0], pair[1]) for pair in values.get(name) or ())
        return cls(**values)


def match(table: Table) -> Mapping:
    """Match columns by their names, and the email also by its values. What is not certain stays None."""
    names = [_key(name) for name in table.header]
    found = {target: _only(_best(names, aliases.NAMES[target])) for target in TARGETS}
    for target, name, beside in aliases.PAIRED_NAMES:
        if found[target] is None and any(other in names for other in beside):
            found[target] = _only(_best(names, (name,)))
    found["email"] = _email(table, names)
    taken = set(found.values())
    return Mapping(
        first_name=found["first_name"],
        last_name=found["last_name"],
        email=found["email"],
        source=found["source"],
        join_uri=found["join_uri"],
        cancellation_uri=found["cancellation_uri"],
        keys=tuple(pair for pair in _keys(table, names) if pair[0] not in taken),
    )


def missing(mapping: Mapping) -> list[str]:
    """The required targets that no column gives."""
    return [target for target in REQUIRED if getattr(mapping, target) is None]


def opt_out_columns(table: Table) -> list[int]:
    """Columns that say of at least one row: do not write to this person."""
    return [column for column in range(len(table.header)) if opt_out_cells(table, column)]


def opt_out_cells(table: Table, column: int) -> frozenset[str]:
    """The cells of a column that say: do not write to this person.

    In a column named so, every value but a plain no; in a status column, the values that mean it.
    """
    name = normalised(table.header[column])
    is_named, is_status = aliases.OPT_OUT_WORDS.search(name) is not None, name in aliases.STATUS_NAMES
    if is_ours(table.header[column]) or not (is_named or is_status):
        return frozenset()
    cells = {row.cells[column] for row in table.rows}
    return frozenset(cell for cell in cells if _says_no(normalised(cell), is_named=is_named))


def _says_no(value: str, *, is_named: bool) -> bool:
    return value not in aliases.NO_WISH if is_named else value in aliases.OPT_OUT_VALUES


def is_ours(header: str) -> bool:
    """Whether a receipt of ours has added this column."""
    return header.strip().casefold().startswith(RECEIPT_PREFIX)


def normalised(name: str) -> str:
    """A column's name in lower case, words parted by one space, without punctuation and accents.

    Accents are dropped from Latin letters only: elsewhere they make another letter.
    """
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", unicodedata.normalize("NFKC", name))
    text = re.sub(r"(?<=[A-Za-z])[\u0300-\u036f]+", "", unicodedata.normalize("NFD", text))
    text = unicodedata.normalize("NFC", text).casefold().replace("ł", "l").replace("ø", "o")
    return " ".join(re.sub(r"[\W_]+", " ", text).split())


def _key(header: str) -> str:
    """What a name is looked up by; empty for our own columns, which are never found."""
    if is_ours(header):
        return ""
    return re.sub(r" (required|optional|pflichtfeld|obligatoire)$", "", normalised(header)).replace(" ", "")


def _best(names: Sequence[str], listed: Iterable[str]) -> list[int]:
    """The columns that have the first of the listed names that occurs."""
    for alias in listed:
        if alias in names:
            return [column for column, name in enumerate(names) if name == alias]
    return []


def _only(columns: Iterable[int]) -> int | None:
    """The column, if it is one: two that claim the same are for a person to decide."""
    found = list(columns)
    return found[0] if len(found) == 1 else None


def _email(table: Table, names: Sequence[str]) -> int | None:
    """The column named as the email unless its values contradict, else the only one that holds addresses."""
    shares = [_address_share(table, column) for column in range(len(names))]
    believed = [
        "" if share is not None and share < _CONTRADICTED else name for name, share in zip(names, shares, strict=True)
    ]
    if named := _best(believed, aliases.NAMES["email"]):
        return _only(named)
    return _only(
        column
        for column, share in enumerate(shares)
        if (share or 0) >= _ADDRESSED and not aliases.NOT_THIS_PERSON.search(normalised(table.header[column]))
    )


def _address_share(table: Table, column: int) -> float | None:
    """How many of a column's filled cells look like an address, 0 to 1; None when none is filled."""
    filled = [cell for cell in _values(table, column) if cell.strip()]
    return sum(map(bool, map(LIKE_ADDRESS.fullmatch, filled))) / len(filled) if filled else None


def _keys(table: Table, names: Sequence[str]) -> list[tuple[int, str]]:
    """CRM id columns and their keys, in the order of the columns, no key twice."""
    found = {key: _only(_best(names, listed)) for key, listed in aliases.CRM_KEYS.items()}
    column = _only(_best(names, aliases.SALESFORCE_NAMES))
    if column is not None and (key := _salesforce_key(table, column)) and found.get(key) is None:
        found[key] = column
    return sorted((column, key) for key, column in found.items() if column is not None)


def _salesforce_key(table: Table, column: int) -> str | None:
    """What kind of record a Salesforce id column holds; None unless all of its ids are of one known kind."""
    ids = [cell.strip() for cell in _values(table, column) if cell.strip()]
    kinds = Counter(aliases.SALESFORCE_PREFIXES.get(text[:3].lower(), "") for text in ids)
    if len(kinds) != 1 or not all(map(_SALESFORCE_ID.fullmatch, ids)):
        return None
    return next(iter(kinds)) or None


def _values(table: Table, column: int) -> list[str]:
    return [row.cells[column] for row in table.rows[:_EVIDENCE_ROWS]]
