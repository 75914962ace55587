"""Why a whole file cannot be read; the sentences, and how to save it as CSV, stand in `components/wording.py`.

empty             nothing in it
too_large         detail: "26214401 of 26214400", bytes
not_csv           detail: xlsx, xls, ods, numbers, docx, pdf, rtf, html, xml, json, vcard, image, archive, utf32,
                  binary, or delimiter: a text whose columns are parted by something other than comma, semicolon or tab
undecodable       detail: "line 12", or "not western": neither UTF-8 nor UTF-16 nor Windows-1252
no_header         detail: "line 1"; the first line names no columns
no_rows           a header and nothing below it
too_many_rows     detail: "50000", the most there may be
too_many_columns  detail: "201 of 200"
unclosed_quote    detail: "line 12", where the quotation mark stands
"""


class FileProblem(Exception):
    """This file cannot be read as a contact list. Holds nothing of its content."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code} {detail}".rstrip())
        self.code, self.detail = code, detail
