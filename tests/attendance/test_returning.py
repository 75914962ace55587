"""Who is new, came back, or never comes, over several sessions."""

import pandas as pd
import pytest

from rollcall.attendance.returning import Group, external_key, over_sessions

ORDER = ["s1", "s2", "s3", "s4"]


def a_history(*rows: tuple[str, str, bool]) -> pd.DataFrame:
    """session, key, attended."""
    return pd.DataFrame(rows, columns=["session_id", "key", "attended"]).astype({"attended": bool})


@pytest.mark.parametrize(
    ("came", "group"),
    [
        ({"s4": True}, Group.NEW),
        ({"s4": False}, Group.NEW),
        ({"s1": False}, Group.NEVER_CAME),
        ({"s1": False, "s4": False}, Group.NEVER_CAME),
        ({"s1": True}, Group.ONCE),
        ({"s1": True, "s4": False}, Group.RETURNING),
        ({"s1": False, "s4": True}, Group.RETURNING),
        ({"s1": True, "s2": True}, Group.RETURNING),
        ({"s1": True, "s2": True, "s3": True}, Group.REGULAR),
        ({"s1": True, "s2": True, "s3": False, "s4": True}, Group.REGULAR),
    ],
)
def test_everybody_is_in_one_group(came: dict[str, bool], group: Group) -> None:
    """The definition, a line each, as it looks from the last of four sessions."""
    found = over_sessions(a_history(*((session, "a", attended) for session, attended in came.items())), ORDER)

    assert list(found.people["group"]) == [group]
    assert found.counts == {one: int(one is group) for one in Group}


def test_a_person_is_told_to_the_session() -> None:
    """First and last, and the last they came to: what a salesperson asks next."""
    found = over_sessions(a_history(("s3", "a", False), ("s1", "a", True), ("s2", "a", True)), ORDER)

    assert found.people.to_dict("records") == [
        {
            "key": "a",
            "registered": 3,
            "attended": 2,
            "first_session": "s1",
            "last_session": "s3",
            "last_attended": "s2",
            "in_latest": False,
            "attended_latest": False,
            "group": "returning",
        }
    ]


def test_two_registrations_in_one_session_are_one_person() -> None:
    """Registered with the same address twice, came with one of them: one session, attended."""
    found = over_sessions(a_history(("s4", "a", False), ("s4", "a", True)), ORDER)

    assert (found.people["registered"][0], found.people["attended"][0]) == (1, 1)
    assert found.people["attended_latest"][0]


def test_the_same_people_look_otherwise_from_an_earlier_session() -> None:
    """Whoever came back in the fourth was new in the first."""
    history = a_history(("s1", "a", True), ("s4", "a", True))

    assert list(over_sessions(history, ["s1"]).people["group"]) == ["new"]
    assert list(over_sessions(history, ORDER).people["group"]) == ["returning"]


def test_who_has_no_key_is_counted_and_is_nobody() -> None:
    """Two strangers without a lead id are not one returning person."""
    found = over_sessions(a_history(("s1", "", True), ("s4", "", True)), ORDER)

    assert found.people.empty
    assert found.without_key == 2


def test_other_sessions_do_not_count() -> None:
    """What the page's filter leaves out is left out everywhere."""
    found = over_sessions(a_history(("elsewhere", "a", True), ("elsewhere", "", True)), ORDER)

    assert (len(found.people), found.without_key) == (0, 0)


@pytest.mark.parametrize("order", [[], ORDER])
def test_without_rows_there_is_nobody(order: list[str]) -> None:
    """No session picked, or none with registrants."""
    assert over_sessions(a_history(), order).counts == dict.fromkeys(Group, 0)


def test_its_repr_shows_nobody() -> None:
    """It may land in a log."""
    assert "ada@" not in repr(over_sessions(a_history(("s1", "ada@x.org", True)), ORDER))


def test_an_external_key_is_read_as_it_was_written() -> None:
    """Encoded values decoded, the first of a repeated key, blanks around left out."""
    assert external_key(["lid=4%4056&oid=1", "oid=2", "lid=%20a%20&lid=b", "lid="], "lid") == ["4@56", "", "a", ""]


@pytest.mark.parametrize("text", ["", "12345", "lid", "lid=1=2", "lid=%GG", "<b>lid=1</b>&"])
def test_an_external_id_that_is_no_key_value_string_has_no_key(text: str) -> None:
    """Strings from elsewhere stay what they are."""
    assert external_key([text], "lid") == [""]
