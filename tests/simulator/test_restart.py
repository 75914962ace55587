"""State survives: a restart, and `kill -9` right after an acknowledged write."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest
import requests

from rollcall.simulator import Fault, FaultKind, SecondEmail, World, start
from tests.simulator.conftest import REGISTRANTS, Caller, Clock, a_person, add_sessions


@contextmanager
def process(state_file: Path, *more: str) -> Iterator[tuple[subprocess.Popen[str], Caller]]:
    """A simulator of its own, with somebody who calls it; killed at the end."""
    command = [sys.executable, "-m", "rollcall.simulator", "--port", "0", "--state", str(state_file), *more]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout
        line = running.stdout.readline()
        assert line.startswith("listening on http://127.0.0.1:"), line
        caller = Caller(line.split()[-1])
        try:
            yield running, caller
        finally:
            caller.close()
            running.kill()
            running.communicate()


@pytest.fixture
def state_file(tmp_path: Path) -> Path:
    return tmp_path / "simulator.sqlite"


def test_kill_9_forgets_no_acknowledged_registration(state_file: Path) -> None:
    """A write is committed before its answer leaves; ids go on after the restart."""
    with process(state_file, "--limit", "1000", "--empty") as (running, caller):
        caller.sign_in()
        session = add_far_session(caller)
        ids = [caller.register(f"p{n}@example.com", session).json()["id"] for n in range(5)]
        os.kill(running.pid, signal.SIGKILL)
        running.wait(10)

    with process(state_file, "--limit", "1000") as (_, caller):
        caller.sign_in()
        listed = caller.get(f"/webinar/registration/v1/sessions/{session}/registrants").json()["records"]
        assert [one["id"] for one in listed] == ids
        assert caller.register("p5@example.com", session).json()["id"] > ids[-1]


def add_far_session(caller: Caller) -> str:
    """A session that starts long after the test runs."""
    session = {"id": "9001", "webinar_id": "79001", "host_id": "62264425008", "title": "Later", "starts_at": 4e9}
    requests.post(f"{caller.url}/_simulator/sessions", json=session, timeout=10).raise_for_status()
    return "9001"


def test_everything_else_survives_a_restart_too(state_file: Path, clock: Clock) -> None:
    """Tokens, rate windows and penalties, faults with their counts, switches, limits, the log."""
    first = start(state_file, now=clock, limit=4, with_demo=False)
    add_sessions(first.world)
    caller = Caller(first.url)
    caller.sign_in()
    first.world.set_switches(second_email=SecondEmail.ACCEPTED)
    first.world.add_fault(Fault(FaultKind.SERVER_ERROR, path="registrants", skip=1, times=None, every=2))
    statuses = [caller.get(REGISTRANTS).status_code for _ in range(3)]
    logged = first.world.calls()
    caller.close()
    first.stop()

    second = start(state_file, now=clock, limit=4, with_demo=False)
    again = Caller(second.url)
    again.token = caller.token
    statuses += [again.get(REGISTRANTS).status_code for _ in range(2)]
    clock.forward(59)
    statuses += [again.get(REGISTRANTS).status_code]
    switches, log = second.world.switches, second.world.calls()
    again.close()
    second.stop()

    assert statuses == [200, 200, 500, 200, 429, 429]
    assert switches.second_email is SecondEmail.ACCEPTED
    assert log[: len(logged)] == logged


def test_a_penalty_survives_a_restart(state_file: Path, clock: Clock) -> None:
    """Otherwise a crash of the demo would wash the client clean."""
    found = []
    for _ in range(3):
        running = start(state_file, now=clock, limit=1, with_demo=False)
        caller = Caller(running.url)
        caller.sign_in()
        found += [caller.get(REGISTRANTS).status_code]
        caller.close()
        running.stop()

    assert found == [404, 429, 429]


def test_a_raised_limit_survives_until_reset(state_file: Path, clock: Clock) -> None:
    """Reset goes back to what the server was started with."""
    world = World(state_file, limit=10, now=clock)
    world.set_limit(limit=50, window=6.0)
    world.close()
    world = World(state_file, limit=10, now=clock)
    kept = (world.rates.limits["heavy"], world.rates.window)
    world.reset()
    after = (world.rates.limits["heavy"], world.rates.window)
    world.close()

    assert (kept, after) == ((50, 6.0), (10, 60.0))


def test_reset_brings_the_first_day_back(clock: Clock) -> None:
    """Whoever was added is gone, tokens are dead, dates start from now."""
    running = start(now=clock)
    caller = Caller(running.url)
    caller.sign_in()
    before = [one.starts_at for one in running.world.sessions()]
    running.world.set_switches(list_lag=5)
    clock.forward(7 * 86_400)

    running.reset()

    status = caller.get(REGISTRANTS).status_code
    after, lag = [one.starts_at for one in running.world.sessions()], running.world.switches.list_lag
    caller.close()
    running.stop()
    assert (status, lag) == (401, 0)
    assert [one - 7 * 86_400 for one in after] == before


def test_a_taken_port_is_an_error(tmp_path: Path) -> None:
    """Somebody else is there: say so at once instead of serving nowhere."""
    running = start(with_demo=False)
    try:
        with pytest.raises(OSError, match="in use"):
            start(tmp_path / "other.sqlite", port=int(running.url.rpartition(":")[2]), with_demo=False)
    finally:
        running.stop()


def test_the_process_says_nothing_about_anybody(state_file: Path) -> None:
    """Addresses belong into neither stdout nor stderr, whatever is asked for."""
    with process(state_file) as (running, caller):
        caller.sign_in()
        caller.call("POST", REGISTRANTS, json=a_person("ada.secret@example.com"))
        caller.call("POST", "/webinar/none", data=b"ada.secret@example.com", checked=False)
        running.terminate()
        output, errors = running.communicate(timeout=10)

    assert (output, errors) == ("", "")


def test_it_stops_when_asked(state_file: Path) -> None:
    """SIGTERM: the demo's process goes away with the app."""
    with process(state_file) as (running, _):
        running.terminate()
        assert running.wait(10) in (0, -signal.SIGTERM)


def test_limits_are_given_on_the_command_line(state_file: Path) -> None:
    """As the app hands on what somebody who tries the demo has set."""
    with process(state_file, "--empty", "--limit", "7", "--window", "3", "--auth-limit", "2") as (_, caller):
        state = requests.get(f"{caller.url}/_simulator/state", timeout=10).json()

    assert (state["limits"]["heavy"], state["limits"]["auth"], state["window"]) == (7, 2, 3.0)


def test_the_state_file_is_for_its_owner_only(state_file: Path) -> None:
    """Whoever tries the demo may register real people; the journal beside the file counts too."""
    world = World(state_file)
    modes = {file.name: file.stat().st_mode & 0o777 for file in state_file.parent.iterdir()}
    world.close()

    assert set(modes.values()) == {0o600}
    assert "simulator.sqlite-wal" in modes


def test_a_state_file_in_no_folder_is_an_error(tmp_path: Path) -> None:
    """And lets go of the port."""
    with pytest.raises(FileNotFoundError):
        start(tmp_path / "none" / "simulator.sqlite")


def test_it_stops_while_somebody_waits_for_a_slow_answer(caplog: pytest.LogCaptureFixture) -> None:
    """The app's end must not hang on a fault."""
    running = start(with_demo=False)
    running.world.add_fault(Fault(FaultKind.SLOW, path="token", seconds=60))
    caller = Caller(running.url)
    cut_off = Event()

    def wait_for_token() -> None:
        try:
            caller.sign_in()
        except requests.RequestException:
            cut_off.set()

    waiting = Thread(target=wait_for_token)
    waiting.start()
    while not running.world.calls():
        assert waiting.is_alive()
    running.stop()
    waiting.join(5)
    caller.close()

    assert cut_off.is_set()
