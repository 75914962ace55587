"""Charts: few marks, whole numbers beside them, foreign text that stays text, and files that open elsewhere."""

import csv
import io
from collections.abc import Callable
from datetime import UTC
from functools import partial
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from components.charts import csv_of
from rollcall.attendance import charts, sources
from rollcall.attendance.charts import DARK, LIGHT, THEMED, Builder, Palette

PNG_BEGINS = b"\x89PNG\r\n\x1a\n"
HOSTILE = '<script>alert(1)</script>"\u202e'


def some_sources(number: int = 3, *, people: int = 40) -> pd.DataFrame:
    """So many sources of equally many people, half of whom came."""
    rows = [
        {"source": f"source {at}", "standing": "attended" if somebody % 2 else "absent"}
        for at in range(number) for somebody in range(people)
    ]  # fmt: skip
    return sources.for_display(sources.by_source(pd.DataFrame(rows)), at_most=charts.AT_MOST)


def a_curve(points: int = 200, *, begin: str = "2026-03-10T10:00Z") -> pd.DataFrame:
    """People there, minute by minute."""
    at = pd.date_range(begin, periods=points, freq="min")
    return pd.DataFrame({"at": at, "minute": range(points), "people": [point % 50 for point in range(points)]})


def some_days(days: int = 60) -> pd.DataFrame:
    rows = range(days, -1, -1)
    return pd.DataFrame({"days": rows, "registered": [float(days - at) for at in rows], "median": [1.0 for _ in rows]})


def some_minutes() -> pd.DataFrame:
    return pd.DataFrame({"from_minutes": range(0, 60, 5), "to_minutes": range(5, 65, 5), "people": range(12)})


PRESENCE = partial(charts.presence, zone=ZoneInfo("Europe/Berlin"), zone_name="Europe/Berlin")
EVERY: dict[str, Callable[[], Builder]] = {
    "bars": lambda: partial(charts.attended_by_source, some_sources(300)),
    "rates": lambda: partial(charts.rate_by_source, some_sources(300)),
    "minutes": lambda: partial(charts.minutes, some_minutes()),
    "presence": lambda: partial(PRESENCE, a_curve()),
    "run-up": lambda: partial(charts.run_up, some_days(), earlier=12),
}


@pytest.mark.parametrize("name", EVERY)
class TestEveryChart:
    @pytest.mark.parametrize("palette", [THEMED, LIGHT, DARK], ids=["page", "light", "dark"])
    def test_is_what_vega_lite_understands(self, name: str, palette: Palette) -> None:
        """Pages leave this check out, so it is made here."""
        assert EVERY[name]()(palette).to_dict(validate=True)["$schema"].startswith("https://vega.github.io")

    def test_opens_as_a_picture(self, name: str) -> None:
        """Drawn without a browser and without network."""
        chart = charts.titled(EVERY[name]()(LIGHT), "Who came?", "Spring · final")

        assert charts.png(chart, scale=1).startswith(PNG_BEGINS)
        assert ElementTree.fromstring(charts.svg(chart)).tag.endswith("svg")


def test_all_charts_of_a_session_stay_below_500_marks() -> None:
    """However large the session: 300 sources, three hours, two months."""
    assert sum(charts.marks(make()(THEMED)) for make in EVERY.values()) < 500


class TestLabels:
    def test_names_that_look_alike_stay_two(self) -> None:
        """Two bars of one name would be drawn over each other, and a person counted for the wrong source."""
        long = "https://example.com/spring?utm_source="

        found = charts.labels([f"{long}{'x' * 40}mail", f"{long}{'y' * 40}mail", "mail"])

        assert len(set(found)) == 3
        assert all(len(one) <= charts.NAME_DRAWN + 4 for one in found)

    def test_nothing_unseen_is_left_in_a_name(self) -> None:
        """A mark that turns the line round would turn the number behind the name as well."""
        assert charts.labels(["a\u202eb\nc\x00d\u2066"]) == ["a b c d"]

    def test_ten_thousand_characters_are_cut_in_the_middle(self) -> None:
        """Links differ at their ends."""
        (found,) = charts.labels(["campaign" + "x" * 10_000 + "end"])

        assert found.startswith("campaign")
        assert found.endswith("end")


class TestForeignText:
    def test_markup_in_a_source_is_text_in_the_picture(self) -> None:
        """An SVG file is opened by browsers, which would run what stands in it."""
        found = sources.for_display(sources.by_source(pd.DataFrame({"source": [HOSTILE], "standing": ["attended"]})))

        picture = charts.svg(charts.attended_by_source(found, LIGHT))

        assert "<script" not in picture
        assert "&lt;script" in picture

    def test_a_formula_in_a_table_does_not_run(self) -> None:
        """Whoever registers writes the source, and a marketer opens the file."""
        (_, row) = csv.reader(io.StringIO(csv_of(pd.DataFrame({"Source": ["=HYPERLINK(1)"]})).decode("utf-8-sig")))

        assert row == ["'=HYPERLINK(1)"]

    def test_what_is_not_known_is_empty_in_the_file(self) -> None:
        """Neither nan nor 0."""
        rows = csv.reader(io.StringIO(csv_of(pd.DataFrame({"Rate": [None, 0.5], "n": [0, 7]})).decode("utf-8-sig")))

        assert list(rows) == [["Rate", "n"], ["", "0"], ["0.5", "7"]]

    def test_a_count_stays_a_whole_number_beside_one_that_is_not_known(self) -> None:
        """12.0 people is no count, and <NA> no empty cell."""
        table = pd.DataFrame({"a": [12.0, None], "b": pd.array([3, None], dtype="Int64"), "c": [pd.NaT, "x"]})

        rows = csv.reader(io.StringIO(csv_of(table).decode("utf-8-sig")))

        assert list(rows) == [["a", "b", "c"], ["12", "3", ""], ["", "", "x"]]


def clocks(chart: charts.Chart) -> str:
    """What is written at the axis of time, in its order."""
    found: str = chart.to_dict()["encoding"]["x"]["axis"]["labelExpr"]
    return found


class TestThePresenceCurve:
    def test_its_clock_is_the_sessions(self) -> None:
        """Ten o'clock UTC is eleven in Berlin, wherever the browser is."""
        assert '"0": "11:00"' in clocks(PRESENCE(a_curve(60), THEMED))

    def test_it_survives_the_hour_that_comes_twice(self) -> None:
        """The last Sunday of October, when 02:30 is followed by 02:00."""
        found = clocks(PRESENCE(a_curve(121, begin="2026-10-25T00:00Z"), THEMED))

        assert '"60": "02:00"' in found
        assert '"120": "03:00"' in found

    def test_a_broadcast_of_a_minute_has_an_axis(self) -> None:
        """Somebody goes live by mistake."""
        chart = charts.presence(a_curve(1), THEMED, zone=UTC, zone_name="UTC")

        assert '"0": "10:00"' in clocks(chart)


class TestRates:
    def test_small_sources_are_grey_and_so_are_many_at_once(self) -> None:
        """A rate of nine people, or of twelve sources together, says nothing of a campaign."""
        rows = charts.rate_by_source(some_sources(25), THEMED).to_dict()["datasets"]
        ((last,),) = [[row for row in found if row["row"] == charts.AT_MOST] for found in rows.values()]

        assert last["small"]
        assert last["label"].startswith("other (5 sources)")

    def test_bars_tell_their_tints_in_words(self) -> None:
        """Print and colour-blind eyes have no legend of colours."""
        title = charts.attended_by_source(some_sources(), THEMED).to_dict()["encoding"]["x"]["title"]

        assert title == ["People", "full: attended, light: absent"]


def shown_alone() -> None:
    """A page of one chart."""
    from functools import partial

    import pandas as pd

    from components import charts as shown
    from rollcall.attendance import charts

    bins = pd.DataFrame({"from_minutes": [0], "to_minutes": [5], "people": [3]})
    shown.show(
        shown.Drawing("How *long*?", partial(charts.minutes, bins), bins, "minutes-1", "Three stayed.", "Spring")
    )


class TestShown:
    def test_the_question_the_finding_and_the_chart_stand_there(self) -> None:
        """A picture without its finding is nothing to whoever does not see it."""
        app = AppTest.from_function(shown_alone).run()

        (chart,) = app.get("vega_lite_chart")
        assert app.markdown[0].value.replace("\\", "") == "**How *long*?**"
        assert app.caption[0].value.replace("\\", "") == "Three stayed."
        assert chart.proto.alt == "Three stayed."

    def test_the_numbers_and_the_files_are_one_click_away(self) -> None:
        """And are not made before."""
        app = AppTest.from_function(shown_alone).run()
        assert not app.dataframe

        app.session_state["numbers_minutes-1"] = True
        app.run()

        assert list(app.dataframe[0].value["people"]) == [3]
        assert [one.proto.label for one in app.get("download_button")] == ["PNG", "SVG", "CSV"]
