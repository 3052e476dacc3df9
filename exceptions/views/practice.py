"""The practice exception: a small list, one order in it, and the offer on Today."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.views import View

from exceptions.models import DeskReader
from exceptions.practice import page
from exceptions.practice.story import Story
from exceptions.practice.walk import Walk
from exceptions.views.detail import ATTENTION
from exceptions.views.page import VIEW
from jlseko.clock import business_now
from jlseko.ui.access import RoleRequired

CAME_BACK: Final = (
    "It was sent back, stopped at the same check and is in the list again. Rehearse first: that costs nothing."
)
NOT_THE_ANSWER: Final = (
    "Every check agrees, but this is not the postcode that the customer gave. A check knows what a postcode looks like,"
    " not where the customer lives. Read the note from customer care."
)


class Practice(RoleRequired):
    """View mixin: the walk of the person who asks."""

    permission_required = VIEW
    request: HttpRequest

    @cached_property
    def walk(self) -> Walk:
        """How far they are."""
        return Walk.of(self.request)

    @property
    def story(self) -> Story:
        """What is invented, as it stands now."""
        return Story(self.walk, reader=self.person)

    def go(self, name: str = "practice-order") -> HttpResponse:
        """Remember the walk and show the next page."""
        self.walk.keep(self.request)
        return HttpResponseRedirect(reverse(f"exceptions:{name}"))


class PracticeView(Practice, View):
    """The small list; a post starts the practice anew."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the list."""
        return render(request, "exceptions/practice/list.html", page.list_context(request, self.story))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Forget how far somebody was."""
        Walk.forget(request)
        return HttpResponseRedirect(reverse("exceptions:practice"))


class PracticeOrderView(Practice, View):
    """The exception to practise on. ``step`` is take, rehearse, save, send or look, as on the real page."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show it as it stands."""
        return self._draw()

    def _draw(self, status: int = HTTPStatus.OK, **given: Any) -> HttpResponse:
        context = page.order_context(self.story, **given)
        return render(self.request, "exceptions/practice/order.html", context, status=status)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Do the step; one whose time has not come, or is over, changes nothing."""
        step, walk = request.POST.get("step", ""), self.walk
        if request.POST.get("row") in page.HINTS:
            return HttpResponseRedirect(f"{reverse('exceptions:practice')}?{urlencode({'row': request.POST['row']})}")
        if step == "take" and not walk.taken:
            walk.taken = True
        elif step == "look" and walk.sent and not walk.done:
            self._finish()
        elif step in ("rehearse", "save", "send") and walk.taken and not walk.sent:
            return self._fix(step)
        return self.go()

    def _finish(self) -> None:
        self.walk.done = timezone.now().isoformat()
        DeskReader.objects.update_or_create(user=self.person, defaults={"practised_at": business_now()})

    def _fix(self, step: str) -> HttpResponse:
        form, walk = page.form_of(self.story, self.request.POST), self.walk
        if not form.is_valid():
            return self._draw(HTTPStatus.UNPROCESSABLE_ENTITY, form=form, error=ATTENTION)
        postcode = form.cleaned_data["postcode"]
        tried = self.story.try_out(postcode)
        wrong = bool(tried.rehearsal.failures)
        if step == "rehearse":
            walk.rehearsed = not wrong
            walk.keep(self.request)
            return self._draw(form=form, tried=tried)
        if step == "save":
            walk.postcode = postcode
            messages.success(self.request, "The fix is saved. Nothing was sent yet.")
            return self.go()
        if wrong:
            walk.returned += 1
            walk.keep(self.request)
            return self._draw(HTTPStatus.UNPROCESSABLE_ENTITY, form=form, tried=tried, error=CAME_BACK)
        if not self.story.is_the_answer(postcode):
            return self._draw(HTTPStatus.UNPROCESSABLE_ENTITY, form=form, error=NOT_THE_ANSWER)
        walk.postcode, walk.sent = postcode, timezone.now().isoformat()
        return self.go()


class PracticeAwayView(Practice, View):
    """Takes the offer off Today for the person who asks."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        """It stays in the menu and beside the runbooks."""
        DeskReader.objects.update_or_create(user=self.person, defaults={"practice_put_away": True})
        messages.info(request, "The practice stays in your menu, under your name.")
        return HttpResponseRedirect(reverse("home"))
