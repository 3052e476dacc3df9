"""The number beside “Exceptions” in the navigation of every page."""

from __future__ import annotations

from django.db.models import Count, Q
from django.http import HttpRequest

from exceptions.models import ExceptionRecord
from exceptions.states import State
from jlseko.clock import business_now
from jlseko.ui.registry import Count as Shown
from jlseko.ui.registry import register_counter


def open_exceptions(request: HttpRequest) -> Shown | None:
    """How many wait for a person; hot when one of them is late."""
    rows = ExceptionRecord.objects.visible_to(request.user).filter(state__in=[State.OPEN, State.CLAIMED])
    found = rows.aggregate(number=Count("pk"), late=Count("pk", filter=Q(deadline__lt=business_now())))
    return Shown(found["number"], hot=found["late"] > 0) if found["number"] else None


def register() -> None:
    """Hang the counter into the frame."""
    register_counter("exceptions:list", open_exceptions)
