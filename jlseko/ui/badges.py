"""Small words with meaning: states, money, people, text to copy. Each returns safe HTML of escaped values."""

from __future__ import annotations

from decimal import Decimal
from typing import Final
from zlib import crc32

from django.utils.html import format_html
from django.utils.safestring import SafeString

from jlseko.ui.icons import icon
from jlseko.ui.tones import TONE_ICONS, checked_tone

SYMBOLS: Final = {"GBP": "£", "EUR": "€", "USD": "$"}
AVATAR_HUES: Final = 5


def state_badge(label: str, tone: str = "neutral", icon_name: str = "", title: str = "") -> SafeString:
    """A state: icon, word and tone, never colour alone.

    Args:
        label: the word.
        tone: one of `jlseko.ui.tones.TONES`.
        icon_name: a Lucide name; the tone's own icon where empty.
        title: a longer explanation on hover.
    """
    tone = checked_tone(tone)
    return format_html(
        '<span class="badge tone-{}"{}>{}{}</span>',
        tone,
        format_html(' title="{}"', title) if title else "",
        icon(icon_name or TONE_ICONS[tone]),
        label,
    )


def tag(label: str) -> SafeString:
    """A quiet label without a state, such as the side of a fault."""
    return format_html('<span class="tag">{}</span>', label)


def money_text(amount: Decimal | int | str | None, currency: str = "GBP") -> str:
    """ "£1,234.50", "-£3.00" or "1,234.50 SEK"; a dash for no amount."""
    if amount is None or amount == "":
        return "–"
    value = Decimal(amount)
    figure = f"{abs(value):,.2f}"
    symbol = SYMBOLS.get(currency)
    text = f"{symbol}{figure}" if symbol else f"{figure} {currency}"
    return f"-{text}" if value < 0 else text


def money(amount: Decimal | int | str | None, currency: str = "GBP") -> SafeString:
    """An amount with its currency, two decimals, grouped thousands."""
    return format_html('<span class="money">{}</span>', money_text(amount, currency))


def copyable(text: str | int | None, label: str = "", shown: str = "") -> SafeString:
    """Text with a button that copies it.

    Args:
        text: what is copied; nothing is drawn but a dash where it is empty.
        label: what it is, for screen readers ("order number").
        shown: what is shown where it differs from what is copied.
    """
    if text is None or text == "":
        return format_html('<span class="muted">{}</span>', "–")
    spoken = f"Copy {label} {text}" if label else f"Copy {text}"
    return format_html(
        '<span class="copyable"><span class="copyable-text">{}</span>'
        '<button type="button" class="copy" data-copy="{}" aria-label="{}" title="Copy">{}{}</button></span>',
        shown or text, text, spoken, icon("copy", "", "icon-copy"), icon("check", "", "icon-done"),
    )  # fmt: skip


def initials(name: str) -> str:
    """Two letters for a name: first and last word."""
    words = name.replace(".", " ").replace("_", " ").split()
    return (words[0][:1] + (words[-1][:1] if len(words) > 1 else words[0][1:2])).upper() if words else "?"


def person(who: object, empty: str = "Unassigned") -> SafeString:
    """A person with initials, or the word for nobody. Takes a user or a name."""
    full_name = getattr(who, "get_full_name", None)
    name = (full_name() if callable(full_name) else "") or str(who or "")
    if not name or name == "AnonymousUser":
        return format_html(
            '<span class="person muted"><span class="avatar avatar-none" aria-hidden="true">{}</span>'
            '<span class="person-name">{}</span></span>',
            icon("user-round", "s"), empty,
        )  # fmt: skip
    return format_html('<span class="person">{}<span class="person-name">{}</span></span>', avatar(name), name)


def avatar(name: str) -> SafeString:
    """The round initials alone, silent for screen readers."""
    hue = crc32(name.encode()) % AVATAR_HUES
    return format_html('<span class="avatar avatar-{}" aria-hidden="true">{}</span>', hue, initials(name))
