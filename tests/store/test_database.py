"""The store's two ways in, on both databases: nothing lost, nobody blocked, readable by its owner alone."""

import stat
import traceback
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import SQLAlchemyError, StatementError

from rollcall import connections
from rollcall.store.database import Store, insert_ignoring, insert_ignoring_many, open_store, upsert
from rollcall.store.tables import Batch, Call, Capability, Quota, Registration
from tests.databases import NINE, in_threads


def a_quota(store: Store, connection_id: int) -> None:
    with store.write() as db:
        db.add(Quota(connection_id=connection_id, quota_group="heavy", limit=10, window_ms=60_000, penalties=0))


def penalties(store: Store) -> int | None:
    with store.read() as db:
        return db.scalar(select(Quota.penalties))


class TestMoments:
    def test_a_moment_without_a_zone_is_refused(self, store: Store, connection_id: int) -> None:
        """It would be read back as UTC, whatever the one who wrote it had meant."""
        nine_somewhere = NINE.replace(tzinfo=None)

        with store.read() as db, pytest.raises(StatementError, match="a moment without a zone"):
            db.scalar(select(Call.id).where(Call.connection_id == connection_id, Call.departed_at > nine_somewhere))

    def test_a_moment_of_another_zone_comes_back_as_the_same_moment_in_utc(
        self, store: Store, connection_id: int
    ) -> None:
        """Pages compare and subtract what they read; a mix of zones or naive values would raise or be wrong."""
        berlin = timezone(timedelta(hours=2))
        moment = datetime(2026, 9, 1, 11, 0, 0, 123_456, tzinfo=berlin)

        with store.write() as db:
            db.add(Call(connection_id=connection_id, quota_group="heavy", operation="create", departed_at=moment))

        with store.read() as db:
            kept = db.scalars(select(Call)).one().departed_at
        assert kept == NINE.replace(microsecond=123_000)
        assert kept.tzinfo is UTC

    def test_databases_compare_and_subtract_moments_by_themselves(self, store: Store, connection_id: int) -> None:
        """The pace asks for what ended after a moment, also one before 1970 or between two milliseconds."""
        moments = [datetime(1969, 12, 31, tzinfo=UTC), NINE, NINE + timedelta(milliseconds=1)]
        with store.write() as db:
            for moment in moments:
                db.add(Call(connection_id=connection_id, quota_group="heavy", operation="create", departed_at=moment))

        with store.read() as db:
            later = db.scalars(select(Call.departed_at).where(Call.departed_at > NINE)).all()
            first = db.scalar(select(func.min(Call.departed_at)))
        assert later == [moments[2]]
        assert first == moments[0]


class TestWriting:
    def test_an_exception_takes_everything_back(self, store: Store, connection_id: int) -> None:
        """A row and what belongs to it change together or not at all."""
        with suppress(ZeroDivisionError), store.write() as db:
            db.add(Capability(connection_id=connection_id, name="own_links", value="kept", seen_at=NINE))
            db.flush()
            raise ZeroDivisionError

        with store.read() as db:
            assert db.scalars(select(Capability)).all() == []

    def test_updates_of_four_threads_at_once_are_all_there(self, store: Store, connection_id: int) -> None:
        """The driver's own transactions begin too late and lost three of four."""
        a_quota(store, connection_id)

        def count_up(_: int) -> None:
            for _ in range(100):
                with store.write() as db:
                    db.execute(update(Quota).values(penalties=Quota.penalties + 1))

        in_threads(4, count_up)

        assert penalties(store) == 400

    def test_what_a_transaction_has_read_is_still_so_when_it_writes_on_sqlite(
        self, sqlite_template: Path, tmp_path: Path
    ) -> None:
        """BEGIN IMMEDIATE: two processes (here two stores, which share no lock of ours) that read, then write."""
        file = tmp_path / "two.sqlite"
        file.write_bytes(sqlite_template.read_bytes())
        stores = [open_store(f"sqlite:///{file}") for _ in range(4)]
        with stores[0].write() as db:
            demo = connections.find_or_make(db, connections.account("demo", "demo", "app"), now=NINE)
            db.add(Capability(connection_id=demo, name="n", value="0", seen_at=NINE))

        def count_up(which: int) -> None:
            for _ in range(25):
                with stores[which].write() as db:
                    known = db.scalars(select(Capability)).one()
                    known.value = str(int(known.value) + 1)

        in_threads(4, count_up)

        with stores[0].read() as db:
            assert db.scalars(select(Capability.value)).one() == "100"
        for one in stores:
            one.close()


class TestReading:
    def test_a_reader_neither_waits_for_a_writer_nor_sees_its_half(self, store: Store, connection_id: int) -> None:
        """A page is drawn while an import writes."""
        a_quota(store, connection_id)

        with store.write() as writing:
            writing.execute(update(Quota).values(penalties=7))
            seen = penalties(store)

        assert seen == 0
        assert penalties(store) == 7

    def test_a_reader_does_not_keep_a_writer_waiting(self, store: Store, connection_id: int) -> None:
        """A receipt of 50,000 lines is being read while the worker commits."""
        a_quota(store, connection_id)

        with store.read() as reading:
            reading.scalar(select(Quota.penalties))
            with store.write() as writing:
                writing.execute(update(Quota).values(penalties=7))

        assert penalties(store) == 7

    def test_one_view_stays_the_same_to_its_end(self, store: Store, connection_id: int) -> None:
        """Counts and people of one page come from several statements and have to fit together."""
        a_quota(store, connection_id)

        with store.read() as reading:
            before = reading.scalar(select(Quota.penalties))
            with store.write() as writing:
                writing.execute(update(Quota).values(penalties=7))
            after = reading.scalar(select(Quota.penalties))

        assert (before, after) == (0, 0)

    def test_what_a_reader_changes_is_thrown_away(self, store: Store, connection_id: int) -> None:
        """A page that sets an attribute by mistake has not written it."""
        a_quota(store, connection_id)

        with store.read() as reading:
            reading.scalars(select(Quota)).one().penalties = 9
            reading.flush()

        assert penalties(store) == 0


class TestManyRows:
    def test_rows_are_inserted_or_overwritten_but_for_what_is_kept(self, store: Store, connection_id: int) -> None:
        """A listing that shows somebody again must not forget when they were first seen."""
        rows = [
            {"connection_id": connection_id, "name": f"n{number}", "value": "old", "seen_at": NINE}
            for number in range(1_200)
        ]
        later = NINE + timedelta(hours=1)

        with store.write() as db:
            upsert(db, Capability, rows[:700], key=("connection_id", "name"))
        with store.write() as db:
            again = [{**row, "value": "new", "seen_at": later} for row in rows]
            upsert(db, Capability, again, key=("connection_id", "name"), keep=("seen_at",))

        with store.read() as db:
            kept = {one.name: (one.value, one.seen_at) for one in db.scalars(select(Capability))}
        assert len(kept) == 1_200
        assert kept["n0"] == ("new", NINE)
        assert kept["n1199"] == ("new", later)

    def test_a_row_that_is_there_already_is_left_alone(self, store: Store, connection_id: int) -> None:
        """Two wishes about one new person: both insert the registration, one of them is quicker."""
        row = {"connection_id": connection_id, "session_id": "8001", "email_key": "ada@example.com"}

        with store.write() as db:
            insert_ignoring(db, Registration, **row, ref="first", standing="none", created_at=NINE)
            insert_ignoring(db, Registration, **row, ref="second", standing="none", created_at=NINE)
            insert_ignoring_many(db, Registration, [{**row, "ref": "third", "standing": "none", "created_at": NINE}])

        with store.read() as db:
            assert db.scalars(select(Registration.ref)).all() == ["first"]

    def test_text_keeps_what_people_are_called(self, store: Store, connection_id: int) -> None:
        """Every script, and JSON beside it, goes in and comes out alike on both databases."""
        name = "Zoë 山田 🙂 O'Neil \\ %s :id"
        with store.write() as db:
            db.add(
                Batch(
                    connection_id=connection_id,
                    session_id="8001",
                    kind="register",
                    name=name,
                    actor="a",
                    state="draft",
                    mapping={"Anrede": name, "none": None},
                    created_at=NINE,
                )
            )

        with store.read() as db:
            batch = db.scalars(select(Batch)).one()
            assert (batch.name, batch.mapping) == (name, {"Anrede": name, "none": None})


class TestSqliteFile:
    def test_nobody_else_on_the_machine_can_read_the_file_or_its_companions(self, tmp_path: Path) -> None:
        """They hold names and addresses; the folder is made for the owner alone as well."""
        folder = tmp_path / "var"
        opened = open_store(f"sqlite:///{folder / 'rollcall.sqlite'}")
        with opened.write() as db:
            db.connection().exec_driver_sql("CREATE TABLE person (name TEXT)")

        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
        opened.close()

        assert modes == dict.fromkeys(["rollcall.sqlite", "rollcall.sqlite-wal", "rollcall.sqlite-shm"], 0o600)
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700

    def test_a_file_that_others_could_read_is_closed_to_them(self, tmp_path: Path) -> None:
        """Somebody restored a backup by hand, with the usual rights."""
        file = tmp_path / "rollcall.sqlite"
        file.touch(mode=0o644)
        file.chmod(0o644)

        open_store(f"sqlite:///{file}").close()

        assert stat.S_IMODE(file.stat().st_mode) == 0o600

    def test_a_commit_survives_a_power_cut_and_references_are_checked(self, tmp_path: Path) -> None:
        """`sending` must be on the disk before the first byte leaves: WAL alone syncs only at checkpoints."""
        opened = open_store(f"sqlite:///{tmp_path / 'rollcall.sqlite'}")
        with opened.read() as db:
            connection = db.connection()
            settings = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys")
            }
        opened.close()

        assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


class TestErrors:
    @pytest.mark.parametrize(
        "fields",
        [{}, {"ref": None, "session_id": "8002"}, {"ref": {"no": "text"}, "session_id": "8003"}],
        ids=["there twice", "something is missing", "something else than text"],
    )
    def test_an_error_names_no_person(self, store: Store, connection_id: int, fields: dict[str, object]) -> None:
        """Errors go to logs, with their causes; PostgreSQL quotes the key and the whole row that it refuses."""
        registration = {
            "connection_id": connection_id,
            "session_id": "8001",
            "email_key": "ada@example.com",
            "standing": "none",
            "created_at": NINE,
        }
        with store.write() as db:
            db.add(Registration(**registration, ref="first"))

        with pytest.raises(SQLAlchemyError) as refused, store.write() as db:
            db.add(Registration(**{**registration, "ref": "second", **fields}))

        assert "ada@" not in "".join(traceback.format_exception(refused.value))
        assert "INSERT INTO registration" in str(refused.value)
