"""The exceptions app."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ExceptionsConfig(AppConfig):
    """The desk where stalled orders are fixed."""

    name = "exceptions"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Load every category (an import error stops the start), listen to the engine, register what runs by itself."""
        from exceptions import categories, frame, groups, receivers, services, watch
        from exceptions.detail import order_panel
        from sync.loop import errands

        categories.load()
        receivers.connect()
        watch.register()
        errands.register("runs", services.work_off)
        frame.register()
        order_panel.register()
        post_migrate.connect(groups.grant, sender=self, dispatch_uid="exceptions.groups")
