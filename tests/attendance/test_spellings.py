"""Which spellings are suggested as one campaign: most of those that are, hardly any that are not."""

import random
import time
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollcall.attendance import spellings
from rollcall.attendance.spellings import MOST_WITH_SLIPS, WORDS, Reason, Suggestion, suggest
from tests.attendance.spelling_pairs import HELD_BACK, WORKED_OUT_ON

ALL = WORKED_OUT_ON | HELD_BACK
HALVES = pytest.mark.parametrize(
    ("label", "campaigns"),
    [("worked out on", WORKED_OUT_ON), ("held back", HELD_BACK), ("both", ALL)],
    ids=["worked_out_on", "held_back", "both"],
)


def counted(campaigns: Mapping[str, tuple[str, ...]], of_the_name: int) -> dict[str, int]:
    """Every spelling with its registrants: slips are rarer than the name, unless that is 3 as well."""
    return {
        spelling: of_the_name if spelling == name else 3
        for name, others in campaigns.items()
        for spelling in (name, *others)
    }


def one_way(*ranked: str, decided: Mapping[str, str] | None = None) -> dict[str, str]:
    """Spelling → name, for spellings that were given from the most frequent one to the rarest."""
    counts = {spelling: 100 - at for at, spelling in enumerate(ranked)}
    return {one.spelling: one.name for one in suggest(counts, decided)}


@HALVES
@pytest.mark.parametrize("of_the_name", [40, 3], ids=["name_most_frequent", "all_as_frequent"])
def test_most_variants_are_found_and_hardly_any_is_wrong(
    label: str, campaigns: Mapping[str, tuple[str, ...]], of_the_name: int
) -> None:
    """At least 90 % of the variants come together with their campaign, at most 2 % of the suggestions are wrong."""
    meant = {spelling: name for name, others in campaigns.items() for spelling in (name, *others)}

    suggestions = suggest(counted(campaigns, of_the_name))

    counts_as = {spelling: spelling for spelling in meant} | {one.spelling: one.name for one in suggestions}
    variants = [spelling for spelling, name in meant.items() if spelling != name]
    missed = [spelling for spelling in variants if counts_as[spelling] != counts_as[meant[spelling]]]
    wrong = [one for one in suggestions if meant[one.spelling] != meant[one.name]]
    found, mistaken = 1 - len(missed) / len(variants), len(wrong) / len(suggestions)
    print(f"{label}: {found:.1%} of {len(variants)} found, {mistaken:.1%} of {len(suggestions)} wrong")  # noqa: T201
    assert found >= 0.90, missed
    assert mistaken <= 0.02, wrong


@HALVES
def test_the_promise_does_not_hang_on_the_list_of_usual_words(
    label: str, campaigns: Mapping[str, tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """List and set are by the same hand, and other companies have other words: without the list it holds as well."""
    monkeypatch.setattr(spellings, "WORDS", frozenset())

    test_most_variants_are_found_and_hardly_any_is_wrong(f"{label}, no usual words", campaigns, of_the_name=40)


def test_the_set_is_as_large_as_promised_and_says_nothing_twice() -> None:
    """200 variants of our own, each meaning one campaign."""
    every = [spelling for name, others in ALL.items() for spelling in (name, *others)]

    assert len(every) - len(ALL) >= 200
    assert len(set(every)) == len(every)


@pytest.mark.parametrize(
    "alike",
    [
        ("newsletter-2024", "newsletter-2025"),
        ("email-1", "email-2", "email-12", "email-1-2"),
        ("ad-a", "ad-b"),
        ("webinar us", "webinar uk"),
        ("webinarus", "webinaruk"),
        ("inbound", "outbound"),
        ("registered", "unregistered"),
        ("enrolled-list", "unenrolled-list"),
        ("tuesday", "thursday"),
        ("teusday", "thursday"),
        ("episode-ii", "episode-iii"),
        ("partner-meyer", "partner-mayer"),
        ("list-lisa", "list-lina"),
        ("sale-team", "sales-team"),
        ("c++", "c", "c#"),
        ("promo 🎉", "promo 🚀"),
        ("promo-€", "promo-$"),
        ("utm_source=google&utm_medium=cpc", "utm_source=google&utm_medium=organic", "google"),
        ("utm_source=xing&utm_campaign=a", "utm_source=xing&utm_campaign=b", "xing"),
        ("x" * 10_000, "x" * 9_999),
        ("上海展会", "北京展会"),
        ("हिन्दी", "हिन्दू"),
        ("", " ", "(none)"),
    ],
)
def test_look_alikes_are_left_alone(alike: tuple[str, ...]) -> None:
    """A wrong merge spoils the figures of two campaigns; a missed one is seen and made by hand."""
    assert one_way(*alike) == {}


@pytest.mark.parametrize(
    ("name", "spelling", "reason", "words"),
    [
        ("blog", "blog ", Reason.SPACES, ("", "")),
        ("sales team", "sales\u00a0team", Reason.SPACES, ("", "")),
        ("blog", "b\u200blog", Reason.SPACES, ("", "")),
        ("blog", "BLOG", Reason.CASE, ("", "")),
        ("customer-invite", "CustomerInvite", Reason.SEPARATORS, ("", "")),
        ("email-1", "email1", Reason.SEPARATORS, ("", "")),
        ("café", "cafe", Reason.SEPARATORS, ("", "")),
        ("<b>x</b>", "<B>X</B>", Reason.CASE, ("", "")),
        ("x" * 10_000, "X" * 10_000, Reason.CASE, ("", "")),
        ("customer invite", "customer%20invite", Reason.LINK, ("", "")),
        ("blog", "https://example.com/a?utm_source=blog#top", Reason.LINK, ("", "")),
        ("blog", "utm_source:blog", Reason.LINK, ("", "")),
        ("blog", "blog_utm", Reason.LINK, ("", "")),
        ("blog", "blog&utm_medium=web", Reason.LINK, ("", "")),
        ("google-cpc", "utm_medium=cpc&utm_source=google", Reason.LINK, ("", "")),
        ("newsletter", "newsletters", Reason.PLURAL, ("newsletters", "newsletter")),
        ("customer-invite", "Custmer Invite", Reason.SLIP, ("custmer", "customer")),
        ("customer-invite", "customerinvte", Reason.SLIP, ("customerinvte", "customerinvite")),
        ("partner-schneider", "partner-schnieder", Reason.SLIP, ("schnieder", "schneider")),
    ],
)
def test_a_suggestion_says_why(name: str, spelling: str, reason: Reason, words: tuple[str, str]) -> None:
    """Who confirms it by hand must see at once what differs."""
    assert suggest({name: 40, spelling: 3}) == (Suggestion(spelling, name, reason, words),)


def test_the_most_frequent_spelling_becomes_the_name() -> None:
    """It is what most of the links say."""
    assert one_way("Blog", "BLOG", "blog") == {"BLOG": "Blog", "blog": "Blog"}


def test_of_equally_frequent_spellings_the_usual_word_becomes_the_name() -> None:
    """Two registrants each: nobody wants to see "newsleter" on the page."""
    assert [one.name for one in suggest({"newsleter": 2, "newsletter": 2})] == ["newsletter"]


def test_every_spelling_is_like_its_name_and_not_like_another_spelling() -> None:
    """Suggestions are stars: nothing drifts away from the name over several steps."""
    assert one_way("zollfest", "zolfest", "zolfset") == {"zolfest": "zollfest"}


def test_what_is_equally_like_two_names_is_like_neither() -> None:
    """One letter from either; a person knows which."""
    assert one_way("zollfest", "zolfset", "zolfest") == {}


class TestDecided:
    def test_a_spelling_that_was_decided_on_is_not_suggested_again(self) -> None:
        """Whoever said "keep apart" is not asked at every visit."""
        assert one_way("blog", "Blog", decided={"Blog": "Blog"}) == {"blog": "Blog"}

    def test_two_that_are_kept_apart_stay_apart(self) -> None:
        """Both were decided on; a third one goes to one of them."""
        kept = {"partner-schneider": "partner-schneider", "partner-schnieder": "partner-schnieder"}

        assert one_way(*kept, "Partner Schnieder", decided=kept) == {"Partner Schnieder": "partner-schnieder"}

    def test_new_spellings_count_as_the_name_that_was_decided(self) -> None:
        """ "nl" counts as "newsletter" since spring; "NL" is new this week."""
        assert one_way("NL", "nl", "newsleter", decided={"nl": "newsletter"}) == {
            "NL": "newsletter",
            "newsleter": "newsletter",
        }

    def test_after_all_were_accepted_nothing_is_left(self) -> None:
        """Confirming the list empties it; it does not bring up the next round."""
        counts = counted(ALL, 40)

        accepted = {one.spelling: one.name for one in suggest(counts)}

        assert suggest(counts, accepted) == ()


def test_the_order_of_the_spellings_does_not_matter() -> None:
    """The same store gives the same suggestions, whatever order its rows come in."""
    counts = counted(ALL, 40)
    shuffled = random.Random(5).sample(sorted(counts.items()), len(counts))

    assert suggest(dict(shuffled)) == suggest(counts)


words = st.sampled_from(sorted(spelling for name, others in ALL.items() for spelling in (name, *others)))
texts = words | st.text(max_size=12) | st.builds(lambda a, b: f"{a} {b}", words, st.text("abe-1 ", max_size=3))


@settings(max_examples=150, deadline=None)
@given(texts, texts)
def test_likeness_goes_both_ways(one: str, other: str) -> None:
    """Which of two is the name depends on how often they occur; whether they are one does not. Nothing raises."""
    forth, back = suggest({one: 2, other: 1}), suggest({one: 1, other: 2})

    assert [(each.reason, sorted(each.words)) for each in forth] == [(each.reason, sorted(each.words)) for each in back]
    assert [(each.spelling, each.name) for each in forth] == [(each.name, each.spelling) for each in back]


def test_of_many_thousands_slips_are_found_among_the_most_frequent() -> None:
    """Six thousand took six seconds; spellings of the same words are found among all of them, by their key."""
    rng = random.Random(4)
    made_up = {"".join(rng.choices("abcdefghij", k=14)): 1 for _ in range(MOST_WITH_SLIPS)}

    found = suggest({"newsletter": 90, "newsleter": 30, "Newsletter": 1, "zzz-fair": 1, "ZZZ fair": 1} | made_up)

    assert {(one.spelling, one.name) for one in found} >= {
        ("newsleter", "newsletter"),
        ("Newsletter", "newsletter"),
        ("zzz-fair", "ZZZ fair"),
    }


@pytest.mark.parametrize("kind", ["campaigns", "numbered", "made_up", "long"])
def test_2000_spellings_are_quick(kind: str) -> None:
    """The Sources page asks at every opening. The bound is generous, for slow machines."""
    rng, usual = random.Random(3), sorted(WORDS)
    make = {
        "campaigns": lambda at: "-".join(rng.sample(usual, 3)) + f"-{at % 40}",
        "numbered": lambda at: f"email-{at}",
        "made_up": lambda at: "".join(rng.choices("abcdefghij", k=14)) + f"-{rng.choice(usual)}",
        "long": lambda at: "a-" * 5_000 + str(at),
    }[kind]
    counts = {make(at): 1 for at in range(2_000)}
    started = time.perf_counter()

    suggest(counts)

    took = time.perf_counter() - started
    print(f"{kind}: {took:.2f} s")  # noqa: T201 -- a figure to read
    assert took < 5.0
