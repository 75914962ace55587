"""What sources cost: kept to the smallest unit, changed, taken away again."""

from datetime import timedelta

from sqlalchemy import select

from rollcall.roster import spend
from rollcall.roster.money import Money
from rollcall.store.database import Store
from rollcall.store.tables import Journal
from tests.databases import NINE, a_connection

TEN = NINE + timedelta(hours=1)
ADS, MAIL = Money(12_345, "EUR"), Money(0, "EUR")


def keep(store: Store, connection_id: int, amounts: dict[str, Money | None], session_id: str = "8001") -> int:
    with store.write() as db:
        return spend.keep(db, connection_id, session_id, amounts, actor="local", now=TEN)


def kept(store: Store, connection_id: int, session_id: str | None = None) -> dict[tuple[str, str], Money]:
    with store.read() as db:
        return {(one.session_id, one.name): one.money for one in spend.all_of(db, connection_id, session_id)}


def test_amounts_are_kept_per_session_and_source(store: Store, connection_id: int) -> None:
    """The same campaign costs something else for another webinar."""
    assert keep(store, connection_id, {"ads": ADS, "mail": MAIL}) == 2
    keep(store, connection_id, {"ads": MAIL}, "8002")

    assert kept(store, connection_id) == {("8001", "ads"): ADS, ("8001", "mail"): MAIL, ("8002", "ads"): MAIL}
    assert kept(store, connection_id, "8002") == {("8002", "ads"): MAIL}


def test_an_amount_is_changed_and_taken_away(store: Store, connection_id: int) -> None:
    """Zero is an amount, none is not; who is not named stays."""
    keep(store, connection_id, {"ads": ADS, "mail": MAIL})

    changed = keep(store, connection_id, {"ads": Money(50, "USD"), "mail": None, "never": None})

    assert changed == 2
    assert kept(store, connection_id) == {("8001", "ads"): Money(50, "USD")}


def test_saving_what_is_kept_changes_nothing(store: Store, connection_id: int) -> None:
    """A second press leaves no second line in the journal."""
    keep(store, connection_id, {"ads": ADS})

    assert keep(store, connection_id, {"ads": ADS}) == 0
    with store.read() as db:
        (line,) = db.scalars(select(Journal)).all()
    assert line.session_id == "8001"
    assert "ads" not in repr(line.detail)


def test_the_largest_amount_and_the_longest_name_are_kept(store: Store, connection_id: int) -> None:
    """No float on the way, and no index that refuses the name."""
    name, most = "x" * 10_000, Money(10**15 - 1, "KWD")

    keep(store, connection_id, {name: most})

    assert kept(store, connection_id) == {("8001", name): most}


def test_the_currency_used_last_is_the_usual_one(store: Store, connection_id: int) -> None:
    """Nobody picks it for every row again."""
    with store.read() as db:
        assert spend.usual_currency(db, connection_id) is None
    keep(store, connection_id, {"ads": Money(1, "CHF")})

    with store.read() as db:
        assert spend.usual_currency(db, connection_id) == "CHF"


def test_another_connections_amounts_are_not_seen(store: Store, connection_id: int) -> None:
    """Two companies, two budgets."""
    other = a_connection(store, owner_id="4002")
    keep(store, connection_id, {"ads": ADS})

    assert kept(store, other) == {}
