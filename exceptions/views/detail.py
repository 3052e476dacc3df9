"""The page of one exception, and the fix on it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views import View

from exceptions import roles, services
from exceptions.category import Resubmit
from exceptions.detail.page import DetailPage
from exceptions.models import ExceptionRecord
from exceptions.views.page import VIEW, RecordPage, back_to, expected_version, follow, status_of
from jlseko.ui.access import RoleRequired

TEMPLATE = "exceptions/detail.html"
ATTENTION = "Some fields need your attention. Nothing was saved or sent."
CHANGED = "Meanwhile what would go has changed. Read the plan again."


def draw(page: DetailPage, status: int = HTTPStatus.OK) -> HttpResponse:
    """The page as a response that no cache keeps."""
    response = render(page.request, TEMPLATE, page.context(), status=status)
    response["Cache-Control"] = "no-store, private"
    return response


class DetailView(RecordPage, View):
    """Where an order is stuck, why, and what to do."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show it; notes that name this person count as read from now on."""
        response = draw(page := self.page())
        if page.notes["notes_for_you"]:
            services.mark_seen(page.record, by=self.person)
        return response


class WouldSendView(RecordPage, View):
    """What would be sent now, beside what was sent last and what came in. Nothing is sent, and nothing is changed."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The comparison alone for htmx, a page of its own for everybody else."""
        page = self.page()
        compared = page.compared(services.look_ahead(page.record), typed=False)
        name = "exceptions/_would_send.html" if getattr(request, "htmx", False) else "exceptions/would_send.html"
        context = {"record": page.record, "compared": compared, "revealed": page.mask.show}
        response = render(request, name, context | {"title": f"What would be sent: {page.record.subject}"})
        response["Cache-Control"] = "no-store, private"
        return response


class OrderExceptionView(RoleRequired, View):
    """From an order to its exception: the live one, else the last."""

    permission_required = VIEW

    def get(self, request: HttpRequest, *, connection: str, order_id: str) -> HttpResponse:
        """Go there; the list searched for the number where there never was one."""
        rows = ExceptionRecord.objects.visible_to(request.user).filter(connection__name=connection, order_key=order_id)
        found = rows.live().first() or rows.order_by("-pk").first()
        if found is None:
            return HttpResponseRedirect(f"{reverse('exceptions:list')}?{urlencode({'q': order_id})}")
        return HttpResponseRedirect(reverse("exceptions:detail", args=[found.pk]))


class ItemExceptionView(RoleRequired, View):
    """From an item without an order, a listing or a stock file, to its exception: the live one, else the last."""

    permission_required = VIEW

    def get(self, request: HttpRequest, *, pk: int) -> HttpResponse:
        """Go there; 404 where there never was one."""
        rows = ExceptionRecord.objects.visible_to(request.user).filter(item=pk)
        found = rows.live().first() or rows.order_by("-pk").first()
        if found is None:
            raise Http404("There is no exception of this item.")
        return HttpResponseRedirect(reverse("exceptions:detail", args=[found.pk]))


class FixView(RecordPage, View):
    """Takes the fix form: ``step`` is rehearse, save, send (which plans first where others go along) or confirmed."""

    http_method_names = ["get", "post"]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Somebody reloads or copies the address: show the exception instead."""
        return HttpResponseRedirect(self.page_url)

    @property
    def page_url(self) -> str:
        """The page of the record."""
        return reverse("exceptions:detail", args=[self.record.pk])

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do the step; on a no show the page again with everything that was typed."""
        parts = services.parts(self.record, request.POST)
        step = request.POST.get("step", "")
        try:
            self._check_right("fix_exception" if parts or step == "rehearse" else "resubmit_exception")
            given = usable(parts, all_of_them=step != "save")
            if given is None:
                return draw(self.page(parts=parts, error=ATTENTION), HTTPStatus.UNPROCESSABLE_ENTITY)
            if step == "rehearse":
                return draw(self.page(parts=parts, rehearsed=services.try_out(self.record, given, by=self.person)))
            if step == "save":
                return self._save(given)
            return self._send(parts, given, confirmed=step == "confirmed")
        except services.DeskError as error:
            changed = isinstance(error, services.ChangedMeanwhile)
            return draw(self.page(parts=parts, error=str(error), changed=changed), status_of(error))

    def _check_right(self, permission: str) -> None:
        allowed, why = roles.may(self.person, permission, self.record)
        if not allowed:
            raise services.NotAllowed(why)

    def _save(self, given: list[services.Part]) -> HttpResponse:
        services.fix(self.record, given, by=self.person, expected_version=expected_version(self.request))
        messages.success(self.request, "The fix is saved. Nothing was sent yet.")
        return HttpResponseRedirect(self.page_url)

    def _send(self, parts: list[services.Part], given: list[services.Part], *, confirmed: bool) -> HttpResponse:
        plan = services.plan(self.record, given, by=self.person)
        query = self.request.POST
        agreed = confirmed and plan.confirms(query.get("planned", ""), query.get("which", ""))
        wide = any(part.category.releases(part.form) == Resubmit.CAUSE for part in given)
        if (wide or plan.count > 1) and not agreed:
            return draw(self.page(parts=parts, plan=plan, error=CHANGED if confirmed else ""))
        version = expected_version(self.request)
        if given:
            done = services.fix_and_resubmit(self.record, given, by=self.person, expected_version=version)
        else:
            done = services.resubmit(self.record, by=self.person, expected_version=version)
        return after(self.request, done, self.page_url)


def after(request: HttpRequest, done: services.Released, fallback: str) -> HttpResponse:
    """Say what was released, and go back, or to the run that sends many."""
    tell(request, done)
    return follow(done.run) if done.run else back_to(request, fallback)


def tell(request: HttpRequest, done: services.Released) -> None:
    """Say what was released, and name what was not."""
    messages.success(request, done.sentence)
    for kept in done.kept[:5]:
        messages.warning(request, f"{kept.record.subject or kept.record.headline} stays here, {kept.why}")


def usable(parts: list[services.Part], *, all_of_them: bool) -> list[services.Part] | None:
    """The parts that can be saved; None where one is wrong.

    Saving may leave a part untouched: whoever puts the address right need not know the SKU.
    """
    valid = [part for part in parts if part.form.is_valid()]
    wrong = [part for part in parts if not part.form.is_valid() and (all_of_them or part.form.has_changed())]
    if wrong or (parts and not valid):
        return None
    return valid
