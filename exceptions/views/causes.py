"""One cause: what it holds, and the fix that lets all of it go."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.views import View

from exceptions import page_reading, reading, roles, runbooks, services
from exceptions.category import Category, Resubmit, registry
from exceptions.models import Cause, ExceptionRecord
from exceptions.nouns import noun_of
from exceptions.tables import MemberTable, for_list
from exceptions.views.detail import tell, usable
from exceptions.views.page import VIEW, status_of
from jlseko.clock import business_now
from jlseko.ui.access import RoleRequired

SHOWN = 100


class CauseView(RoleRequired, View):
    """The page of a cause. A POST plans first (``step`` = plan), then does it (``step`` = confirmed)."""

    permission_required = VIEW
    request: HttpRequest
    kwargs: dict[str, Any]

    @cached_property
    def cause(self) -> Cause:
        """The cause of the address.

        Raises:
            Http404: there is none, or this person may see none of its records.
        """
        cause = get_object_or_404(Cause.objects.select_related("connection", "fixed_by"), pk=self.kwargs["pk"])
        if not ExceptionRecord.objects.visible_to(self.person).filter(faults__cause=cause).exists():
            raise Http404("There is no such cause.")
        return cause

    @cached_property
    def category(self) -> Category:
        """What kind of cause it is."""
        return registry.get(self.cause.category)

    @cached_property
    def lead(self) -> ExceptionRecord | None:
        """The most urgent open member: its form is the form of the cause."""
        return reading.cause_members(self.cause, self.person).first()

    def parts(self, data: Any = None) -> list[services.Part]:
        """The forms of the leading member that belong to this cause and release all of its orders."""
        if self.lead is None or self.category.resubmit != Resubmit.CAUSE:
            return []
        found = services.parts(self.lead, data)
        return [part for part in found if any(fault.cause_id == self.cause.pk for fault in part.faults)]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show it."""
        return self.draw(self.parts())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Plan, or do what was planned."""
        parts = self.parts(request.POST)
        if self.lead is None:
            return self.draw([], error="Nothing is held by this cause any more.", status=HTTPStatus.CONFLICT)
        why_not = self.why_not(parts)
        if why_not:
            return self.draw(parts, error=why_not, status=HTTPStatus.FORBIDDEN)
        given = usable(parts, all_of_them=True)
        if given is None:
            return self.draw(parts, error="Some fields need your attention.", status=HTTPStatus.UNPROCESSABLE_ENTITY)
        plan = services.plan(self.lead, given) if given else services.plan_cause(self.cause)
        if request.POST.get("step") != "confirmed":
            return self.draw(parts, plan=plan)
        if request.POST.get("planned") != str(plan.count):
            return self.draw(parts, plan=plan, error="Meanwhile the number has changed. Read the plan again.")
        try:
            if given:
                done = services.fix_and_resubmit(self.lead, given, by=self.person)
            else:
                done = services.resubmit_cause(self.cause, by=self.person)
        except services.DeskError as error:
            return self.draw(parts, plan=plan, error=str(error), status=status_of(error))
        tell(request, done)
        return HttpResponseRedirect(reverse("exceptions:cause", args=[self.cause.pk]))

    def why_not(self, parts: list[services.Part]) -> str:
        """Why this person may not let it go; empty where they may."""
        if self.lead is None:
            return ""
        allowed, why = roles.may(self.person, "resubmit_exception", self.lead)
        blocked = [reason for part in parts for ok, reason in [part.may_save(self.person)] if not ok]
        return why if not allowed else next(iter(blocked), "")

    def earlier(self) -> list[ExceptionRecord]:
        """What the cause held when it was seen last, for it holds nothing any more."""
        return list(ExceptionRecord.objects.filter(faults__cause=self.cause).select_related("item").order_by("-pk")[:1])

    def draw(
        self, parts: list[services.Part], *, plan: services.Plan | None = None, error: str = "", status: int = 200
    ) -> HttpResponse:
        """The page."""
        rows = page_reading.members(self.cause, self.person)
        members = list(for_list(rows).by_urgency()[:SHOWN])  # type: ignore[attr-defined]
        why_not = self.why_not(parts)
        noun = noun_of(members or self.earlier())
        context = {
            "noun": noun, "holds_money": any(record.value for record in members),
            "title": self.cause.headline, "cause": self.cause, "category": self.category, "lead": self.lead,
            "held": page_reading.held(rows), "now": business_now(), "parts": [] if why_not else parts,
            "has_parts": bool(parts), "why_not": why_not, "plan": plan, "kept_shown": plan.kept[:5] if plan else [],
            "error": error, "table": MemberTable(noun, data=members, request=self.request) if members else None,
            "goes_together": self.category.resubmit == Resubmit.CAUSE, "runbook": runbooks.html(self.category),
            "can_send": self.category.resubmit != Resubmit.NONE, "shown": SHOWN,
        }  # fmt: skip
        return render(self.request, "exceptions/cause.html", context, status=status)
