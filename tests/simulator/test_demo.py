"""The demo's data has the shape that was promised, relative to the moment of its first start."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from rollcall.attendance import rates, sources
from rollcall.simulator import Running, World, start
from rollcall.simulator.demo_plans import SOURCES
from rollcall.simulator.people import Registrant
from rollcall.simulator.sessions import Status, WebinarSession
from tests.simulator.conftest import NINE, OWNER, REGISTRATION, Caller, Clock

DAY = 86_400
EXTERNAL_IDS = (
    r"lid=\d+&oid=\d+",
    r"cid=0035g00000[0-9A-Za-z]{5}&oid=\d+",
    r"lid=00Q5g00000[0-9A-Za-z]{5}&oid=\d+",
    r"hs_object_id=305\d{8}&utm_content=[a-z0-9-]+",
    r"Badge \d+",
)
NOW = NINE.timestamp()
MEANT = {spelling: one.name for one in SOURCES for spelling in (one.name, *one.spellings)}
LONG_AGO, LATER = (NINE - timedelta(days=90)).isoformat(), (NINE + timedelta(days=90)).isoformat()


@pytest.fixture(scope="module")
def demo() -> Iterator[World]:
    with closing(World(now=Clock())) as world:
        yield world


def held(demo: World) -> list[WebinarSession]:
    """Past and live ones."""
    return [one for one in demo.sessions() if one.started_at <= NOW]


def titled(demo: World, beginning: str) -> WebinarSession:
    [found] = [one for one in demo.sessions() if one.title.startswith(beginning)]
    return found


def before_the_end(demo: World, session: WebinarSession) -> list[Registrant]:
    return [one for one in demo.registrants(session.id) if not one.post_webinar]


def attendance(people: list[Registrant]) -> float:
    return sum(one.participant_id is not None for one in people) / len(people)


def test_there_are_past_live_and_coming_webinars(demo: World) -> None:
    """Enough past ones to compare, one that is live."""
    statuses = [one.status(NOW) for one in demo.sessions()]

    assert statuses == [Status.FINISHED] * 6 + [Status.ACTIVE] + [Status.SCHEDULED] * 5
    assert len({one.time_zone for one in demo.sessions()}) >= 4
    assert len({one.host_id for one in demo.sessions()}) == 2


def test_the_special_ones_are_among_them(demo: World) -> None:
    """What the screens must cope with: closed, nearly full, without mails, all-hands, empty."""
    coming = [one for one in demo.sessions() if one.status(NOW) is Status.SCHEDULED]
    counts = {one.id: len(demo.registrants(one.id)) for one in coming}

    assert [one.title for one in coming if not one.registration_enabled] == ["All-hands: where we go next quarter"]
    assert sum(not one.is_open(NOW) for one in coming) == 1
    assert sum(bool(one.settings["suppressEmails"]) for one in coming) == 1
    [limited] = [one for one in coming if one.settings["autoCloseLimit"]]
    assert 0.9 <= counts[limited.id] / limited.settings["autoCloseLimit"] < 1
    assert [one.id for one in coming if one.registration_enabled and not counts[one.id]]


def test_past_and_live_webinars_have_120_to_900_registrants(demo: World) -> None:
    """Enough to look at, at most a page."""
    assert all(120 <= len(demo.registrants(one.id)) <= 900 for one in held(demo))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_third_to_nearly_half_attend_and_it_differs_by_source(seed: int) -> None:
    """30 to 48 %; a customer who was invited comes, a click on an advertisement does not."""
    by_source = defaultdict(list)
    with closing(World(now=Clock(), seed=seed)) as demo:
        for session in held(demo):
            assert 0.30 <= attendance(before_the_end(demo, session)) <= 0.48
            for one in before_the_end(demo, session):
                by_source[MEANT[one.source]].append(one)

    shares = {source: attendance(people) for source, people in by_source.items()}
    assert set(shares) == {source.name for source in SOURCES}
    assert shares["customer-invite"] > shares["linkedin"] + 0.1 > shares["search-ad"] + 0.1


def test_58_percent_register_in_the_last_week(demo: World) -> None:
    """The curve that every marketer knows."""
    for session in held(demo):
        people = before_the_end(demo, session)
        late = [one for one in people if session.starts_at - 7 * DAY <= one.registered_at]
        assert len(late) / len(people) == pytest.approx(0.58, abs=0.005)


def test_nobody_registered_in_the_future(demo: World) -> None:
    """Times fit together: registered before now, attended after registering and while it was on."""
    for session in demo.sessions():
        for one in demo.registrants(session.id):
            assert one.registered_at <= NOW
            assert one.attended_at is None or one.registered_at < one.attended_at < session.ended_at


def test_people_join_late_leave_early_and_come_back(demo: World) -> None:
    """Several records of one person, with gaps or side by side."""
    session = titled(demo, "What 400")
    rows = demo.db.execute(
        "SELECT registrant_id, joined_at, left_at FROM participant WHERE session_id = ? AND role = 'Attendee'",
        (session.id,),
    ).fetchall()
    people = {row[0] for row in rows}

    assert all(joined < left for _, joined, left in rows)
    assert 0.05 < (len(rows) - len(people)) / len(people) < 0.3
    assert sum(joined > session.started_at + 600 for _, joined, _ in rows) > 20
    assert sum(left < session.ended_at - 600 for _, _, left in rows) > 50


def test_some_come_on_several_devices(demo: World) -> None:
    """Two or three records side by side under one user hash, as of somebody who moves from desk to telephone."""
    rows = demo.db.execute(
        "SELECT one.registrant_id, COUNT(*), COUNT(DISTINCT other.user_hash) FROM participant AS one JOIN participant"
        " AS other ON other.registrant_id = one.registrant_id AND other.session_id = one.session_id"
        " AND other.joined_at <= one.joined_at AND one.joined_at < other.left_at WHERE one.session_id = ?"
        " GROUP BY one.id",
        (titled(demo, "What 400").id,),
    ).fetchall()

    assert {devices for _, devices, _ in rows} == {1, 2, 3}
    assert {hashes for _, _, hashes in rows} == {1}


def test_some_participants_name_no_registrant(demo: World) -> None:
    """Told apart by user hash, by address, or by nothing at all, like who calls by telephone."""
    for session in (titled(demo, "What 400"), titled(demo, "Live clinic"), titled(demo, "Voicemail")):
        rows = demo.db.execute(
            "SELECT email, user_hash, registrant_id FROM participant WHERE session_id = ? AND role = 'Attendee'",
            (session.id,),
        ).fetchall()
        hashes = {user_hash for _, user_hash, registrant_id in rows if registrant_id}
        addresses = {email.casefold() for email, _, registrant_id in rows if registrant_id}
        strays = [(email, user_hash) for email, user_hash, registrant_id in rows if registrant_id is None]

        by_hash = [one for one in strays if one[1] in hashes]
        by_address = [one for one in strays if one[1] not in hashes and one[0].casefold() in addresses]
        callers = [one for one in strays if not one[0] and one[1] not in hashes]
        assert (len(by_hash), len(by_address), len(callers)) == (3, 3, 4)
        assert len(set(callers)) == 4
        assert not {email for email, _ in by_address} & {email for email, _, registrant_id in rows if registrant_id}


def test_some_registered_for_the_recording(demo: World) -> None:
    """After the end of a past webinar whose registration is open again."""
    [session] = [one for one in held(demo) if one.ended_at < NOW and one.is_open(NOW)]
    on_demand = [one for one in demo.registrants(session.id) if one.post_webinar]

    assert len(on_demand) > 20
    assert all(one.registered_at > session.ended_at and one.participant_id is None for one in on_demand)


def test_names_come_from_everywhere_and_addresses_reach_nobody(demo: World) -> None:
    """Accents and other scripts in names; example domains only; CRM keys as they are encoded."""
    people = [one for session in demo.sessions() for one in demo.registrants(session.id)]
    letters = "".join(one.first_name + one.last_name for one in people)
    keys = [one.external_id for one in people if one.external_id]

    assert all(re.fullmatch(r"[a-z0-9._-]+@[a-z-]+\.example\.(com|org|net)", one.email) for one in people)
    for script in ("ü", "ł", "ş", "陈", "さ", "김", "م", "ω", "к", "श"):
        assert script in letters.casefold(), script
    assert len(keys) > len(people) / 3
    kinds = [sum(bool(re.fullmatch(kind, key)) for key in keys) for kind in EXTERNAL_IDS]
    assert sum(kinds) == len(keys)
    assert min(kinds) > 5


def test_an_address_registers_once_for_a_webinar_and_for_several_webinars(demo: World) -> None:
    """Somebody comes back; nobody is twice in one list."""
    addresses = [{one.email for one in demo.registrants(session.id)} for session in demo.sessions()]

    assert [len(one) for one in addresses] == [len(demo.registrants(session.id)) for session in demo.sessions()]
    assert addresses[0] & addresses[1]


def test_some_come_again_and_again_and_some_never(demo: World) -> None:
    """Of those who registered for at least two; what Compare is for."""
    registered, came = Counter[str](), Counter[str]()
    for session in held(demo):
        for one in before_the_end(demo, session):
            registered[one.email] += 1
            came[one.email] += one.participant_id is not None

    counts = Counter(came[email] for email, times in registered.items() if times > 1)
    assert counts[0] > 50
    assert counts[1] > 100
    assert counts[2] > 100
    assert sum(people for times, people in counts.items() if times > 2) > 25


def test_sources_are_written_in_several_ways(demo: World) -> None:
    """Case, separators, a slip, a link's own words: what the page of sources brings together; the name leads."""
    for session in held(demo):
        spelt = Counter(one.source for one in before_the_end(demo, session))
        for source in SOURCES:
            assert all(spelt[other] < spelt[source.name] for other in source.spellings)
    assert len({one.source for one in before_the_end(demo, titled(demo, "What 400"))}) > len(SOURCES) + 5


def test_sources_brought_together_tell_what_their_spellings_could_not(demo: World) -> None:
    """The demo's lesson: too few to tell by spelling, more than chance by campaign; and where even that is too few."""

    def told(beginning: str, names: dict[str | None, str | None]) -> rates.Verdict:
        people = before_the_end(demo, titled(demo, beginning))
        standings = [("absent", "attended")[one.participant_id is not None] for one in people]
        named = [names.get(one.source, one.source) or "" for one in people]
        by_source = sources.by_source(pd.DataFrame({"source": named, "standing": standings}))
        return rates.compare(by_source)[0].verdict

    assert told("Contact centre", {}) is rates.Verdict.TOO_FEW
    assert told("Contact centre", MEANT) is rates.Verdict.MORE_THAN_CHANCE
    assert told("Voicemail", {}) is rates.Verdict.MORE_THAN_CHANCE
    assert told("Answering", MEANT) is rates.Verdict.TOO_FEW


def test_a_webinar_with_strays_has_a_guest_and_somebody_who_never_left(demo: World) -> None:
    """Somebody followed a colleague's link, and of one RingCentral never learned that they went."""
    session = titled(demo, "Voicemail")
    rows = demo.db.execute(
        "SELECT email, registrant_id, left_at FROM participant WHERE session_id = ? AND role = 'Attendee'",
        (session.id,),
    ).fetchall()
    registered = {one.email for one in demo.registrants(session.id)}

    assert len([email for email, _, _ in rows if email and email.casefold() not in registered]) == 1
    assert len([left_at for _, registrant_id, left_at in rows if registrant_id and left_at > NOW]) == 1


def test_the_same_seed_makes_the_same_world(demo: World) -> None:
    """So that screenshots and tests can be repeated; another seed makes another."""
    with closing(World(now=Clock())) as again, closing(World(now=Clock(), seed=2)) as other:
        for session in demo.sessions():
            assert again.registrants(session.id) == demo.registrants(session.id)
        first = held(demo)[0].id
        assert other.registrants(first) != demo.registrants(first)


@pytest.mark.parametrize("hour", [0, 6, 13, 23])
def test_it_fits_any_hour_of_the_day(hour: int) -> None:
    """Started at midnight, past is past and coming is coming all the same."""
    now = datetime(2026, 11, 1, hour, 58, tzinfo=UTC)
    with closing(World(now=Clock(now))) as demo:
        statuses = [one.status(now.timestamp()) for one in demo.sessions()]
        registered = [one.registered_at for session in demo.sessions() for one in demo.registrants(session.id)]

    assert statuses == [Status.FINISHED] * 6 + [Status.ACTIVE] + [Status.SCHEDULED] * 5
    assert max(registered) <= now.timestamp()


@pytest.fixture(scope="module")
def module_running(module_clock: Clock) -> Iterator[Running]:
    running = start(now=module_clock, limit=1000)
    yield running
    running.stop()


@pytest.fixture
def running(module_running: Running, clock: Clock) -> Running:
    """The demo as it was on its first day."""
    module_running.reset()
    return module_running


class TestOverHttp:
    def test_all_of_it_conforms_to_the_document(self, caller: Caller) -> None:
        """Every list and detail of every session, in pages small and large."""
        window = {"endTimeFrom": LONG_AGO, "endTimeTo": LATER}
        planned = caller.get("/webinar/configuration/v1/company/sessions", endTimeFrom=LONG_AGO).json()["records"]
        caller.get("/webinar/history/v1/company/sessions", **window)
        for one in planned:
            for area in ("configuration", "history"):
                base = f"/webinar/{area}/v1/webinars/{one['webinar']['id']}"
                for path in ("", f"/sessions/{one['id']}", f"/sessions/{one['id']}/invitees"):
                    assert caller.get(base + path, perPage="7" if "invitees" in path else None).status_code == 200
            assert caller.get(f"{base}/sessions/{one['id']}/participants", perPage="1000").status_code == 200
            registered = caller.get(
                f"{REGISTRATION}/{one['id']}/registrants", perPage="1000", includeQuestionnaire="true"
            )
            is_all_hands = one["title"].startswith("All-hands")
            assert registered.status_code == caller.get(f"{REGISTRATION}/{one['id']}").status_code
            assert (registered.status_code == 404) is is_all_hands

        assert len(planned) == 12

    def test_registrants_and_participants_refer_to_each_other(self, caller: Caller, running: Running) -> None:
        """Attendance is found by the registrant's id; the panel has invitee ids instead."""
        session = titled(running.world, "Contact centre")
        base = f"/webinar/history/v1/webinars/{session.webinar_id}/sessions/{session.id}"
        people = caller.get(f"{base}/participants", perPage="1000").json()["records"]
        registrants = caller.get(f"{REGISTRATION}/{session.id}/registrants", perPage="1000").json()["records"]
        counted = caller.get(base).json()

        by_id = {one["id"]: one for one in people}
        came = [one for one in registrants if "participantId" in one]
        assert {by_id[one["participantId"]]["registrantId"] for one in came} == {one["id"] for one in came}
        assert all("inviteeId" in one for one in people if one["role"] != "Attendee")
        assert (counted["participantCount"], counted["attendeeCount"]) == (len(people), len(people) - 3)
        assert counted["uniqueAttendeeCount"] == len(came)

    def test_the_live_one_fills_as_time_passes(self, caller: Caller, running: Running, clock: Clock) -> None:
        """Who has not joined yet is not shown; who is still there has no time of leaving."""
        [session] = [one for one in running.world.sessions() if one.status(NOW) is Status.ACTIVE]
        path = f"/webinar/history/v1/webinars/{session.webinar_id}/sessions/{session.id}/participants"
        now = caller.get(path, perPage="1000").json()["records"]
        clock.forward(1800)
        later = caller.get(path, perPage="1000").json()["records"]

        assert len(now) < len(later)
        assert any("leaveTime" not in one for one in now)
        assert session.host_id == OWNER

    def test_one_to_come_is_attended_when_its_day_comes(self, caller: Caller, running: Running, clock: Clock) -> None:
        """For whoever leaves the demo running: before, nobody seems to have come."""
        session = next(one for one in running.world.sessions() if one.title.startswith("Workshop"))
        path = f"{REGISTRATION}/{session.id}/registrants"
        before = caller.get(path, perPage="1000").json()["records"]
        clock.forward(session.ended_at - NOW)
        caller.sign_in()
        after = caller.get(path, perPage="1000").json()["records"]

        assert not any("participantId" in one for one in before)
        assert 0.25 < sum("participantId" in one for one in after) / len(after) < 0.5

    def test_some_cancel_while_somebody_looks(self, caller: Caller, running: Running, clock: Clock) -> None:
        """Cancelled registrants are on no list, so the only ones that can be told are those who do it meanwhile."""
        sessions = [titled(running.world, beginning) for beginning in ("Live clinic", "Workshop", "Customer story")]
        before = [registered(caller, session) for session in sessions]
        clock.forward(2 * 3600)
        caller.sign_in()
        after = [registered(caller, session) for session in sessions]

        assert [len(then - now) for then, now in zip(before, after, strict=True)] == [6, 4, 3]
        assert not any(now - then for then, now in zip(before, after, strict=True))

    def test_who_cancels_while_it_is_on_does_not_come_later(
        self, caller: Caller, running: Running, clock: Clock
    ) -> None:
        """Who is there already has been there; who is not yet must not come without being registered."""
        [session] = [one for one in running.world.sessions() if one.status(NOW) is Status.ACTIVE]
        path = f"/webinar/history/v1/webinars/{session.webinar_id}/sessions/{session.id}/participants"
        coming = [one for one in running.world.registrants(session.id) if one.attended_at]
        early = next(one for one in coming if one.attended_at < NOW)
        late = next(one for one in coming if one.attended_at > NOW)
        for one in (early, late):
            cancelled = caller.call("DELETE", f"{REGISTRATION}/{session.id}/registrants/{one.id}")
            assert cancelled.status_code == 204
        clock.forward(session.ended_at - NOW)
        caller.sign_in()
        came = {one.get("registrantId") for one in caller.get(path, perPage="1000").json()["records"]}

        assert (str(early.id) in came, str(late.id) in came) == (True, False)


def registered(caller: Caller, session: WebinarSession) -> set[str]:
    """The ids on a session's list."""
    path = f"{REGISTRATION}/{session.id}/registrants"
    return {one["id"] for one in caller.get(path, perPage="1000").json()["records"]}
