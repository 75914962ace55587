"""How far a started import is."""

import pytest

from rollcall.importing import afterwards
from rollcall.outbox.progress import Status
from rollcall.outbox.states import BatchKind
from rollcall.store.tables import Batch


class TestTally:
    def test_a_stopped_import_stays_where_it_was(self) -> None:
        """A full bar would say that everybody was registered."""
        tally = afterwards.tally({Status.REGISTERED: 131, Status.REFUSED: 1, Status.WITHDRAWN: 468})

        assert (tally.total, tally.fulfilled) == (600, 131)
        assert round(tally.share, 2) == 0.22


@pytest.mark.parametrize(("kind", "since"), [(BatchKind.REGISTER, 2), (BatchKind.CANCEL, 0)])
def test_who_was_registered_and_is_cancelled_since_is_counted_apart(kind: BatchKind, since: int) -> None:
    """An import had them registered, and they are not; a cancellation wanted just that."""
    counted = {Status.REGISTERED: 4, Status.CANCELLED: 2}

    assert afterwards.cancelled_since(Batch(kind=kind), counted) == since
