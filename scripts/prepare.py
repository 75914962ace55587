"""Make .venv, install what changed since the last time, and start the app: the part of `make` that needs thinking.

    prepare.py install requirements-dev.txt     .venv has what this file names
    prepare.py run                              the same for requirements.txt; then the app, until it is stopped

Standard library only: it runs before anything is installed. What goes wrong is said in one sentence.
"""

import errno
import hashlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class Stop(Exception):
    """One sentence for whoever typed the command: what is wrong, and what to do."""


def main(arguments: list[str], environ: Mapping[str, str]) -> None:
    os.chdir(ROOT)  # Streamlit looks for .streamlit/ where it is started
    venv = ROOT / (environ.get("VENV") or ".venv")
    match arguments:
        case ["install", requirements]:
            install(venv, ROOT / requirements)
        case ["run"]:
            port = free_port(environ)
            install(venv, ROOT / "requirements.txt")
            command = ["-m", "streamlit", "run", "app.py", f"--server.port={port}", *browser_option(environ)]
            os.execv(
                python_of(venv), [str(python_of(venv)), *command]
            )  # so that Ctrl-C and SIGTERM reach the app itself
        case _:
            raise Stop("Usage: prepare.py run, or prepare.py install FILE.")


def python_of(venv: Path) -> Path:
    return venv / "bin" / "python"


def install(venv: Path, requirements: Path) -> None:
    """Bring `venv` to what `requirements` names; does nothing, fast, when it was there already."""
    if version_of(venv) is None:
        make_venv(venv)
    refuse_other_version(venv)
    if is_stamped(venv, requirements):
        return
    print(f"Installing what {requirements.name} names into {venv.name} (once; a minute or two) …", flush=True)
    pip = [str(python_of(venv)), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    if subprocess.run([*pip, "--requirement", str(requirements)]).returncode:
        raise Stop(f"Installing {requirements.name} failed; the lines above say why.")
    for file in with_included(requirements):
        stamp_of(venv, file).write_text(fingerprint(file))


def version_of(venv: Path) -> tuple[int, int] | None:
    """The Python in `venv` as (3, 11); None if there is none, or if it does not run or has no pip to install with.

    Without pip: Debian's `python3 -m venv` leaves such a half when python3-venv is missing.
    """
    if not list(venv.glob("lib/python*/site-packages/pip")):
        return None
    try:
        ask = [str(python_of(venv)), "-c", "import sys; print(*sys.version_info[:2])"]
        major, minor = subprocess.run(ask, capture_output=True, text=True, check=True).stdout.split()
    except (OSError, subprocess.CalledProcessError):
        return None
    return int(major), int(minor)


def make_venv(venv: Path) -> None:
    """Make `venv` anew with the Python that runs this. Raises Stop without the venv module."""
    print(f"Making {venv.name} with Python {sys.version_info.major}.{sys.version_info.minor} …", flush=True)
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(venv)], capture_output=True, text=True)
    if made.returncode == 0:
        return
    if "No module named venv" in made.stderr or "ensurepip" in made.stdout + made.stderr:
        package = f"python3.{sys.version_info.minor}-venv"
        raise Stop(
            f"This Python has no venv module: install it (Debian and Ubuntu: apt install {package}), then again."
        )
    raise Stop(f"{venv} could not be made: {' '.join((made.stderr or made.stdout).split()[-20:])}")


def refuse_other_version(venv: Path) -> None:
    """A wish for another Python is not silently ignored, and nobody's .venv is thrown away for it."""
    version = version_of(venv) or (0, 0)
    made = f"{venv.name} was made with Python {version[0]}.{version[1]}"
    if version < (3, 11):
        raise Stop(f"{made}, and Rollcall needs 3.11 or newer: remove {venv.name}, then again.")
    if os.environ.get("PYTHON") and version != sys.version_info[:2]:
        raise Stop(f"{made}, and PYTHON names another: remove {venv.name}, or let VENV name another folder.")


def is_stamped(venv: Path, requirements: Path) -> bool:
    stamp = stamp_of(venv, requirements)
    return stamp.exists() and stamp.read_text() == fingerprint(requirements)


def stamp_of(venv: Path, requirements: Path) -> Path:
    """Inside .venv, so that both go together."""
    return venv / f".installed-{requirements.name}"


def fingerprint(requirements: Path) -> str:
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in with_included(requirements))).hexdigest()


def with_included(requirements: Path) -> Iterator[Path]:
    """The file, and each file that it includes with -r."""
    yield requirements
    for line in requirements.read_text(encoding="utf-8").splitlines():
        if line.startswith("-r "):
            yield from with_included(requirements.parent / line[3:].split("#")[0].strip())


def free_port(environ: Mapping[str, str]) -> int:
    """The port to serve on: PORT, else STREAMLIT_SERVER_PORT, else 8501. Raises Stop if it cannot be had."""
    text = environ.get("PORT") or environ.get("STREAMLIT_SERVER_PORT") or "8501"
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise Stop("The port must be a number from 1 to 65535, as in: make run PORT=8600.")
    port = int(text)
    address = environ.get("STREAMLIT_SERVER_ADDRESS") or "127.0.0.1"
    try:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port just given back is free
            probe.bind((address, port))
    except OSError as problem:
        if problem.errno == errno.EADDRINUSE:
            raise Stop(
                f"Port {port} is taken, perhaps by a Rollcall that runs already (see http://localhost:{port}); "
                f"for another one: make run PORT={port + 1 if port < 65535 else 8600}."
            ) from None
        raise Stop(f"Port {port} on {address} cannot be used ({problem.strerror}): try make run PORT=8600.") from None
    return port


def browser_option(environ: Mapping[str, str]) -> list[str]:
    """Have Streamlit open the browser where somebody sits before a screen and did not say otherwise."""
    screen = sys.platform == "darwin" or environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY")
    if not screen or environ.get("CI") or environ.get("SSH_CONNECTION") or environ.get("STREAMLIT_SERVER_HEADLESS"):
        return []
    return ["--server.headless=false"]


if __name__ == "__main__":
    try:
        main(sys.argv[1:], os.environ)
    except Stop as stop:
        print(stop, file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
