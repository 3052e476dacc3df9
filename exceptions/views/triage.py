"""What belongs to the triage list beside the rows: the panel, saved views, and what counts as looked at."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views import View

from exceptions import services
from exceptions.models import SavedView
from exceptions.roles import GROUPS
from exceptions.triage import looking, peek, saved_views
from exceptions.triage.scope import Scope
from exceptions.views.page import VIEW, RecordPage, back_to
from jlseko.ui.access import RoleRequired


class PeekView(RecordPage, View):
    """One exception in short: the panel alone for a script, else the list with the panel open."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show it."""
        if not request.htmx:  # type: ignore[attr-defined]
            return HttpResponseRedirect(f"{reverse('exceptions:list')}?view=all&peek={self.kwargs['pk']}")
        response = render(request, "exceptions/_peek.html", {"peek": peek.peek(self.record, self.person)})
        response["Cache-Control"] = "no-store, private"
        return response


class LookedView(RoleRequired, View):
    """Everything that is there counts as looked at, or (``undo``) it does not after all."""

    permission_required = VIEW
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        """Remember the moment."""
        if request.POST.get("undo"):
            looking.take_back(self.person)
            messages.success(request, "What was new is marked as new again.")
        else:
            looking.mark(self.person)
            messages.success(request, "All of it counts as looked at. What comes from now on is marked as new.")
        return back_to(request, reverse("exceptions:list"))


class SavedViewsView(RoleRequired, View):
    """All saved views that a person sees; a POST keeps a further one (``name``, ``query``, ``shared``)."""

    permission_required = VIEW
    http_method_names = ["get", "post"]

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show them."""
        return draw(self, request)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Save one and show it."""
        name, query = request.POST.get("name", ""), request.POST.get("query", "")
        try:
            view = saved_views.save(name, query, by=self.person, shared=bool(request.POST.get("shared")))
        except services.DeskError as error:
            return draw(self, request, error=str(error), typed={"name": name, "query": query})
        messages.success(request, f"“{view.name}” is saved.")
        return HttpResponseRedirect(f"{reverse('exceptions:list')}?{view.query or 'view=open'}")


class SavedViewView(RoleRequired, View):
    """Changes one saved view: ``do`` is rename, share, unshare, start (with ``group``) or delete."""

    permission_required = VIEW
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *, pk: int) -> HttpResponse:
        """Change it; 404 for one that this person does not see."""
        view = get_object_or_404(saved_views.seen_by(self.person), pk=pk)
        try:
            said = self._change(view, request.POST)
        except services.DeskError as error:
            return draw(self, request, error=str(error))
        messages.success(request, said)
        return HttpResponseRedirect(reverse("exceptions:views"))

    def _change(self, view: SavedView, given: QueryDict) -> str:
        do, name = given.get("do", ""), view.name
        if do == "rename":
            saved_views.rename(view, given.get("name", ""), by=self.person)
            return f"It is called “{view.name}” now."
        if do in ("share", "unshare"):
            saved_views.share(view, by=self.person, shared=do == "share")
            return f"Everybody sees “{name}” now." if do == "share" else f"“{name}” is seen by its owner alone now."
        if do == "start":
            saved_views.start_with(view, given.get("group", ""), by=self.person)
            who = view.default_for
            return (
                f"The role {who.name} starts with “{name}” now." if who else f"No role starts with “{name}” any more."
            )
        if do == "delete":
            saved_views.delete(view, by=self.person)
            return f"“{name}” is deleted. The exceptions that it showed stay."
        raise Http404("There is no such change.")


def draw(
    page: RoleRequired, request: HttpRequest, *, error: str = "", typed: dict[str, str] | None = None
) -> HttpResponse:
    """The page of saved views."""
    may_share = page.person.has_perm(saved_views.SHARE)
    views = [
        {"view": view, "own": view.owner_id == page.person.pk, "words": Scope.of(request, view.query).words,
         "may": view.owner_id == page.person.pk or (view.shared and may_share), "url": view.query or "view=open"}
        for view in saved_views.seen_by(page.person)
    ]  # fmt: skip
    context = {
        "title": "Saved views", "views": views, "may_share": may_share, "groups": GROUPS, "error": error,
        "typed": typed or {"query": request.GET.get("query", "")},
    }  # fmt: skip
    status = HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK
    return render(request, "exceptions/saved_views.html", context, status=status)
