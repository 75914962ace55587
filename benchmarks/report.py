"""What a benchmark prints: one line a goal, and whether all were met."""

import sys
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measured:
    """One figure beside its goal, both as people read them; no goal makes it a fact beside the others."""

    what: str
    measured: str
    goal: str = ""
    ok: bool = True


def at_most(what: str, measured: float, goal: float, unit: str) -> Measured:
    """A figure that must not be larger than its goal."""
    return Measured(what, f"{measured:,.2f} {unit}", f"≤ {goal:,g} {unit}", measured <= goal)


def at_least(what: str, measured: float, goal: float, unit: str) -> Measured:
    """A figure that must not be smaller than its goal."""
    return Measured(what, f"{measured:,.2f} {unit}", f"≥ {goal:,g} {unit}", measured >= goal)


def fact(what: str, measured: float, unit: str) -> Measured:
    """A figure that explains the others and has no goal."""
    return Measured(what, f"{measured:,.2f} {unit}")


def finish(*lines: Measured) -> None:
    """Print the table and leave the process: with 0 if every goal is met, else with 1."""
    rows = [("what", "measured", "goal", "ok")]
    rows += [(line.what, line.measured, line.goal, ("yes" if line.ok else "NO") if line.goal else "") for line in lines]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print(" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    sys.exit(0 if all(line.ok for line in lines) else 1)
