"""How far a started import is."""

from rollcall.importing import afterwards
from rollcall.outbox.progress import Status


class TestTally:
    def test_a_stopped_import_stays_where_it_was(self) -> None:
        """A full bar would say that everybody was registered."""
        tally = afterwards.tally({Status.REGISTERED: 131, Status.REFUSED: 1, Status.WITHDRAWN: 468})

        assert (tally.total, tally.fulfilled) == (600, 131)
        assert round(tally.share, 2) == 0.22
