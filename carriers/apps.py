"""The carriers app."""

from __future__ import annotations

from django.apps import AppConfig


class CarriersConfig(AppConfig):
    """Approved carriers of John Lewis and the mapping of SEKO couriers onto them."""

    name = "carriers"
    default_auto_field = "django.db.models.BigAutoField"
