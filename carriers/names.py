"""How courier and service names are compared, and how characters that nobody sees are shown.

Two spellings mean the same mapping only if they differ by case or by ordinary blanks. Everything else is another name:
a likely match is suggested to a person, never taken by the machine.
"""

import unicodedata
from dataclasses import dataclass

_SHORT_NAMES = {"\u00a0": "no-break space", "\t": "tab", "\n": "line break", "\r": "carriage return"}


@dataclass(frozen=True, slots=True)
class Glyphs:
    """A stretch of a name. ``hidden`` says what cannot be seen there; empty = ``text`` is shown as it is."""

    text: str
    hidden: str = ""


def key(text: str) -> str:
    """The form in which two names are compared: outer blanks off, inner blanks folded to one, case ignored.

    A NUL, which no database text can hold, becomes the replacement character: such a name is just never found.
    """
    return " ".join(text.replace("\x00", "\ufffd").split()).casefold()


def loose(text: str) -> str:
    """Letters and digits only, accents off: for finding names that look alike, never for deciding that they are."""
    flat = unicodedata.normalize("NFKD", text).casefold()
    return "".join(character for character in flat if character.isalnum())


def visible(text: str) -> list[Glyphs]:
    """Cut a name into what is seen and what is hidden: outer and double blanks, zero-width and control characters."""
    inner = text.strip(" ")
    start = text.index(inner) if inner else len(text)
    end = start + len(inner)
    parts: list[Glyphs] = []
    seen = ""
    for place, character in enumerate(text):
        hidden = _hidden_name(character)
        if character == " " and (place < start or place >= end):
            hidden = "space"
        elif character == " " and place and text[place - 1] == " ":
            hidden = "second space"
        if not hidden:
            seen += character
            continue
        if seen:
            parts.append(Glyphs(seen))
            seen = ""
        parts.append(Glyphs(character, hidden))
    if seen:
        parts.append(Glyphs(seen))
    return parts


def differs_unseen(text: str) -> bool:
    """Whether a name holds hidden characters that make it another name; blanks too many do not."""
    return any(part.hidden for part in visible(key(text)))


def _hidden_name(character: str) -> str:
    if character == " ":
        return ""
    if character in _SHORT_NAMES:
        return _SHORT_NAMES[character]
    if unicodedata.category(character) in ("Cc", "Cf", "Zs", "Zl", "Zp", "Co", "Cn"):
        return unicodedata.name(character, f"U+{ord(character):04X}").lower()
    return ""
