"""Addresses of the application."""

from __future__ import annotations

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import URLPattern, URLResolver, include, path

from jlseko import health
from jlseko.home import HomeView
from jlseko.search.views import PaletteView, SearchView
from jlseko.ui.glossary import GlossaryView
from sync.inbound import push

handler500 = "jlseko.unavailable.failed"

urlpatterns: list[URLPattern | URLResolver] = [
    path("sign-in/", LoginView.as_view(redirect_authenticated_user=True), name="sign-in"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
    path("", HomeView.as_view(), name="home"),
    path("search/", SearchView.as_view(), name="search"),
    path("search/palette/", PaletteView.as_view(), name="palette"),
    path("glossary/", GlossaryView.as_view(), name="glossary"),
    path("exceptions/", include("exceptions.urls")),
    path("carriers/", include("carriers.urls")),
    path("", include("sync.urls")),
    path("ui/", include("jlseko.ui.urls")),
    # SEKO's pushes: the address ends with the secret, and the service's name may follow
    path("push/<str:connection>/<str:secret>", push),
    path("push/<str:connection>/<str:secret>/", push, name="push"),
    path("push/<str:connection>/<str:secret>/<path:rest>", push),
    # The machine next door
    path("livez", health.live, name="live"),
    path("readyz", health.ready, name="ready"),
]
