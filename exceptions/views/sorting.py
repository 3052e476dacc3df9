"""Merging a cause with another, taking that back, and splitting: each shows what would move before it is done."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views import View

from exceptions import services
from exceptions.category import registry
from exceptions.causes import cause_reading, sort_reading
from exceptions.causes.sort_forms import MergeForm, SplitForm, WhyForm
from exceptions.models import Cause
from exceptions.views.cause_of import CauseView
from exceptions.views.page import status_of

UNPROCESSABLE = 422


class SortView(CauseView, View):
    """One act of sorting. A subclass says how its form is made and what it does."""

    template_name = ""
    heading = ""

    def form(self, data: Any = None) -> Any:
        """The form, bound when ``data`` is given."""
        raise NotImplementedError

    def act(self, form: Any) -> tuple[Cause, str]:
        """Do it; returns the cause to go to and the sentence to show."""
        raise NotImplementedError

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show what there is to choose from."""
        return self.draw(self.form())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do it, or say what is missing."""
        form = self.form(request.POST)
        if not form.is_valid():
            return self.draw(form, error="Some fields need your attention. Nothing was changed.", status=UNPROCESSABLE)
        try:
            cause, said = self.act(form)
        except services.DeskError as error:
            return self.draw(form, error=str(error), status=status_of(error))
        messages.success(request, said)
        return HttpResponseRedirect(reverse("exceptions:cause", args=[cause.pk]))

    def draw(self, form: Any, *, error: str = "", status: int = 200) -> HttpResponse:
        """The page."""
        context = {
            "title": self.heading, "cause": self.cause, "category": registry.get(self.cause.category), "form": form,
            "error": error, "why_not": services.may_sort(self.person) or services.why_not_mergeable(self.cause),
            **self.more(form),
        }  # fmt: skip
        return render(self.request, self.template_name, context, status=status)

    def more(self, form: Any) -> dict[str, Any]:
        """What else the page shows."""
        return {}


class MergeView(SortView):
    """Two causes are one trouble: choose the other, then which of them is the main one."""

    template_name = "exceptions/merge.html"
    heading = "Merge causes"

    def form(self, data: Any = None) -> MergeForm:
        """Asks which is the main one once the other is chosen."""
        candidates = sort_reading.candidates(self.cause, self.request.GET.get("q", ""))
        wanted = (data or self.request.GET).get("other", "")
        pair = sort_reading.pair(self.cause, wanted)
        return MergeForm(data, candidates=candidates, pair=pair)

    def more(self, form: MergeForm) -> dict[str, Any]:
        """The two side by side, or those to choose from."""
        return {"pair": form.pair, "candidates": form.candidates, "q": self.request.GET.get("q", "")}

    def act(self, form: MergeForm) -> tuple[Cause, str]:
        """Merge as chosen."""
        main, other, seen = form.chosen()
        moved = services.merge(main, other, by=self.person, why=form.cleaned_data["why"], counted_as=seen)
        return main, f"Merged. {moved} moved along, and later ones of both are found here."


class SplitOffView(SortView):
    """A merge was wrong: the cause stands for itself again."""

    template_name = "exceptions/split_off.html"
    heading = "Split off again"

    def form(self, data: Any = None) -> WhyForm:
        """Asks for the reason."""
        return WhyForm(data)

    def more(self, form: WhyForm) -> dict[str, Any]:
        """How many would move."""
        return {"would_move": sort_reading.would_move(self.cause)}

    def act(self, form: WhyForm) -> tuple[Cause, str]:
        """Take the merge back."""
        moved = services.split_off(self.cause, by=self.person, why=form.cleaned_data["why"])
        return self.cause, f"It stands for itself again. {moved} moved back."


class SplitView(SortView):
    """Some orders are another trouble: they get a cause of their own."""

    template_name = "exceptions/split.html"
    heading = "Split a cause"

    def form(self, data: Any = None) -> SplitForm:
        """Members with a box each; those that were ticked on the page of the cause are ticked."""
        rows = cause_reading.members(self.cause, self.person).select_related("item").by_urgency()
        return SplitForm(data, rows=rows[: SplitForm.MOST + 1], ticked=self.request.GET.getlist("record"))

    def act(self, form: SplitForm) -> tuple[Cause, str]:
        """Put the chosen ones under a cause of their own."""
        given = form.cleaned_data
        made = services.split(self.cause, form.records(), name=given["name"], by=self.person, why=given["why"])
        return made, "Split. Later faults of these orders come here too."
