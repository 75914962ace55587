"""The environment and `.env` → one frozen `Settings`, or one error that names everything wrong with them.

Nothing else in the project reads the environment. A value is never repeated in a message: whoever pastes a secret
into the wrong line must not find it in a log.
"""

import enum
import io
import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from dotenv import dotenv_values
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

T = TypeVar("T")

ROOT = Path(__file__).resolve().parent.parent  # where app.py lies

# First our own name, then the one in RingCentral's guide, then the one in its older samples.
SERVER_URL = ("RC_SERVER_URL", "RINGCENTRAL_SERVER_URL")
CLIENT_ID = ("RC_CLIENT_ID", "RC_APP_CLIENT_ID", "RINGCENTRAL_CLIENT_ID")
CLIENT_SECRET = ("RC_CLIENT_SECRET", "RC_APP_CLIENT_SECRET", "RINGCENTRAL_CLIENT_SECRET")
JWT = ("RC_JWT", "RC_USER_JWT", "RINGCENTRAL_JWT")
CREDENTIALS = (CLIENT_ID, CLIENT_SECRET, JWT)

YES, NO = ("yes", "true", "on", "1"), ("no", "false", "off", "0")


class Mode(enum.Enum):
    """Whom the app talks to."""

    DEMO = "demo"  # the simulator on this computer
    LIVE = "live"  # the server that RC_SERVER_URL names


class SettingsError(Exception):
    """The app must not start. `problems` holds a sentence for each thing to put right, without any value."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(["Rollcall cannot start:", *(f"- {problem}" for problem in problems)]))
        self.problems = problems


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A text that shows itself only when asked to."""

    _text: str

    def reveal(self) -> str:
        """The text itself, for the one place that sends it."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(…)"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that whoever starts the app decides."""

    mode: Mode
    server_url: str  # no slash at the end; empty in the demo, whose address is known once the simulator runs
    client_id: str  # empty in the demo, as are the two secrets
    client_secret: Secret
    jwt: Secret
    database_url: str = field(repr=False)  # as SQLAlchemy reads it; may hold a password
    data_dir: Path  # exists and can be written to
    demo_limit: int  # calls in a window; the simulator's only
    demo_window: float  # seconds; the simulator's only
    guarded: bool  # the operator says that only the right people reach the app
    notices: tuple[str, ...] = ()  # what is set and has no effect, one sentence each


def load(environ: Mapping[str, str], dotenv: Path | None, *, root: Path = ROOT) -> Settings:
    """Read the settings, and make the data directory (mode 0700) if it is not there.

    The environment wins over the file `dotenv`, which need not exist; ROLLCALL_DOTENV names another file instead.
    Empty counts as not set. Relative paths start at `root`. Without any credential it is the demo.

    Raises:
        SettingsError: names every variable that is missing or malformed, all at once.
    """
    read = _Reader(environ, dotenv, root)
    server_url = read.value(SERVER_URL, _server_url, default="https://platform.ringcentral.com")
    client_id, client_secret, jwt = (read.value(names, _credential, default="") for names in CREDENTIALS)
    data_dir = read.value(("ROLLCALL_DATA_DIR",), lambda text: root / Path(text).expanduser(), default="var")
    demo_file, live_file = (
        URL.create("sqlite", database=str(data_dir / f"{name}.sqlite")) for name in ("demo", "rollcall")
    )
    database = read.value(("DATABASE_URL",), lambda text: _database(text, root, demo_file), default=_text(live_file))
    demo_limit = read.value(("ROLLCALL_DEMO_LIMIT",), _whole_number, default="10")
    demo_window = read.value(("ROLLCALL_DEMO_WINDOW",), _seconds, default="60")
    guarded = read.value(("ROLLCALL_GUARDED",), _yes_or_no, default="no")
    mode = read.mode()
    read.make_directory(data_dir)
    if read.problems:
        raise SettingsError(*read.problems)

    live = mode is Mode.LIVE
    return Settings(
        mode=mode,
        server_url=server_url if live else "",
        client_id=client_id,
        client_secret=Secret(client_secret),
        jwt=Secret(jwt),
        database_url=_text(database if live else demo_file),
        data_dir=data_dir,
        demo_limit=demo_limit,
        demo_window=demo_window,
        guarded=guarded,
        notices=() if live else read.unused(("DATABASE_URL",)),
    )


def refuse_open_door(address: str | None, settings: Settings) -> None:
    """Refuse to serve other computers unless the operator says that he guards the app.

    Args:
        address: what Streamlit binds to (`server.address`); None is all addresses of the machine.

    Raises:
        SettingsError: the address is not loopback and ROLLCALL_GUARDED is not yes.
    """
    if not settings.guarded and not _is_loopback(address or ""):
        raise SettingsError(
            "Rollcall has no sign-in yet and is about to listen to other computers: whoever reaches it could register "
            "and cancel people. Let it listen on 127.0.0.1 only, or guard it yourself (a proxy with sign-in, a VPN) "
            "and say so with ROLLCALL_GUARDED=yes."
        )


class _Reader:
    """Finds values in their sources, and remembers each problem instead of stopping at the first."""

    def __init__(self, environ: Mapping[str, str], dotenv: Path | None, root: Path) -> None:
        self.problems: list[str] = []
        named = environ.get("ROLLCALL_DOTENV", "").strip()
        file = self._file(root / named, required=True) if named else self._file(dotenv, required=False)
        self._sources = (environ, file)

    def value(self, names: tuple[str, ...], check: Callable[[str], T], *, default: str) -> T:
        """What `check` makes of the variable, which has several names; of `default` if it is not set or not good."""
        found = self._found(names)
        if len(set(found.values())) > 1:
            self.problems.append(f"{' and '.join(found)} mean the same and differ: keep one.")
        for name, text in found.items():
            try:
                return check(text)
            except ValueError as problem:
                self.problems.append(f"{name} {problem}.")
        return check(default)

    def mode(self) -> Mode:
        """Live with all credentials, demo with nothing of an account; with some of it, what is missing is a problem."""
        missing = [names for names in CREDENTIALS if not self._found(names)]
        if len(missing) == len(CREDENTIALS) and not self._found(SERVER_URL):
            return Mode.DEMO
        for name, *aliases in missing:
            self.problems.append(
                f"{name} (or {', or '.join(aliases)}) is missing; with nothing of an account the demo starts."
            )
        return Mode.LIVE

    def unused(self, *variables: tuple[str, ...]) -> tuple[str, ...]:
        """A sentence for each variable that is set although the demo does not look at it."""
        names = [name for variable in variables for name in self._found(variable)]
        return tuple(
            f"{name} is set, but without credentials this is the demo, which does not use it." for name in names
        )

    def make_directory(self, path: Path) -> None:
        """Make the directory, for its owner only; one that is there stays as it is."""
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            writable = os.access(path, os.W_OK | os.X_OK)
        except OSError:
            writable = False
        if not writable:
            self.problems.append(
                "ROLLCALL_DATA_DIR (else var beside app.py) is not a directory that can be written to."
            )

    def _found(self, names: tuple[str, ...]) -> dict[str, str]:
        """Name → value, of the first source that sets any of the names: the environment wins whatever the alias."""
        for source in self._sources:
            if found := {name: text for name in names if (text := (source.get(name) or "").strip())}:
                return found
        return {}

    def _file(self, path: Path | None, *, required: bool) -> Mapping[str, str | None]:
        if path is None or not (required or path.exists()):
            return {}
        try:
            text = path.read_text(encoding="utf-8-sig")  # Notepad begins a file with a BOM
        except (OSError, UnicodeError):
            self.problems.append(
                f"{'ROLLCALL_DOTENV names a file that' if required else '.env'} cannot be read as text."
            )
            return {}
        # Without interpolation: a secret may contain ${…}.
        return dotenv_values(stream=io.StringIO(text), interpolate=False)


def _server_url(text: str) -> str:
    """Raises ValueError with the rest of the sentence that the variable's name begins; so do all checks below."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError("is not an address such as https://platform.ringcentral.com") from None
    if parts.scheme not in ("https", "http") or not re.fullmatch(r"[a-z0-9.-]+|[0-9a-f:.]*:[0-9a-f:.]*", host):
        raise ValueError("is not an address such as https://platform.ringcentral.com")
    if parts.username is not None or parts.query or parts.fragment or parts.path not in ("", "/"):
        raise ValueError("must end after the server's name: no user, path or question mark")
    if parts.scheme == "http" and not _is_loopback(host):
        raise ValueError("must begin with https:// (http:// is for this computer only)")
    name = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{name}" + (f":{port}" if port is not None else "")


def _credential(text: str) -> str:
    if not re.fullmatch(r"[!-~]*", text):
        raise ValueError("has spaces, line breaks or other signs that cannot be in it: copy it again")
    return text


def _database(text: str, root: Path, demo_file: URL) -> URL:
    try:
        url = make_url(re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", text))
    except (ArgumentError, ValueError):
        raise ValueError("is not a database's address") from None
    if url.drivername not in ("sqlite", "sqlite+pysqlite", "postgresql+psycopg"):
        raise ValueError("must begin with sqlite:/// or postgresql://")
    if not url.database or url.database == ":memory:":
        raise ValueError("names no database")
    if url.get_backend_name() == "sqlite":
        url = url.set(database=str(root / url.database))
        if _same_file(url, demo_file):
            raise ValueError("names the demo's own file; real registrations need another")
    return url


def _same_file(one: URL, other: URL) -> bool:
    return Path(one.database or "").resolve() == Path(other.database or "").resolve()


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def _whole_number(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) == 0:
        raise ValueError("is not a whole number above 0")
    return int(text)


def _seconds(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text) or float(text) == 0:
        raise ValueError("is not a number of seconds above 0")
    return float(text)


def _yes_or_no(text: str) -> bool:
    if text.lower() not in YES + NO:
        raise ValueError("is neither yes nor no")
    return text.lower() in YES


def _is_loopback(host: str) -> bool:
    """Whether only this computer can be meant: localhost, 127.0.0.0/8 or ::1."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
