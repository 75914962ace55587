"""Two tabs check one draft at once, each with other columns: what is started is what one of them showed."""

import threading
from dataclasses import replace

import pytest

from rollcall.importing import checking, planning, starting
from rollcall.store.database import Store
from rollcall.store.tables import Batch, BatchLine
from tests.databases import in_threads
from tests.importing.conftest import NINE, a_draft

ROWS = 1200  # more than two chunks
MANY = b"First name,Last name,Email\n" + b"".join(b"Given,Family,p%d@example.com\n" % row for row in range(ROWS))


@pytest.fixture
def batch_id(store: Store) -> int:
    """A draft that no check has looked at."""
    return a_draft(store, MANY, checked=False)


class TabClosedError(Exception):
    """Streamlit ends a run of the page from inside."""


def swap_names(store: Store, batch_id: int) -> None:
    """The other tab decides that first and last name stand the other way round."""
    with store.read() as db:
        batch = db.get_one(Batch, batch_id)
        plan, links = planning.plan_of(batch), planning.links_of(batch)
    columns = replace(plan.columns, first_name=plan.columns.last_name, last_name=plan.columns.first_name)
    assert planning.decide(store, batch_id, replace(plan, columns=columns), links)


def first_names(store: Store, batch_id: int) -> list[str]:
    """The first names that would be sent, each once."""
    with store.read() as db:
        lines = db.query(BatchLine).filter_by(batch_id=batch_id).all()
        return sorted({(line.person or {})["first_name"] for line in lines})


def press_start(store: Store, batch_id: int) -> bool:
    return starting.start(store, batch_id, again_cancelled=False, now=NINE)


def test_a_check_that_was_overtaken_changes_nothing_any_more(store: Store, batch_id: int) -> None:
    """The tab with the old columns went on writing its rows into those of the new ones."""
    overtaken = threading.Event()

    def other_tab(_: int) -> None:
        if not overtaken.is_set():
            overtaken.set()
            swap_names(store, batch_id)
            checking.check(store, batch_id, now=NINE)

    checking.check(store, batch_id, now=NINE, progress=other_tab)

    assert overtaken.is_set()
    assert first_names(store, batch_id) == ["Family"]
    assert press_start(store, batch_id)


def test_a_check_that_was_overtaken_by_one_that_died_makes_nothing_that_can_be_started(
    store: Store, batch_id: int
) -> None:
    """Five hundred rows of the new columns, the rest of the old ones, and Start was offered for all of them."""

    def closes(_: int) -> None:
        raise TabClosedError

    def other_tab(_: int) -> None:
        swap_names(store, batch_id)
        with pytest.raises(TabClosedError):
            checking.check(store, batch_id, now=NINE, progress=closes)

    checking.check(store, batch_id, now=NINE, progress=other_tab)

    assert not press_start(store, batch_id)


def test_two_checks_that_write_in_turns_leave_the_columns_decided_last(store: Store, batch_id: int) -> None:
    """Both tabs write: half of the people had first and last name the wrong way round, and nobody was told."""
    is_halfway, goes_on, is_over = threading.Event(), threading.Event(), threading.Event()

    def earlier(_: int) -> None:
        is_halfway.set()
        goes_on.wait(10)

    def later(_: int) -> None:
        goes_on.set()
        is_over.wait(10)

    def tab(which: int) -> None:
        if which == 0:
            checking.check(store, batch_id, now=NINE, progress=earlier)
            is_over.set()
        else:
            assert is_halfway.wait(10)
            swap_names(store, batch_id)
            checking.check(store, batch_id, now=NINE, progress=later)

    in_threads(2, tab)

    assert first_names(store, batch_id) == ["Family"]
    assert press_start(store, batch_id)
