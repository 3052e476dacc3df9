"""One cause: what it holds, and the fix that lets all of it go."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views import View

from exceptions import services
from exceptions.causes.page import CausePage
from exceptions.triage.selection import seen_versions
from exceptions.views.cause_of import CauseView
from exceptions.views.detail import CHANGED, after, usable
from exceptions.views.page import status_of


class CausePageView(CauseView, View):
    """The page of a cause. A POST plans first (``step`` = plan), then does it (``step`` = confirmed)."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show it."""
        return self.draw(CausePage(request, self.cause))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Plan, or do what was planned."""
        parts = services.cause_parts(self.cause, request.POST)
        page = CausePage(request, self.cause, parts=parts)
        if page.lead is None:
            return self.draw(page, error="Nothing is held by this cause any more.", status=HTTPStatus.CONFLICT)
        if why_not := page.why_not():
            return self.draw(page, error=why_not, status=HTTPStatus.FORBIDDEN)
        given = usable(parts, all_of_them=len(parts) == 1)
        if given is None:
            return self.draw(page, error="Some fields need your attention.", status=HTTPStatus.UNPROCESSABLE_ENTITY)
        page.plan = (
            services.plan_fix(given, by=self.person) if given else services.plan_cause(self.cause, by=self.person)
        )
        if request.POST.get("step") != "confirmed":
            return self.draw(page)
        if not page.plan.confirms(request.POST.get("planned", ""), request.POST.get("which", "")):
            return self.draw(page, error=CHANGED, status=HTTPStatus.CONFLICT)
        try:
            if given:
                done = services.fix_cause(self.cause, given, by=self.person, versions=seen_versions(request))
            else:
                done = services.resubmit_cause(self.cause, by=self.person)
        except services.DeskError as error:
            return self.draw(page, error=str(error), status=status_of(error))
        return after(request, done, reverse("exceptions:cause", args=[self.cause.pk]))

    def draw(self, page: CausePage, *, error: str = "", status: int = HTTPStatus.OK) -> HttpResponse:
        """The page."""
        page.error = error
        return render(self.request, "exceptions/cause.html", page.context(), status=status)
