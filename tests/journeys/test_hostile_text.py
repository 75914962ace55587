"""What people type or upload stays text in a real browser: no link, no picture, no icon, no colour comes of it."""

import json
import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from threading import Event
from urllib.error import URLError

import pytest

from tests.journeys.conftest import ROOT, OpenBrowser

HOSTILE = [
    "![x](https://evil.example/t.png)",
    "[click](https://evil.example)",
    "https://evil.example/a_b",
    "www.evil.example",
    "WWW.evil.example/x",
    "anna@evil.example",
    "mailto:anna@evil.example",
    "<img src=https://evil.example/t.png>",
    "<b>bold</b>",
    ":material/home:",
    ":red[red] :rainbow[x] :blue-badge[x]",
    ":smile: :100:",
    "# heading",
    "- item",
    "1. item",
    "    code",
    "`code`",
    "**bold** __bold__ _it_ ~~gone~~",
    "$x^2$ and $$y$$",
    "| a | b |",
    "> quote",
    "[^1]: note [^1]",
    "a\\b &amp; &lt;",
    "{curly} ~tilde~ a--b",
]

MADE_BY_MARKDOWN = "a, img, code, b, strong:not([data-testid]), em, del, ul, ol, table, blockquote, .katex"

SCRIPT = """
import json, sys
import streamlit as st
from components.plain import plain
for number, text in enumerate(json.loads({texts!r})):
    shown = plain(text)
    with st.container(key=f"text_{{number}}"):
        st.markdown(shown)
        st.caption(f"for {{shown}}")
        st.error(shown, title=shown)
        st.button(shown, key=f"button_{{number}}")
        st.progress(0.5, text=shown)
        st.metric(shown, shown)
        st.badge(shown)
st.header("All shown")
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A page that shows every hostile text in every element that renders Markdown; without our headers."""
    script = tmp_path_factory.mktemp("hostile") / "hostile.py"
    script.write_text(SCRIPT.format(texts=json.dumps(HOSTILE)))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", str(script), f"--server.port={port}"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    yield _answering(f"http://127.0.0.1:{port}")
    process.terminate()
    process.wait(20)


def _answering(address: str) -> str:
    for _ in range(300):
        with suppress(URLError, ConnectionError), urllib.request.urlopen(f"{address}/_stcore/health"):
            return address
        Event().wait(0.1)
    raise AssertionError("the page did not start")


def test_hostile_text_is_shown_as_it_is(address: str, open_browser: OpenBrowser) -> None:
    """A CSV full of links and pictures: each marketer's browser would call its author."""
    page = open_browser()

    page.goto(address)
    page.get_by_role("heading", name="All shown").wait_for()

    for number, text in enumerate(HOSTILE):
        shown = page.locator(f".st-key-text_{number}")
        assert shown.locator(MADE_BY_MARKDOWN).evaluate_all("found => found.map(one => one.outerHTML)") == [], text
        words = " ".join(shown.get_by_test_id("stMarkdown").first.inner_text().split()).replace("\u2060", "")
        assert words == " ".join(text.split()), text
