"""What the pages about one exception share: finding it, and what is done when the desk says no."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property

from exceptions import services
from exceptions.detail.page import DetailPage
from exceptions.detail.reading import with_surroundings
from exceptions.models import ExceptionRecord, ResubmitRun
from exceptions.tables import for_list
from jlseko.ui.access import RoleRequired
from jlseko.ui.links import next_of

VIEW = "exceptions.view_exception"
FIRST_SECONDS = 0.7  # real time; the loop does the rest
STATUSES: tuple[tuple[type[services.DeskError], HTTPStatus], ...] = (
    (services.NotAllowed, HTTPStatus.FORBIDDEN),
    (services.ChangedMeanwhile, HTTPStatus.CONFLICT),
    (services.Refused, HTTPStatus.UNPROCESSABLE_ENTITY),
)


def status_of(error: services.DeskError) -> int:
    """The HTTP status that tells a machine what the sentence tells a person."""
    return next((status for kind, status in STATUSES if isinstance(error, kind)), HTTPStatus.UNPROCESSABLE_ENTITY)


def expected_version(request: HttpRequest) -> int | None:
    """The version of the record that the person had before them; None where the form does not say."""
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def back_to(request: HttpRequest, fallback: str) -> HttpResponse:
    """Go where the form asks for, if that is a page of ours."""
    return HttpResponseRedirect(next_of(request, fallback))


def follow(run: ResubmitRun) -> HttpResponse:
    """Go to the page of a run that was just started; its first records have had their turn when it appears."""
    services.work_off(FIRST_SECONDS, run=run)
    return HttpResponseRedirect(reverse("exceptions:run", args=[run.pk]))


class RecordPage(RoleRequired):
    """View mixin: one record, 404 for one that does not exist or that this person may not see."""

    permission_required: str | Sequence[str] = VIEW
    request: HttpRequest
    kwargs: dict[str, Any]

    @cached_property
    def record(self) -> ExceptionRecord:
        """The record of the address.

        Raises:
            Http404: there is none for this person.
        """
        rows = for_list(ExceptionRecord.objects.visible_to(self.request.user))
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    def page(self, **given: Any) -> DetailPage:
        """The page of the record as it is now, with its surroundings and with what was typed or tried.

        Raises:
            Http404: there is no such record for this person.
        """
        rows = with_surroundings(ExceptionRecord.objects.visible_to(self.request.user))
        return DetailPage(self.request, get_object_or_404(rows, pk=self.kwargs["pk"]), **given)
