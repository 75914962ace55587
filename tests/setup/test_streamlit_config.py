"""What `.streamlit/config.toml` promises: nobody else reaches the app, nothing leaves it, and it can be read."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from streamlit import config

ROOT = Path(__file__).resolve().parent.parent.parent
CONFIG: dict[str, Any] = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
CAPTION_OPACITY = 0.6  # Streamlit 1.67 draws captions as text of this opacity; no option changes it
READABLE, VISIBLE = 4.5, 3.0  # WCAG 2.2 AA: text; parts of charts

Colour = tuple[float, float, float]


def colour(text: str) -> Colour:
    red, green, blue = (int(text[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def blend(front: Colour, back: Colour, opacity: float) -> Colour:
    red, green, blue = (opacity * f + (1 - opacity) * b for f, b in zip(front, back, strict=True))
    return red, green, blue


def contrast(one: Colour, other: Colour) -> float:
    """WCAG 2: 1 (none) to 21 (black on white)."""

    def luminance(of: Colour) -> float:
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in of)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_every_option_exists_in_this_streamlit() -> None:
    """Streamlit only logs a misspelt or renamed option and goes on without it: an open door nobody sees."""
    known = config.get_config_options()

    named = [f"{section}.{key}" for section, options in CONFIG.items() for key in flat(options)]

    assert [name for name in named if name not in known] == []


def flat(options: dict[str, Any]) -> list[str]:
    return [
        f"{key}.{inner}" if isinstance(value, dict) else key
        for key, value in options.items()
        for inner in (value if isinstance(value, dict) else [""])
    ]


def test_the_doors_are_shut() -> None:
    """Loopback only, no statistics, nothing of the inside in an error, no more than 25 MB."""
    assert CONFIG["server"]["address"] == "127.0.0.1"
    assert CONFIG["server"]["maxUploadSize"] == 25
    assert CONFIG["server"]["fileWatcherType"] == "none"
    assert CONFIG["browser"]["gatherUsageStats"] is False
    assert CONFIG["client"]["showErrorDetails"] == "none"
    assert CONFIG["runner"]["magicEnabled"] is False


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("ground", ["backgroundColor", "secondaryBackgroundColor"])
class TestContrast:
    def test_words_can_be_read(self, theme: str, ground: str) -> None:
        """Text, links and muted words, on the page and in the sidebar."""
        colours = CONFIG["theme"][theme]
        back = colour(colours[ground])

        for name in ("textColor", "linkColor", "grayTextColor"):
            assert contrast(colour(colours[name]), back) >= READABLE, name

    def test_captions_can_be_read(self, theme: str, ground: str) -> None:
        """The usual failure of Streamlit's own theme (3.9)."""
        colours = CONFIG["theme"][theme]
        back = colour(colours[ground])

        caption = blend(colour(colours["textColor"]), back, CAPTION_OPACITY)

        assert contrast(caption, back) >= READABLE


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_buttons_and_charts_can_be_seen(theme: str) -> None:
    """White words on the accent; each chart colour on the page's ground."""
    colours = CONFIG["theme"][theme]
    back = colour(colours["backgroundColor"])

    assert contrast(colour("#FFFFFF"), colour(colours["primaryColor"])) >= READABLE
    assert all(contrast(colour(one), back) >= VISIBLE for one in colours["chartCategoricalColors"])
