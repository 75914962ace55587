"""Text from outside, written so that Markdown shows it as it is: no link, no image, no icon, no colour, no heading.

Streamlit renders Markdown in nearly everything that takes a text (alerts, captions, labels, metrics, progress, tables
of `st.table`). A name like `![x](https://elsewhere/x.png)` would have every viewer's browser call elsewhere.
Safe without this: `st.text`, `st.code(language=None)`, cells of `st.dataframe`, options of a selectbox.
"""

import re

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
# What makes a link, an icon or a colour even when escaped: "https:…", ":material/…:", "a@b.c", "www.…".
_ACTIVE = re.compile(r":(?=\S)|@(?=\S)|www(?=\\?\.)", re.IGNORECASE)
_UNSEEN = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069]")  # controls, direction marks
_JOINER = "\u2060"  # invisible, and no part of an address


def plain(text: str) -> str:
    """The text with everything that Markdown could act upon taken away, on one line."""
    escaped = _PUNCTUATION.sub(r"\\\1", " ".join(_UNSEEN.sub("", text).split()))
    return _ACTIVE.sub(lambda match: f"{match[0]}{_JOINER}", escaped)
