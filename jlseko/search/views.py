"""The search page, and what the command palette shows while somebody types."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views import View

from jlseko.search import offers, service
from jlseko.ui.access import RoleRequired
from jlseko.ui.hits import Hit, grouped

READ = "exceptions.view_exception"


class SearchView(RoleRequired, View):
    """Where the search box of the frame leads: to the one thing that was meant, else to a page of what was found."""

    permission_required = READ

    def get(self, request: HttpRequest) -> HttpResponse:
        """Search in ``q``; without it the page shows what there is to go to."""
        found = service.search(request.GET.get("q", ""), user=self.person, by_postcode=True)
        named = [each for each in offers.offers(self.person, found.text) if each.url]
        meant: Hit | offers.Offer | None = found.the_one
        if meant is None and found.text and not found.hits and len(named) == 1 and not named[0].is_deed:
            meant = named[0]
        if meant is not None and not request.GET.get("all"):
            return _private(HttpResponseRedirect(meant.url))
        context: dict[str, Any] = {
            "title": f"Search for “{found.text}”" if found.text else "Search",
            "found": found, "groups": grouped(found.hits), "offers": offers.grouped(named),
            "all_orders": f"{reverse('sync:order-list')}?{urlencode({'q': found.text})}",
        }  # fmt: skip
        return _private(render(request, "search/page.html", context))


class PaletteView(RoleRequired, View):
    """The options of the command palette for what has been typed so far: a fragment, nothing by itself."""

    permission_required = READ

    def get(self, request: HttpRequest) -> HttpResponse:
        """Hits, places and deeds for ``q``. Customer data are not searched before the form was sent."""
        found = service.search(request.GET.get("q", ""), user=self.person, limit=service.IN_PALETTE)
        named = [each for each in offers.offers(self.person, found.text) if each.often or found.text]
        context: dict[str, Any] = {
            "found": found, "groups": [(label, hits[: service.IN_PALETTE]) for label, hits in grouped(found.hits)],
            "offers": offers.grouped(named), "asks_for_postcode": found.postcode and found.may_use_it,
        }  # fmt: skip
        return _private(render(request, "search/_options.html", context))


def _private(response: HttpResponse) -> HttpResponse:
    """No cache keeps what somebody searched for."""
    response["Cache-Control"] = "no-store, private"
    return response
