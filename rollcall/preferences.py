"""What somebody set once for all pages and sessions: the words a CRM has for what became of people, and its id keys.

Kept as a row of `preference` each, by name; what an earlier or later version wrote is read as far as it is understood.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from rollcall.attendance.exports import marketo, salesforce
from rollcall.attendance.exports.statuses import Statuses
from rollcall.contact_file.receipt import safe_cell
from rollcall.person import tidy
from rollcall.problem import Problem, shown, too_long
from rollcall.store.database import upsert
from rollcall.store.tables import Preference

STATUS_LENGTH = 255  # characters; ours, where the CRM documents none
KEY_LENGTH = 64  # characters of an external-ID key; ours


class Crm(StrEnum):
    """Whose statuses they are. `value` is a part of the preference's name."""

    SALESFORCE = "salesforce"
    HUBSPOT = "hubspot"
    MARKETO = "marketo"


DEFAULTS = {
    Crm.SALESFORCE: Statuses(),
    Crm.HUBSPOT: Statuses(),
    Crm.MARKETO: marketo.DEFAULT_STATUSES,
}
LENGTHS = {Crm.SALESFORCE: salesforce.STATUS_LENGTH}
_MAY_LEAVE_OUT = ("absent", "cancelled", "not_yet_known", "on_demand")  # an empty status leaves these people out


@dataclass(frozen=True, slots=True)
class IdKeys:
    """The keys of the external ID that hold a CRM's ids."""

    contact: str = "cid"
    lead: str = "lid"


def statuses(db: Session, connection_id: int, crm: Crm) -> Statuses:
    """The statuses as set, or the defaults."""
    kept = _value(db, connection_id, f"statuses.{crm.value}")
    known = {field.name: kept[field.name] for field in fields(Statuses) if isinstance(kept.get(field.name), str)}
    return Statuses(**{**asdict(DEFAULTS[crm]), **known})


def set_statuses(db: Session, connection_id: int, crm: Crm, words: Statuses, *, now: datetime) -> list[Problem]:
    """Keep the statuses, tidied, or return what is wrong with them; then nothing is kept.

    One that a file would hold with an apostrophe before it would be another status for the CRM.
    """
    tidied = {name: tidy(word) for name, word in asdict(words).items()}
    limit = LENGTHS.get(crm, STATUS_LENGTH)
    problems = [Problem(name, "required") for name, word in tidied.items() if not word and name not in _MAY_LEAVE_OUT]
    problems += [too_long(name, word, limit) for name, word in tidied.items() if len(word) > limit]
    problems += [Problem(name, "formula", shown(word)) for name, word in tidied.items() if safe_cell(word) != word]
    if not problems:
        _keep(db, connection_id, f"statuses.{crm.value}", tidied, now=now)
    return problems


def id_keys(db: Session, connection_id: int) -> IdKeys:
    """Salesforce's keys as set, or the defaults."""
    kept = _value(db, connection_id, "id_keys.salesforce")
    known = {field.name: kept[field.name] for field in fields(IdKeys) if isinstance(kept.get(field.name), str)}
    return IdKeys(**known)


def set_id_keys(db: Session, connection_id: int, keys: IdKeys, *, now: datetime) -> list[Problem]:
    """Keep the keys, tidied, or return what is wrong with them; then nothing is kept."""
    tidied = {f"{name}_key": tidy(key) for name, key in asdict(keys).items()}
    problems = [Problem(name, "required") for name, key in tidied.items() if not key]
    problems += [too_long(name, key, KEY_LENGTH) for name, key in tidied.items() if len(key) > KEY_LENGTH]
    if tidied["contact_key"] and tidied["contact_key"] == tidied["lead_key"]:
        problems.append(Problem("lead_key", "duplicate_key", tidied["lead_key"]))
    if not problems:
        value = {"contact": tidied["contact_key"], "lead": tidied["lead_key"]}
        _keep(db, connection_id, "id_keys.salesforce", value, now=now)
    return problems


def _value(db: Session, connection_id: int, name: str) -> dict[str, Any]:
    found = db.get(Preference, (connection_id, name))
    return found.value if found is not None and isinstance(found.value, dict) else {}


def _keep(db: Session, connection_id: int, name: str, value: dict[str, Any], *, now: datetime) -> None:
    row = {"connection_id": connection_id, "name": name, "value": value, "changed_at": now}
    upsert(db, Preference, [row], key=("connection_id", "name"))
