"""The settings of one connection: read by those who see it, changed by admins, together or not at all."""

from dataclasses import fields
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views import View

from jlseko.ui.access import RoleRequired
from sync import timeline
from sync.forms import PolicyForm
from sync.models import Connection
from sync.partners import registry
from sync.policy import Policy, read_aliases, read_versions
from sync.views.connections import CHANGE, READ, ConnectionPage


class SettingsView(ConnectionPage):
    """The settings in force."""

    template_name = "sync/connection_settings.html"
    tab = "connection-settings"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Each with its meaning, and whether it is provisional."""
        return super().get_context_data(settings_rows=_settings_rows(self.connection.policy), **kwargs)


def _words(name: str) -> str:
    return name.replace("_", " ")


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value) or "empty"


def _settings_rows(policy: Policy) -> list[dict[str, Any]]:
    return [
        {
            "name": _words(setting.name).capitalize().replace("Dc ", "DC "),
            "value": _value(getattr(policy, setting.name)),
            "unit": setting.metadata["unit"],
            "says": setting.metadata["says"],
            "provisional": setting.metadata["provisional"],
            "is_default": getattr(policy, setting.name) == setting.default,
        }
        for setting in fields(Policy)
    ]


class ChangeSettingsView(RoleRequired, View):
    """The settings of one connection, changed together or not at all."""

    permission_required = (READ, CHANGE)

    def get(self, request: HttpRequest, name: str) -> HttpResponse:
        """The form with the settings in force."""
        connection = get_object_or_404(Connection, name=name)
        return self._page(request, connection, PolicyForm(policy=connection.policy))

    @transaction.atomic
    def post(self, request: HttpRequest, name: str) -> HttpResponse:
        """Save what differs from the default, and note which settings changed and who changed them."""
        connection = get_object_or_404(Connection.objects.select_for_update(no_key=True), name=name)
        before = connection.policy
        form = PolicyForm(request.POST, policy=before)
        if not form.is_valid():
            return self._page(request, connection, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        given = form.cleaned_data
        if not _partner_takes(connection, form):
            return self._page(request, connection, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        changed = [key for key, value in given.items() if value != getattr(before, key)]
        if changed:
            defaults = Policy()
            connection.settings = {key: value for key, value in given.items() if value != getattr(defaults, key)}
            connection.save(update_fields=["settings"])
            words = ", ".join(_words(key) for key in changed)
            detail = "; ".join(
                f"{_words(key)}: {_value(getattr(before, key))} → {_value(given[key])}" for key in changed
            )
            timeline.record(connection, "settings", f"Settings changed: {words}", detail=detail, actor=self.person)
        messages.success(request, f"Saved: {words}." if changed else "Nothing was changed.")
        return redirect("sync:connection-settings", name=name)

    def _page(self, request: HttpRequest, connection: Connection, form: PolicyForm, status: int = 200) -> HttpResponse:
        return render(
            request, "sync/connection_settings_change.html", {"connection": connection, "form": form}, status=status
        )


def _partner_takes(connection: Connection, form: PolicyForm) -> bool:
    """Whether SEKO's client knows the names that were given; the form says what it knows."""
    kind, given = connection.warehouse_kind, form.cleaned_data
    try:
        registry.check_push_aliases(kind, read_aliases(given["push_aliases"]))
    except ValueError as error:
        form.add_error("push_aliases", str(error))
    try:
        registry.check_versions(kind, read_versions(given["warehouse_versions"]))
    except ValueError as error:
        form.add_error("warehouse_versions", str(error))
    return form.is_valid()
