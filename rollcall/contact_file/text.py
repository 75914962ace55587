"""Bytes → the text of a CSV file, or what kind of file it is instead.

UTF-8 and UTF-16, with or without BOM, and Windows-1252. The last takes nearly any byte, so a file is only believed to
be in it if it reads like a Western language: a name with wrong letters in a thousand mails is worse than a question.
"""

import codecs
import re
from dataclasses import dataclass, field

from rollcall.contact_file.problem import FileProblem

SAMPLE = 65_536  # bytes from the beginning that decide what kind of file this is
CONTROLS, NULS = 0.05, 0.3  # shares of control and NUL characters above which a file is no text; our judgement

UTF8_BOM, UTF16_LE_BOM, UTF16_BE_BOM = b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"
_NOTHING = b" \t\r\n\0" + UTF8_BOM + UTF16_LE_BOM

# How files that are no CSV begin. ZIP files are looked into, because spreadsheets are such.
_KINDS = (
    (b"\xd0\xcf\x11\xe0", "xls"),
    (b"%PDF", "pdf"),
    (b"{\\rtf", "rtf"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"II*\x00", "image"),
    (b"MM\x00*", "image"),
    (b"RIFF", "binary"),
    (b"\x1f\x8b", "archive"),
    (b"7z\xbc\xaf", "archive"),
    (b"Rar!", "archive"),
    (b"SQLite format 3", "binary"),
    (b"\xff\xfe\x00\x00", "utf32"),
    (b"\x00\x00\xfe\xff", "utf32"),
)
_ZIP = b"PK\x03\x04"
_INSIDE_ZIP = (
    (b"xl/", "xlsx"),
    (b"opendocument.spreadsheet", "ods"),
    (b"Index/Document.iwa", "numbers"),
    (b"Index.zip", "numbers"),
    (b"word/", "docx"),
)
_MARKUP = (
    (re.compile(rb"\s*<(?:!doctype\s+html|html|table|head|body|meta)\b", re.IGNORECASE), "html"),
    (re.compile(rb"\s*<\?xml"), "xml"),
    (re.compile(rb'\s*[\[{]\s*[\[{"]'), "json"),
    (re.compile(rb"\s*BEGIN:VCARD", re.IGNORECASE), "vcard"),
)
_CONTROL = re.compile(rb"[\x01-\x08\x0b\x0c\x0e-\x1b]")
_UTF8_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
# Read as Windows-1252 these are signs or capitals between letters: the text is Polish, Mac Roman or the like.
_SIGN_IN_WORD = re.compile(rb"[A-Za-z][\xa1-\xa9\xab-\xb3\xb5\xb6\xb8\xb9\xbb-\xbf\x8a\x8c\x8e\x9f][a-z]")
_FOREIGN_WORD = re.compile(rb"[\x80-\xff]{4,}")  # no Western word has four accented letters in a row


@dataclass(frozen=True, slots=True)
class Text:
    """A CSV file's text as UTF-8, without BOM and NUL."""

    utf8: bytes = field(repr=False)
    encoding: str  # what the file was in: utf-8, utf-16-le, utf-16-be or cp1252
    bom: bool
    nul_count: int  # characters dropped


def decode(data: bytes) -> Text:
    """The text of a file.

    Raises:
        FileProblem: empty, not_csv (detail: the kind) or undecodable (detail: why, perhaps with the line).
    """
    if not data[:SAMPLE].strip(_NOTHING) and not data.strip(_NOTHING):
        raise FileProblem("empty")
    if kind := _kind(data):
        raise FileProblem("not_csv", kind)
    encoding, bom = _unicode_encoding(data)
    if encoding.startswith("utf-16"):
        return _from_utf16(data, encoding, bom=bom)
    sample = data[:SAMPLE]
    if sample.count(0) > NULS * len(sample):
        raise FileProblem("not_csv", "binary")
    body = data[len(UTF8_BOM) :] if bom else data
    if (wrong := _first_not_utf8(body)) is not None:
        if bom:
            raise FileProblem("undecodable", f"line {_line(body, wrong)}")
        encoding, body = "cp1252", _from_cp1252(body, wrong)
    nul_count = body.count(0)
    return Text(body.replace(b"\0", b"") if nul_count else body, encoding, bom, nul_count)


def _first_not_utf8(body: bytes) -> int | None:
    """Where the first byte stands that is no UTF-8. In pieces, because the text itself is not wanted yet."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(body), SAMPLE):
        carried = len(decoder.getstate()[0])
        try:
            decoder.decode(body[start : start + SAMPLE], final=start + SAMPLE >= len(body))
        except UnicodeDecodeError as error:
            return start - carried + error.start
    return None


def _kind(data: bytes) -> str:
    """What this file is instead of a CSV, or nothing."""
    if data.startswith(_ZIP):
        return next((kind for name, kind in _INSIDE_ZIP if name in data), "archive")
    for beginning, kind in _KINDS:
        if data.startswith(beginning):
            return kind
    if data[4:8] == b"ftyp":
        return "image" if data[8:12] in (b"heic", b"heix", b"mif1", b"avif") else "binary"
    sample = data[:SAMPLE].removeprefix(UTF8_BOM)
    for pattern, kind in _MARKUP:
        if pattern.match(sample):
            return kind
    return "binary" if len(_CONTROL.findall(sample)) > CONTROLS * len(sample) and not _is_utf16(data) else ""


def _is_utf16(data: bytes) -> bool:
    return _unicode_encoding(data)[0].startswith("utf-16")


def _unicode_encoding(data: bytes) -> tuple[str, bool]:
    """The encoding that a BOM or the places of the NUL bytes name, and whether there is a BOM."""
    if data.startswith(UTF16_LE_BOM):
        return "utf-16-le", True
    if data.startswith(UTF16_BE_BOM):
        return "utf-16-be", True
    sample = data[:SAMPLE]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if min(even, odd) * 10 < max(even, odd) > len(sample) / 10:
        return ("utf-16-le" if odd > even else "utf-16-be"), False
    return "utf-8", data.startswith(UTF8_BOM)


def _from_utf16(data: bytes, encoding: str, *, bom: bool) -> Text:
    body = data[2:] if bom else data
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        line = body[: error.start].decode(encoding, "replace").count("\n") + 1
        raise FileProblem("undecodable", f"line {line}") from None
    nul_count = text.count("\0")
    return Text(text.replace("\0", "").encode("utf-8"), encoding, bom, nul_count)


def _from_cp1252(body: bytes, first_bad: int) -> bytes:
    """As UTF-8; `first_bad` is where it stopped being UTF-8."""
    high = sum(body.count(byte) for byte in range(0x80, 0x100))
    if sum(map(len, _UTF8_SEQUENCE.findall(body))) > high / 2:
        raise FileProblem("undecodable", f"line {_line(body, first_bad)}")  # UTF-8, but broken here
    if _SIGN_IN_WORD.search(body) or sum(map(len, _FOREIGN_WORD.findall(body))) > high / 5:
        raise FileProblem("undecodable", "not western")
    try:
        return body.decode("cp1252").encode("utf-8")
    except UnicodeDecodeError as error:
        raise FileProblem("undecodable", f"line {_line(body, error.start)}") from None


def _line(body: bytes, position: int) -> int:
    before = body[:position]
    return max(before.count(b"\n"), before.count(b"\r")) + 1
