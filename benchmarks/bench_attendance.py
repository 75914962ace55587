"""Attendance: the pages over large sessions and many, the metrics beside pandas, a lead list, and calls per session.

Run from the project's folder: `python -m benchmarks.bench_attendance`; `--only pages` (or metrics, list, calls) for a
part. Pages are measured as `bench_pages` does, in processor time; the others are ratios within this run, or
counted.
"""

from __future__ import annotations

import argparse
import csv
import io
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from math import ceil

import pandas as pd

from benchmarks import attended
from benchmarks.bench_contact_file import HEADER, contact
from benchmarks.bench_pages import View, close_side_door, measure, opened
from benchmarks.database import sqlite_store
from benchmarks.report import Measured, at_most, fact, finish
from benchmarks.rig import SESSION, Pace, Rig, rig
from rollcall import connections, settings, wiring
from rollcall.attendance import counting, follow_up, frames, invited, minutes, reckoning, sources
from rollcall.attendance.invited import Identity
from rollcall.attendance.matching import attendance
from rollcall.contact_file import table
from rollcall.outbox.states import Lane
from rollcall.ringcentral import limits
from rollcall.roster import readings
from rollcall.roster.readings import What
from rollcall.simulator import Group, Person
from rollcall.store.database import Store
from rollcall.store.tables import Connection

ROUNDS = 9
EMAIL, LEAD_ID = HEADER.index("Email"), HEADER.index("Lead ID")
LARGEST, LARGE, RECORDS = 50_000, 10_000, 8_000
SESSIONS, EACH, EACH_RECORDS = 200, 2_000, 900
LEADS = 50_000
LISTED, THERE = 2_500, 1_800  # registrants and participants of the session whose calls are counted
SEARCHES = ("", "lee 4711", "corp12.example", "campaign 7", "lid=31337", "oid=12", "nobody at all")


# ---------------------------------------------------------------- pages


def pages(reruns: int) -> Iterator[Measured]:
    """The three pages of the table, on one store that holds all of it."""
    close_side_door()
    with tempfile.TemporaryDirectory(prefix="rollcall-bench-") as folder:
        here = wiring.build(settings.load({"ROLLCALL_DATA_DIR": folder}, None), now=lambda: datetime.now(UTC))
        wiring.use(here)
        try:
            yield from _measured_pages(here, reruns)
        finally:
            wiring.use(None)
            here.store.close()


def _measured_pages(here: wiring.Rollcall, reruns: int) -> Iterator[Measured]:
    now = here.now()
    with here.store.write() as db:
        scopes = ("ReadWebinars", "EditWebinars")
        connections.signed_in(db, here.connection_id, owner_id="1", account_id="1", scopes=scopes, now=now)
    _fill_many(here, range(SESSIONS // 2))
    half = [_reruns(view, reruns) for view in _compare_views()]
    _fill_many(here, range(SESSIONS // 2, SESSIONS))
    for view, before in zip(_compare_views(), half, strict=True):
        whole = _reruns(view, reruns)
        yield at_most(view.name, statistics.median(whole), view.goal, "ms")
        if "all" not in view.name:  # the quickest of each, because a busy machine slows one of them more
            growth = min(whole) / min(before)
            yield at_most(f"  beside it with {SESSIONS // 2} sessions stored, times", growth, 1.3, "")
    older = now - timedelta(days=2)
    for session_id, people in (("9001", LARGE), ("9002", LARGEST)):
        attended.fill(
            here.store, here.connection_id, session_id, registrants=people, participants=RECORDS, ended_at=older
        )
    name = f"Attendance, {LARGE:,} registrants, {RECORDS:,} records"
    query = {"session": "9001"}
    yield from measure(View(name, "pages/attendance.py", query), reruns)
    nothing_kept = View(f"{name}, reckoned and drawn anew", "pages/attendance.py", query, has_goal=False, is_cold=True)
    yield from measure(nothing_kept, reruns)
    for typed in SEARCHES:
        view = View(
            f"Registrants, {LARGEST:,}, search “{typed}”", "pages/registrants.py", {"session": "9002"},
            state={"registrants_typed_9002": typed},
        )  # fmt: skip
        yield from measure(view, reruns)


def _compare_views() -> list[View]:
    """What the page shows at first, and everything it can show."""
    latest = [
        View(f"Compare, latest 8 of {SESSIONS}: {tab}", "pages/compare.py", {}, state={"compare_tab": tab}, goal=700.0)
        for tab in ("Sessions", "Sources", "People")
    ]
    every = [
        View(
            f"Compare, all {SESSIONS} × {EACH:,}: {tab}", "pages/compare.py", {}, goal=700.0,
            state={"compare_span": "all", "compare_tab": tab},
        )
        for tab in ("Sessions", "Sources", "People")
    ]  # fmt: skip
    return latest + every


def _reruns(view: View, reruns: int) -> list[float]:
    """Milliseconds of processor time of each rerun."""
    app = opened(view)
    return [1000 * _took(app.run) for _ in range(reruns)]


def _fill_many(here: wiring.Rollcall, numbers: range) -> None:
    """Sessions a day apart, the last of them three days ago, and their tallies as the worker keeps them."""
    latest = here.now() - timedelta(days=3)
    for number in numbers:
        ended_at = latest - timedelta(days=SESSIONS - number)
        attended.fill(
            here.store, here.connection_id, str(10_000 + number), registrants=EACH, participants=EACH_RECORDS,
            ended_at=ended_at,
        )  # fmt: skip
    made = 1
    while made:
        made = counting.bring_up_to_date(here.store, here.connection_id, now=here.now()).made


# ---------------------------------------------------------------- metrics beside pandas


def metrics() -> Iterator[Measured]:
    """Ours and the same grouping by hand, in turns, on the same frames."""
    now = datetime.now(UTC)
    with sqlite_store() as store:
        connection_id = _connection(store, now)
        attended.fill(
            store, connection_id, "9001", registrants=LARGE, participants=RECORDS, ended_at=now - timedelta(days=2)
        )
        with store.read() as db:
            facts = frames.session_facts(db, connection_id, "9001", now=now)
            registrants = frames.registrants(db, connection_id, ["9001"])
            participants = frames.participants(db, connection_id, ["9001"])
        assert facts is not None

        def ours() -> pd.DataFrame:
            found = attendance(facts, registrants, participants)
            minutes.spread(found)
            return sources.by_source(found.people)

        def by_hand() -> pd.DataFrame:
            return _by_hand(registrants, participants, facts.broadcast_start, facts.broadcast_end)

        mine, other = ours().set_index("source"), by_hand()
        assert (mine["attended"].sort_index() == other["attended"].sort_index()).all()
        spent, beside = _in_turns(ours, by_hand)
        yield at_most(f"Metrics of {LARGE:,} registrants, times pandas by hand", spent / beside, 5, "")
        yield fact("  ours", 1000 * spent, "ms")
        yield fact("  by hand", 1000 * beside, "ms")
        yield fact("  from the store, with reading it", 1000 * _spent(lambda: _from_store(store, connection_id)), "ms")


def _from_store(store: Store, connection_id: int) -> None:
    with store.read() as db:
        assert reckoning.of_session(db, connection_id, "9001", now=datetime.now(UTC)) is not None


def _by_hand(
    registrants: pd.DataFrame, participants: pd.DataFrame, begin: datetime | None, end: datetime | None
) -> pd.DataFrame:
    """As one writes it in a notebook: records joined to registrants, minutes summed, people grouped by source."""
    attendees = participants[participants["role"] == "Attendee"]
    joined, left = (
        attendees["joined_at"].clip(lower=begin, upper=end),
        attendees["left_at"].clip(lower=begin, upper=end),
    )
    spent = attendees.assign(minutes=(left - joined).dt.total_seconds() / 60)
    by_person = spent.groupby("registrant_id")["minutes"].sum()
    people = registrants.merge(by_person, how="left", left_on="registrant_id", right_index=True)
    people["attended"] = (people["participant_id"] != "") | people["minutes"].notna()
    people["minutes"].quantile([0.25, 0.5, 0.75])
    grouped = people.groupby("source").agg(registered=("attended", "size"), attended=("attended", "sum"))
    return grouped.assign(rate=grouped["attended"] / grouped["registered"])


def _connection(store: Store, now: datetime) -> int:
    with store.write() as db:
        made = Connection(
            mode="live", server_url="https://example.com", client_id="bench", owner_id="1", credential_hash="bench",
            created_at=now,
        )  # fmt: skip
        db.add(made)
        db.flush()
        return int(made.id)


# ---------------------------------------------------------------- a lead list


def leads() -> Iterator[Measured]:
    """The list read, matched and written out again, beside reading it."""
    now = datetime.now(UTC)
    with sqlite_store() as store:
        connection_id = _connection(store, now)
        attended.fill(
            store, connection_id, "9001", registrants=LARGE, participants=RECORDS, ended_at=now - timedelta(days=2)
        )
        with store.read() as db:
            found = reckoning.of_session(db, connection_id, "9001", now=now)
    assert found is not None
    people, data = follow_up.people_of(found, known_before=None), _lead_file()
    identity = Identity(email=EMAIL, keys=((LEAD_ID, "lid"),))

    def read() -> table.Table:
        return table.read(data)

    def given_back() -> None:
        matched = invited.match(read(), identity, people)
        assert len(invited.annotated(matched, zone="Europe/Berlin").rows) == LEADS

    rows = read()
    spent, beside = _in_turns(given_back, read)
    yield at_most(f"Lead list of {LEADS:,} read, matched, given back: times reading it", spent / beside, 3, "")
    yield fact("  read, matched, given back", 1000 * spent, "ms")
    yield fact("  read", 1000 * beside, "ms")
    yield fact("  matched", 1000 * _spent(lambda: invited.match(rows, identity, people)), "ms")


def _lead_file() -> bytes:
    """An export of 15 columns, as `bench_contact_file` has it, in which one of six has registered."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL)
    writer.writerow(HEADER)
    for number in range(LEADS):
        row = contact(number, "example.com")
        row[EMAIL], row[LEAD_ID] = f"person{number}@corp{number % 997}.example.com", str(number)
        writer.writerow(row)
    return b"\xef\xbb\xbf" + buffer.getvalue().encode()


def _in_turns(one: Callable[[], object], other: Callable[[], object]) -> tuple[float, float]:
    """Median seconds of processor time of both, measured in turns so that a busy machine slows both."""
    one(), other()
    both = [(_took(one), _took(other)) for _ in range(ROUNDS)]
    return statistics.median(first for first, _ in both), statistics.median(second for _, second in both)


def _spent(do: Callable[[], object]) -> float:
    do()
    return statistics.median(_took(do) for _ in range(ROUNDS))


def _took(do: Callable[[], object]) -> float:
    began = time.process_time()
    do()
    return time.process_time() - began


# ---------------------------------------------------------------- calls


def calls() -> Iterator[Measured]:
    """What reaches a simulated RingCentral when somebody asks for a session's two lists."""
    with rig(Pace(limit=1_000, window=60.0)) as one:
        _fill_simulator(one)
        since = one.clock()
        with one.here.store.write() as db:
            for what in (What.REGISTRANTS, What.PARTICIPANTS):
                readings.ask(
                    db, one.here.connection_id, what, SESSION, lane=Lane.CLICK, asked_by="bench", now=one.clock()
                )
        one.here.wake()
        one.await_reading(What.REGISTRANTS, SESSION)
        one.await_reading(What.PARTICIPANTS, SESSION)
        made = [call for call in one.calls(since) if SESSION in call.path and call.group == Group.HEAVY]
    allowed = ceil(LISTED / limits.PER_PAGE) + ceil(THERE / limits.PER_PAGE) + 2
    yield at_most(f"Calls to read {LISTED:,} registrants and {THERE:,} records", len(made), allowed, "calls")


def _fill_simulator(one: Rig) -> None:
    world = one.simulator.world
    world.add_registrants(SESSION, (Person("Ann", f"Lee {n}", f"person{n}@example.com") for n in range(LISTED)))
    joined = one.clock().timestamp() - 600
    with world.transaction() as db:
        db.execute("UPDATE registrant SET registered_at = registered_at - 3600")  # none of them while they are counted
        db.executemany(
            "INSERT INTO participant (session_id, role, first_name, last_name, email, joined_at, left_at, user_hash)"
            " VALUES (?, 'Attendee', 'Ann', ?, ?, ?, ?, ?)",
            [(SESSION, f"Lee {n}", f"person{n}@example.com", joined, joined + 300, f"hash-{n}") for n in range(THERE)],
        )


PARTS: dict[str, Callable[[int], Iterator[Measured]]] = {
    "metrics": lambda _: metrics(),
    "list": lambda _: leads(),
    "calls": lambda _: calls(),
    "pages": pages,
}


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--reruns", type=int, default=9, help="how often each page is run again")
    options.add_argument("--only", choices=[*PARTS], help="one part alone")
    given = options.parse_args()
    finish(*(line for name, part in PARTS.items() if given.only in (None, name) for line in part(given.reruns)))
