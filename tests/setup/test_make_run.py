"""`make run` and `make test` as somebody meets them on a fresh machine."""

import socket
import stat
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.setup.conftest import ROOT, Clone

pytestmark = pytest.mark.xdist_group("setup")  # one clone for all of them, not one a core


@pytest.fixture
def a_stub(tmp_path: Path) -> Path:
    """An interpreter that lies about itself as its test wants: a script at this path."""
    stub = tmp_path / "python"
    stub.touch()
    stub.chmod(stat.S_IRWXU)
    return stub


def sentence(done: subprocess.CompletedProcess[str]) -> str:
    """The one sentence on standard error; what make itself adds about its recipe is left out."""
    assert done.returncode != 0
    assert "Traceback" not in done.stdout + done.stderr
    (line,) = [line for line in done.stderr.splitlines() if not line.startswith("make")]
    return line


class TestRun:
    def test_the_first_start_makes_the_environment_and_the_second_installs_nothing(
        self, clone: Clone, port: int
    ) -> None:
        """Nobody waits for pip each morning."""
        first = clone.start(port, VENV="fresh")
        clone.stop()

        second = clone.start(port, VENV="fresh")

        assert "Making fresh" in first
        assert "Installing" in first
        assert second == f"streamlit run app.py --server.port={port}\n"
        clone.stop()

    def test_it_answers_on_the_port_that_was_asked_for(self, clone: Clone, port: int) -> None:
        """`make run PORT=8600` is what the message about a taken port advises."""
        clone.start(port)

        with urllib.request.urlopen(f"http://127.0.0.1:{port}", timeout=20) as answer:
            assert answer.status == 200
        clone.stop()

    def test_a_changed_requirement_is_installed_at_the_next_start(self, clone: Clone, port: int) -> None:
        """After a `git pull` the old libraries would meet the new code."""
        clone.make("install-dev")
        requirements = clone.path / "requirements.txt"
        requirements.write_text(requirements.read_text() + "# changed\n")

        said = clone.start(port)

        assert "Installing what requirements.txt names" in said
        clone.stop()

    def test_the_browser_opens_only_where_there_is_a_screen(self, clone: Clone, port: int) -> None:
        """On a server, in CI or over SSH there is nobody to look, and a terminal browser would take over."""
        with_screen = clone.start(port, DISPLAY=":0")
        clone.stop()
        in_ci = clone.start(port, DISPLAY=":0", CI="true")
        clone.stop()

        assert "--server.headless=false" in with_screen
        assert "headless" not in in_ci

    @pytest.mark.parametrize("how", ["PORT", "STREAMLIT_SERVER_PORT"])
    def test_a_taken_port_is_one_sentence(self, clone: Clone, how: str) -> None:
        """Mostly it is the Rollcall one has forgotten in another window."""
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            said = sentence(clone.make("run", **{how: str(port)}))

        assert said.startswith(f"Port {port} is taken")
        assert "make run PORT=" in said

    def test_a_port_that_is_none_is_one_sentence(self, clone: Clone) -> None:
        """A typo is answered before anything is installed."""
        assert sentence(clone.make("run", "PORT=85O1")).startswith("The port must be a number")


class TestPython:
    def test_a_python_that_is_too_old_is_one_sentence(self, clone: Clone, a_stub: Path) -> None:
        """Otherwise the first thing a newcomer sees is a SyntaxError."""
        a_stub.write_text('#!/bin/sh\n[ "$1" = -V ] && echo "Python 3.9.2" && exit 0\nexit 1\n')

        said = sentence(clone.make("run", PYTHON=str(a_stub)))

        assert said.startswith("Rollcall needs Python 3.11 or newer")
        assert "3.9.2" in said

    def test_without_any_new_python_the_one_there_is_is_named(self, tmp_path: Path, a_stub: Path) -> None:
        """Stubs of version managers answer to a name and run nothing; they are passed over."""
        a_stub.write_text('#!/bin/sh\n[ "$1" = -V ] && echo "Python 3.9.2" && exit 0\nexit 1\n')
        for name in ("python3.13", "python3.12", "python3.11", "python3"):
            shim = tmp_path / name
            shim.write_text("#!/bin/sh\necho command not found >&2\nexit 127\n")
            shim.chmod(stat.S_IRWXU)

        done = subprocess.run(
            ["/bin/sh", ROOT / "scripts" / "with-python", "-c", "pass"],
            cwd=tmp_path,
            env={"PATH": str(tmp_path)},
            capture_output=True,
            text=True,
        )

        assert "this machine has Python 3.9.2" in sentence(done)

    def test_a_python_without_venv_is_one_sentence(self, clone: Clone, tmp_path: Path) -> None:
        """Debian ships python3 without python3-venv; the sentence names the package."""
        debians_words = "The virtual environment was not created successfully because ensurepip is not\navailable."
        (tmp_path / "venv.py").write_text(f"import sys\nprint({debians_words!r})\nsys.exit(1)\n")

        said = sentence(clone.make("run", VENV=str(tmp_path / "new"), PYTHONPATH=str(tmp_path)))

        assert said.startswith("This Python has no venv module")
        assert f"apt install python3.{sys.version_info.minor}-venv" in said

    def test_an_environment_left_half_made_is_made_again(self, clone: Clone, tmp_path: Path) -> None:
        """What Debian leaves behind without python3-venv: an interpreter, and no pip."""
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "half"], check=True)

        done = clone.make("install-dev", VENV=str(tmp_path / "half"))

        assert done.returncode == 0
        assert "Making half" in done.stdout

    @pytest.mark.parametrize(("version", "reason"), [("3 99", "PYTHON names another"), ("3 9", "needs 3.11")])
    def test_an_environment_of_another_python_is_left_alone(
        self, clone: Clone, tmp_path: Path, version: str, reason: str
    ) -> None:
        """Testing with 3.12 must not quietly run on 3.11, and nobody's .venv is thrown away for it."""
        (tmp_path / "lib/python3/site-packages/pip").mkdir(parents=True)
        (tmp_path / "bin").mkdir()
        other = tmp_path / "bin" / "python"
        other.write_text(f"#!/bin/sh\necho {version}\n")
        other.chmod(stat.S_IRWXU)

        assert reason in sentence(clone.make("run", VENV=str(tmp_path)))
        assert other.exists()


class TestRequirements:
    def test_a_package_that_cannot_be_had_is_one_sentence_after_pips_own(self, clone: Clone) -> None:
        """pip says what is wrong; we say which file, and that it is over."""
        clone.make("install-dev")
        (clone.path / "wrong.txt").write_text("there-is-no-such-package==1\n")

        done = subprocess.run(
            [sys.executable, clone.path / "scripts" / "prepare.py", "install", "wrong.txt"],
            env={"PIP_NO_INDEX": "1"},
            capture_output=True,
            text=True,
        )

        assert done.returncode == 1
        assert done.stderr.splitlines()[-1] == "Installing wrong.txt failed; the lines above say why."
        assert "Traceback" not in done.stderr

    @pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
    def test_every_line_is_an_exact_pin(self, name: str) -> None:
        """What was tested is what runs, on every machine."""
        lines = [line.split("#")[0].strip() for line in (ROOT / name).read_text().splitlines()]

        loose = [line for line in lines if line and "==" not in line and not line.startswith("-r ")]

        assert loose == []
        assert all("#" in line for line in (ROOT / "requirements.txt").read_text().splitlines())
