"""What each program is given of the same people, and in how many files."""

import io
import zipfile

import pytest

from rollcall.attendance.exports import packing, targets
from rollcall.attendance.exports.merge_fields import Target as Mailer
from rollcall.attendance.exports.packing import Limits
from rollcall.attendance.exports.sheet import Sheet, csv_file
from rollcall.attendance.exports.statuses import Statuses
from rollcall.attendance.exports.targets import Options, Target
from tests.attendance.exports.people import SESSION, a_person, people_of

LEAD, CONTACT = "00Q5e00000aBcDeEAK", "0035e00000AbCdEAAV"
PEOPLE = people_of(
    a_person("ada@x.example", external_id=f"cid={CONTACT}"),
    a_person("bob@x.example", external_id=f"lid={LEAD}", standing="absent"),
    a_person("eve@x.example", standing="cancelled"),
)


@pytest.mark.parametrize(
    ("target", "options", "files", "left_out"),
    [
        (Target.SPREADSHEET, Options(), {"": 3}, 0),
        (Target.SALESFORCE, Options(), {"contacts": 1, "leads": 1}, 1),
        (Target.HUBSPOT_CONTACTS, Options(), {"": 3}, 0),
        (Target.HUBSPOT_EVENT, Options(mark="TRUE"), {"": 3}, 0),
        (Target.MARKETO, Options(words=Statuses(absent="Missed")), {"Attended": 1, "Missed": 1, "Cancelled": 1}, 0),
        (Target.MAIL, Options(mailer=Mailer.MAILCHIMP), {"": 2}, 1),
    ],
)
def test_everybody_is_in_a_file_or_left_out_with_a_reason(
    target: Target, options: Options, files: dict[str, int], left_out: int
) -> None:
    """To the person, whatever the program."""
    offer = targets.offer(target, PEOPLE, SESSION, options)

    assert {name: len(sheet.rows) for name, sheet in offer.files.items()} == files
    assert len(offer.left_out) == left_out
    assert offer.people + left_out == len(PEOPLE)
    assert all(one.reason for one in offer.left_out)


def test_every_target_has_an_offer() -> None:
    """A button without a file would be found by a customer."""
    assert all(targets.offer(target, PEOPLE, SESSION, Options()).people for target in Target)


class TestPacked:
    def test_what_fits_is_one_file(self) -> None:
        """A ZIP of one file would have to be unpacked for nothing."""
        sheet = Sheet(("a",), [("1",)])

        assert packing.packed(sheet, Limits(1, 100), stem="x") == csv_file(sheet)
        assert not packing.needs_parts(sheet, None)

    def test_more_rows_than_a_target_takes_come_as_several_files(self) -> None:
        """Each with its header, together everybody once."""
        sheet = Sheet(("a",), [(str(number),) for number in range(5)])

        data = packing.packed(sheet, Limits(2, 1_000), stem="leads")

        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            assert archive.namelist() == ["leads-1.csv", "leads-2.csv", "leads-3.csv"]
            texts = [archive.read(name).decode().splitlines() for name in archive.namelist()]
        assert all(text[0] == '"a"' for text in texts)
        assert [row for text in texts for row in text[1:]] == [f'"{number}"' for number in range(5)]

    def test_more_bytes_than_a_target_takes_come_as_several_files(self) -> None:
        """Marketo refuses a file of 10 MB after it has been uploaded."""
        sheet = Sheet(("a",), [("x" * 50,)] * (packing.CERTAINLY_SMALL + 1))
        limits = Limits(1_000_000, 100_000)

        data = packing.packed(sheet, limits, stem="x")

        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            sizes = [entry.file_size for entry in archive.infolist()]
        assert len(sizes) > 1
        assert max(sizes) <= limits.size
