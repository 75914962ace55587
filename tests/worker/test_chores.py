"""What the worker writes between two calls, when somebody at a page writes in the same moment."""

import pytest

from rollcall import chores
from rollcall.duty import Chore, ChoreKind
from rollcall.outbox import batch as batches
from rollcall.store.database import Store
from rollcall.store.tables import Batch
from tests.databases import NINE, POSTGRESQL
from tests.outbox.rows import a_refused

ON_POSTGRESQL = pytest.mark.parametrize("database", [pytest.param(POSTGRESQL, marks=pytest.mark.postgres)])
LINES = 4


@ON_POSTGRESQL  # SQLite has one writer: there the page waits until the worker's transaction has ended
@pytest.mark.parametrize(
    ("kind", "unfolded"), [(ChoreKind.UNFOLD, LINES - 1), (ChoreKind.FINISH, LINES), (ChoreKind.MOVE_CURSOR, LINES)]
)
def test_lines_tried_again_in_this_very_moment_are_not_passed_over(
    store: Store, connection_id: int, kind: ChoreKind, unfolded: int
) -> None:
    """The worker chose while everybody was through; written over the page's change, the refused would never be sent."""
    batch_id = a_refused(store, connection_id, LINES, unfolded=unfolded)

    with store.write() as db:
        chore = Chore(kind, batch=db.get_one(Batch, batch_id), number=LINES)
        with store.write() as page:
            assert batches.retry_refused(page, batch_id, actor="marketer", now=NINE) == LINES
        chores.do(db, connection_id, chore, now=NINE)

    with store.read() as db:
        batch = db.get_one(Batch, batch_id)
        assert (batch.state, batch.unfolded, batch.cursor) == ("running", 0, 0)
