"""The app as people have it: its own process, the demo's RingCentral, and a real browser that may call nobody else."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent.parent
HERE = Path(__file__).resolve().parent
FAST = {"ROLLCALL_DEMO_LIMIT": "60", "ROLLCALL_DEMO_WINDOW": "6"}  # the same rules, a hundred times as fast
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NO_CHROMIUM = "needs a Chromium: `apt install chromium`, or `python -m playwright install chromium`"
START_SECONDS = 60.0
PATIENCE = 40_000  # milliseconds until something awaited has to be on the screen
WIDE, NARROW = 1440, 390  # pixels

expect.set_options(timeout=PATIENCE)


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist looks which tests belong together
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of this folder is a journey, and all run in one process, so that they share the running app."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.journey)
            item.add_marker(pytest.mark.xdist_group("journeys"))


@dataclass
class App:
    """A running app. `data` is its data folder; started again on it, everything is as it was."""

    url: str
    data: Path
    process: subprocess.Popen[bytes]

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End the process and return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(30)


StartApp = Callable[..., App]


@contextmanager
def starting(folders: pytest.TempPathFactory) -> Iterator[StartApp]:
    """Apps that are stopped together: each that runs on costs the others time."""
    started: list[App] = []

    def start(data: Path | None = None, **environ: str) -> App:
        folder = data or folders.mktemp("app")
        app = _launch(folder, {**FAST, **environ})
        started.append(app)
        _await_answer(app)
        return app

    yield start
    for app in started:
        app.stop()


def _launch(data: Path, environ: dict[str, str]) -> App:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (data / f"log-{port}.txt").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}"],
            cwd=ROOT,
            env={**os.environ, "ROLLCALL_DATA_DIR": str(data), **environ},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    return App(f"http://127.0.0.1:{port}", data, process)


def _await_answer(app: App) -> None:
    """Until the server is well, without asking for a page: some tests want to be the very first visitor."""
    breath = threading.Event()
    for _ in range(int(START_SECONDS / 0.1)):
        if app.process.poll() is not None:
            break
        with suppress(URLError, ConnectionError), urllib.request.urlopen(f"{app.url}/_stcore/health") as answer:
            if answer.read() == b"ok":
                return
        breath.wait(0.1)
    raise AssertionError(f"The app did not start: {[log.read_text() for log in app.data.glob('log-*.txt')]}")


@pytest.fixture
def start_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartApp]:
    """Start an app: `start_app()`, or on the data of another with `data=`, or with variables of the environment."""
    with starting(tmp_path_factory) as start:
        yield start


@pytest.fixture(scope="module")
def start_for_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartApp]:
    """The same for all tests of a file."""
    with starting(tmp_path_factory) as start:
        yield start


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """One app for all tests that do not mind the others' people and imports."""
    with starting(tmp_path_factory) as start:
        yield start()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium without a window."""
    path = next((found for name in CHROMIUMS if (found := shutil.which(name))), None)
    with sync_playwright() as playwright:
        if path is None and not Path(playwright.chromium.executable_path).exists():
            _miss(NO_CHROMIUM)
        launched = playwright.chromium.launch(
            executable_path=path, args=["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        yield launched
        launched.close()


def _miss(reason: str) -> None:
    if os.environ.get("ROLLCALL_FORBID_SKIP"):
        pytest.fail(f"A skip was forbidden, and this test {reason}")
    pytest.skip(reason)


@dataclass
class Trouble:
    """What a browser complained about, and whom it tried to call besides the app."""

    said: list[str] = field(default_factory=list)

    def hear(self, message: ConsoleMessage) -> None:
        # On a page's own address Streamlit tries the page's name as a folder of the server first; a 404 tells it no.
        is_probe = "/_stcore/" in message.location["url"]
        # What refreshes by itself says so each time the process it asks has been stopped or killed by its test.
        is_stopped = "when disconnected from server" in message.text or "ERR_CONNECTION_REFUSED" in message.text
        if message.type == "error" and not is_probe and not is_stopped:
            self.said.append(message.text)

    def see(self, request: Request) -> None:
        host = urlsplit(request.url).hostname
        if host not in (None, "127.0.0.1"):
            self.said.append(f"called {host}")


OpenBrowser = Callable[..., Page]


@pytest.fixture
def open_browser(browser: Browser) -> Iterator[OpenBrowser]:
    """A browser of its own: `open_browser()`, narrow, dark, or one that lets axe in. Fails on errors in its console."""
    contexts: list[BrowserContext] = []
    trouble = Trouble()

    def open_one(*, width: int = WIDE, dark: bool = False, for_axe: bool = False) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 1000},
            color_scheme="dark" if dark else "light",
            timezone_id="Europe/Berlin",
            bypass_csp=for_axe,
        )
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("console", trouble.hear)
        page.on("request", trouble.see)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert trouble.said == []


@pytest.fixture
def page(open_browser: OpenBrowser) -> Page:
    """A wide, light browser."""
    return open_browser()


def pick_session(page: Page, title: str) -> str:
    """Pick another session by typing some of its title into the picker, and return its id."""
    before, box = page.url, page.get_by_role("combobox", name="Session")
    box.click()
    box.fill(title)
    page.get_by_role("option", name=title).first.click()
    page.wait_for_url(lambda address: "session=" in address and address != before)
    return page.url.split("session=")[1].split("&")[0]
