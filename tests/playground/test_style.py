"""The colours of the page can be read by everybody: a contrast of 4.5 at least, in both themes."""

from __future__ import annotations

import re
from importlib.resources import files
from itertools import product

import pytest

STYLE = files("microtensor.playground").joinpath("page", "style.css").read_text(encoding="utf-8")
THEMES = {
    "light": re.search(r":root \{(.*?)\}", STYLE, re.DOTALL),
    "dark": re.search(r':root\[data-theme="dark"\] \{(.*?)\}', STYLE, re.DOTALL),
}
TEXT = ["ink", "soft", "accent", "grad", "test"]
PAIRS = [
    *product(TEXT, ["paper"]),
    ("ink", "panel"), ("soft", "panel"), ("ink", "warn"), ("ink", "bad-soft"), ("ink", "accent-soft"),
    ("paper", "accent"), ("accent", "panel"),
]  # fmt: skip


def colors(theme: str) -> dict[str, str]:
    found = THEMES[theme]
    assert found
    return dict(re.findall(r"--([\w-]+): (#\w{6});", found[1]))


def luminance(color: str) -> float:
    """Of WCAG 2.2, from sRGB."""
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("front", "back"), PAIRS)
def test_contrast(theme: str, front: str, back: str) -> None:
    known = colors(theme)
    high, low = sorted((luminance(known[front]), luminance(known[back])), reverse=True)
    assert (high + 0.05) / (low + 0.05) >= 4.5


def test_a_dark_system_has_the_dark_theme() -> None:
    asked = re.search(
        r"prefers-color-scheme: dark\) \{ :root:not\(\[data-theme\]\) \{(.*?)\}", STYLE, re.DOTALL
    )
    assert asked
    assert dict(re.findall(r"--([\w-]+): (#\w{6});", asked[1])) == colors("dark")
    assert colors("dark").keys() == colors("light").keys()
