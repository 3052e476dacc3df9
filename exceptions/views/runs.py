"""The runs: all of them, one of them as it goes, and the hand on it."""

from __future__ import annotations

from functools import cached_property, reduce
from operator import or_
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views import View

from exceptions import services
from exceptions.models import ResubmitRun, RunItem, RunState
from exceptions.models.run import UNDER_WAY
from exceptions.runs.reading import FAILED, LOOKS, RUNS, Tally, is_over, outcomes, runs, tally, with_outcome
from exceptions.runs.tables import RunItemTable, RunTable
from exceptions.views.page import VIEW
from exceptions.views.run_starts import RUN
from jlseko.ui.access import RoleRequired
from jlseko.ui.links import replaced
from jlseko.ui.views import DeskListView

ACTS = {"pause": services.pause_run, "go-on": services.go_on_with_run, "cancel": services.cancel_run}


class RunsView(DeskListView):
    """Every run, the newest first."""

    permission_required = VIEW
    table_class = RunTable
    title = "Runs"
    subtitle = "Many orders sent back together: how far each run is, and what did not go."
    default_sort = "-pk"

    def get_queryset(self) -> QuerySet[ResubmitRun]:
        """With their numbers."""
        return runs()

    def get_total(self, rows: QuerySet[Any]) -> str:
        """Without the numbers of each."""
        return super().get_total(ResubmitRun.objects.all())

    def get_empty(self, filtered: bool) -> dict[str, str]:
        """Says how a run begins."""
        text = "Fix a whole cause, or select rows in the list and choose “Resubmit”: more than a few go as a run."
        return {"title": "No run yet", "text": text, "icon": "send"}


class RunView(DeskListView):
    """One run: how far it is, what became of each record, and the buttons. ``show`` narrows the list down."""

    permission_required = VIEW
    template_name = "exceptions/run.html"
    list_template_name = "exceptions/_run.html"
    table_class = RunItemTable
    default_sort = "position"

    @cached_property
    def run(self) -> ResubmitRun:
        """The run of the address, 404 where there is none."""
        rows = ResubmitRun.objects.select_related("by", "cause", "halted_by")
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    @cached_property
    def tally(self) -> Tally:
        """Its numbers."""
        return tally(self.run)

    @property
    def show(self) -> str:
        """Which rows are asked for."""
        asked = self.request.GET.get("show", "")
        return asked if asked in LOOKS or asked == "failed" else ""

    def get_queryset(self) -> QuerySet[RunItem]:
        """The rows asked for, in their turn."""
        items = with_outcome(RunItem.objects.filter(run=self.run))
        shown = outcomes()
        if self.show == "failed":
            return items.filter(reduce(or_, (shown[name] for name in FAILED)))
        return items.filter(shown[self.show]) if self.show else items

    def get_total(self, rows: QuerySet[Any]) -> str:
        """Known from the numbers of the run."""
        number = getattr(self.tally, self.show) if self.show else self.tally.total
        return f"{number:,}"

    def get_empty(self, filtered: bool) -> dict[str, str]:
        """Says of what there is none."""
        return {"title": "None of these", "text": "Choose another filter above.", "icon": "list-filter"}

    def filters(self) -> list[dict[str, Any]]:
        """All, the failures, and what else is asked for."""
        shown = [("", "All", self.tally.total), ("failed", "Failed only", self.tally.failed)]
        if self.show in LOOKS:
            shown.append((self.show, LOOKS[self.show].short, getattr(self.tally, self.show)))
        return [
            {"label": label, "count": count, "active": slug == self.show, "url": self._narrowed(slug)}
            for slug, label, count in shown
        ]

    def stats(self) -> list[dict[str, Any]]:
        """Each outcome with its number, leading to its rows; nothing is left over before somebody cancels."""
        return [
            {"label": look.short, "icon": look.icon, "value": f"{getattr(self.tally, name):,}",
             "tone": look.tone, "alert": name in FAILED and getattr(self.tally, name) > 0, "url": self._narrowed(name)}
            for name, look in LOOKS.items()
            if name != "left" or self.tally.left
        ]  # fmt: skip

    def _narrowed(self, slug: str) -> str:
        return replaced(self.request, show=slug or None, after=None, before=None)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The run, its numbers and what may be done with it."""
        run, numbers = self.run, self.tally
        over, may = is_over(run), self.person.has_perm(RUN)
        every = 2 if not over and run.state != RunState.PAUSED else 5
        return super().get_context_data(
            title=f"Run {run.pk}", run=run, tally=numbers, look=RUNS[run.state], filters=self.filters(),
            stats=self.stats(), is_over=over, may_run=may,
            may_pause=may and run.state in UNDER_WAY, may_go_on=may and run.state == RunState.PAUSED,
            refresh=0 if numbers.is_settled else every, **kwargs,
        )  # fmt: skip


class RunActView(RoleRequired, View):
    """Pause, go on or cancel; anybody else may have been faster, and is named by the page."""

    permission_required = (VIEW, RUN)
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *, pk: int, act: str) -> HttpResponse:
        """Do it, or say why not."""
        run = get_object_or_404(ResubmitRun, pk=pk)
        try:
            ACTS[act](run, by=self.person)
        except services.DeskError as error:
            messages.warning(request, str(error))
        return HttpResponseRedirect(reverse("exceptions:run", args=[run.pk]))
