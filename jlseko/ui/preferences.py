"""How one browser shows the desk: theme, density, shortcuts, each a cookie that a plain form sets."""

from __future__ import annotations

from typing import Final

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import View

YEAR: Final = 365 * 24 * 60 * 60  # seconds

# The first choice of each is the default
CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "theme": ("auto", "light", "dark"),
    "density": ("comfortable", "compact"),
    "shortcuts": ("on", "off"),
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
    """Takes `theme`, `density` or `shortcuts` and goes back to `next`."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        """Remember the known choices for a year; unknown ones change nothing."""
        target = request.POST.get("next", "/")
        if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
            target = "/"
        response = HttpResponseRedirect(target)
        for name, choices in CHOICES.items():
            if request.POST.get(name) in choices:
                response.set_cookie(name, request.POST[name], max_age=YEAR, samesite="Lax", secure=request.is_secure())
        return response
