"""The six tones of the design. A tone never speaks alone: it always comes with an icon and a word."""

from __future__ import annotations

from typing import Final

TONES: Final = ("neutral", "info", "success", "warning", "danger", "waiting")

TONE_ICONS: Final[dict[str, str]] = {
    "neutral": "circle-dot",
    "info": "info",
    "success": "circle-check",
    "warning": "triangle-alert",
    "danger": "octagon-alert",
    "waiting": "hourglass",
}


def checked_tone(tone: str) -> str:
    """The tone itself, or `neutral` for a name that the design does not have."""
    return tone if tone in TONE_ICONS else "neutral"
