"""Addresses of the application."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from jlseko import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("livez", health.live, name="live"),
    path("readyz", health.ready, name="ready"),
]
