"""What people do with an exception beside the fix. Each is a plain POST; a no shows the page with what was typed."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views import View

from exceptions import services
from exceptions.detail import revealing
from exceptions.detail.acts import ACTS
from exceptions.detail.page import FORMS
from exceptions.forms import AssignForm, QueueForm
from exceptions.states import OwnerRole
from exceptions.views.detail import draw, tell
from exceptions.views.page import RecordPage, back_to, expected_version, status_of
from jlseko.clock import business_now
from jlseko.ui.times import short_london

ATTENTION = "Some fields need your attention. Nothing was changed."


class ActionView(RecordPage, View):
    """One action. A subclass sets ``form_name`` where something is entered, and says what it does in :meth:`act`."""

    http_method_names = ["get", "post"]
    form_name = ""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The form alone for htmx, else on a page of its own; the exception where nothing can be entered."""
        form = self.empty_form() if self.record.is_open else None
        if form is None:
            return HttpResponseRedirect(self.page_url)
        context = {
            "record": self.record, "act": ACTS[self.form_name], "form": form, "opened": True, "now": business_now(),
            "title": f"{ACTS[self.form_name].label}: {self.record.subject or self.record.headline}",
        }  # fmt: skip
        name = "exceptions/_act.html" if getattr(request, "htmx", False) else "exceptions/act.html"
        response = render(request, name, context)
        response["Cache-Control"] = "no-store, private"
        return response

    @property
    def page_url(self) -> str:
        """The page of the record."""
        return reverse("exceptions:detail", args=[self.record.pk])

    def form(self) -> forms.Form | None:
        """What was entered."""
        return FORMS[self.form_name](self.request.POST) if self.form_name else None

    def empty_form(self) -> forms.Form | None:
        """What can be entered, not filled in yet; None where nothing can."""
        return FORMS[self.form_name]() if self.form_name in ACTS else None

    def act(self, cleaned: dict[str, Any], version: int | None) -> str:
        """Do it; returns the sentence to show, or an empty text for none."""
        raise NotImplementedError

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Check, act, go back."""
        form = self.form()
        typed = {self.form_name: form} if form is not None else {}
        if form is not None and not form.is_valid():
            return draw(self.page(typed=typed, error=ATTENTION), HTTPStatus.UNPROCESSABLE_ENTITY)
        try:
            said = self.act(form.cleaned_data if form is not None else {}, expected_version(request))
        except services.DeskError as error:
            changed = isinstance(error, services.ChangedMeanwhile)
            return draw(self.page(typed=typed, error=str(error), changed=changed), status_of(error))
        if said:
            messages.success(request, said)
        return back_to(request, self.page_url)


class TakeView(ActionView):
    """I do it."""

    def act(self, cleaned: dict[str, Any], version: int | None) -> str:
        """Claim."""
        services.claim(self.record, by=self.person, expected_version=version)
        return f"{self.record.order_number or 'It'} is yours now."


class HandBackView(ActionView):
    """Somebody else may do it."""

    def act(self, cleaned: dict[str, Any], version: int | None) -> str:
        """Put it back."""
        services.hand_back(self.record, by=self.person, expected_version=version)
        return "It is back in its queue."


class AssignView(ActionView):
    """This person does it."""

    form_name = "assign"

    def form(self) -> forms.Form:
        """A choice of the people who may act on it."""
        return AssignForm(self.request.POST, record=self.record)

    def empty_form(self) -> forms.Form:
        """The same, nobody chosen yet."""
        return AssignForm(record=self.record)

    def act(self, cleaned: dict[str, Any], version: int | None) -> str:
        """Assign."""
        user = cleaned["user"]
        services.assign(self.record, user, by=self.person, expected_version=version)
        return f"{user.get_full_name() or user.get_username()} has it now."


class QueueView(ActionView):
    """It belongs to another queue."""

    form_name = "queue"

    def empty_form(self) -> forms.Form:
        """Starts with the queue that it is in."""
        return QueueForm(initial={"role": self.record.owner_role})

    def act(self, cleaned: dict[str, Any], version: int | None) -> str:
        """Move it."""
        services.reassign(self.record, cleaned["role"], by=self.person, expected_version=version)
        return f"It is in the queue “{OwnerRole(cleaned['role']).label}” now."


class WaitView(ActionView):
    """Somebody outside has the next step."""

    form_name = "wait"

    def act(self, cleaned: dict[str, Any], version: int | None) -> str:
        """Wait, and chase."""
        chase = cleaned["moment"]
        services.wait_on(self.record, cleaned["whom"], chase_at=chase, by=self.person, expected_version=version)
        return f"Waiting on {cleaned['whom']}. It comes back {short_london(chase)}."


class SnoozeView(ActionView):
    """Not before a certain time."""

    form_name = "snooze"

    def act(self, cleaned: dict[str, Any], version: int | None) -> str:
        """Sleep."""
        until = cleaned["moment"]
        services.snooze(self.record, until=until, by=self.person, reason=cleaned["reason"], expected_version=version)
        return f"Snoozed. It comes back {short_london(until)}."


class DismissView(ActionView):
    """Nothing has to be done."""

    form_name = "dismiss"

    def act(self, cleaned: dict[str, Any], version: int | None) -> str:
        """Close with a reason."""
        services.dismiss(self.record, reason=cleaned["reason"], by=self.person, expected_version=version)
        return "Dismissed."


class TakeBackView(ActionView):
    """One correction is not to hold any more."""

    def act(self, cleaned: dict[str, Any], version: int | None) -> str:
        """Take it back."""
        services.take_back(self.record, self.kwargs["correction"], by=self.person, expected_version=version)
        return "Taken back. What the partner sent goes out again."


class RevealView(ActionView):
    """Show the customer's data to me, and write down that I looked."""

    def act(self, cleaned: dict[str, Any], version: int | None) -> str:
        """Write it down first, then show."""
        services.reveal(self.record, by=self.person)
        revealing.remember(self.request, self.record)
        return "Customer data are shown for ten minutes. This was written into the history."


class SendBackView(ActionView):
    """Send one order back from the list, where nothing has to be entered."""

    def act(self, cleaned: dict[str, Any], version: int | None) -> str:
        """Resubmit this one alone."""
        tell(self.request, services.resubmit(self.record, by=self.person, expected_version=version))
        return ""
