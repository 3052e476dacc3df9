"""Times on screen: London time with its zone, and words for how far away a moment is.

Everything is relative to business time (jlseko/clock.py), which a demo runs faster than real time.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.utils.html import format_html
from django.utils.safestring import SafeString

from jlseko.clock import business_now
from jlseko.ui.icons import icon

LONDON: Final = ZoneInfo("Europe/London")
SOON: Final = timedelta(hours=2)

MINUTE: Final = 60
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR


def span(duration: timedelta) -> str:
    """A duration in at most two units: "40 s", "5 m", "1 h 20 m", "3 d 4 h", "12 d". The sign is dropped."""
    seconds = int(abs(duration.total_seconds()))
    if seconds < MINUTE:
        return f"{seconds} s"
    if seconds < HOUR:
        return f"{seconds // MINUTE} m"
    large, small, names = (DAY, HOUR, "dh") if seconds >= DAY else (HOUR, MINUTE, "hm")
    whole, rest = divmod(seconds, large)
    rest //= small
    return f"{whole} {names[0]} {rest} {names[1]}" if rest and whole < 10 else f"{whole} {names[0]}"


def relative(moment: datetime, now: datetime | None = None) -> str:
    """ "in 5 m", "2 h ago" or "now", seen from business time."""
    distance = moment - (now or business_now())
    if abs(distance) < timedelta(seconds=1):
        return "now"
    return f"in {span(distance)}" if distance > timedelta(0) else f"{span(distance)} ago"


def london(moment: datetime) -> str:
    """The full timestamp: "Mon 24 Nov 2025, 17:00:05 GMT"."""
    local = moment.astimezone(LONDON)
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M:%S %Z}"


def short_london(moment: datetime, now: datetime | None = None) -> str:
    """As little of a timestamp as is unambiguous: "14:05 GMT" today, "24 Nov, 14:05 GMT", or with the year."""
    local, today = moment.astimezone(LONDON), (now or business_now()).astimezone(LONDON)
    clock = f"{local:%H:%M %Z}"
    if local.date() == today.date():
        return clock
    year = "" if local.year == today.year else f" {local.year}"
    return f"{local.day} {local:%b}{year}, {clock}"


def utc(moment: datetime) -> str:
    """The same moment for logs and partners: "17:00:05 UTC"."""
    return f"{moment.astimezone(UTC):%H:%M:%S} UTC"


def iso(moment: datetime) -> str:
    """UTC with seconds, for the `datetime` attribute."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def urgency(deadline: datetime, now: datetime) -> str:
    """`late`, `soon` (within two hours) or `ok`."""
    if deadline <= now:
        return "late"
    return "soon" if deadline - now <= SOON else "ok"


DUE_ICONS: Final = {"late": "alarm-clock-off", "soon": "alarm-clock", "ok": "clock"}


def due(deadline: datetime | None, verb: str = "due", why: str = "") -> SafeString:
    """A deadline in words with icon and urgency class; the full London timestamp is its title.

    Args:
        deadline: aware; None says that there is none.
        verb: what happens then, "due" for "due in 1 h 20 m".
        why: a sentence that the title adds and that screen readers hear, such as why a row stands where it does.
    """
    if deadline is None:
        return format_html('<span class="due due-none">{}</span>', "No deadline")
    now = business_now()
    level, words = urgency(deadline, now), span(deadline - now)
    text = f"{words} late" if level == "late" else f"{verb} in {words}"
    spoken = format_html('<span class="visually-hidden">. {}</span>', why) if why else ""
    title = f"{london(deadline)}. {why}" if why else london(deadline)
    return format_html(
        '<span class="due due-{0}">{1}<time datetime="{2}" title="{3}" data-due="{4}">{5}</time>{6}</span>',
        level, icon(DUE_ICONS[level]), iso(deadline), title, verb, text, spoken,
    )  # fmt: skip


def when(moment: datetime | None, empty: str = "–") -> SafeString:
    """A moment in London time with its zone; the title adds the full form, UTC and how far away it is."""
    if moment is None:
        return format_html('<span class="muted">{}</span>', empty)
    now = business_now()
    return format_html(
        '<time datetime="{}" title="{} · {} · {}" class="nowrap">{}</time>',
        iso(moment), london(moment), utc(moment), relative(moment, now), short_london(moment, now),
    )  # fmt: skip


def ago(moment: datetime | None, empty: str = "–") -> SafeString:
    """A moment as "5 m ago" or "in 2 h"; the title holds the full London timestamp."""
    if moment is None:
        return format_html('<span class="muted">{}</span>', empty)
    return format_html(
        '<time datetime="{}" title="{}" class="nowrap" data-ago>{}</time>',
        iso(moment),
        london(moment),
        relative(moment),
    )
