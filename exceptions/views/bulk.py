"""Actions on a selection: ask for what is missing, do it, and say what became of each record."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import cached_property
from django.views import View

from exceptions import services
from exceptions.forms import MOMENTS, name_of
from exceptions.triage import bulk
from exceptions.triage.selection import Selection
from exceptions.views.page import VIEW, back_to, status_of
from jlseko.ui.access import RoleRequired

# What a script reads to know what it was given
KIND = "Desk-Answer"


class BulkView(RoleRequired, View):
    """One of :data:`exceptions.triage.bulk.DEEDS` for a selection. Scripts get the part alone, others a whole page.

    ``?in=3h`` or ``?to=<pk>`` says what a button of a menu has decided already.
    """

    permission_required = VIEW
    http_method_names = ["get", "post"]
    request: HttpRequest
    kwargs: dict[str, Any]

    @cached_property
    def deed(self) -> bulk.Deed:
        """What the address names.

        Raises:
            Http404: there is no such action.
        """
        if self.kwargs["name"] not in bulk.DEEDS:
            raise Http404("There is no such action.")
        return bulk.DEEDS[self.kwargs["name"]]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Somebody reloads the address of an action: show the list."""
        return HttpResponseRedirect(reverse("exceptions:list") if self.deed else "")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Count again; ask where something has to be entered; do it."""
        selection = Selection.of(request)
        if selection.problem:
            return self.no(selection, selection.problem, HTTPStatus.CONFLICT)
        form = self.deed.bound(self.entered(), selection)
        if form is not None and not form.is_valid():
            status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
            return self.ask(selection, form, status)
        cleaned = form.cleaned_data if form is not None else {}
        try:
            return self.tell(bulk.do(self.deed, selection, cleaned, by=self.person))
        except services.DeskError as error:
            return self.no(selection, str(error), status_of(error))

    def entered(self) -> dict[str, str] | None:
        """What the form needs, from the fields or from the address; None while nothing was entered."""
        prefix = getattr(self.deed.form, "prefix", None)
        found = {name: str(value) for name, value in self.request.POST.items() if name.startswith(f"{prefix}-")}
        if moment := self.request.GET.get("in"):
            found.setdefault("snooze-in_", moment)
        return found or None

    @property
    def back(self) -> str:
        """Where the person came from, for links; anything foreign leads to the list."""
        return back_to(self.request, reverse("exceptions:list")).headers["Location"]

    def draw(self, kind: str, context: dict[str, Any], status: int) -> HttpResponse:
        """The part for a script, which shows any of them; the page around it for everybody else."""
        part = f"exceptions/_{kind}.html"
        scripted = bool(getattr(self.request, "htmx", None))
        shown = {"deed": self.deed, "name": self.kwargs["name"], "back": self.back, "part": part, **context}
        response = render(
            self.request, part if scripted else "exceptions/bulk.html", shown, status=200 if scripted else status
        )
        response[KIND] = kind
        return response

    def no(self, selection: Selection, why: str, status: int) -> HttpResponse:
        """Nothing was done, and why."""
        return self.draw("outcome", {"title": "Nothing was changed", "selection": selection, "error": why}, status)

    def ask(self, selection: Selection, form: forms.Form, status: int) -> HttpResponse:
        """What has to be entered, with the selection in words."""
        context = {"title": f"{self.deed.label} {selection.words}", "selection": selection, "form": form}
        if isinstance(form, bulk.GiveForm):
            people = form.fields["user"].queryset  # type: ignore[attr-defined]
            context["people"] = [(user.pk, name_of(user), user == self.person) for user in people]
        context["moments"] = [pair for pair in MOMENTS if pair[0] != "at"]
        return self.draw("ask", context, status)

    def tell(self, outcome: bulk.Outcome) -> HttpResponse:
        """All done: back to the list with a sentence. Something refused: which, and why."""
        scripted = bool(getattr(self.request, "htmx", None))
        if outcome.refused or scripted:
            status = HTTPStatus.OK if outcome.done else status_of(outcome.refused[0][1])
            return self.draw("outcome", {"title": outcome.sentence, "outcome": outcome}, status)
        messages.success(self.request, outcome.sentence)
        return HttpResponseRedirect(self.back)
