"""The engine's app."""

from django.apps import AppConfig


class SyncConfig(AppConfig):
    """Registers what the carrier table asks of the engine, and what the engine shows in the frame."""

    name = "sync"
    verbose_name = "Sync engine"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Models can only be imported once the apps are loaded, hence here."""
        from carriers import shipments
        from sync import banners, checks  # noqa: F401  registered by being imported
        from sync.shipments import EngineShipments

        shipments.register(EngineShipments())
        banners.register()
