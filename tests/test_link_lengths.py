"""How long a link may be: RingCentral takes 5 to 256 characters, counted in the link and not in its template."""

import pytest

from rollcall import links
from rollcall.links import LinkError, LinkValues
from rollcall.ringcentral import limits

NAMELESS = {"webinar_id": "w", "session_id": "s", "email": "a@b.c", "first_name": "A", "last_name": "B"}


def with_ref(ref: str) -> LinkValues:
    return LinkValues(ref=ref, **NAMELESS)


@pytest.mark.parametrize("length", range(1, limits.URI_LENGTH_MIN))
def test_a_link_of_fewer_than_five_characters_is_too_short(length: int) -> None:
    """Said as its length, not as something else that is wrong with it too: RingCentral would name the length."""
    problem = links.check_link("http"[:length])

    assert problem is not None
    assert (problem.code, problem.detail) == ("too_short", f"{length} of 5")


def test_five_characters_are_not_too_short() -> None:
    """Five is allowed; that no web address is that short is another matter, and is said as such."""
    problem = links.check_link("http:")

    assert problem is not None
    assert problem.code == "not_http"


def test_a_template_that_gives_fewer_than_five_characters_is_refused() -> None:
    """Before anybody is sent with it."""
    with pytest.raises(LinkError) as caught:
        links.expand("x.y", with_ref("r"))

    assert caught.value.problem.code == "too_short"


def test_exactly_256_characters_are_accepted_and_one_more_is_not() -> None:
    """The value makes up the difference: the template is the same and short."""
    template = "https://acme.com/?r={ref}"
    rest = limits.URI_LENGTH - len("https://acme.com/?r=")

    assert len(links.expand(template, with_ref("x" * rest))) == 256
    with pytest.raises(LinkError) as caught:
        links.expand(template, with_ref("x" * (rest + 1)))
    assert (caught.value.problem.code, caught.value.problem.detail) == ("too_long", "257 of 256")


def test_encoding_counts() -> None:
    """An umlaut is six characters of a link; counted as one, RingCentral would refuse what we let pass."""
    template = "https://acme.com/?r={ref}"
    rest = limits.URI_LENGTH - len("https://acme.com/?r=")

    assert len(links.expand(template, with_ref("ä" * (rest // 6)))) <= 256
    with pytest.raises(LinkError):
        links.expand(template, with_ref("ä" * (rest // 6 + 1)))
