"""The house itself as a Django app: it brings the commands that start and prepare an installation."""

from __future__ import annotations

from django.apps import AppConfig


class HouseConfig(AppConfig):
    """No models, only management commands."""

    name = "jlseko"
    verbose_name = "jlseko"
