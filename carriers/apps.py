"""The app's entry in the settings."""

from django.apps import AppConfig


class CarriersConfig(AppConfig):
    """Carriers: the approved list and the mapping table."""

    name = "carriers"
    verbose_name = "Carriers"
    default_auto_field = "django.db.models.BigAutoField"
