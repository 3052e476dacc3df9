"""What the desk hangs into the frame of every page: the number beside “Exceptions”, and a line for a partner away."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from exceptions.models import ExceptionRecord
from exceptions.states import State
from jlseko.clock import business_now
from jlseko.ui.registry import Banner, register_banners, register_counter
from jlseko.ui.registry import Count as Shown
from jlseko.ui.times import short_london
from sync.connections.reading import PartnerHealth, partners_away


def open_exceptions(request: HttpRequest) -> Shown | None:
    """How many wait for a person; hot when one of them is late."""
    rows = ExceptionRecord.objects.visible_to(request.user).filter(state__in=[State.OPEN, State.CLAIMED])
    found = rows.aggregate(number=Count("pk"), late=Count("pk", filter=Q(deadline__lt=business_now())))
    return Shown(found["number"], hot=found["late"] > 0) if found["number"] else None


def outages(request: HttpRequest) -> Iterator[Banner]:
    """One line for each partner that is away, for those who see exceptions."""
    if not request.user.has_perm("exceptions.view_exception"):
        return
    where = reverse("exceptions:list") + "?" + urlencode({"category": "partner_unavailable"})
    for partner in partners_away():
        yield _banner(partner, where)


def _banner(partner: PartnerHealth, where: str) -> Banner:
    state = partner.state
    since = f" since {short_london(state.opened_at)}" if state.opened_at else ""
    if state.credentials_refused:
        detail = f"refuses our key{since}. Orders that need it wait; an admin has to enter a new key."
        return Banner(partner.name, detail, "danger", where, "See the exception")
    detail = f"does not answer{since}. Orders that need it wait and go on by themselves."
    return Banner(partner.name, detail, "warning", where, "See the exception")


def register() -> None:
    """Hang both into the frame."""
    register_counter("exceptions:list", open_exceptions)
    register_banners(outages)
