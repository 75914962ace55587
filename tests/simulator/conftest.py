"""A simulator with one open session, a clock that stands still, and a caller whose answers are all checked."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from rollcall.simulator import DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, DEMO_JWT, Running, WebinarSession, World, start
from tests.contract import check_answer, operation

NINE = datetime(2026, 8, 4, 9, 0, tzinfo=UTC)
OPEN, PAST, LIVE, ALL_HANDS, COLLEAGUES = "8001", "8002", "8003", "8004", "8005"
OWNER, COLLEAGUE = "62264425008", "62264425016"
REGISTRATION = "/webinar/registration/v1/sessions"
REGISTRANTS = f"{REGISTRATION}/{OPEN}/registrants"
SIGN_IN = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": DEMO_JWT}
UNDOCUMENTED = frozenset({415, 502})  # answered by gateways; the document does not list them for these operations


class Clock:
    """Time that passes only when a test says so."""

    def __init__(self, now: datetime = NINE) -> None:
        self.at = now

    def __call__(self) -> datetime:
        return self.at

    def forward(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class Caller:
    """Somebody who calls the simulator; each answer with a body is checked against RingCentral's document."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = requests.Session()
        self.token = ""

    def sign_in(self, **form: str) -> requests.Response:
        credentials = (DEMO_CLIENT_ID, DEMO_CLIENT_SECRET)
        answer = self.http.post(f"{self.url}/restapi/oauth/token", data=SIGN_IN | form, auth=credentials, timeout=10)
        self.token = answer.json().get("access_token", "")
        return answer

    def call(self, method: str, path: str, *, checked: bool = True, **more: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = self.http.request(method, self.url + path, headers=headers, timeout=10, **more)
        if checked and answer.status_code not in UNDOCUMENTED:
            operation(method, path)
            check_answer(method, path, answer.status_code, answer.json() if answer.content else None)
        return answer

    def get(self, path: str, **query: Any) -> requests.Response:
        return self.call("GET", path, params=query)

    def register(self, email: str = "ada@example.com", session: str = OPEN, **fields: Any) -> requests.Response:
        return self.call("POST", f"{REGISTRATION}/{session}/registrants", json=a_person(email, **fields))

    def close(self) -> None:
        self.http.close()


def a_person(email: str = "ada@example.com", **fields: Any) -> dict[str, Any]:
    return {"firstName": "Ada", "lastName": "Lovelace", "email": email} | fields


def a_session(session_id: str = OPEN, *, hours: float = 48, **fields: Any) -> WebinarSession:
    """A session that starts so many hours after nine, open for registration."""
    given: dict[str, Any] = {"host_id": OWNER, "title": f"Session {session_id}"} | fields
    starts_at = (NINE + timedelta(hours=hours)).timestamp()
    return WebinarSession(id=session_id, webinar_id=f"7{session_id}", starts_at=starts_at, **given)


def add_sessions(world: World) -> None:
    world.add_session(a_session(OPEN))
    world.add_session(a_session(PAST, hours=-48))
    world.add_session(a_session(LIVE, hours=-0.5))
    world.add_session(a_session(ALL_HANDS, hours=24, registration_enabled=False))
    world.add_session(a_session(COLLEAGUES, hours=72, host_id=COLLEAGUE))


@pytest.fixture(scope="module")
def module_clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def module_running(module_clock: Clock) -> Iterator[Running]:
    """One server for all tests of a module: starting and stopping is what takes time."""
    running = start(now=module_clock, limit=1000, with_demo=False)
    yield running
    running.stop()


@pytest.fixture
def clock(module_clock: Clock) -> Clock:
    module_clock.at = NINE
    return module_clock


@pytest.fixture
def running(module_running: Running, clock: Clock) -> Running:
    """As on the first day."""
    module_running.reset()
    add_sessions(module_running.world)
    return module_running


@pytest.fixture
def world(running: Running) -> World:
    return running.world


@pytest.fixture
def stranger(running: Running) -> Iterator[Caller]:
    """Not signed in yet."""
    caller = Caller(running.url)
    yield caller
    caller.close()


@pytest.fixture
def caller(stranger: Caller) -> Caller:
    """Signed in."""
    assert stranger.sign_in().status_code == 200
    return stranger
