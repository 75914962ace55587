"""50,000 rows of 15 columns: bytes → people and problems, beside Python's csv alone on the same file in the same run.

`make bench` runs it with the others.
"""

import csv
import io
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.report import at_most, fact, finish
from rollcall import person
from rollcall.contact_file import columns, rows, table

ROWS, ROUNDS = 50_000, 5
HEADER = (
    *("First Name", "Last Name", "Email", "Company", "Job Title", "Phone", "Country", "City", "Lead ID", "Lead Source"),
    *("Created Date", "Last Activity", "Email Opt Out", "Website", "Description"),
)
FIRST = ("Anna", "Björn", "Chloé", "Dmitri", "Elif", "Fatima", "George", "Håkon", "Iñaki", "Jürgen", "Katarzyna", "李")
LAST = ("Kovač", "O’Brien", "Müller", "van der Berg", "Smith", "García Márquez", "Nowak", "Łukasz", "Jensen", "Yılmaz")
ENDINGS = (
    "",
    "a",
    "berg",
    "dóttir",
    "e",
    "ez",
    "ham",
    "ić",
    "kin",
    "l",
    "mann",
    "o",
    "owa",
    "s",
    "sen",
    "son",
    "ton",
    "y",
)


def contact_file() -> bytes:
    """An export as a CRM writes it: every cell quoted, about 6,200 mail domains, some rows wrong, some twice."""
    random.seed(3)
    domains = [f"{random.choice(('mail', 'corp', 'team'))}{number}.example.{ending}" for number in range(2_064)
               for ending in ("com", "org", "co.uk")]  # fmt: skip
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL)
    writer.writerow(HEADER)
    for number in range(ROWS):
        writer.writerow(contact(number, random.choice(domains)))
    return b"\xef\xbb\xbf" + buffer.getvalue().encode()


def contact(number: int, domain: str) -> list[str]:
    """One row; every 97th has a bad address, every 101st no last name, every 89th the address of another row."""
    person_number = number - 50 if number % 89 == 88 else number
    at = "" if number % 97 == 96 else "@"
    return [
        random.choice(FIRST),
        "" if number % 101 == 100 else f"{random.choice(LAST)}{random.choice(ENDINGS)}{random.choice(ENDINGS)}",
        f"contact.{person_number}{at}{'example.com' if number % 89 in (38, 88) else domain}",
        f"Company {number % 6_200} Holdings Ltd",
        "Senior Manager, Marketing Operations",
        f"+49 211 {number:07d}",
        "Germany",
        "Düsseldorf" if number % 3 else "Berlin",
        f"00Q{number:012d}AAA",
        random.choice(("Web", "Trade show", "Partner referral")),
        "2026-03-01T09:30:00Z",
        "2026-10-12T17:05:00Z",
        "FALSE",
        f"https://www.company{number % 6_200}.example.com/about-us",
        "Asked for a demo; wants to hear about pricing, terms and roll-out in autumn. " * 2,
    ]


def checked_rows(data: bytes) -> Iterator[rows.CheckedRow]:
    """What an upload does, whole; the caches are empty as in a fresh process."""
    person._domain.cache_clear()
    uploaded = table.read(data)
    return rows.check_rows(uploaded, columns.match(uploaded))


def check_file(data: bytes) -> int:
    """Every row checked and handed on one by one, as the import takes them; how many people."""
    return sum(row.person is not None for row in checked_rows(data))


def check_and_keep(data: bytes) -> list[rows.CheckedRow]:
    """The same, with every result kept; nothing of Rollcall does this."""
    return list(checked_rows(data))


def plain_csv(data: bytes) -> list[list[str]]:
    """The peer: reading alone."""
    return list(csv.reader(io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig", newline="")))


def seconds(work: Callable[[bytes], object], data: bytes) -> float:
    """Processor time this takes, so that other programs count little; its result's removal is not counted."""
    begun = time.process_time()
    result = work(data)
    elapsed = time.process_time() - begun
    del result
    return elapsed


def child(task: str, path: Path) -> str:
    """What another process prints that does one part of this. Linux counts a parent's size at the start as its own,
    so the parent must still be small then."""
    command = [sys.executable, __file__, task, str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def measure_memory(path: Path) -> None:
    """In the child: the largest size it ever had, less that before the file was read."""
    base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    checked = check_and_keep(path.read_bytes())
    assert len(checked) == ROWS
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - base) / 1024)


def main() -> None:
    """Measure alternately, print, and say by the exit code whether the goals are met."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "contacts.csv"
        child("write", path)
        megabytes = float(child("memory", path))
        data = path.read_bytes()
    checked = check_and_keep(data)
    assert len(checked) == ROWS
    assert sum(row.person is None for row in checked) > 500
    assert sum(row.duplicate_of is not None for row in checked) > 500
    del checked
    works = (plain_csv, check_file, check_and_keep)
    times = [[seconds(work, data) for work in works] for _ in range(ROUNDS)]
    peer, ours, kept = (statistics.median(column) for column in zip(*times, strict=True))
    finish(
        fact("size of the file", len(data) / 1024**2, "MB"),
        fact("list(csv.reader(...)), median of 5", peer, "s"),
        fact("bytes to people and problems, median of 5", ours, "s"),
        at_most("the one to the other", ours / peer, 3, "times"),
        fact("the same with every result kept", kept / peer, "times"),
        at_most("memory over base, every result kept", megabytes, 250, "MB"),
    )


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["write", path]:
            Path(path).write_bytes(contact_file())
        case ["memory", path]:
            measure_memory(Path(path))
        case _:
            main()
