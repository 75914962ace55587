"""The figures of a report, each with its definition and its denominator. What is not known is never 0."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from rollcall.attendance import minutes, rates
from rollcall.attendance import report_words as words
from rollcall.attendance.matching import Attendance
from rollcall.attendance.report_words import NOT_AVAILABLE

HALF = 0.5  # of the broadcast


@dataclass(frozen=True, slots=True)
class Figure:
    """One number as it is read: what, how much, of how many, and what that means."""

    name: str
    value: str
    of: str
    meaning: str


def figures(attendance: Attendance) -> list[Figure]:
    """All of them, the most asked for first."""
    return [*_of_people(attendance), *_of_minutes(attendance)]


def sums(attendance: Attendance) -> list[str]:
    """The two sums that always hold, to the person and to the record."""
    counts = attendance.counts
    found = [
        f"{counts.registered:,} registered = {counts.attended:,} attended + {counts.absent:,} absent"
        f" + {counts.cancelled:,} cancelled + {counts.not_yet_known:,} not yet known",
        f"{words.many(counts.participants, 'participant record')} = {counts.matched:,} of registrants"
        f" + {counts.panel:,} of hosts and panel + {counts.unmatched:,} unmatched",
    ]
    reasons = attendance.unmatched["reason"].value_counts()
    if len(reasons):
        said = ", ".join(f"{number:,} {words.UNMATCHED[reason]}" for reason, number in reasons.items())  # type: ignore[index]
        found[1] += f" ({said})"
    return found


def _of_people(attendance: Attendance) -> list[Figure]:
    counts = attendance.counts
    registered = words.many(counts.registered, "registrant")
    meanings = (
        ("Absent", counts.absent, "Did not come, by a reading from after the end."),
        ("Cancelled", counts.cancelled, "Gone from the list of registrants, and did not come."),
        ("Not yet known", counts.not_yet_known, "The session is not over, or who came was not read since."),
    )[0 if attendance.is_settled else 1 :]
    return [
        Figure(
            "Registered",
            f"{counts.registered:,}",
            "people",
            "Everybody seen on the list of registrants, cancelled ones too; those for the recording are not in it.",
        ),
        *([_attended(attendance)] if counts.attended or (attendance.facts.has_begun and counts.registered) else []),
        *(Figure(name, f"{number:,}", f"of {registered}", meaning) for name, number, meaning in meanings),
        Figure(
            "For the recording",
            f"{counts.on_demand:,}",
            "people, beside the registrants",
            "Registered after the session, to watch it later. In no rate.",
        ),
    ]


def _attended(attendance: Attendance) -> Figure:
    counts = attendance.counts
    of = f"of {words.many(counts.registered, 'registrant')}"
    if attendance.has_rate:
        sure = rates.wilson(counts.attended, counts.registered)
        so_far = "" if attendance.is_settled else ", so far"
        share = words.percent(counts.attended / counts.registered)
        of = f"{share} {of}{so_far}; 95 % interval {words.between(sure.low, sure.high)}"
    return Figure("Attended", f"{counts.attended:,}", of, "Registrants who were there, for however long.")


def _of_minutes(attendance: Attendance) -> list[Figure]:
    spread = minutes.spread(attendance)
    half, late, early = (
        minutes.stayed(attendance, share=HALF),
        minutes.joined_late(attendance),
        minutes.left_early(attendance),
    )
    quartiles = f"half of {words.many(spread.people, 'person').replace('persons', 'people')}"
    if spread.lower_quartile is not None and spread.upper_quartile is not None:
        quartiles += f" between {spread.lower_quartile:.0f} and {spread.upper_quartile:.0f} min"
    if spread.not_available:
        quartiles += f"; of {spread.not_available:,} {NOT_AVAILABLE}"
    known = f"of {spread.people:,} with minutes"
    return [
        Figure(
            "Minutes, median",
            words.minutes(spread.median),
            quartiles,
            "First join to last leave of each device, within the broadcast: an upper bound, as nothing is told of the"
            " time between.",
        ),
        Figure(
            "Stayed for half", _count(half, spread), known, "There for at least half of the broadcast; so many at most."
        ),
        Figure("Joined late", _count(late, spread), known, "First join more than 10 minutes after the begin."),
        Figure("Left early", _count(early, spread), known, "Last leave more than 10 minutes before the end."),
    ]


def _count(people: pd.DataFrame | None, spread: minutes.Spread) -> str:
    """How many; not available where begin or end are not known, or nobody's minutes are."""
    return NOT_AVAILABLE if people is None or not spread.people else f"{len(people):,}"
