"""Stopping and starting by hand: pause, resume and run now, for one flow or lane of one connection."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views import View

from jlseko.ui.access import RoleRequired
from sync.connections.forms import PauseForm
from sync.loop import pausing
from sync.models import Connection
from sync.views.connections import CHANGE, READ


class ByHand(RoleRequired, View):
    """What all three share: the connection and the flow that the address names."""

    permission_required = (READ, CHANGE)
    connection: Connection
    flow: str

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Remember which flow it is about."""
        super().setup(request, *args, **kwargs)
        self.flow = kwargs["flow"]

    def find(self) -> None:
        """Look the connection up, for those who may."""
        if not pausing.is_known(self.flow):
            raise Http404
        self.connection = get_object_or_404(Connection, name=self.kwargs["name"])

    def back(self) -> HttpResponse:
        """To the flows of the connection."""
        return redirect("sync:connection", name=self.connection.name)


class PauseView(ByHand):
    """Asks why and until when, then pauses."""

    def get(self, request: HttpRequest, **_: Any) -> HttpResponse:
        """The form."""
        self.find()
        return self._page(PauseForm())

    def post(self, request: HttpRequest, **_: Any) -> HttpResponse:
        """Pause it, or say what is wrong."""
        self.find()
        form = PauseForm(request.POST)
        if not form.is_valid():
            return self._page(form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        given = form.cleaned_data
        try:
            made = pausing.pause(
                self.connection, self.flow, reason=given["reason"], until=given["until"], by=self.person
            )
        except ValueError as error:
            form.add_error(None, str(error))
            return self._page(form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        messages.success(request, pausing.sentence(made))
        return self.back()

    def _page(self, form: PauseForm, status: int = 200) -> HttpResponse:
        context = {"connection": self.connection, "title": pausing.title_of(self.flow), "form": form}
        return render(self.request, "sync/connection_pause.html", context, status=status)


class ResumeView(ByHand):
    """Lets it go on."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, **_: Any) -> HttpResponse:
        """Resume it; a pause that somebody else has ended is no error."""
        self.find()
        title = pausing.title_of(self.flow)
        if pausing.resume(self.connection, self.flow, by=self.person):
            messages.success(request, f"“{title}” goes on.")
        else:
            messages.info(request, f"“{title}” is not paused any more.")
        return self.back()


class RunNowView(ByHand):
    """Has it run as soon as the partner's allowance lets it."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, **_: Any) -> HttpResponse:
        """Say when it runs, or why not."""
        self.find()
        try:
            messages.success(request, pausing.run_now(self.connection, self.flow, by=self.person))
        except ValueError as error:
            messages.error(request, str(error))
        return self.back()
