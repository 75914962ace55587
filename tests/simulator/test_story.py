"""A demo that is opened on a later day lies around that day again, and nobody in it is lost or doubled."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from rollcall.simulator import Fault, FaultKind, Person, World, start
from rollcall.simulator.sessions import Status, WebinarSession
from tests.simulator.conftest import NINE, OWNER, REGISTRATION, Caller, Clock, a_session

EVENING = NINE.replace(hour=20)
NEXT_MORNING = EVENING + timedelta(hours=11)
IN_A_MONTH = NINE + timedelta(days=30)
IN_NOVEMBER = datetime(2026, 11, 10, 9, 0, tzinfo=UTC)  # the clocks of most zones have changed
UNMOVED = ("subscription", "token", "arrival", "penalty", "fault", "call")


@pytest.fixture
def state_file(tmp_path: Path) -> Path:
    return tmp_path / "simulator.sqlite"


@contextmanager
def opened(state_file: Path, at: datetime) -> Iterator[World]:
    with closing(World(state_file, now=Clock(at))) as world:
        yield world


def everything(world: World) -> list[str]:
    return list(world.db.iterdump())


def told(world: World, now: datetime) -> list[tuple[object, ...]]:
    """When each webinar is and what it is now."""
    at = now.timestamp()
    return [
        (one.id, one.starts_at, one.started_at, one.ended_at, one.created_at, one.status(at), one.is_open(at))
        for one in world.sessions()
    ]


def people_of(world: World) -> dict[int, str]:
    return {one.id: one.email for session in world.sessions() for one in world.registrants(session.id)}


def titled(world: World, beginning: str) -> WebinarSession:
    [found] = [one for one in world.sessions() if one.title.startswith(beginning)]
    return found


@pytest.mark.parametrize(
    "later",
    [NEXT_MORNING, NINE + timedelta(days=1), IN_A_MONTH, IN_A_MONTH.replace(hour=23), IN_NOVEMBER],
    ids=lambda later: f"{later:%d-%b-%Hh}",
)
@pytest.mark.parametrize("first", [NINE, EVENING], ids=["nine", "evening"])
def test_webinars_are_where_a_new_demo_would_have_them(state_file: Path, first: datetime, later: datetime) -> None:
    """Past, live and coming ones, open and closed ones, with the ids they had."""
    with opened(state_file, first):
        pass

    with opened(state_file, later) as reopened, closing(World(now=Clock(later))) as new:
        assert told(reopened, later) == told(new, later)
        assert [one.status(later.timestamp()) for one in reopened.sessions()].count(Status.ACTIVE) == 1


def test_webinars_keep_their_local_time_of_day_when_clocks_change(state_file: Path) -> None:
    """A webinar at 16:00 in Berlin is at 16:00 in Berlin in winter too, an hour later by Greenwich."""
    with opened(state_file, NINE) as world:
        before = {one.id: local(one) for one in world.sessions() if one.status(NINE.timestamp()) is not Status.ACTIVE}
    with opened(state_file, IN_NOVEMBER) as world:
        after = {one.id: local(one) for one in world.sessions() if one.id in before}

    assert {key: one.time() for key, one in after.items()} == {key: one.time() for key, one in before.items()}
    assert {after[key].date() - before[key].date() for key in before} == {IN_NOVEMBER.date() - NINE.date()}
    assert sum(after[key].utcoffset() != before[key].utcoffset() for key in before) == 6


def local(session: WebinarSession) -> datetime:
    return datetime.fromtimestamp(session.starts_at, ZoneInfo(session.time_zone))


@pytest.mark.parametrize("later", [NEXT_MORNING, IN_A_MONTH, IN_NOVEMBER], ids=["morning", "month", "november"])
def test_registrants_and_attendance_move_with_their_webinar(state_file: Path, later: datetime) -> None:
    """The same people came for the same minutes; nobody registered tomorrow or after they came."""
    with opened(state_file, EVENING) as world:
        people, stays = people_of(world), stays_of(world)
    with opened(state_file, later) as world:
        assert people_of(world) == people
        assert stays_of(world) == stays
        for session in world.sessions():
            for one in world.registrants(session.id):
                assert session.created_at < one.registered_at <= one.created_at <= later.timestamp()
                assert one.attended_at is None or one.registered_at < one.attended_at < session.ended_at
                assert bool(one.post_webinar) is (one.registered_at > session.ended_at)


def stays_of(world: World) -> list[tuple[str | int, ...]]:
    """Each participant's stay, and when their registrant came, in tenths of a second from the session's start."""
    return world.db.execute(
        "SELECT participant.id, participant.registrant_id, CAST(round(10 * (joined_at - started_at)) AS INTEGER),"
        " CAST(round(10 * (left_at - started_at)) AS INTEGER),"
        " CAST(round(10 * (attended_at - started_at)) AS INTEGER)"
        " FROM participant JOIN session ON session.id = participant.session_id"
        " LEFT JOIN registrant ON registrant.id = CAST(participant.registrant_id AS INTEGER) ORDER BY participant.id"
    ).fetchall()


def test_registrations_keep_their_days_before_the_webinar(state_file: Path) -> None:
    """The curve that the charts show is the same curve a month later, to the second."""
    with opened(state_file, NINE) as world:
        before = curve(world)
    with opened(state_file, IN_A_MONTH) as world:
        assert curve(world) == before


def curve(world: World) -> list[list[int]]:
    return [
        [round(session.starts_at - one.registered_at) for one in world.registrants(session.id)]
        for session in world.sessions()
    ]


def test_whom_the_marketer_registered_stays_registered_once(state_file: Path) -> None:
    """In the evening, slow to show in lists, and looked for on the next morning."""
    clock = Clock(EVENING)
    first = start(state_file, now=clock, limit=1000)
    caller = Caller(first.url)
    caller.sign_in()
    session = titled(first.world, "Workshop").id
    first.world.set_switches(list_lag=60)
    registered = caller.register("ada@acme.com", session).json()
    caller.close()
    first.stop()
    clock.at = NEXT_MORNING
    second = start(state_file, now=clock, limit=1000)
    again = Caller(second.url)
    again.sign_in()
    listed = again.get(f"{REGISTRATION}/{session}/registrants", perPage="1000").json()["records"]
    repeated = again.register("ada@acme.com", session).status_code
    again.close()
    second.stop()

    [found] = [one for one in listed if one["email"] == "ada@acme.com"]
    assert (found["id"], found["joinUri"]) == (registered["id"], registered["joinUri"])
    assert found["registrationTime"] <= NEXT_MORNING.isoformat()
    assert repeated == 409


def test_a_closed_registration_stays_closed_and_an_opened_one_open(state_file: Path) -> None:
    """What the marketer set for a webinar still holds, on the past one with its recording as on those to come."""
    clock = Clock(EVENING)
    first = start(state_file, now=clock, limit=1000)
    caller = Caller(first.url)
    caller.sign_in()
    changes = {"Contact centre": "Closed", "What 400": "Open", "Customer story": "Closed", "Partner": "Open"}
    sessions = {titled(first.world, beginning).id: status for beginning, status in changes.items()}
    for session, status in sessions.items():
        caller.call("PATCH", f"{REGISTRATION}/{session}", json={"registrationStatus": status})
    caller.close()
    first.stop()

    with opened(state_file, IN_A_MONTH) as world:
        at = IN_A_MONTH.timestamp()
        found = {one.id: "Open" if one.is_open(at) else "Closed" for one in world.sessions() if one.id in sessions}
        changed = [one.changed_at for one in world.sessions()]

    assert found == sessions
    assert max(changed) <= at


def test_the_panel_moves_with_its_webinar(state_file: Path) -> None:
    """Those of the demo as far as it does; whom the marketer invited last evening was not invited this evening."""
    clock = Clock(EVENING)
    first = start(state_file, now=clock, limit=1000)
    caller = Caller(first.url)
    caller.sign_in()
    session = titled(first.world, "Workshop")
    path = f"/webinar/configuration/v1/webinars/{session.webinar_id}/sessions/{session.id}/invitees"
    ada = {"role": "CoHost", "firstName": "Ada", "lastName": "Lovelace", "email": "ada@acme.com"}
    caller.call("PATCH", path, json={"addedInvitees": [ada]})
    before = invited(first.world, session.id)
    caller.close()
    first.stop()

    with opened(state_file, IN_A_MONTH) as world:
        moved = titled(world, "Workshop")
        after = invited(world, session.id)

    by = moved.starts_at - session.starts_at
    now = IN_A_MONTH.timestamp()
    assert after == {email: tuple(min(at + by, now) for at in times) for email, times in before.items()}
    assert after["ada@acme.com"] == (now, now)
    assert len(after) == 2


def invited(world: World, session_id: str) -> dict[str, tuple[float, ...]]:
    """When each was invited and changed."""
    query = "SELECT email, created_at, changed_at FROM invitee WHERE session_id = ?"
    return {email: tuple(times) for email, *times in world.db.execute(query, (session_id,))}


def test_who_was_about_to_cancel_is_about_to_on_the_later_day(state_file: Path) -> None:
    """Whoever opens the demo a month later sees somebody cancel as well."""
    with opened(state_file, NINE) as world:
        before = cancellations(world)
    with opened(state_file, IN_A_MONTH) as world:
        after = cancellations(world)

    assert len(before) == 13
    assert {number: at - IN_A_MONTH.timestamp() for number, at in after.items()} == {
        number: pytest.approx(at - NINE.timestamp(), abs=300) for number, at in before.items()
    }


def cancellations(world: World) -> dict[int, float]:
    return dict(world.db.execute("SELECT registrant_id, at FROM cancellation"))


def test_opening_again_on_the_same_day_changes_nothing(state_file: Path) -> None:
    """Neither on the first day nor on a later one, whatever the hour."""
    for day in (NINE, IN_A_MONTH):
        with opened(state_file, day) as world:
            before = everything(world)
        with opened(state_file, day.replace(hour=23, minute=59)) as world:
            assert everything(world) == before


def test_a_clock_that_went_back_changes_nothing(state_file: Path) -> None:
    """The story waits until its day has come again, and goes on from there."""
    with opened(state_file, IN_A_MONTH) as world:
        before = everything(world)
    for earlier in (NINE, IN_A_MONTH):
        with opened(state_file, earlier) as world:
            assert everything(world) == before
    with opened(state_file, IN_NOVEMBER) as world, closing(World(now=Clock(IN_NOVEMBER))) as new:
        assert told(world, IN_NOVEMBER) == told(new, IN_NOVEMBER)


def test_reset_tells_the_story_around_the_day_of_the_reset(state_file: Path) -> None:
    """It is not moved a second time when it is opened again that day."""
    with opened(state_file, NINE) as world:
        world.now = Clock(IN_A_MONTH)
        world.reset()
        before = everything(world)
    with opened(state_file, IN_A_MONTH) as world:
        assert everything(world) == before


def test_tokens_quota_faults_subscriptions_and_the_log_do_not_move(state_file: Path) -> None:
    """They belong to the real clock; a token of last month has expired."""
    with opened(state_file, NINE) as world:
        world.add_fault(Fault(FaultKind.SERVER_ERROR, times=None))
        world.spend_elsewhere(12)
        at = NINE.timestamp()
        with world.transaction() as db:
            world.rates.punish(OWNER, next(iter(world.rates.limits)), at, 60)
            db.execute("INSERT INTO token VALUES ('t', ?, ?, '', ?, ?)", (OWNER, OWNER, at, at + 3600))
            db.execute("INSERT INTO subscription VALUES ('s', ?, '[]', 'https://a', NULL, ?, ?)", (OWNER, at, at + 9e6))
            db.execute(
                "INSERT INTO call (method, path, query, grp, email, registrant_id, arrived_at)"
                " VALUES ('GET', '/', '', 'heavy', '', '', ?)",
                (at,),
            )
        before = unmoved(world)
    with opened(state_file, IN_A_MONTH) as world:
        assert all(before.values())
        assert unmoved(world) == before


def unmoved(world: World) -> dict[str, list[tuple[object, ...]]]:
    return {table: world.db.execute(f"SELECT * FROM {table}").fetchall() for table in UNMOVED}


def test_a_webinar_that_is_not_the_demos_does_not_move(state_file: Path) -> None:
    """One that a test put in, with its people; a world without the demo likewise."""
    with opened(state_file, NINE) as world:
        world.add_session(a_session())
        world.add_registrants("8001", [Person("Ada", "Lovelace", "ada@example.com")])
        before = (world.session("8001"), world.registrants("8001"))
    with opened(state_file, IN_A_MONTH) as world:
        assert (world.session("8001"), world.registrants("8001")) == before


def test_a_file_of_an_earlier_version_is_moved_too(state_file: Path) -> None:
    """It holds the moment at which it was built, and no day."""
    with opened(state_file, NINE) as world:
        world.db.execute("DELETE FROM setting WHERE name = 'story_day'")
    with opened(state_file, IN_A_MONTH) as world, closing(World(now=Clock(IN_A_MONTH))) as new:
        assert told(world, IN_A_MONTH) == told(new, IN_A_MONTH)


def test_all_of_it_moves_or_nothing(state_file: Path) -> None:
    """A disk that fills up half way must not leave registrants on one day and their webinar on another."""
    with opened(state_file, NINE) as world:
        before = everything(world)
        world.db.execute(
            "CREATE TRIGGER full BEFORE UPDATE ON participant WHEN new.registrant_id IS NOT NULL"
            " BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        )
    with pytest.raises(sqlite3.IntegrityError, match="disk full"):
        World(state_file, now=Clock(IN_A_MONTH))

    with closing(sqlite3.connect(state_file)) as db:
        db.execute("DROP TRIGGER full")
        assert list(db.iterdump()) == before
