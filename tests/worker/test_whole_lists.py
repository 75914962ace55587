"""A list of several pages that people leave, or join, while it is read: nobody is lost by it, nobody counts twice."""

from collections.abc import Callable, Iterator

import pytest

from rollcall.ringcentral import limits
from rollcall.roster import participants, registrants
from rollcall.roster.readings import What
from rollcall.simulator import PagesBy, Person
from rollcall.store.tables import Reading, Registrant
from tests.worker.altered import Altered
from tests.worker.conftest import BOTH_DATABASES
from tests.worker.rig import SESSION, Rig, a_session

PEOPLE = [f"p{number}@example.com" for number in range(6)]
PAST = "8009"
LATER = 3600.0  # seconds between two readings


def email(number: int) -> str:
    return PEOPLE[number]


@pytest.fixture
def between(rig: Rig) -> Iterator[Callable[[Callable[[], None]], None]]:
    """Has something happen at RingCentral once, right after the first page of a list was shown."""
    made: list[Altered] = []

    def happens(deed: Callable[[], None]) -> None:
        left = [deed]

        def alter(method: str, path: str, status: int, document: object) -> tuple[int, object]:
            if left and "/registrants?" in path and "pageToken" not in path:
                left.pop()()
            return status, document

        made.append(Altered(rig.server_url, alter))
        rig.server_url = made[-1].url

    yield happens
    rig.stop()
    for one in made:
        one.close()


@pytest.fixture(autouse=True)
def short_pages(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two people a page, cut by position, six people in all, who registered an hour ago."""
    monkeypatch.setattr(limits, "PER_PAGE", 2)
    rig.world.set_switches(pages_by=PagesBy.POSITION)
    rig.world.add_registrants(SESSION, [Person("P", "L", one) for one in PEOPLE])
    rig.skip(LATER)


def there(rig: Rig) -> list[str]:
    """Whom the roster takes for registered."""
    with rig.store.read() as db:
        rows = db.query(Registrant).filter(Registrant.session_id == SESSION, Registrant.gone_at.is_(None)).all()
        return sorted(row.email for row in rows)


def read(rig: Rig) -> Reading:
    reading = rig.look(What.REGISTRANTS)
    assert reading.state == "complete"
    return reading


def calls_since(rig: Rig, number: int) -> list[str]:
    """count or page, in the order of the calls about this session's registration."""
    calls = rig.world.calls(method="GET", path=f"/registration/v1/sessions/{SESSION}", since=number)
    return ["page" if call.path.endswith("/registrants") else "count" for call in calls]


@BOTH_DATABASES
def test_whoever_the_pages_moved_past_is_not_lost(rig: Rig, between: Callable[..., None]) -> None:
    """p0 cancels after the first page; p2 moves up onto the page that was read, and neither page shows p2."""
    between(lambda: rig.leaves(email(0)))
    rig.start()

    read(rig)

    assert set(PEOPLE[1:]) <= set(there(rig))


@BOTH_DATABASES
def test_whoever_left_between_two_pages_is_gone_once_a_list_was_whole(rig: Rig, between: Callable[..., None]) -> None:
    """Known for long, shown on the first page, cancelled before the second: counted no more at the end."""
    rig.start()
    read(rig)
    rig.stop()
    rig.skip(LATER)
    between(lambda: rig.leaves(email(0)))
    rig.start()

    read(rig)

    assert there(rig) == PEOPLE[1:]


def test_whoever_comes_between_two_pages_costs_no_second_look(rig: Rig, between: Callable[..., None]) -> None:
    """People register all day; a list that reads itself again for each of them would never end."""
    rig.start()
    read(rig)
    rig.stop()
    rig.skip(LATER)
    between(lambda: rig.world.add_registrants(SESSION, [Person("P", "L", "p6@example.com")]))
    since = rig.world.calls()[-1].id
    rig.start()

    read(rig)

    assert there(rig) == [*PEOPLE, "p6@example.com"]
    assert calls_since(rig, since) == ["count", "page", "page", "page", "page"]


def test_somebody_dated_before_the_count_does_not_stand_for_somebody_passed_over(
    rig: Rig, between: Callable[..., None]
) -> None:
    """Their clock is seconds behind ours: p6 came after the count and is dated before it, while p0 left."""
    rig.start()
    read(rig)
    rig.stop()
    rig.skip(LATER)

    def one_leaves_and_one_comes() -> None:
        rig.leaves(email(0))
        rig.world.add_registrants(SESSION, [Person("P", "L", "p6@example.com")])
        with rig.world.transaction() as db:
            counted_at = rig.world.calls(method="GET", path=f"/sessions/{SESSION}")[-2].arrived_at.timestamp()
            db.execute("UPDATE registrant SET registered_at = ? WHERE email = 'p6@example.com'", (counted_at - 3,))

    between(one_leaves_and_one_comes)
    rig.start()

    read(rig)

    assert there(rig) == [*PEOPLE[1:], "p6@example.com"]


def test_a_long_list_costs_one_call_more_than_its_pages(rig: Rig) -> None:
    """That is the bargain: the count before it says whether it was whole."""
    rig.start()

    reading = read(rig)

    assert calls_since(rig, 0) == ["count", "page", "page", "page"]
    assert reading.records == len(PEOPLE)


def test_people_who_left_before_the_list_are_gone_without_a_second_look(rig: Rig) -> None:
    """Cancellations between two readings are everyday; the count covers them."""
    rig.start()
    read(rig)
    rig.leaves(email(1))
    rig.leaves(email(4))
    rig.skip(LATER)
    since = rig.world.calls()[-1].id

    read(rig)

    assert there(rig) == [email(0), email(2), email(3), email(5)]
    assert calls_since(rig, since) == ["count", "page", "page"]


def test_an_import_reads_no_count_before_its_list_and_none_after_it_if_nobody_is_missing(rig: Rig) -> None:
    """Its people wait for it; only a list that leaves somebody out has to prove that it was whole."""
    rig.start()
    read(rig)
    rig.skip(LATER)
    since = rig.world.calls()[-1].id

    batch_id = rig.import_of(1)
    rig.let_pass(lambda: rig.batch(batch_id).state == "finished")

    assert calls_since(rig, since) == ["page", "page", "page"]


def test_an_import_whose_list_leaves_somebody_out_looks_again_before_it_believes_it(rig: Rig) -> None:
    """Whoever cancelled since the check is to be registered; whoever was passed over is not."""
    rig.start()
    read(rig)
    rig.leaves(email(3))
    rig.skip(LATER)
    since = rig.world.calls()[-1].id

    batch_id = rig.import_of(1)
    rig.let_pass(lambda: rig.batch(batch_id).state == "finished")

    assert calls_since(rig, since) == ["page", "page", "page", "count", "page", "page", "page"]
    assert email(3) not in there(rig)


def test_a_list_that_never_stands_still_ends_and_takes_nobody_for_gone_whom_it_showed(
    rig: Rig, between: Callable[..., None]
) -> None:
    """A count that never fits must not be asked for for ever."""
    rig.start()
    read(rig)
    rig.stop()
    rig.skip(LATER)
    with rig.world.transaction() as db:  # shown in no list, counted all the same
        db.execute("UPDATE registrant SET listed_at = ? WHERE email_key = ?", (1e12, email(5)))
    since = rig.world.calls()[-1].id
    rig.start()

    read(rig)

    assert there(rig) == PEOPLE[:5]
    assert calls_since(rig, since).count("count") == 3


def test_the_roster_knows_how_many_are_on_the_list(rig: Rig) -> None:
    """What the next reading expects is what this one showed."""
    rig.start()
    read(rig)
    with rig.store.read() as db:
        assert registrants.on_list(db, rig.connection_id, SESSION) == len(PEOPLE)


def add_participants(rig: Rig, number: int) -> None:
    """So many people who were there, each for half an hour."""
    joined = rig.clock.origin - 7000
    with rig.world.transaction() as db:
        db.executemany(
            "INSERT INTO participant (session_id, role, first_name, last_name, email, joined_at, left_at, user_hash)"
            " VALUES (?, 'Attendee', ?, 'L', '', ?, ?, '')",
            [(PAST, f"P{one}", joined, joined + 1800) for one in range(number)],
        )


def came(rig: Rig) -> int:
    """How many records of the past session are taken for true."""
    with rig.store.read() as db:
        return participants.on_list(db, rig.connection_id, PAST)


def test_a_record_that_one_long_list_of_participants_passes_over_stays(rig: Rig) -> None:
    """Their order is not documented: who came came, until two lists in a row do not know it."""
    rig.world.add_session(a_session(PAST, starts_at=rig.clock.origin - 7200))
    rig.start()
    rig.look(What.SESSIONS, "")
    add_participants(rig, 5)
    rig.look(What.PARTICIPANTS, PAST)
    assert came(rig) == 5
    with rig.world.transaction() as db:
        db.execute("DELETE FROM participant WHERE session_id = ? AND first_name = 'P3'", (PAST,))

    rig.look(What.PARTICIPANTS, PAST)
    once = came(rig)
    rig.look(What.PARTICIPANTS, PAST)

    assert (once, came(rig)) == (5, 4)
