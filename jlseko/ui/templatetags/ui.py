"""`{% load ui %}`: the words and parts of the design, for templates. The Python twins live in jlseko/ui/."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput
from django.http import QueryDict
from django.template.context import Context
from django.utils.safestring import SafeString

from jlseko.ui import badges, charts, glossary, icons, links, payload, times
from jlseko.ui.tables import DeskTable, Head
from jlseko.ui.tones import TONE_ICONS, checked_tone

register = template.Library()

register.simple_tag(icons.icon, name="icon")
register.simple_tag(times.due, name="due")
register.simple_tag(times.when, name="when")
register.simple_tag(times.ago, name="ago")
register.simple_tag(badges.money, name="money")
register.simple_tag(badges.copyable, name="copyable")
register.simple_tag(badges.person, name="person")
register.simple_tag(badges.tag, name="tag")
register.filter("london", times.london)
register.filter("utc", times.utc)
register.filter("iso", times.iso)


@register.simple_tag
def state_badge(label: str, tone: str = "neutral", icon: str = "", title: str = "") -> SafeString:
    """A state: `{% state_badge "Stalled" "danger" "octagon-alert" %}`."""
    return badges.state_badge(label, tone, icon, title)


@register.filter
def span(duration: timedelta) -> str:
    """A duration in words: `{{ age|span }}`."""
    return times.span(duration)


@register.filter
def london_day(moment: datetime) -> str:
    """The London date of a moment: "Mon 24 Nov"."""
    local = moment.astimezone(times.LONDON)
    return f"{local:%a} {local.day} {local:%b}"


@register.filter
def tone_icon(tone: str) -> str:
    """The icon name that belongs to a tone."""
    return TONE_ICONS[checked_tone(tone)]


@register.filter
def values_of(query: QueryDict, name: str) -> list[str]:
    """All values of a query parameter."""
    return query.getlist(name)


@register.filter
def absent(value: Any) -> Any:
    """The value, or a dash for None and empty text; 0 stays 0."""
    return "–" if value is None or value == "" else value


@register.simple_tag(takes_context=True)
def query_replace(context: Context, **changes: Any) -> str:
    """This page's query string with changes: `<a href="{% query_replace status='open' page=None %}">`."""
    return links.replaced(context["request"], **changes)


@register.simple_tag(takes_context=True)
def table_heads(context: Context, table: DeskTable) -> list[Head]:
    """The header cells of a table with sort links for this request."""
    return table.heads(context["request"])


@register.inclusion_tag("ui/_chart.html")
def chart(element_id: str, data: Mapping[str, Any], title: str, summary: str = "") -> dict[str, Any]:
    """A chart from `jlseko.ui.charts.chart_data`, with a table for everybody who cannot see it."""
    return {"element_id": element_id, "data": data, "title": title, "summary": summary, "rows": charts.chart_rows(data)}


@register.inclusion_tag("ui/_spark.html")
def sparkline(values: Sequence[int | float], label: str, tone: str = "") -> dict[str, Any]:
    """A trend as a small line: `{% sparkline counts "Orders each hour" %}`."""
    return {"points": charts.spark_points(values), "label": label, "tone": tone, "last": values[-1] if values else None}


@register.inclusion_tag("ui/_payload.html")
def payload_view(data: Any, marked: Mapping[str, str] | Iterable[str | int] = (), title: str = "") -> dict[str, Any]:
    """A payload as numbered lines; `marked` holds paths or line numbers, or a mapping of them to notes."""
    return {"lines": payload.payload_lines(data, marked), "title": title, "raw": payload_text(data)}


@register.inclusion_tag("ui/_payload.html")
def payload_difference(before: Any, after: Any, title: str = "") -> dict[str, Any]:
    """What one payload changes against another."""
    return {"lines": payload.difference_lines(before, after), "title": title, "raw": payload_text(after)}


@register.inclusion_tag("ui/_payload.html")
def payload_lines(lines: Sequence[payload.Line], title: str) -> dict[str, Any]:
    """Lines that were made already, such as the changed ones of two payloads."""
    return {"lines": lines, "title": title, "raw": "\n".join(f"{line.sign or ' '} {line.text}" for line in lines)}


def payload_text(data: Any) -> str:
    """The pretty form as one text, for the copy button."""
    return "\n".join(text for _, text in payload.path_lines(data))


@register.inclusion_tag("ui/_meter.html")
def meter(
    value: float, most: float, *, limit: float | None = None, warn: float | None = None, label: str = ""
) -> dict[str, Any]:
    """A thin bar: `value` of `most`, with a warning band from `warn` and a line at `limit`, all in the same unit."""
    scale = 100 / most if most else 0
    percent = max(0.0, min(100.0, value * scale))
    tone = "success"
    if limit is not None and value >= limit:
        tone = "danger"
    elif warn is not None and value >= warn:
        tone = "warning"
    places = {
        name: None if at is None else round(min(100.0, at * scale), 2)
        for name, at in (("limit", limit), ("warn", warn))
    }
    band = None if None in places.values() else round(places["limit"] - places["warn"], 2)  # type: ignore[operator]
    return {
        "percent": round(percent, 2),
        "tone": tone,
        "label": label,
        "value": value,
        "most": most,
        "band": band,
        **places,
    }


@register.inclusion_tag("ui/_field.html")
def field(
    bound: BoundField,
    was: str = "",
    help: str = "",  # noqa: A002
    counter: bool = True,
    sender: str = "John Lewis",
) -> dict[str, Any]:
    """One form field with label, help, counter and error. An optional one says so, unless a choice above asks for it
    (``asked_for`` on the field).

    Use `{% field form.postcode was=order.postcode %}`; hidden fields are drawn bare.

    Args:
        bound: the field.
        was: the value that came from the partner, shown below.
        help: instead of the field's own help text.
        counter: show how much of the longest length is used, where there is one.
        sender: the partner that the value came from.
    """
    asked_for = bound.field.required or getattr(bound.field, "asked_for", False)
    widget, text, length = bound.field.widget, help or bound.help_text, len(str(bound.value() or ""))
    longest = getattr(bound.field, "max_length", None) if counter else None
    error_id, foot_id = f"{bound.auto_id}-error", f"{bound.auto_id}-help"
    attributes: dict[str, Any] = {}
    described = [each for each, there in ((error_id, bound.errors), (foot_id, text or longest)) if there]
    if described:
        attributes["aria-describedby"] = " ".join(described)
    if bound.errors:
        attributes["aria-invalid"] = "true"
    if longest:
        # The counter says how much is too much; a browser that cuts what is pasted would hide it
        attributes |= {"maxlength": False, "data-counted": longest}
    return {
        "bound": bound, "drawn": bound.as_widget(attrs=attributes), "was": was, "sender": sender, "text": text,
        "longest": longest,
        "error_id": error_id, "foot_id": foot_id, "is_check": isinstance(widget, CheckboxInput),
        "is_group": widget.use_fieldset, "is_over": bool(longest and length > longest),
        "is_optional": not asked_for and not isinstance(widget, CheckboxInput),
        "used": f"{length} of {longest}" if longest else "",
    }  # fmt: skip


@register.simple_tag(takes_context=True)
def term(context: Context, word: str, shown: str = "") -> SafeString:
    """A word of the glossary that explains itself when pressed: `{% term "carrier code" %}`, or with other letters
    `{% term "send back" "Sent back" %}`. After its first mention on a page it is plain text.

    Raises:
        KeyError: the glossary does not explain it.
    """
    found = glossary.meaning_of(word)
    request = context.get("request")
    told: set[str] = set() if request is None else request.__dict__.setdefault("terms_told", set())
    known = found.slug in told
    told.add(found.slug)
    return glossary.plain(shown or word) if known else glossary.explained(found, shown or word)
