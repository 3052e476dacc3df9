"""`{% load ui_blocks %}`: parts with a body, such as cards, notices, dialogs."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from jlseko.ui.tones import TONE_ICONS, checked_tone

register = template.Library()


def _drawn(name: str, **context: Any) -> SafeString:
    return render_to_string(f"ui/{name}.html", context)


@register.simple_block_tag
def card(
    content: SafeString, title: str = "", *, icon: str = "", tone: str = "", count: Any = None,
    link: str = "", link_label: str = "See all", flush: bool = False, id: str = "",  # noqa: A002
) -> SafeString:  # fmt: skip
    """A card: `{% card "Fix first" icon="flame" count=3 link=url %}…{% endcard %}`; `flush` drops the padding for
    tables and rows.
    """
    return _drawn(
        "_card",
        content=content,
        title=title,
        icon=icon,
        tone=tone,
        count=count,
        link=link,
        link_label=link_label,
        flush=flush,
        id=id,
    )


@register.simple_block_tag
def notice(content: SafeString, title: str = "", *, tone: str = "info", icon: str = "") -> SafeString:
    """A message in the page: `{% notice "Held" tone="warning" %}…{% endnotice %}`."""
    tone = checked_tone(tone)
    return _drawn("_notice", content=content, title=title, tone=tone, icon=icon or TONE_ICONS[tone])


@register.simple_block_tag
def confirm(content: SafeString, title: str, *, tone: str = "neutral", id: str = "") -> SafeString:  # noqa: A002
    """A panel that says what will happen before a button does it; the body brings text and the form."""
    return _drawn("_confirm", content=content, title=title, tone=checked_tone(tone), id=id)


@register.simple_block_tag
def modal(content: SafeString, id: str, title: str) -> SafeString:  # noqa: A002
    """A dialog in the middle, opened by `{% opener id "Label" %}`."""
    return _drawn("_dialog", content=content, id=id, title=title, kind="modal")


@register.simple_block_tag
def drawer(content: SafeString, id: str, title: str) -> SafeString:  # noqa: A002
    """A dialog at the right edge, opened by `{% opener id "Label" %}`."""
    return _drawn("_dialog", content=content, id=id, title=title, kind="drawer")


@register.simple_tag
def opener(id: str, label: str, *, icon: str = "", tone: str = "", href: str = "") -> SafeString:  # noqa: A002
    """The button that opens a dialog. With `href` it is a link to a page with the same content for browsers without
    dialogs.
    """
    return _drawn("_opener", id=id, label=label, icon=icon, tone=tone, href=href)


@register.simple_tag
def why_disabled(label: str, reason: str, *, icon: str = "lock") -> SafeString:
    """A button that may not be pressed, and why: `{% why_disabled "Save mapping" "Needs the role Manager" %}`."""
    return _drawn("_why_disabled", label=label, reason=reason, icon=icon)
