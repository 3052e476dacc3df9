"""The exceptions app."""

from __future__ import annotations

from django.apps import AppConfig


class ExceptionsConfig(AppConfig):
    """The desk where stalled orders are fixed."""

    name = "exceptions"
    default_auto_field = "django.db.models.BigAutoField"
