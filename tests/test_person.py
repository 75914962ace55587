"""The one check of a person that form, file and public sign-up share."""

import unicodedata

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given
from hypothesis import strategies as st

from rollcall import person
from rollcall.person import Person, Problem, email_key

ANY_TEXT = st.text(max_size=30)
DOMAINS = st.one_of(
    st.from_regex(r"[a-zA-Z0-9.-]{1,20}", fullmatch=True),
    st.text(st.sampled_from("ab1.-_xnü語ß٠\u200d。Ａ"), min_size=1, max_size=14),
    st.sampled_from(
        ["example.com", "xn--p1ai", "a.xn--p1ai", "mail.test", "a.local", "EXAMPLE.Com", "müller.de", "a.b2"]
    ),
)
LOCALS = st.one_of(
    st.from_regex(r"[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]{1,70}", fullmatch=True),
    st.text(min_size=1, max_size=10),
)


def check(**changed: str) -> Person | list[Problem]:
    return person.check(**({"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.com"} | changed))


def problems(**changed: str) -> list[tuple[str, str]]:
    found = check(**changed)
    assert isinstance(found, list)
    return [(problem.field, problem.code) for problem in found]


def somebody(**changed: str) -> Person:
    found = check(**changed)
    assert isinstance(found, Person)
    return found


class TestNames:
    def test_what_nobody_sees_is_removed(self) -> None:
        """Copied from a web page, a name brings blanks, NULs and direction marks; two such people are one."""
        found = somebody(first_name="\ufeff Ada\x00\u200b ", last_name="de\u00a0\u202e  la\nCruz", source=" Web\u00ad ")

        assert (found.first_name, found.last_name, found.source) == ("Ada", "de la Cruz", "Web")

    def test_accents_are_composed(self) -> None:
        """A Mac writes é as two characters; it counts and compares as one."""
        assert somebody(first_name="Rene\u0301e").first_name == "Renée"

    def test_a_joiner_that_a_script_needs_stays(self) -> None:
        """Persian words change without it; between Latin letters it is a trick."""
        found = somebody(first_name="علی\u200cرضا", last_name="Love\u200clace")

        assert (found.first_name, found.last_name) == ("علی\u200cرضا", "Lovelace")

    def test_64_characters_are_taken_and_65_refused_with_the_count(self) -> None:
        """RingCentral's limit; nothing is ever cut off somebody's name."""
        found = check(first_name="x" * 65, last_name="é" * 65)

        assert somebody(first_name="x" * 64).first_name == "x" * 64
        assert isinstance(found, list)
        assert [(problem.field, problem.code, problem.detail) for problem in found] == [
            ("first_name", "too_long", "65 of 64"),
            ("last_name", "too_long", "65 of 64"),
        ]

    def test_all_problems_are_named_at_once(self) -> None:
        """Somebody who corrects a row wants to do it once."""
        assert problems(first_name=" \u200b", last_name="", email="ada", join_uri="ftp://x.y/") == [
            ("first_name", "required"),
            ("last_name", "required"),
            ("email", "no_at"),
            ("join_uri", "not_http"),
        ]

    def test_source_and_external_id_have_255_characters(self) -> None:
        """RingCentral names no limit; ours is checked before anything is sent."""
        assert problems(source="s" * 256, external_id="e" * 256) == [
            ("source", "too_long"),
            ("external_id", "too_long"),
        ]

    def test_own_links_are_kept(self) -> None:
        """They come from a column of the file, where they are already one person's."""
        found = somebody(join_uri=" https://acme.com/1 ", cancellation_uri="https://acme.com/2")

        assert (found.join_uri, found.cancellation_uri) == ("https://acme.com/1", "https://acme.com/2")

    def test_an_external_id_from_elsewhere_keeps_its_inner_blanks(self) -> None:
        """It is somebody's key; changed, it would not be found again."""
        assert somebody(external_id=" A  1 ").external_id == "A  1"

    @given(ANY_TEXT)
    @example("\ud800")
    @example("a\u0300\u200b\u0301")
    def test_tidying_twice_changes_nothing(self, text: str) -> None:
        """A file that was exported and uploaded again holds the same people."""
        tidied = person.tidy(text)

        assert person.tidy(tidied) == tidied == unicodedata.normalize("NFC", tidied).strip()
        assert "\0" not in tidied
        tidied.encode()


class TestEmail:
    @pytest.mark.parametrize(
        ("written", "sent"),
        [
            (" Ada@Example.COM ", "Ada@example.com"),
            ("ada@b\u00fccher.example", "ada@xn--bcher-kva.example"),
            ("a\u200bda@example.com", "ada@example.com"),
            ("o'hara+web@mail.example.co.uk", "o'hara+web@mail.example.co.uk"),
        ],
    )
    def test_the_domain_is_sent_in_ascii_and_lower_case(self, written: str, sent: str) -> None:
        """What stands before the @ belongs to the mail server and stays."""
        assert somebody(email=written).email == sent

    @pytest.mark.parametrize(
        ("email", "code"),
        [
            ("", "required"),
            ("ada", "no_at"),
            ("anna@acme", "no_ending"),
            ("ada@mail.test", "reserved_domain"),
            ("ada@localhost", "no_ending"),
            ("müller@example.com", "local_not_ascii"),
            ("ada@@example.com", "not_an_address"),
            ("ada@example.com, bob@example.com", "not_an_address"),
            ("Ada <ada@example.com>", "not_an_address"),
            ("=cmd()@example..com", "not_an_address"),
            ("x" * 65 + "@example.com", "not_an_address"),
            ("ada@" + "x." * 130 + "com", "too_long"),
        ],
    )
    def test_what_is_no_address_is_refused_with_the_reason(self, email: str, code: str) -> None:
        """The page says what to do about each; a mail into the void costs a call and a seat."""
        assert problems(email=email) == [("email", code)]

    @given(LOCALS, DOMAINS)
    @example("a", "a.xn--zz")
    @example("a", "a.b-")
    @example("a" * 64, "b." * 94 + "co")
    def test_the_verdict_is_that_of_email_validator(self, local: str, domain: str) -> None:
        """Most addresses take a shorter way, which must lead to the same place."""
        email = person.tidy(f"{local}@{domain}")
        try:
            expected = validate_email(email, strict=True, check_deliverability=False, allow_smtputf8=False).ascii_email
        except EmailNotValidError:
            expected = None

        found = check(email=email)

        assert (found.email if isinstance(found, Person) else None) == expected


class TestEmailKey:
    @pytest.mark.parametrize(
        "written",
        ["Ada@Bücher.example", " ada@xn--bcher-kva.EXAMPLE ", "ADA@BU\u0308CHER.example", "ada@bücher。example"],
    )
    def test_every_way_of_writing_one_mailbox_has_one_key(self, written: str) -> None:
        """Registered once in any spelling, a person is not registered again."""
        assert email_key(written) == "ada@xn--bcher-kva.example"

    def test_a_sharp_s_in_a_domain_is_not_two(self) -> None:
        """straße.example and strasse.example belong to two people."""
        assert email_key("ada@straße.example") == "ada@xn--strae-oqa.example"
        assert email_key("ada@strasse.example") == "ada@strasse.example"

    def test_plus_tags_and_dots_stay(self) -> None:
        """Whether they matter is up to the mail server, and a wrong guess would leave somebody out."""
        assert email_key("a.d.a+x@gmail.com") != email_key("ada@gmail.com")

    @given(ANY_TEXT)
    @example("\ud800@\ud800")
    @example("@")
    def test_no_text_breaks_it_and_a_key_is_its_own_key(self, text: str) -> None:
        """RingCentral may list addresses that we would refuse."""
        assert email_key(email_key(text)) == email_key(text)

    @given(LOCALS, DOMAINS)
    def test_a_person_has_the_key_of_the_address_as_typed(self, local: str, domain: str) -> None:
        """The file's spelling and the one sent must meet in one registration."""
        email = person.tidy(f"{local}@{domain}")
        found = check(email=email)

        if isinstance(found, Person):
            assert found.email_key == email_key(email)


def test_no_repr_shows_anybodys_data() -> None:
    """People's data must not reach a log through a stray f-string."""
    texts = repr(somebody(first_name="Zebedee")), repr(check(email="zebedee"))

    assert "zebedee" not in "".join(texts).lower()


@given(*[ANY_TEXT] * 7)
def test_no_input_raises(
    first: str, last: str, email: str, source: str, external_id: str, join: str, cancel: str
) -> None:
    """The public sign-up passes on whatever anybody sends."""
    person.check(
        first_name=first,
        last_name=last,
        email=email,
        source=source,
        external_id=external_id,
        join_uri=join,
        cancellation_uri=cancel,
    )
