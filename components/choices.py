"""Words of choices, such as pills, that can be read when they are picked, in both themes."""


def readable(word: str) -> str:
    """The word in blue, for Markdown.

    Streamlit writes the picked one in the accent, which on the tint behind it has a contrast of 3.25 in the dark theme;
    its own blue is lighter there and darker in the light one. The border and the tint tell which is picked.
    """
    return f":blue[{word}]"
