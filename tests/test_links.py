"""Templates and the links they give."""

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall import links
from rollcall.links import LinkError, LinkValues
from rollcall.problem import Problem

TEMPLATE = "https://acme.com/webinar/{webinar_id}/join?ref={ref}"
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def values(**changed: str) -> LinkValues:
    given_values = {
        "webinar_id": "w1",
        "session_id": "s1",
        "ref": "r_1",
        "email": "ada@example.com",
        "first_name": "Ada",
        "last_name": "Lovelace",
        "source": "Web",
        "external_id": "lid=12%203",
    }
    return LinkValues(**(given_values | changed))


def refusal(template: str, **changed: str) -> Problem:
    with pytest.raises(LinkError) as caught:
        links.expand(template, values(**changed))
    return caught.value.problem


class TestExpand:
    def test_a_template_gives_one_persons_link(self) -> None:
        """The example of the brief."""
        assert links.expand(TEMPLATE, values()) == "https://acme.com/webinar/w1/join?ref=r_1"

    def test_every_placeholder_is_known(self) -> None:
        """What the page lists is what works."""
        template = "https://acme.com/" + "/".join(f"{{{name}}}" for name in links.PLACEHOLDERS)

        link = links.expand(template, values())

        assert link == "https://acme.com/w1/s1/r_1/ada%40example.com/Ada/Lovelace/Web/lid%3D12%25203"

    def test_marks_that_copying_adds_to_a_template_count_for_nothing(self) -> None:
        """Text copied from a page may carry them; nobody could find what is wrong with such a template."""
        pasted = "\ufeffhttps:\u2060//acme.com/?l={key:\u2060lid}\u200b"

        assert links.check(pasted) == []
        assert links.expand(pasted, values()) == "https://acme.com/?l=12%203"

    def test_a_key_of_the_external_id_is_decoded_first(self) -> None:
        """The CRM knows "12 3", not how it is written in the external ID."""
        assert links.expand("https://acme.com/?l={key:lid}", values()) == "https://acme.com/?l=12%203"

    @pytest.mark.parametrize("external_id", ["", "oid=1", "raw text"])
    def test_a_missing_key_is_named_instead_of_left_out(self, external_id: str) -> None:
        """A link without the id that the page needs would lead nowhere."""
        problem = refusal("https://acme.com/?l={key:lid}", external_id=external_id)

        assert (problem.code, problem.value) == ("missing_key", "lid")

    def test_braces_in_a_value_are_letters(self) -> None:
        """Somebody called {email} gets no second expansion."""
        assert links.expand("https://acme.com/{first_name}", values(first_name="{email}")).endswith("/%7Bemail%7D")

    @given(st.builds(values, first_name=TEXT, ref=TEXT))
    def test_no_value_changes_where_a_link_leads(self, somebody: LinkValues) -> None:
        """A name comes from a web form that anybody can fill in."""
        try:
            link = links.expand("https://acme.com/a/{first_name}/join?ref={ref}", somebody)
        except LinkError:  # too long, or a step of dots
            return

        parts = urlsplit(link)
        assert (parts.scheme, parts.netloc, parts.fragment) == ("https", "acme.com", "")
        assert [unquote(step) for step in parts.path.split("/")] == ["", "a", somebody.first_name, "join"]
        assert unquote(parts.query) == f"ref={somebody.ref}"

    @pytest.mark.parametrize("name", [".", ".."])
    def test_a_name_of_dots_cannot_climb_out_of_its_folder(self, name: str) -> None:
        """Browsers resolve even %2e%2e, so encoding does not help."""
        assert refusal("https://acme.com/a/{first_name}/join", first_name=name).code == "dot_segment"

    def test_length_counts_after_expansion(self) -> None:
        """RingCentral takes 256 characters of the link, not of the template."""
        template = "https://acme.com/{last_name}"

        assert len(links.expand(template, values(last_name="x" * 239))) == 256
        assert refusal(template, last_name="x" * 240).detail == "257 of 256"

    def test_half_a_surrogate_is_refused(self) -> None:
        """No encoding can carry it; it must not end as an exception of another kind."""
        assert refusal(TEMPLATE, ref="\ud800").code == "not_text"

    def test_a_refusal_repeats_nobodys_data(self) -> None:
        """Errors end up in logs."""
        with pytest.raises(LinkError) as caught:
            links.expand("https://acme.com/{last_name}", values(last_name="Secret" * 60))

        assert "Secret" not in str(caught.value) + repr(caught.value.problem) + repr(values(last_name="Secret"))


class TestCheck:
    @pytest.mark.parametrize(
        "template",
        [
            TEMPLATE,
            "HTTP://acme.com?ref={ref}",
            "https://localhost:8502/j/{ref}",
            "https://[::1]/{ref}",
            "https://127.0.0.1/{ref}",
            "https://wörter.example/{ref}",
        ],
    )
    def test_a_good_template_has_no_problem(self, template: str) -> None:
        """The public pages of the demo answer on loopback."""
        assert links.check(template) == []

    @pytest.mark.parametrize(
        ("template", "code", "value"),
        [
            ("https://acme.com/{name}", "unknown_placeholder", "{name}"),
            ("https://acme.com/{key:}", "unknown_placeholder", "{key:}"),
            ("https://acme.com/{}", "unknown_placeholder", "{}"),
            ("https://{source}.acme.com/", "placeholder_in_host", "{source}"),
            ("https://acme.com{ref}", "placeholder_in_host", "{ref}"),
            ("https://acme.com:{ref}/", "placeholder_in_host", "{ref}"),
            ("https://acme.com/{ref", "stray_brace", "https://acme.com/{ref"),
            ("{source}://acme.com/", "not_http", "{source}://acme.com/"),
            ("acme.com/{ref}", "not_http", "acme.com/{ref}"),
            ("javascript:alert(1)", "not_http", "javascript:alert(1)"),
            ("https:///{ref}", "no_host", "https:///{ref}"),
            ("https://a..b/", "no_host", "https://a..b/"),
            ("https://999.1.1.1/", "no_host", "https://999.1.1.1/"),
            ("https://[zz]/", "no_host", "https://[zz]/"),
            ("https://ada:pw@acme.com/", "credentials", "https://ada:pw@acme.com/"),
            ("https://acme.com@evil.example/", "credentials", "https://acme.com@evil.example/"),
            ("https://acme.com:99999/", "bad_port", "https://acme.com:99999/"),
            ("https://acme.com/a b", "forbidden_character", "https://acme.com/a b"),
            ("https://acme.com\\@evil.example/", "forbidden_character", "https://acme.com\\@evil.example/"),
            ("https://acme.com/\u202egnp", "forbidden_character", "https://acme.com/\u202egnp"),
            ("https://acme.com/../{ref}", "dot_segment", "https://acme.com/../{ref}"),
            ("", "required", ""),
        ],
    )
    def test_each_mistake_is_named(self, template: str, code: str, value: str) -> None:
        """Said while the template is typed, not after a thousand mails."""
        assert [(problem.code, problem.value) for problem in links.check(template)] == [(code, value)]

    def test_all_unknown_placeholders_are_named(self) -> None:
        """One round of corrections, not one a mistake."""
        found = links.check("https://acme.com/{a}/{b}", field="join")

        assert [(problem.field, problem.value) for problem in found] == [("join", "{a}"), ("join", "{b}")]

    @given(st.text())
    def test_no_text_breaks_it(self, template: str) -> None:
        """It runs at every keystroke."""
        links.check(template)
        links.check_link(template)
