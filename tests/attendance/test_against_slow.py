"""The quick reckoning and the slow one agree to the person, on thousands of random sessions.

Drawn small and tangled on purpose: few ids, users and addresses, so that rejoins, second devices, equal names, missing
and wrong ids meet in one session; wall-clock times in zones on the days their clocks change.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rollcall.attendance.facts import ParticipantsRead, SessionFacts
from rollcall.attendance.matching import Attendance, attendance
from rollcall.attendance.minutes import distribution, joined_late, left_early, presence_curve
from rollcall.attendance.returning import over_sessions
from tests.attendance.examples import a_frame, minutes, reasons, some_facts, standings
from tests.attendance.slow import AParticipant, ARegistrant, Slow, groups

Pick = Callable[[Sequence[Any]], Any]  # one of them
Rows = tuple[list[ARegistrant], list[AParticipant]]

# Local starts around the hours that are skipped or come twice, and ordinary days far from UTC.
STARTS = [
    ("Europe/Berlin", "2026-03-29 01:30"),
    ("Europe/Berlin", "2026-10-25 01:45"),
    ("America/New_York", "2026-11-01 00:50"),
    ("Australia/Lord_Howe", "2026-04-05 01:20"),  # half an hour of summer time
    ("Asia/Kathmandu", "2026-06-01 10:00"),
    ("UTC", "2026-12-31 23:30"),
]
JOINS = [None, -3000, 4000, *range(-20, 100, 5)]  # minutes of wall clock; None: not known
STAYS = [None, -10, 0, 5, 5, 10, 10, 15, 20, 30, 60, 500, 3030]
SECONDS = [0, 0, 0, 0, 1, 59]
IDS, NAMED = ["r0", "r1", "r2", "r3"], ["", "", "", "r0", "r0", "r0", "r0", "r1", "r2", "never-listed"]
HASHES, EMAILS = ["", "h1", "h1", "h2"], ["", "a@x.org", "b@x.org", "c@x.org"]
ROLES = ["Attendee", "Attendee", "Attendee", "Attendee", "", "", "Host", "CoHost", "Panelist"]
NAMES = [("Ada", "Lovelace"), ("Ada", "Lovelace"), ("+49 30", "1234***"), ("", ""), ("١٢٣٤٥", ""), ("12", "34")]
SELDOM = [False, False, False, False, True]


def a_clock(zone: str, local: str) -> Callable[[int | None, int], datetime | None]:
    """Wall-clock times of a place, minutes and seconds after a local time, told in UTC."""

    def moment(offset: int | None, seconds: int = 0) -> datetime | None:
        if offset is None:
            return None
        wall = datetime.fromisoformat(local) + timedelta(minutes=offset, seconds=seconds)
        return wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)

    return moment


def random_facts(pick: Pick, zone: str, local: str) -> SessionFacts:
    """A session before, during and after, with all, some and none of its times known."""
    clock = a_clock(zone, local)
    now = clock(pick([-60, 30, 5000, 5000]), 0)
    assert now is not None
    return SessionFacts(
        session_id="8001",
        title="",
        time_zone=zone,
        starts_at=clock(pick([None, -15, 0]), 0),
        ends_at=clock(pick([None, 60, 90]), 0),
        broadcast_start=clock(pick([None, 0, 0]), pick([0, 30])),
        broadcast_end=clock(pick([None, 60, 60]), pick([0, 1])),
        status=pick(["Finished", "Finished", "Active", "Scheduled", ""]),
        participants_read=pick(list(ParticipantsRead)),
        registrants_read_at=clock(pick([None, 20, 90, 2000]), 0),
        participants_read_at=clock(pick([None, 20, 90, 2000]), 0),
        now=now,
    )


def random_rows(pick: Pick, zone: str, local: str, world: int = 0) -> Rows:
    """Some people; those of another world have no id, user or address in common with them."""
    clock = a_clock(zone, local)

    def of_world(text: str) -> str:
        return text and f"{world}/{text}"

    registrants = [
        ARegistrant(
            of_world(registrant_id),
            email_key=of_world(pick(EMAILS)),
            participant_id=of_world(pick(["", "", "p0", "elsewhere"])),
            post_webinar=pick(SELDOM),
            gone_at=clock(-5, 0) if pick(SELDOM) else None,
        )
        for registrant_id in IDS[: pick([0, 1, 2, 3, 4, 4])]
    ]
    participants = []
    for number in range(pick(range(10))):
        first_name, last_name = pick(NAMES)
        join, stay = pick(JOINS), pick(STAYS)
        participants.append(
            AParticipant(
                of_world(f"p{number}"),
                registrant_id=of_world(pick(NAMED)),
                user_hash=of_world(pick(HASHES)),
                email_key=of_world(pick(EMAILS)),
                role=pick(ROLES),
                original_role=pick(ROLES) if pick(SELDOM) else "",
                joined_at=clock(join, pick(SECONDS)),
                left_at=clock(None if stay is None else (join or 0) + stay, pick(SECONDS)),
                first_name=first_name,
                last_name=last_name,
            )
        )
    return registrants, participants


def quick(facts: SessionFacts, worlds: Sequence[Rows]) -> Attendance:
    return attendance(
        facts,
        a_frame(ARegistrant, [one for registrants, _ in worlds for one in registrants]),
        a_frame(AParticipant, [one for _, participants in worlds for one in participants]),
    )


def moments(frame: pd.DataFrame, column: str) -> dict[str, datetime | None]:
    """registrant_id → moment; None: not known."""
    values = [None if pd.isna(value) else value.to_pydatetime() for value in frame[column]]
    return dict(zip(frame["registrant_id"], values, strict=True))


def joined(parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {key: value for part in parts for key, value in part.items()}


def assert_same_people(found: Attendance, slow: Sequence[Slow]) -> None:
    """Every person's standing, minutes, times, records and devices; every record's owner or reason."""
    people, wanted = found.people.set_index("registrant_id"), joined([one.people for one in slow])
    owners = dict(zip(found.records["participant_id"], found.records["owner"], strict=True))
    assert set(found.on_demand["registrant_id"]) == {key for one in slow for key in one.on_demand}
    assert set(found.panel["participant_id"]) == {key for one in slow for key in one.panel}
    assert reasons(found) == joined([one.unmatched for one in slow])
    assert {record: owner for record, owner in owners.items() if owner} == joined([one.owner for one in slow])
    assert standings(found) == {key: one.standing for key, one in wanted.items()}
    assert minutes(found) == {key: one.minutes for key, one in wanted.items()}
    assert people["records"].to_dict() == {key: one.records for key, one in wanted.items()}
    assert people["devices"].to_dict() == {key: one.devices for key, one in wanted.items()}
    assert moments(found.people, "first_join") == {key: one.first_join for key, one in wanted.items()}
    assert moments(found.people, "last_leave") == {key: one.last_leave for key, one in wanted.items()}


def assert_same_pictures(found: Attendance, slow: Sequence[Slow]) -> None:
    """The curve at half a dozen of its points (the slow way asks everybody at each), the bins, latecomers, leavers."""
    curve, bins = presence_curve(found), distribution(found)
    some = curve.iloc[:: max(len(curve) // 6, 1)]
    assert len(curve) <= 200
    assert list(some["people"]) == [sum(one.present_at(at) for one in slow) for at in some["at"]]
    if len(bins):
        counted = [one.in_bins(int(bins["to_minutes"][0]), len(bins)) for one in slow]
        assert list(bins["people"]) == [sum(column) for column in zip(*counted, strict=True)]
    for frame, sets in (
        (joined_late(found), [one.joined_late(timedelta(minutes=10)) for one in slow]),
        (left_early(found), [one.left_early(timedelta(minutes=10)) for one in slow]),
    ):
        if frame is None:
            assert all(one is None for one in sets)
        else:
            assert set(frame["registrant_id"]) == {key for one in sets if one is not None for key in one}


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.data())
def test_one_session_is_the_same_to_the_person(data: st.DataObject) -> None:
    """Two ways from one definition: a mistake would have to be made twice. Hypothesis makes a failing session small."""

    def pick(options: Sequence[Any]) -> Any:
        return data.draw(st.sampled_from(options))

    place = pick(STARTS)
    facts, rows = random_facts(pick, *place), random_rows(pick, *place)

    found, slow = quick(facts, [rows]), [Slow(facts, *rows)]

    assert_same_people(found, slow)
    assert_same_pictures(found, slow)


@settings(derandomize=True, deadline=None, max_examples=150)
@given(st.integers(0, 2**32))
def test_thousands_of_sessions_are_the_same_to_the_person(seed: int) -> None:
    """150 times 20 sessions. The twenty share their facts and nothing else, so the quick way reckons them in one go,
    which also shows that strangers in one frame never mix."""
    pick = random.Random(seed).choice
    place = pick(STARTS)
    facts = random_facts(pick, *place)
    worlds = [random_rows(pick, *place, world) for world in range(20)]

    found, slow = quick(facts, worlds), [Slow(facts, *rows) for rows in worlds]

    assert_same_people(found, slow)
    assert_same_pictures(found, slow)


SESSIONS = ["s1", "s2", "s3", "s4", "s5"]
HISTORIES = st.lists(
    st.tuples(st.sampled_from(SESSIONS), st.sampled_from(["", *"abcdefgh"]), st.booleans()), max_size=40
)


@settings(derandomize=True, deadline=None, max_examples=150)
@given(HISTORIES, st.integers(1, 5), st.integers(1, 4))
@example([("s1", "a", True), ("s1", "a", False)], 1, 1)
def test_everybody_is_in_the_same_group(rows: list[tuple[str, str, bool]], sessions: int, regular: int) -> None:
    """Whoever is called new or regular is so by the definition, whatever the order of the rows."""
    history = pd.DataFrame(rows, columns=["session_id", "key", "attended"]).astype({"attended": bool})
    order = SESSIONS[:sessions]

    found = over_sessions(history, order, regular=regular)

    assert dict(zip(found.people["key"], found.people["group"], strict=True)) == groups(rows, order, regular)
    assert sum(found.counts.values()) == len(found.people)


@pytest.mark.parametrize("fault", ["hash", "clip"])
def test_a_mistake_would_be_seen(fault: str) -> None:
    """The comparison is no tautology: other facts, other answers."""
    registrants = [ARegistrant("r1")]
    record = AParticipant("p1", "r1", joined_at=some_facts().starts_at, left_at=some_facts().ends_at)
    other = some_facts(broadcast_start=None) if fault == "clip" else some_facts()
    changed = [record] if fault == "clip" else [AParticipant("p1", user_hash="h")]

    found, slow = quick(some_facts(), [(registrants, [record])]), Slow(other, registrants, changed)

    with pytest.raises(AssertionError):
        assert_same_people(found, [slow])
