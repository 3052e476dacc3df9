"""The shared user interface."""

from __future__ import annotations

from django.apps import AppConfig


class UiConfig(AppConfig):
    """Base views, tables, filters and template tags; no models."""

    name = "jlseko.ui"
    default_auto_field = "django.db.models.BigAutoField"
    label = "ui"
