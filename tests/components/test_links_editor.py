"""What the editor of own links says about placeholders."""

from components import links_editor
from rollcall import links


def test_every_placeholder_is_shown_as_code() -> None:
    """Escaped for Markdown they would be copied with invisible marks, and then be unknown."""
    shown = links_editor.PLACEHOLDERS

    assert [name for name in links.PLACEHOLDERS if f"`{{{name}}}`" not in shown] == []
    assert "\u2060" not in shown
