"""The fonts of the PDF: Bitstream Vera, which reportlab brings along, and what to do where it lacks a character."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

import reportlab
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

PLAIN: Final = "Vera"
BOLD: Final = "VeraBd"
LACKING: Final = "¤"  # stands for a character that the font lacks; the CSV has it
_FOLDER: Final = Path(reportlab.__file__).parent / "fonts"
_NEAR: Final = str.maketrans({"→": ">", "−": "-", "\u00a0": " ", "\u202f": " ", "\t": " "})


@cache
def glyphs() -> frozenset[int]:
    """Register both fonts, once; returns the code points that both can draw."""
    drawn = []
    for name in (PLAIN, BOLD):
        font = TTFont(name, str(_FOLDER / f"{name}.ttf"))
        pdfmetrics.registerFont(font)
        drawn.append(frozenset(font.face.charToGlyph))
    return frozenset.intersection(*drawn)


def printable(text: str) -> str:
    """Text that the font can draw: what it lacks becomes :data:`LACKING`, control characters vanish."""
    known = glyphs()
    kept = (sign for sign in text.translate(_NEAR) if sign == "\n" or ord(sign) >= 32)
    return "".join(sign if sign == "\n" or ord(sign) in known else LACKING for sign in kept)


def marked_up(text: str) -> str:
    """The same, for a paragraph: nothing in it is markup, line breaks stay."""
    return escape(printable(text)).replace("\n", "<br/>")
