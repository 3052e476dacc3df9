"""Finding exceptions and causes: those of orders that were found, by their own number, or by words of a headline."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any, Final

from django.db.models import CharField, Count, F, Q, QuerySet, Value
from django.db.models.functions import Cast, Coalesce
from django.urls import reverse

from exceptions.category import registry
from exceptions.models import Cause, ExceptionRecord
from exceptions.roles import Person
from exceptions.states import LIVE, State
from jlseko.ui.hits import Hit

OWN_NUMBER: Final = re.compile(r"#\s?(\d{1,12})")
SHORTEST: Final = 3  # characters of a headline
WORDS: Final = 6


def find(
    text: str, user: Person, *, limit: int, order_keys: Collection[str] = (), item_ids: Collection[int] = ()
) -> list[Hit]:
    """What is live and visible to this person, in one query; ``#123`` finds any exception by its number.

    Args:
        text: what somebody typed.
        user: who asks.
        limit: the most exceptions, and the most causes.
        order_keys: orders that were found already.
        item_ids: items without an order that were found already.
    """
    wanted = text.replace("\x00", "").strip()
    number = OWN_NUMBER.fullmatch(wanted)
    rows = _records(user, order_keys, item_ids, int(number[1]) if number else None)[:limit]
    words = wanted.split()[:WORDS]
    if len(wanted) >= SHORTEST and not number:
        rows = rows.union(_causes(words)[:limit], all=True)
    return [_hit(row, own=bool(number)) for row in rows]


def _records(user: Person, orders: Collection[str], items: Collection[int], number: int | None) -> QuerySet[Any]:
    live = Q(state__in=sorted(LIVE)) & (Q(order_key__in=orders) | Q(order_key="", item__in=items))
    rows = ExceptionRecord.objects.visible_to(user).filter(live if number is None else Q(pk=number))
    told = rows.annotate(
        what=Value("exception", CharField()),
        about=Coalesce(F("order_number"), Value("")),
        standing=Cast(F("state"), CharField()),
    )
    return told.order_by("-pk").values_list("what", "pk", "headline", "category", "about", "standing")


def _causes(words: list[str]) -> QuerySet[Any]:
    """Causes with all these words, those that were seen last first."""
    matching = Q(merged_into__isnull=True)
    for word in words:
        matching &= Q(headline__icontains=word)
    told = Cause.objects.filter(matching).annotate(
        what=Value("cause", CharField()),
        about=Value("", CharField()),
        standing=Cast(Count("records", filter=Q(records__state__in=sorted(LIVE))), CharField()),
    )
    return told.order_by("-last_seen").values_list("what", "pk", "headline", "category", "about", "standing")


def _hit(row: tuple[Any, ...], *, own: bool) -> Hit:
    what, pk, headline, category, about, standing = row
    title = registry.get(category).title
    if what == "exception":
        detail = " · ".join(filter(None, (about, title, str(State(standing).label))))
        return Hit("exception", headline, reverse("exceptions:detail", args=[pk]), detail, f"#{pk}", exact=own)
    held = "nothing held now" if standing == "0" else f"holds {standing} {'order' if standing == '1' else 'orders'} now"
    return Hit("cause", headline, reverse("exceptions:cause", args=[pk]), f"{title} · {held}")
