"""The report of a session: whole, honest, safe to open, and naming nobody unless asked."""

from __future__ import annotations

from base64 import b64decode
from datetime import datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollcall.attendance import charts, report, report_words
from rollcall.attendance.facts import ParticipantsRead, SessionFacts
from rollcall.attendance.matching import Attendance, Provisional, Unmatched
from rollcall.attendance.minutes import Note, Oddity
from tests.attendance.examples import ELEVEN, HALF_PAST, TEN, a_record, a_running_session, reckoned, some_facts
from tests.attendance.slow import ARegistrant

MARKUP = '"><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7 * 7 }}&amp;'
ALLOWED = frozenset({
    "html", "head", "meta", "title", "style", "body", "main", "header", "section", "h1", "h2", "h3", "p", "dl",
    "div", "dt", "dd", "ul", "li", "strong", "bdi", "figure", "img", "figcaption", "details", "summary", "table",
    "caption", "thead", "tbody", "tr", "th", "td",
})  # fmt: skip


class Elements(HTMLParser):
    """What a browser makes of a document: its elements in their order, and its texts."""

    def __init__(self, document: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.texts: list[str] = []
        self.feed(document)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append(" ".join(data.split()))

    @property
    def text(self) -> str:
        return " ".join(self.texts)

    def values(self, tag: str, name: str) -> list[str]:
        return [value for one, attribute, value in self.attributes if (one, attribute) == (tag, name)]


def undrawn(chart: charts.Chart) -> str:
    """A picture that takes no time."""
    return "<svg xmlns='http://www.w3.org/2000/svg'/>"


def a_session(
    *,
    facts: SessionFacts | None = None,
    people: int = 40,
    came: int = 25,
    spread_over: int = 2,
    source: str = "source",
    name: str = "Ada",
    late: int = 0,
) -> Attendance:
    """People of several sources, of whom the first so many came for half an hour; so many more for the recording."""
    registrants = [
        ARegistrant(f"r-{one}", email_key=f"{one}@x.example", source=f"{source} {one % spread_over}", first_name=name)
        for one in range(people)
    ]
    registrants += [ARegistrant(f"r-late{one}", post_webinar=True, last_name="Zuse") for one in range(late)]
    records = [a_record(f"p-{one}", 5, 35, registrant_id=f"r-{one}") for one in range(came)]
    found = reckoned(registrants, records, facts)
    for frame in (found.people, found.on_demand):
        frame["email"] = frame["email_key"].astype(object)
        frame["registered_at"] = [TEN - timedelta(days=3)] * len(frame)
    return found


def read(found: Attendance, **options: Any) -> Elements:
    """The report as a browser takes it."""
    return Elements(report.html(found, draw=undrawn, **options))


class TestWhatItSays:
    def test_every_figure_with_its_denominator_its_interval_and_its_meaning(self) -> None:
        """Whoever gets the file cannot ask."""
        text = read(a_session()).text

        assert "Attended 25 62.5 % of 40 registrants; 95 % interval 47.0 to 75.8 %" in text
        assert "Registrants who were there, for however long." in text
        assert "Minutes, median 30 min half of 25 people between 30 and 30 min" in text
        assert "Absent 15 of 40 registrants" in text
        assert "upper bound" in text

    def test_it_reconciles_before_the_readers_eyes(self) -> None:
        """To the person, and to the record."""
        text = read(a_session()).text

        assert "40 registered = 25 attended + 15 absent + 0 cancelled + 0 not yet known." in text
        assert "25 participant records = 25 of registrants + 0 of hosts and panel + 0 unmatched." in text

    def test_unmatched_records_are_given_with_their_reasons(self) -> None:
        """Three of them would otherwise be a riddle."""
        records = [a_record("p-1", first_name="+49", last_name="30 12345"), a_record("p-2", email_key="b@x.example")]

        text = read(reckoned([], records)).text

        assert "2 unmatched (1 by telephone, 1 had an address or user who is not registered)." in text

    def test_when_it_was_read_in_which_zone_and_that_it_is_final(self) -> None:
        """A figure without its moment is worth nothing next month."""
        text = read(a_session()).text

        assert "Spring Tue 10 Mar 2026 10:45 CET, broadcast of 60 min" in text
        assert "Final: reading it again should change nothing." in text
        assert "Registrants read Wed 11 Mar 2026 11:00 CET; participants read Wed 11 Mar 2026 11:00 CET." in text
        assert "All times in Europe/Berlin." in text

    def test_provisional_figures_say_why_and_a_running_session_so_far(self) -> None:
        """Half-way in, a rate is of half-way in."""
        text = read(a_session(facts=a_running_session(now=HALF_PAST))).text

        assert "Provisional: the session is not over" in text
        assert "of 40 registrants, so far; 95 % interval" in text
        assert "so far" in text.partition("By source")[2]
        assert "Left early not available" in text

    def test_a_session_to_come_has_no_rate(self) -> None:
        """0 % would be untrue."""
        early = TEN - timedelta(days=2)
        facts = some_facts(
            broadcast_start=None, broadcast_end=None, status="Scheduled", registrants_read_at=early,
            participants_read_at=None, participants_read=ParticipantsRead.NO, now=early,
        )  # fmt: skip

        text = read(a_session(facts=facts, came=0)).text

        assert "Registrants who were there" not in text
        assert "Did not come" not in text
        assert "There is no rate yet" in text
        assert "Where do registrations come from?" in text
        assert "%" not in text.partition("In figures")[2].replace("95 %", "")

    @pytest.mark.parametrize("now", [TEN - timedelta(days=2), ELEVEN + timedelta(days=1)])
    def test_where_nobody_could_come_there_is_no_rate_though_everybody_cancelled(self, now: datetime) -> None:
        """To come, or never started: of those who cancelled it is known that they did not come, and of whom not why."""
        facts = some_facts(broadcast_start=None, broadcast_end=None, status="Scheduled", now=now)
        cancelled = [ARegistrant(f"r-{one}", source="ads", gone_at=TEN - timedelta(days=3)) for one in range(12)]

        text = read(reckoned(cancelled, facts=facts)).text

        assert "%" not in text.partition("In figures")[2].replace("95 %", "")

    def test_half_a_reading_compares_no_sources(self) -> None:
        """Who came was not read since the end: that nobody of a source has come so far says nothing of it."""
        facts = some_facts(participants_read=ParticipantsRead.NO, participants_read_at=None)
        people = [ARegistrant(f"r-{one}", source="ads", participant_id="p" if one < 20 else "") for one in range(40)]
        people += [ARegistrant(f"s-{one}", source="fair") for one in range(40)]

        text = read(reckoned(people, facts=facts)).text

        assert "25.0 % of 80 registrants, so far" in text
        assert "more than chance" not in text.partition("In figures")[2]
        assert "sources are not compared" in text
        assert "Did not come" not in text

    def test_minutes_nobody_may_read_are_not_available_and_never_0(self) -> None:
        """Not the host: who came is known, for how long is not."""
        facts = some_facts(participants_read=ParticipantsRead.FORBIDDEN, participants_read_at=None)
        registrants = [ARegistrant("r-1", participant_id="p-1"), ARegistrant("r-2")]

        text = read(reckoned(registrants, facts=facts)).text

        assert "Attended 1 50.0 % of 2 registrants" in text
        assert "Minutes, median not available" in text
        assert "Stayed for half not available of 0 with minutes" in text
        assert "RingCentral shows the participants to the host only" in text

    def test_sources_are_compared_in_sentences_the_surest_first_and_not_all(self) -> None:
        """Ten sources have 45 pairs; nobody reads 25 sentences."""
        registrants = [ARegistrant(f"r-{one}", source=f"s{one % 10}") for one in range(1_000)]
        records = [a_record(f"p-{one}", registrant_id=f"r-{one}") for one in range(1_000) if one % 10 < 5]

        text = read(reckoned(registrants, records)).text

        assert text.partition("In figures")[2].partition("Each two")[0].count("came more often than") == 4
        assert "21 further pairs differ by more than chance." in text

    @pytest.mark.parametrize(("people", "said"), [(0, "Nobody has registered."), (1, "There is one source alone")])
    def test_with_nobody_or_one_source_it_says_so(self, people: int, said: str) -> None:
        """An empty session is reported too, without an empty chart."""
        found = read(a_session(people=people, came=people, spread_over=1))

        assert said in found.text
        assert len(found.values("img", "src")) == (4 if people else 0)

    def test_notes_on_the_data_are_in_it_and_not_without_end(self) -> None:
        """Open leave times and wrong clocks move the figures."""
        records = [a_record("p-1", 0, None, registrant_id="r-1"), a_record("p-2", 90, 95, registrant_id="r-1")]

        text = read(reckoned([ARegistrant("r-1", participant_id="p-1")], records)).text

        assert "1 record joined after the end." in text
        assert "1 record without a time of leaving: counted to the end." in text

    def test_every_chart_has_its_finding_in_words_and_its_numbers(self) -> None:
        """For whoever does not see it, and for whoever wants to reckon on."""
        found = read(a_session())

        assert found.values("img", "alt") == [
            "The largest is source 0: 13 of 20 attended.",
            "source 0 and source 1: too few to tell (65 % of 20 against 60 % of 20).",
            "Most people at once: at most 25, at 11:05 (Europe/Berlin).",
            "Half of 25 stayed for at most 30 min.",
        ]
        assert found.tags.count("details") == 4

    @pytest.mark.parametrize("kind", [Provisional, Unmatched, Oddity])
    def test_every_code_has_words(self, kind: type[Provisional] | type[Unmatched] | type[Oddity]) -> None:
        """A new one must not end a report in an error."""
        known = {
            Provisional: report_words.PROVISIONAL,
            Unmatched: report_words.UNMATCHED,
            Oddity: report_words.ODDITIES,
        }

        assert set(known[kind]) == set(kind)  # type: ignore[index]

    def test_one_and_several_are_said_as_people_say_it(self) -> None:
        """ "1 records" looks like a mistake in the figures too."""
        one, two = ("p-1",), ("p-1", "p-2")

        assert report_words.oddity(Note(Oddity.OPEN_AFTER_END, participant_ids=one)).startswith("1 record without")
        assert report_words.oddity(Note(Oddity.OPEN_AFTER_END, participant_ids=two)).startswith("2 records without")
        assert "never started" in report_words.oddity(Note(Oddity.NEVER_STARTED))


class TestWhomItNames:
    def test_nobody_unless_asked(self) -> None:
        """It is handed on, to partners too."""
        found = a_session(name="Grace")

        without, naming = read(found), read(found, with_people=True)

        assert "Grace" not in without.text
        assert "@x.example" not in report.html(found, draw=undrawn)
        assert "This file names nobody." in without.text
        assert "This file holds personal data: names and addresses of 40 people." in naming.text
        assert naming.text.count("Grace Lovelace") == 40
        assert naming.text.count("@x.example") == 40

    def test_who_came_comes_first_with_minutes_and_who_watches_later_last(self) -> None:
        """The order in which one looks."""
        found = a_session(people=3, came=1, late=1)
        rows = read(found, with_people=True).text.partition("The people")[2]

        assert rows.index("Attended 30 min") < rows.index("Absent") < rows.index("Zuse")
        assert "For the recording" in rows.partition("Zuse")[2]


class TestWhatItIs:
    def test_it_fetches_nothing_and_runs_nothing(self) -> None:
        """Opened from a mail, on a train: whole, and harmless."""
        found = Elements(report.html(a_session(), with_people=True))
        addresses = [
            value for _, name, value in found.attributes if name in ("src", "href", "action", "data", "srcset")
        ]

        assert set(found.tags) <= ALLOWED
        assert addresses
        assert all(address.startswith("data:image/svg+xml;base64,") for address in addresses)
        assert not [name for _, name, _ in found.attributes if name.startswith("on")]
        assert "default-src 'none'" in found.values("meta", "content")[1]

    def test_its_pictures_fetch_and_run_nothing_either(self) -> None:
        """Vega draws text as text; a name with markup must stay one."""
        found = Elements(report.html(a_session(source=f"{MARKUP[2:30]}")))
        pictures = [b64decode(src.partition(",")[2]).decode() for src in found.values("img", "src")]

        assert len(pictures) == 4
        for picture in pictures:
            assert picture.startswith("<svg")
            assert "<script" not in picture
            assert "http" not in picture.replace("http://www.w3.org/", "")

    def test_it_has_a_language_a_title_and_one_heading_of_the_first_rank(self) -> None:
        """What a screen reader says first."""
        found = read(a_session())

        assert found.values("html", "lang") == ["en"]
        assert found.texts[0] == "Attendance: Spring"
        assert found.tags.count("h1") == 1

    def test_without_a_title_the_session_has_its_id(self) -> None:
        """A heading with nothing in it says nothing."""
        found = a_session()
        object.__setattr__(found.facts, "title", " ")

        assert "Attendance: Session 8001" in read(found).texts[0]

    def test_300_sources_make_no_more_rows_than_30_and_one(self) -> None:
        """Two pages stay two pages."""
        found = read(a_session(people=3_600, came=1_000, spread_over=300))
        rows = found.text.partition("By source")[2].partition("How good")[0]

        assert rows.count("source ") == 30
        assert "other (270 sources)" in rows

    @settings(max_examples=60, deadline=None)
    @given(
        st.text(st.characters(exclude_categories=()), max_size=80) | st.just(MARKUP),
        *(st.text(max_size=80) | st.just(MARKUP) for _ in range(2)),  # the store keeps no half characters
    )
    def test_nothing_foreign_becomes_an_element(self, title: str, source: str, name: str) -> None:
        """Whatever a title, a source or a name holds, the document has the same elements and can be written."""
        found = a_session(people=4, came=2, source=f"s{source}", name=name)
        object.__setattr__(found.facts, "title", f"t{title}")

        document = report.html(found, with_people=True, draw=undrawn)

        plain = report.html(a_session(people=4, came=2), with_people=True, draw=undrawn)
        assert Elements(document).tags == Elements(plain).tags
        document.encode()

    def test_markup_is_shown_as_it_was_received(self) -> None:
        """Escaped once, and not twice."""
        found = a_session(people=2, came=1, source=MARKUP[2:40], name=MARKUP)

        text = read(found, with_people=True).text

        assert MARKUP in text
        assert f"{MARKUP[2:40]} 0" in text

    def test_what_turns_a_line_round_is_taken_away(self) -> None:
        """A name with a right-to-left override would turn the figures behind it."""
        assert report_words.plain("Ada\u202e\x00 \ud800Love\nlace\u2066") == "Ada Love lace"

    def test_an_unknown_zone_is_utc_and_a_broadcast_without_end_has_no_length(self) -> None:
        """RingCentral's zones are newer than some machines."""
        facts = some_facts(broadcast_end=None)
        object.__setattr__(facts, "time_zone", "Mars/Olympus")

        text = read(a_session(facts=facts)).text

        assert "Tue 10 Mar 2026 09:45 UTC Final" in text
        assert "All times in UTC." in text
        assert ELEVEN > TEN
