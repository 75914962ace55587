"""Attendance and sources: who a participant is, which spelling counts as which source, what a source cost"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from rollcall.search_text import search_text, source_key

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

AT_ONCE = 500  # people
COUNTS = ("registered", "attended", "absent", "cancelled", "not_yet_known")


def upgrade() -> None:
    for name in ("search_text", "source_key"):
        op.add_column("registrant", sa.Column(name, sa.Text(), nullable=False, server_default=sa.text("''")))
    _fill_search(op.get_bind())
    op.create_index(
        "ix_registrant_search",
        "registrant",
        [
            "connection_id",
            "session_id",
            "gone_at",
            "search_text",
            "registered_at",
            "source_key",
            "email_key",
            "registrant_id",
        ],
    )
    ours = sa.text("seen_reading_id IS NULL")
    op.create_index(
        "ix_registrant_ours",
        "registrant",
        ["connection_id", "session_id", "seen_at"],
        sqlite_where=ours,
        postgresql_where=ours,
    )
    for name in ("user_hash", "first_name", "last_name"):
        op.add_column("participant", sa.Column(name, sa.Text(), nullable=True))
    op.create_table(
        "source_name",
        sa.Column("connection_id", _key(), nullable=False),
        sa.Column("raw_hash", sa.String(length=64), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["connection_id"], ["connection.id"]),
        sa.PrimaryKeyConstraint("connection_id", "raw_hash"),
    )
    op.create_table(
        "source_spend",
        sa.Column("connection_id", _key(), nullable=False),
        sa.Column("session_id", sa.String(length=64), nullable=False),
        sa.Column("name_hash", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("amount", _key(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["connection_id"], ["connection.id"]),
        sa.PrimaryKeyConstraint("connection_id", "session_id", "name_hash"),
    )
    op.create_table(
        "session_tally",
        sa.Column("connection_id", _key(), nullable=False),
        sa.Column("session_id", sa.String(length=64), nullable=False),
        sa.Column("registrants_reading_id", _key(), nullable=True),
        sa.Column("participants_reading_id", _key(), nullable=True),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=True),
        sa.Column("counted_at", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in (*COUNTS, "on_demand")),
        sa.Column("median_seconds", sa.Integer(), nullable=True),
        sa.Column("provisional", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["connection_id"], ["connection.id"]),
        sa.PrimaryKeyConstraint("connection_id", "session_id"),
    )
    op.create_table(
        "source_tally",
        sa.Column("connection_id", _key(), nullable=False),
        sa.Column("session_id", sa.String(length=64), nullable=False),
        sa.Column("raw_hash", sa.String(length=64), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTS),
        sa.ForeignKeyConstraint(["connection_id"], ["connection.id"]),
        sa.PrimaryKeyConstraint("connection_id", "session_id", "raw_hash"),
    )
    op.create_table(
        "preference",
        sa.Column("connection_id", _key(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["connection_id"], ["connection.id"]),
        sa.PrimaryKeyConstraint("connection_id", "name"),
    )


def _key() -> sa.types.TypeEngine[int]:
    """A number that SQLite counts up by itself; a fresh one for every column."""
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _fill_search(db: sa.Connection) -> None:
    """Whoever was listed before is found at once, not only after the next list."""
    key = ("connection_id", "session_id", "registrant_id")
    read = ("first_name", "last_name", "email", "source", "external_id")
    table = sa.table("registrant", *map(sa.column, (*key, *read, "search_text", "source_key")))
    statement = (
        table.update()
        .where(*(table.c[name] == sa.bindparam(f"of_{name}") for name in key))
        .values(search_text=sa.bindparam("text"), source_key=sa.bindparam("short"))
    )
    if db.dialect.name == "postgresql":
        db.execute(sa.text("ANALYZE registrant"))  # without it every chunk would look through the whole table
    of_session = (table.c.connection_id, table.c.session_id)
    for connection_id, session_id in db.execute(sa.select(*of_session).distinct()).all():
        people = (
            sa.select(*(table.c[name] for name in (*key, *read)))
            .where(table.c.connection_id == connection_id, table.c.session_id == session_id)
            .order_by(table.c.registrant_id)
            .limit(AT_ONCE)
        )
        last = ""
        while rows := db.execute(people.where(table.c.registrant_id > last)).mappings().all():
            last = rows[-1]["registrant_id"]
            db.execute(statement, [_sought(row, key=key, read=read) for row in rows])


def _sought(row: sa.RowMapping, *, key: Sequence[str], read: Sequence[str]) -> dict[str, Any]:
    text = search_text(**{name: row[name] or "" for name in read})
    return {f"of_{name}": row[name] for name in key} | {"text": text, "short": source_key(row["source"])}


def downgrade() -> None:
    op.drop_index("ix_registrant_ours", "registrant")
    op.drop_index("ix_registrant_search", "registrant")
    for name in ("preference", "source_tally", "session_tally", "source_spend"):
        op.drop_table(name)
    op.drop_table("source_name")
    for name in ("last_name", "first_name", "user_hash"):
        op.drop_column("participant", name)
    for name in ("source_key", "search_text"):
        op.drop_column("registrant", name)
