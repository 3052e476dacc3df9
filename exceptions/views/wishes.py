"""How one person wants the desk, at whatever browser they sit."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views import View

from exceptions.models import DeskReader
from jlseko.ui.access import RoleRequired
from jlseko.ui.links import next_of


class ShortcutsView(RoleRequired, View):
    """Single-key shortcuts on or off for the person who asks; the frame reads it along with the person."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        """Remember `shortcuts=on` or `off` and go back to `next`; anything else changes nothing."""
        wanted = request.POST.get("shortcuts")
        if wanted in ("on", "off"):
            DeskReader.objects.update_or_create(user=self.person, defaults={"shortcuts": wanted == "on"})
        return HttpResponseRedirect(next_of(request))
