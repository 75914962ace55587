"""Small contact lists, as a program would have written them."""

import csv
import io

from rollcall.contact_file import table
from rollcall.contact_file.table import Table

HEADER = ["First Name", "Last Name", "Email"]


def a_file(header: list[str], *rows: list[str]) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows([header, *rows])
    return buffer.getvalue().encode()


def a_table(header: list[str], *rows: list[str]) -> Table:
    """A table of these columns; without rows, one with a cell in each."""
    return table.read(a_file(header, *(rows or [["x"] * len(header)])))
