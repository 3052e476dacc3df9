"""Contrast of the colour tokens in both themes, by the formula of WCAG 2.2 (1.4.3 text, 1.4.11 everything else)."""

from __future__ import annotations

import re
from itertools import product

import pytest

from jlseko.env import PROJECT

CSS = PROJECT / "static" / "css"
TOKEN = re.compile(r"--([\w-]+):\s*(?:light-dark\((#\w+),\s*(#\w+)\)|(#\w+)|var\(--([\w-]+)\));")
THEMES = ("light", "dark")
TONES = ("neutral", "info", "success", "warning", "danger", "waiting")
SURFACES = ("canvas", "sheet", "raised", "sunken", "hover", "selected")
TEXT, SHAPE = 4.5, 3.0

ON_SURFACES = [*product(("ink", "ink-2", "ink-3", "accent", *TONES), SURFACES)]
ON_OTHERS = [
    *((tone, f"{tone}-soft") for tone in TONES),
    *(("ink", f"{tone}-soft") for tone in TONES),
    *(("accent", f"{tone}-soft") for tone in TONES),  # links in notices
    *product(("ink", "ink-2", "ink-3"), ("neutral-soft", "pressed")),
    ("accent", "accent-soft"),
    ("ink", "mark"),
    *product(("on-accent",), ("accent-fill", "accent-fill-hover")),
    *product(("on-danger",), ("danger-fill", "danger-fill-hover")),
    *product(("code-text", "code-number", "code-word", "ink-3"), ("sunken", "danger-soft", "success-soft")),
    *((f"avatar-{number}-ink", f"avatar-{number}") for number in range(5)),
]
SHAPES = [
    *product(("line-input", "accent"), ("canvas", "sheet", "raised", "field")),  # edges of fields, the focus ring
    *product((f"chart-{tone}" for tone in (*TONES, "accent")), ("sheet", "raised")),
]


def tokens() -> dict[str, tuple[str, str]]:
    """Every colour token as its value in the light and in the dark theme."""
    found: dict[str, tuple[str, str]] = {}
    for name, light, dark, both, same in TOKEN.findall((CSS / "tokens.css").read_text(encoding="utf-8")):
        found[name] = found.get(same, (light or both, dark or both))
    return found


def luminance(colour: str) -> float:
    """Relative luminance of `#rgb` or `#rrggbb`."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """1 for the same colour, 21 for black on white."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_formula_is_that_of_the_guideline() -> None:
    assert contrast("#fff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)


@pytest.mark.parametrize("theme", THEMES)
def test_text_can_be_read_on_every_surface(theme: str) -> None:
    known, place = tokens(), THEMES.index(theme)
    measured = {pair: contrast(known[pair[0]][place], known[pair[1]][place]) for pair in ON_SURFACES + ON_OTHERS}
    assert {pair: round(ratio, 2) for pair, ratio in measured.items() if ratio < TEXT} == {}


@pytest.mark.parametrize("theme", THEMES)
def test_edges_rings_and_plots_stand_out(theme: str) -> None:
    known, place = tokens(), THEMES.index(theme)
    measured = {pair: contrast(known[pair[0]][place], known[pair[1]][place]) for pair in SHAPES}
    assert {pair: round(ratio, 2) for pair, ratio in measured.items() if ratio < SHAPE} == {}


def test_colours_are_written_in_the_tokens_only() -> None:
    colour = re.compile(r"#[0-9a-fA-F]{3,8}\b(?![^{]*\{)|rgba?\(")
    sheets = {path.name: path.read_text(encoding="utf-8") for path in CSS.glob("*.css") if path.name != "tokens.css"}
    assert {name: found for name, text in sheets.items() if (found := colour.findall(text))} == {}
