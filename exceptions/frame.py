"""What the desk hangs into the frame of every page: the number beside “Exceptions”, and a line for a partner away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, IntegerField, OuterRef, Q, Subquery, Value
from django.db.models.functions import JSONObject
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from exceptions.models import ExceptionRecord, ResubmitRun, RunItem, RunItemState, RunState
from exceptions.models.run import UNDER_WAY
from jlseko.clock import business_now
from jlseko.ui.registry import Banner, register_banners, register_counter
from jlseko.ui.registry import Count as Shown
from jlseko.ui.times import short_london
from sync.models import PartnerState, Side

VIEW = "exceptions.view_exception"
WATCHED = frozenset({"home", "exceptions:list", "exceptions:cause"})


def ask_open(request: HttpRequest) -> Subquery | None:
    """How many are in the queue, and how many of them are late."""
    if not request.user.has_perm(VIEW):
        return None
    rows = ExceptionRecord.objects.in_queue().order_by().values(one=Value(1))
    late = Count("pk", filter=Q(deadline__lt=business_now()))
    return Subquery(rows.annotate(json=JSONObject(number=Count("pk"), late=late)).values("json"))


def tell_open(found: dict[str, int]) -> Shown | None:
    """The number; hot when one of them is late."""
    return Shown(found["number"], hot=found["late"] > 0) if found["number"] else None


def ask_outages(request: HttpRequest) -> ArraySubquery | None:
    """The partners that are away, for those who see exceptions."""
    if not request.user.has_perm(VIEW):
        return None
    facts = JSONObject(side="side", since="opened_at", refused="credentials_refused")
    return ArraySubquery(PartnerState.objects.filter(is_open=True).order_by("pk").values_list(facts))


def tell_outages(found: list[dict[str, Any]]) -> Iterator[Banner]:
    """One line for each of them."""
    where = reverse("exceptions:list") + "?" + urlencode({"category": "partner_unavailable"})
    for partner in found:
        since = f" since {short_london(datetime.fromisoformat(partner['since']))}" if partner["since"] else ""
        if partner["refused"]:
            trouble = f"refuses our key{since}. Orders that need it wait; an admin has to enter a new key."
        else:
            trouble = f"does not answer{since}. Orders that need it wait and go on by themselves."
        tone = "danger" if partner["refused"] else "warning"
        yield Banner(Side(partner["side"]).label, trouble, tone, where, "See the exception")


def ask_runs(request: HttpRequest) -> ArraySubquery | None:
    """The runs under way, on the pages where people decide what to do next."""
    page = request.resolver_match.view_name if request.resolver_match else ""
    if page not in WATCHED or not request.user.has_perm(VIEW):
        return None
    turns = RunItem.objects.filter(run=OuterRef("pk")).order_by().values("run")
    numbers = {"of": Count("pk"), "had": Count("pk", filter=~Q(state=RunItemState.WAITING))}
    facts = {
        name: Subquery(turns.annotate(number=number).values("number"), output_field=IntegerField())
        for name, number in numbers.items()
    }
    rows = ResubmitRun.objects.filter(state__in=[*UNDER_WAY, RunState.PAUSED]).order_by("pk")
    return ArraySubquery(rows.values_list(JSONObject(pk="pk", state="state", **facts)))


def tell_runs(found: list[dict[str, Any]]) -> Iterator[Banner]:
    """One line for each of them."""
    for run in found:
        paused = run["state"] == RunState.PAUSED
        detail = f"{'is paused: ' if paused else ''}{run['had']:,} of {run['of']:,} had their turn."
        where = reverse("exceptions:run", args=[run["pk"]])
        yield Banner(f"Run {run['pk']}", detail, "warning" if paused else "info", where, "Watch it")


def register() -> None:
    """Hang all of it into the frame."""
    register_banners("resubmit_runs", ask_runs, tell_runs)
    register_counter("exceptions:list", ask_open, tell_open)
    register_banners("outages", ask_outages, tell_outages)
