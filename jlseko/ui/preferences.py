"""How one browser shows the desk: theme and density, each a cookie that a plain form sets."""

from __future__ import annotations

from typing import Final

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.decorators import method_decorator
from django.views import View

from jlseko.ui.links import next_of

YEAR: Final = 365 * 24 * 60 * 60  # seconds

# The first choice of each is the default
CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "theme": ("auto", "light", "dark"),
    "density": ("comfortable", "compact"),
}


def preferences(request: HttpRequest) -> dict[str, str]:
    """What this browser asked for; anything else than a known choice counts as the default."""
    found = {}
    for name, choices in CHOICES.items():
        asked = request.COOKIES.get(name, "")
        found[name] = asked if asked in choices else choices[0]
    return found


@method_decorator(login_not_required, name="dispatch")
class PreferencesView(View):
    """Takes `theme` or `density` and goes back to `next`."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        """Remember the known choices for a year; unknown ones change nothing."""
        response = HttpResponseRedirect(next_of(request))
        for name, choices in CHOICES.items():
            if request.POST.get(name) in choices:
                response.set_cookie(name, request.POST[name], max_age=YEAR, samesite="Lax", secure=request.is_secure())
        return response
