"""Planning a run and starting it: the server plans again at each step, and believes no number that a page shows."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views import View

from exceptions import services
from exceptions.models import ResubmitRun
from exceptions.nouns import counted
from exceptions.runs.forms import SpeedForm
from exceptions.triage.selection import Selection
from exceptions.views.detail import CHANGED
from exceptions.views.page import VIEW, follow, status_of
from jlseko.ui.access import RoleRequired
from sync.loop import forecast

RUN = "exceptions.run_resubmission"


class PlanningView(RoleRequired, View):
    """What planning and starting share."""

    permission_required = VIEW
    permission_required_to_post = RUN
    request: HttpRequest
    kwargs: dict[str, Any]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Somebody reloads or copies the address: a plan begins in the list."""
        return HttpResponseRedirect(reverse("exceptions:list"))

    def plan(self, selection: Selection) -> services.Plan:
        """What of the selection would go now."""
        return services.plan_rows(selection.rows, by=self.person, versions=selection.versions)

    def draw(
        self,
        selection: Selection,
        plan: services.Plan,
        *,
        retry_of: ResubmitRun | None = None,
        error: str = "",
        status: int = HTTPStatus.OK,
    ) -> HttpResponse:
        """The plan as a page that no cache keeps. The number of the selection is the one that was counted just now."""
        needed = forecast.needs(services.items_of(plan)) if plan.releases else []
        fields = [(name, str(selection.count) if name == "counted" else value) for name, value in selection.fields]
        context = {
            "title": f"Send back {counted(plan.count, plan.noun)}" if plan.count else "Nothing can be sent back",
            "plan": plan, "selection": selection, "fields": fields, "needed": needed, "retry_of": retry_of,
            "error": error or selection.problem, "form": SpeedForm(needed=needed, records=plan.count),
            "several": len({need.connection.pk for need in needed}) > 1,
        }  # fmt: skip
        response = render(self.request, "exceptions/run_plan.html", context, status=status)
        response["Cache-Control"] = "no-store, private"
        return response


class RunPlanView(PlanningView):
    """How many would go, which stay and why, what it takes and how long: nothing is sent."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Plan."""
        selection = Selection.of(request)
        status = HTTPStatus.CONFLICT if selection.problem else HTTPStatus.OK
        return self.draw(selection, self.plan(selection), status=status)


class RunRetryView(PlanningView):
    """The plan for what a run has not brought through: ``what`` = failed, or left for the rest of a cancelled one."""

    def post(self, request: HttpRequest, *, pk: int) -> HttpResponse:
        """Plan."""
        run = get_object_or_404(ResubmitRun, pk=pk)
        left = request.POST.get("what") == "left"
        rows = services.left_over_of(run) if left else services.failures_of(run)
        found = list(rows.values_list("pk", "version"))
        what = "was left" if left else "failed"
        selection = Selection(
            rows, len(found), f"what {what} in run {run.pk}: {run.words}", versions=dict(found),
            problem="" if found else f"Nothing of what {what} is open any more.",
            fields=tuple(("record", str(each)) for each, _ in found) + tuple(("seen", f"{k}:{v}") for k, v in found),
        )  # fmt: skip
        return self.draw(selection, self.plan(selection), retry_of=run)


class RunStartView(PlanningView):
    """Starts what was planned, if it still is that."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Plan again, compare, start, and show the run."""
        selection = Selection.of(request)
        plan = self.plan(selection)
        earlier = self.earlier(plan)
        form = SpeedForm(request.POST)
        confirmed = plan.confirms(request.POST.get("planned", ""), request.POST.get("which", ""))
        if selection.problem or not confirmed or not form.is_valid():
            error = selection.problem or ("" if confirmed else CHANGED) or "Choose one of the speeds."
            return self.draw(selection, plan, retry_of=earlier, error=error, status=HTTPStatus.CONFLICT)
        try:
            run = services.start_run(
                plan.releases, by=self.person, per_minute=form.cleaned_data["per_minute"], retry_of=earlier,
                words=f"Again, of run {earlier.pk}: {earlier.words}" if earlier else selection.words,
                cause=earlier.cause if earlier else None,
            )  # fmt: skip
        except services.DeskError as error:
            return self.draw(selection, plan, retry_of=earlier, error=str(error), status=status_of(error))
        return follow(run)

    def earlier(self, plan: services.Plan) -> ResubmitRun | None:
        """The run that this one repeats a part of, if all of it was in there."""
        text = self.request.POST.get("retry_of", "")
        if not (text.isascii() and text.isdigit() and len(text) < 18):
            return None
        run = ResubmitRun.objects.select_related("cause").filter(pk=int(text)).first()
        records = {record.pk for record in plan.releases}
        known = run is not None and run.items.filter(record__in=records).count() == len(records)
        return run if known else None
