"""The file as it comes back."""

import csv
import io

from components import people_table
from rollcall.importing import planning, starting
from rollcall.importing.receipt import receipt_of
from rollcall.outbox import batch as batches
from rollcall.outbox import ledger
from rollcall.outbox import unfold as unfolding
from rollcall.outbox.states import Outcome, State, Verdict
from rollcall.roster import registrants
from rollcall.store.database import Store
from rollcall.store.tables import Batch
from tests.importing.conftest import NINE, SESSION, a_draft, a_seen, verdicts


def no_reason(_: object) -> str:
    return ""


class TestReceipt:
    def test_every_row_comes_back_with_its_status_and_links(self, store: Store) -> None:
        """What the marketer takes back to their CRM: same rows, same order, five columns more."""
        data = b"\xef\xbb\xbfFirst name;Last name;Email\r\nAnna;Novak;anna@example.com\r\nBen;;ben@example.com\r\n"
        batch_id = a_draft(store, data)
        starting.start(store, batch_id, again_cancelled=False, now=NINE)
        registered(store, batch_id, "anna@example.com")

        receipt = receipt_of(store, batch_id, lambda line: "no last name" if line.problems else "")

        assert receipt is not None
        assert receipt.startswith(b"\xef\xbb\xbfFirst name;Last name;Email;rollcall_status")
        rows = list(csv.DictReader(io.StringIO(receipt.decode("utf-8-sig")), delimiter=";"))
        assert [(row["rollcall_status"], row["rollcall_reason"]) for row in rows] == [
            ("registered", ""),
            ("invalid", "no last name"),
        ]
        assert rows[0]["rollcall_join_link"] == "https://rc.example.com/j/1"
        assert rows[0]["rollcall_cancel_link"] == "https://rc.example.com/c/1"

    def test_a_receipt_uploaded_again_gives_the_same_people(self, store: Store) -> None:
        """Its five columns are never taken for the list's own."""
        batch_id = a_draft(store)
        receipt = receipt_of(store, batch_id, no_reason)
        assert receipt is not None

        again = a_draft(store, receipt)

        with store.read() as db:
            plans = [planning.plan_of(db.get_one(Batch, one)).columns for one in (batch_id, again)]
        assert plans[0] == plans[1]
        assert verdicts(store, again) == {Verdict.TO_SEND: 2}

    def test_who_was_left_out_or_not_sent_any_more_has_a_reason(self, store: Store) -> None:
        """An empty cell beside a state sends the marketer to look for a fault."""
        data = b"First name,Last name,Email,Unsubscribed\nAnna,Novak,anna@example.com,yes\nBen,Ode,ben@example.com,\n"
        batch_id = a_draft(store, data)
        starting.start(store, batch_id, again_cancelled=False, now=NINE)
        with store.write() as db:
            batches.stop(db, batch_id, now=NINE)

        receipt = receipt_of(store, batch_id, people_table.reason)

        assert receipt is not None
        rows = list(csv.DictReader(io.StringIO(receipt.decode())))
        assert [(row["rollcall_status"], row["rollcall_reason"]) for row in rows] == [
            ("left_out", "Left out: the column “Unsubscribed” marks them."),
            ("withdrawn", "The import was stopped."),
        ]

    def test_a_deleted_file_gives_no_receipt(self, store: Store) -> None:
        """Deleted means deleted."""
        batch_id = a_draft(store)
        with store.write() as db:
            batches.forget_file(db, batch_id, now=NINE)

        assert receipt_of(store, batch_id, no_reason) is None


def registered(store: Store, batch_id: int, email: str) -> None:
    """Let a line of a running batch be sent and answered."""
    with store.write() as db:
        batch = db.get_one(Batch, batch_id)
        unfolding.unfold(db, batch, now=NINE)
        registrants.keep(db, 1, SESSION, [a_seen(email)], now=NINE)
        action, _ = ledger.next_of_batch(db, batch, now=NINE)
        assert action is not None
        ledger.claim(db, action, call_id=1, epoch=1, now=NINE)
        ledger.finish(
            db, action.id, Outcome.REGISTERED, registrant_id=f"r-{email}", now=NINE,
            coming_from=frozenset({State.SENDING}),
        )  # fmt: skip
