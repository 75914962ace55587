"""The demo's webinars: past, live and coming, with registrants and attendance that look like the real thing.

Everything is relative to the moment of the first start and decided by a seed; `story` keeps it around the day.
"""

import json
import sqlite3
from datetime import datetime
from hashlib import blake2b
from random import Random

from rollcall.simulator.demo_names import Somebody, invent
from rollcall.simulator.demo_plans import PLANS, SOURCES, Keys, Plan, Source, session_id, start_of
from rollcall.simulator.hosts import EMAILS, NAMES
from rollcall.simulator.sessions import WebinarSession, insert_session

DAY = 86_400.0
LAST_WEEK_SHARE = 0.58  # of the registrations come in the seven days before the session
PEOPLE = 1_600  # invented; the webinars share them, so that somebody comes back
REGULARS, REGULAR_SHARE = 400, 0.35  # of these people comes so much of every webinar's list
LOYALTY = (1.6, 1.2, 1.0, 0.8, 0.4)  # times as likely to come, by the person
MISSPELT = 0.25  # of a source's registrations, where it has other spellings
CALLERS = 4  # who came by telephone: no address and no registrant
WALK_IN = "walk-ins.example.net"
NEVER = 4_102_444_800.0  # the year 2100, when somebody leaves of whom RingCentral tells no leave time
CANCELLED_EVERY = 600.0  # seconds, about
CONTENTS = ("carousel-2", "video-15s", "footer-link", "sidebar")
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def build(db: sqlite3.Connection, *, now: datetime, seed: int) -> None:
    """Fill an empty world."""
    people = invent(PEOPLE, Random(seed))
    for number, plan in enumerate(PLANS):
        rng = Random(f"{seed}/{number}")  # each webinar's own, so that another one changes none
        session = _session(plan, number, now)
        insert_session(db, session)
        _add_panel(db, session, plan)
        _add_registrants(db, session, plan, people, now.timestamp(), rng)
        if plan.has_strays:
            _add_strays(db, session)
        _announce_cancellations(db, session, plan, now.timestamp(), rng)


def _session(plan: Plan, number: int, now: datetime) -> WebinarSession:
    starts_at = start_of(plan, now).timestamp()
    ended_at = starts_at + plan.minutes * 60 + (number % 3) * 95.0
    return WebinarSession(
        id=session_id(number),
        webinar_id=str(731_550_200 + 13 * number),
        host_id=plan.host,
        title=plan.title,
        description=plan.description,
        time_zone=plan.zone,
        starts_at=starts_at,
        seconds=plan.minutes * 60,
        started_at=starts_at + (number % 3) * 40.0,
        ended_at=ended_at,
        created_at=starts_at - (plan.announced + 3) * DAY,
        registration_enabled=plan.registration_enabled,
        registration_status=plan.status,
        status_set_at=ended_at + DAY if plan.on_demand else 0.0,
        settings=plan.settings,
    )


def _add_panel(db: sqlite3.Connection, session: WebinarSession, plan: Plan) -> None:
    """The invited panel, and all of it and the host among the participants of what has begun (times may lie ahead)."""
    first_name, last_name = NAMES[plan.host]
    _add_participant(
        db, session, "Host", first_name, last_name, EMAILS[plan.host], (-600.0, 60.0), invitee_id=f"1{session.id}"
    )
    for role, first_name, last_name in plan.panel:
        email = f"{first_name[0].lower()}.panel{session.id}@demo.example.com"
        email = email if email.isascii() else f"panel{session.id}@demo.example.com"
        cursor = db.execute(
            "INSERT INTO invitee (session_id, role, first_name, last_name, email, job_title, linked_user, type,"
            " send_invite, created_at, changed_at) VALUES (?, ?, ?, ?, ?, NULL, NULL, 'User', 1, ?, ?)",
            (session.id, role, first_name, last_name, email, session.created_at, session.created_at),
        )
        _add_participant(
            db, session, role, first_name, last_name, email, (-420.0, 30.0), invitee_id=str(cursor.lastrowid)
        )


def _add_participant(
    db: sqlite3.Connection, session: WebinarSession, role: str, first_name: str, last_name: str, email: str,
    around: tuple[float, float], *, invitee_id: str | None = None,
) -> None:  # fmt: skip
    """Somebody who did not register, in the room so many seconds around the session."""
    db.execute(
        "INSERT INTO participant (session_id, role, first_name, last_name, email, joined_at, left_at, user_hash,"
        " invitee_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (session.id, role, first_name, last_name, email, session.started_at + around[0],
         session.ended_at + around[1], _hash(email or f"{session.id} {last_name}"), invitee_id),
    )  # fmt: skip


def _add_registrants(
    db: sqlite3.Connection, session: WebinarSession, plan: Plan, people: list[Somebody], now: float, rng: Random
) -> None:
    """Registrants in the order of their registration, those for the recording last. Their attendance may lie ahead."""
    chosen = _chosen(people, plan.registrants + plan.on_demand, rng)
    until = min(now, session.starts_at + 600)
    times = _registration_times(plan, session, until, rng)
    after = [session.ended_at + DAY + rng.random() * (now - session.ended_at - DAY) for _ in range(plan.on_demand)]
    sources = _sources(len(chosen), rng)
    for somebody, source, at in zip(chosen, sources, times + sorted(after), strict=True):
        registrant_id = _add_registrant(db, session, somebody, source, at, rng)
        comes = source.attendance * plan.appeal * LOYALTY[somebody.number % len(LOYALTY)]
        is_attending = at < session.ended_at and rng.random() < comes
        if is_attending:
            _attend(db, session, somebody, registrant_id, at, rng)


def _chosen(people: list[Somebody], count: int, rng: Random) -> list[Somebody]:
    """Who registers: so many of those who keep coming back, the others from everybody else."""
    returning = rng.sample(people[:REGULARS], min(round(count * REGULAR_SHARE), REGULARS))
    chosen = returning + rng.sample(people[REGULARS:], count - len(returning))
    rng.shuffle(chosen)
    return chosen


def _registration_times(plan: Plan, session: WebinarSession, until: float, rng: Random) -> list[float]:
    """Sorted: 58 % in the last week before the session, the others since it was announced; none after `until`."""
    late = round(plan.registrants * LAST_WEEK_SHARE)
    week, first = session.starts_at - 7 * DAY, session.starts_at - plan.announced * DAY
    if until <= week:
        late = 0
    times = [week + (until - week) * rng.random() ** 0.8 for _ in range(late)]
    times += [first + (min(week, until) - first) * rng.random() ** 0.7 for _ in range(plan.registrants - late)]
    return sorted(times)


def _sources(count: int, rng: Random) -> list[Source]:
    return rng.choices(SOURCES, [source.weight for source in SOURCES], k=count)


def _add_registrant(
    db: sqlite3.Connection, session: WebinarSession, somebody: Somebody, source: Source, at: float, rng: Random
) -> int:
    external_id = _external_id(somebody, source.keys, rng)
    name = rng.choice(source.spellings) if source.spellings and rng.random() < MISSPELT else source.name
    answer = json.dumps([{"questionId": "team-size", "answerText": rng.choice(("1-10", "11-50", "51-250", "250+"))}])
    cursor = db.execute(
        "INSERT INTO registrant (session_id, email_key, first_name, last_name, email, external_id, source,"
        " questionnaire, registered_at, created_at, listed_at, post_webinar)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (session.id, somebody.email.casefold(), somebody.first_name, somebody.last_name, somebody.email, external_id,
         name, answer if rng.random() < 0.25 else None, at, at + 0.4, at, int(at > session.ended_at)),
    )  # fmt: skip
    assert cursor.lastrowid is not None  # noqa: S101
    return cursor.lastrowid


def _external_id(somebody: Somebody, keys: Keys, rng: Random) -> str | None:
    """What the link they came by said about them."""
    match keys:
        case Keys.LEAD:
            return f"lid={somebody.number}&oid={somebody.company}"
        case Keys.CONTACT:
            return f"cid=0035g00000{_base62(somebody.number)}&oid={somebody.company}"
        case Keys.PROSPECT:
            return f"lid=00Q5g00000{_base62(somebody.number)}&oid={somebody.company}"
        case Keys.HUBSPOT if rng.random() < 0.45:
            return f"hs_object_id={30_518_000_000 + 7_919 * somebody.number}&utm_content={rng.choice(CONTENTS)}"
        case Keys.BADGE:
            return f"Badge {somebody.number}"
        case _:
            return None


def _base62(number: int) -> str:
    """Five characters as they end the ids of Salesforce, another one for every number."""
    scattered = number * 39_916_801 % 62**5
    return "".join(DIGITS[scattered // 62**place % 62] for place in range(5))


def _attend(
    db: sqlite3.Connection, session: WebinarSession, somebody: Somebody, registrant_id: int, registered_at: float,
    rng: Random,
) -> None:  # fmt: skip
    """One to three stays; the earliest record is the registrant's participant."""
    earliest = max(registered_at - session.started_at + 60, -480.0)
    rows = [
        (session.id, "Attendee", somebody.first_name, somebody.last_name, somebody.email, session.started_at + joined,
         session.started_at + left, _hash(somebody.email), str(registrant_id))
        for joined, left in _stays(session.ended_at - session.started_at, earliest, rng)
    ]  # fmt: skip
    insert = (
        "INSERT INTO participant (session_id, role, first_name, last_name, email, joined_at, left_at, user_hash,"
        " registrant_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
    )
    participant_ids = [str(db.execute(insert, row).lastrowid) for row in rows]
    db.execute(
        "UPDATE registrant SET participant_id = ?, attended_at = ? WHERE id = ?",
        (participant_ids[0], rows[0][5], registrant_id),
    )


def _add_strays(db: sqlite3.Connection, session: WebinarSession) -> None:
    """Participants without a registrant: devices that only a user hash or an address joins to somebody, and callers."""
    copied = (
        "INSERT INTO participant (session_id, role, first_name, last_name, email, joined_at, left_at, user_hash)"
        " SELECT session_id, role, first_name, last_name, {}, joined_at + 240, left_at - 60, {} FROM participant"
        " WHERE session_id = ? AND registrant_id IS NOT NULL AND left_at - joined_at > 1800"
        " ORDER BY id LIMIT 3 OFFSET {}"
    )
    db.execute(copied.format("''", "user_hash", 0), (session.id,))
    db.execute(copied.format("upper(email)", "'device-' || user_hash", 3), (session.id,))
    db.execute(
        "UPDATE participant SET left_at = ? WHERE id = (SELECT id FROM participant WHERE session_id = ?"
        " AND registrant_id IS NOT NULL AND left_at - joined_at > 1800 ORDER BY id LIMIT 1 OFFSET 6)",
        (NEVER, session.id),
    )
    _add_participant(db, session, "Attendee", "Colleague", "of a guest", f"guest@{WALK_IN}", (75.0, -240.0))
    for number in range(1, CALLERS + 1):
        _add_participant(db, session, "Attendee", "Phone", f"caller {number}", "", (number * 45.0, -number * 200.0))


def _announce_cancellations(
    db: sqlite3.Connection, session: WebinarSession, plan: Plan, now: float, rng: Random
) -> None:
    """Some who have not come will cancel while somebody looks at the demo: its lists tell of nobody gone before."""
    rows = db.execute(
        "SELECT id FROM registrant WHERE session_id = ? AND attended_at IS NULL ORDER BY id", (session.id,)
    ).fetchall()
    for place, (registrant_id,) in enumerate(rng.sample(rows, plan.cancel)):
        at = now + CANCELLED_EVERY * (place + rng.uniform(0.6, 1.0))
        db.execute("INSERT INTO cancellation (registrant_id, at) VALUES (?, ?)", (registrant_id, at))


def _stays(length: float, earliest: float, rng: Random) -> list[tuple[float, float]]:
    """When somebody was there, in seconds from the start: most all the time, some late, some leave early."""
    is_late = rng.random() < 0.22
    joined = max(earliest, rng.uniform(120, length * 0.6) if is_late else rng.triangular(-480, 180, -30))
    left = length + rng.uniform(-40, 60) if rng.random() < 0.66 else rng.uniform(max(joined, 0) + 90, length)
    kind = rng.random()
    if kind > 0.16 or left - joined < 900:
        return [(joined, left)]
    if kind > 0.05:  # dropped out and came back
        gone = joined + (left - joined) * rng.uniform(0.3, 0.6)
        return [(joined, gone), (gone + rng.uniform(20, 240), left)]
    second = joined + rng.uniform(30, 300)  # a second device beside the first, and sometimes a third
    devices = [(joined, left), (second, left - rng.uniform(60, 300)), ((second + left) / 2, left)]
    return devices[: rng.choice((2, 2, 3))]


def _hash(email: str) -> str:
    return blake2b(email.encode(), digest_size=8).hexdigest()
