"""Lucide icons as inline SVG, drawn once for each name and size class and then remembered."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString
from lucide import IconDoesNotExist
from lucide.templatetags.lucide import lucide

FALLBACK = "circle-dashed"


@lru_cache(maxsize=512)
def icon(name: str, size: str = "", extra: str = "", label: str = "") -> SafeString:
    """One icon. Its size follows the class, not an attribute.

    Args:
        name: a Lucide name, such as `truck`.
        size: "", "s", "l" or "xl" (16, 14, 20, 28 px).
        extra: more CSS classes.
        label: what a screen reader says; without it the icon is decoration and stays silent.

    Raises:
        IconDoesNotExist: for an unknown name while DEBUG is on; otherwise a dashed circle is drawn.
    """
    classes = " ".join(filter(None, ("icon", f"icon-{size}" if size else "", extra)))
    attributes: dict[str, str] = {"class": classes, "focusable": "false"}
    attributes |= {"role": "img", "aria-label": label} if label else {"aria-hidden": "true"}
    try:
        drawn = lucide(str(name), size=16, **attributes)
    except IconDoesNotExist:
        if settings.DEBUG:
            raise
        drawn = lucide(FALLBACK, size=16, **attributes)
    return format_html("{}", drawn)
