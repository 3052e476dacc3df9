"""Notes with people and files, the files themselves, and the ticks of the runbook."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views import View

from exceptions import services
from exceptions.models import Attachment, EntryKind, ExceptionRecord
from exceptions.notes import mentions, notes_page
from exceptions.notes.form import NoteForm, suggestions
from exceptions.views.page import VIEW, RecordPage, status_of
from jlseko.ui.access import RoleRequired, who_can

STEPS_TEMPLATE = "exceptions/_steps_done.html"


class NoteView(RecordPage, View):
    """A note: with its people and files on a page of its own, and what the short form on the exception posts."""

    http_method_names = ["get", "post"]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The whole form; for htmx only the people to choose from."""
        form = NoteForm(by=self.person)
        if getattr(request, "htmx", False):
            return render(request, "exceptions/_note_people.html", {"form": form})
        return self._draw(form)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Keep it; on a no show the form again with everything that was typed."""
        form = NoteForm(request.POST, request.FILES, by=self.person)
        if not form.is_valid():
            return self._draw(form, "The note is not added yet.", HTTPStatus.UNPROCESSABLE_ENTITY)
        given = form.cleaned_data
        named = mentions.named_in(given["text"])
        told = [*given["people"], *named.people]
        try:
            services.note(self.record, given["text"], by=self.person, people=told, files=given["attached"])
        except services.DeskError as error:
            return self._draw(form, str(error), status_of(error))
        self._say(told, named.unknown)
        return HttpResponseRedirect(reverse("exceptions:detail", args=[self.record.pk]) + "#history")

    def _draw(self, form: NoteForm, error: str = "", status: int = HTTPStatus.OK) -> HttpResponse:
        context = {"record": self.record, "form": form, "error": error, "title": "Add a note"}
        response = render(self.request, "exceptions/note.html", context, status=status)
        response["Cache-Control"] = "no-store, private"
        return response

    def _say(self, told: list[Any], unknown: list[str]) -> None:
        names = dict.fromkeys(user.get_full_name() or user.username for user in told if user.pk != self.person.pk)
        told_whom = f" Told: {', '.join(names)}." if names else ""
        messages.success(self.request, f"The note is added.{told_whom}")
        for name in unknown:
            messages.warning(self.request, f"Nobody here is called @{name}, so nobody was told by that name.")


class PeopleView(RoleRequired, View):
    """Who may be named, for the suggestions while a name is typed."""

    permission_required = (VIEW, "exceptions.claim_exception")

    def get(self, request: HttpRequest) -> JsonResponse:
        """All of them; the page filters."""
        response = JsonResponse({"people": suggestions(self.person)})
        response["Cache-Control"] = "no-store, private"
        return response


class AttachmentView(RoleRequired, View):
    """A file beside a note or a proof pack, always as a download."""

    permission_required = VIEW

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The bytes as they came.

        Raises:
            PermissionDenied: it is a proof pack, and this person may not take lists out of the house.
        """
        rows = Attachment.objects.select_related("entry")
        found = get_object_or_404(rows, pk=pk, entry__record__in=ExceptionRecord.objects.visible_to(request.user))
        if found.entry.kind == EntryKind.PROOF_MADE and not self.person.has_perm(notes_page.EXPORT):
            raise PermissionDenied(who_can([notes_page.EXPORT]))
        response = HttpResponse(bytes(found.content), content_type=found.content_type)
        response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=found.name) or ""
        response["X-Content-Type-Options"] = "nosniff"
        response["Cache-Control"] = "no-store, private"
        return response


class StepView(RecordPage, View):
    """Ticks one step of the runbook, or takes the tick back: ``step`` is its key, ``done`` is 1 or 0."""

    http_method_names = ["get", "post"]

    @property
    def page_url(self) -> str:
        """The runbook on the page of the record."""
        return reverse("exceptions:detail", args=[self.record.pk]) + "#runbook"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Somebody reloads the address: show the exception."""
        return HttpResponseRedirect(self.page_url)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do it and show the runbook again; a no is told beside the steps.

        Raises:
            PermissionDenied: this person may not act on the record.
        """
        error = ""
        act = services.tick_step if request.POST.get("done") == "1" else services.untick_step
        try:
            act(self.record, request.POST.get("step", ""), by=self.person)
        except services.NotAllowed as problem:
            raise PermissionDenied(str(problem)) from problem
        except services.DeskError as problem:
            error = str(problem)
        if getattr(request, "htmx", False):
            context = notes_page.steps(self.record, self.person) | {"steps_error": error}
            return render(request, STEPS_TEMPLATE, context)
        if error:
            messages.error(request, error)
        return HttpResponseRedirect(self.page_url)
