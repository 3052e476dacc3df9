"""`{% load desk %}`: the few parts of the design that only the desk needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.forms import BaseForm, BoundField
from django.urls import reverse

from exceptions.detail.edits import Beneath
from exceptions.fixes.fix_form import DecisionForm
from exceptions.looks import state_of
from jlseko.ui.templatetags.ui import field
from sync.looks import marketplace_state

register = template.Library()
register.filter("state_badge_of", state_of)
register.filter("john_lewis_state", marketplace_state)


def ways_of(form: DecisionForm, name: str) -> list[str]:
    """The choices that a field belongs to; an optional one goes with the field before it. Empty = it always shows."""
    found: list[str] = []
    for each in form.fields:
        found = [way for way, names in form.needs.items() if each in names] or found
        if each == name:
            break
    return found


@register.inclusion_tag("exceptions/_field.html")
def fix_field(bound: BoundField, notes: Mapping[str, Beneath] | None = None) -> dict[str, Any]:
    """One field of a form of the desk; suggestions become a list to choose from, free text stays possible.

    ``notes`` = the name of a field in the page to what is known beneath it; a page without them leaves it out.
    """
    form = bound.form
    ways = ways_of(form, bound.name) if isinstance(form, DecisionForm) and bound.name != "way" else []
    suggestions = list(getattr(bound.field, "suggestions", ()))
    list_id = f"{bound.auto_id}-list"
    beneath = (notes or {}).get(bound.html_name, Beneath())
    if suggestions:
        bound.field.widget.attrs |= {"list": list_id, "autocomplete": "off"}
    return {
        "field": field(bound, was=beneath.original, sender=beneath.sender),
        "meanwhile": beneath.meanwhile,
        "suggestions": suggestions,
        "explained": [pair for pair in suggestions if pair[1]],
        "list_id": list_id,
        "ways": " ".join(ways),
        "way_name": form.add_prefix("way"),
    }


@register.filter
def form_named(forms: Mapping[str, BaseForm], name: str) -> BaseForm:
    """One form of several."""
    return forms[name]


@register.simple_tag
def action_url(name: str, pk: int) -> str:
    """Where the form of an action goes."""
    return reverse(f"exceptions:{name}", args=[pk])
