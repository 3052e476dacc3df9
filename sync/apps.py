"""The sync app."""

from __future__ import annotations

from django.apps import AppConfig


class SyncConfig(AppConfig):
    """The engine that moves orders, dispatches and stock."""

    name = "sync"
    default_auto_field = "django.db.models.BigAutoField"
