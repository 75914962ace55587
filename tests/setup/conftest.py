"""A fresh clone in a temporary folder, small enough to install in a second and without any network.

The real Makefile and the real scripts, real pip and a real environment; only what is installed is a stand-in: a package
called streamlit that says how it was started and answers on the port.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent

STREAMLIT = """
import http.server, sys

port = next(int(word.split("=")[1]) for word in sys.argv if word.startswith("--server.port="))
server = http.server.HTTPServer(("127.0.0.1", port), http.server.SimpleHTTPRequestHandler)
print("streamlit", *sys.argv[1:], flush=True)
server.serve_forever()
"""


@dataclass
class Clone:
    """A checkout, and what somebody types in it."""

    path: Path
    running: list[subprocess.Popen[str]] = field(default_factory=list)

    def make(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run make to its end."""
        return subprocess.run(
            ["make", *arguments], cwd=self.path, env=self._environ(environ), capture_output=True, text=True, timeout=120
        )

    def start(self, port: int, **environ: str) -> str:
        """Run `make run` until the app says how it was started; return everything said until then."""
        process = subprocess.Popen(
            ["make", "run", f"PORT={port}"],
            cwd=self.path,
            env=self._environ(environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.running.append(process)
        assert process.stdout is not None
        said = ""
        for line in process.stdout:
            said += line
            if line.startswith("streamlit "):
                return said
        raise AssertionError(f"ended instead of running: {said}")

    def stop(self) -> None:
        """Stop what was started, with everything that belongs to it."""
        while self.running:
            process = self.running.pop()
            os.killpg(process.pid, signal.SIGTERM)
            process.communicate(timeout=20)

    def _environ(self, more: dict[str, str]) -> dict[str, str]:
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        return {**inherited, "PYTHON": sys.executable, "PIP_NO_INDEX": "1", **more}


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    """One checkout a module: its first installation is the expensive part."""
    path = tmp_path_factory.mktemp("clone")
    shutil.copy(ROOT / "Makefile", path)
    shutil.copytree(ROOT / "scripts", path / "scripts")
    (path / "app.py").write_text("")
    a_wheel(path, "streamlit", STREAMLIT)
    (path / "requirements.txt").write_text("./streamlit-1-py3-none-any.whl\n")
    (path / "requirements-dev.txt").write_text("-r requirements.txt\n")
    clone = Clone(path)
    yield clone
    clone.stop()


@pytest.fixture
def port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def a_wheel(folder: Path, name: str, main: str) -> None:
    """A package that pip installs without a network and that `python -m` starts."""
    info = f"{name}-1.dist-info"
    with zipfile.ZipFile(folder / f"{name}-1-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{name}/__main__.py", main)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")
