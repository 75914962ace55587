"""The rules of the house that a reader cannot see from one file alone: who may import whom."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SKILLED_ROOMS = ("rollcall.outbox", "rollcall.roster", "rollcall.ringcentral")


def modules(*folders: str) -> list[str]:
    """Every module below these folders, as a path from the project's root."""
    return [str(file.relative_to(ROOT)) for folder in folders for file in sorted((ROOT / folder).rglob("*.py"))]


def imported(path: str) -> Iterator[str]:
    """The full names a module imports, wherever in the file, relative ones resolved.

    `from a import b` gives `a.b`: b may be a module, and if it is not, the prefix still tells the room.
    """
    package = list(Path(path).parts[:-1])
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            origin = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def is_in(name: str, *rooms: str) -> bool:
    """Whether a full name is one of these modules or inside one of them."""
    return any(name == room or name.startswith(f"{room}.") for room in rooms)


def offending(path: str, *rooms: str) -> list[str]:
    return [name for name in imported(path) if is_in(name, *rooms)]


@pytest.mark.parametrize("path", modules("rollcall"))
def test_the_domain_knows_nothing_of_the_screens(path: str) -> None:
    """rollcall can be tested, and hosted elsewhere, without Streamlit; imports point one way."""
    assert offending(path, "streamlit", "components", "pages", "app") == []


@pytest.mark.parametrize("path", modules("components"))
def test_a_component_knows_no_page(path: str) -> None:
    """What several pages share must not depend on one of them."""
    assert offending(path, "pages", "app") == []


@pytest.mark.parametrize("path", modules("pages"))
def test_a_page_knows_no_other_page(path: str) -> None:
    """What two pages need belongs into components."""
    assert offending(path, "pages", "app") == []


@pytest.mark.parametrize("path", modules("rollcall/simulator"))
def test_the_simulator_shares_no_code_with_the_client(path: str) -> None:
    """It states RingCentral's rules a second time; sharing them would let one mistake hide in both."""
    foreign = [name for name in offending(path, "rollcall") if not is_in(name, "rollcall.simulator")]

    assert foreign == []


@pytest.mark.parametrize("path", modules("rollcall/outbox", "rollcall/roster", "rollcall/ringcentral"))
def test_outbox_roster_and_client_do_not_know_each_other(path: str) -> None:
    """Only the worker brings them together, so each can be read and tested alone."""
    own_room = ".".join(Path(path).parts[:2])
    neighbours = [room for room in SKILLED_ROOMS if room != own_room]

    assert offending(path, *neighbours) == []


@pytest.mark.parametrize("path", modules("rollcall/store", "rollcall/contact_file"))
def test_store_and_contact_file_know_neither_outbox_nor_client(path: str) -> None:
    """Tables and files are below everything that uses them."""
    assert offending(path, *SKILLED_ROOMS, "rollcall.wiring") == []


def test_relative_and_inner_imports_are_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that can be walked around with a dot or inside a function is no rule."""
    room = tmp_path / "rollcall" / "outbox"
    room.mkdir(parents=True)
    (room / "ledger.py").write_text("def f():\n    from ..ringcentral import client\n    from .. import roster\n")
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)

    found = offending("rollcall/outbox/ledger.py", *SKILLED_ROOMS)

    assert found == ["rollcall.ringcentral.client", "rollcall.roster"]


@pytest.mark.parametrize("target", re.findall(r"\]\(((?!https?:)[^)#]+)\)", (ROOT / "README.md").read_text("utf-8")))
def test_what_the_readme_points_at_is_there(target: str) -> None:
    """A picture that is missing is the first thing a visitor sees."""
    assert (ROOT / target).is_file()
