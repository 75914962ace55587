"""What copying from a page adds to a text: marks that nobody sees and nobody typed."""

_WITHIN = str.maketrans("", "", "\u2060\ufeff")  # word joiner, byte order mark: they mean nothing in any script
_AT_ENDS = "\u200b\u200c\u200d"  # zero-width; (non-)joiners within a word may belong to it


def unmarked(text: str) -> str:
    """The text without word joiners and byte order marks, and without zero-width characters at its ends."""
    return text if text.isascii() else text.translate(_WITHIN).strip(_AT_ENDS)
