"""The exceptions of one order, past and open, for its page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse

from exceptions.category import registry
from exceptions.looks import state_of
from exceptions.models import ExceptionRecord
from sync.models import Order
from sync.order_pages import panels

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def cases(order: Order, user: User) -> list[panels.Case]:
    """Live ones first, then the newest."""
    rows = ExceptionRecord.objects.visible_to(user).filter(connection=order.connection_id, order_key=order.order_id)
    found = [_case(record) for record in rows.select_related("owner").order_by("-pk")]
    return sorted(found, key=lambda case: not case.is_live)


def _case(record: ExceptionRecord) -> panels.Case:
    again = f"{record.occurrences} times" if record.occurrences > 1 else ""
    detail = (registry.get(record.category).title, again, record.closed_reason)
    return panels.Case(
        title=record.headline,
        url=reverse("exceptions:detail", args=[record.pk]),
        state=state_of(record),
        who=record.owner_label,
        opened_at=record.opened_at,
        closed_at=record.closed_at,
        detail=" · ".join(filter(None, detail)),
        is_live=record.is_live,
    )


def register() -> None:
    """Hang them into the page of every order."""
    panels.register(cases)
