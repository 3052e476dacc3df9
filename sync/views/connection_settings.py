"""The settings of one connection: read by those who see it, changed by admins, together or not at all."""

from collections.abc import Collection
from dataclasses import fields
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views import View

from jlseko.ui.access import RoleRequired
from sync.connections import onboarding, policy_changes, policy_words
from sync.connections.forms import PolicyForm
from sync.connections.policy_groups import grouped
from sync.connections.questions import BY_SETTING
from sync.models import Connection
from sync.policy import Policy
from sync.views.connections import CHANGE, READ, ConnectionPage


class SettingsView(ConnectionPage):
    """The settings in force."""

    template_name = "sync/connection_settings.html"
    tab = "connection-settings"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Each with its meaning, and whether it is provisional, by what it is about."""
        rows = {row["slug"]: row for row in settings_rows(self.connection.policy, self.flags.settings)}
        groups = [(group, [rows[name] for name in names]) for group, names in grouped(rows)]
        return super().get_context_data(groups=groups, **kwargs)


def settings_rows(policy: Policy, provisional: Collection[str]) -> list[dict[str, Any]]:
    """Every setting with its value and meaning; ``provisional`` names those that nobody has confirmed."""
    return [
        {
            "slug": setting.name,
            "name": policy_words.title_of(setting.name),
            "value": policy_changes.value_words(getattr(policy, setting.name)),
            "unit": setting.metadata["unit"],
            "says": setting.metadata["says"],
            "provisional": setting.name in provisional,
            "question": BY_SETTING.get(setting.name),
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
        return self._page(request, connection, _form(connection))

    @transaction.atomic
    def post(self, request: HttpRequest, name: str) -> HttpResponse:
        """Save what differs from the default, and note which settings changed and who changed them."""
        connection = get_object_or_404(Connection.objects.select_for_update(no_key=True), name=name)
        form = _form(connection, request.POST)
        if not form.is_valid():
            return self._page(request, connection, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        for field, problem in policy_changes.refused_by_partner(connection, form.cleaned_data).items():
            form.add_error(field, problem)
        if form.errors:
            return self._page(request, connection, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        changed = policy_changes.change(connection, form.cleaned_data, by=self.person)
        words = ", ".join(policy_words.words_of(key) for key in changed)
        messages.success(request, f"Saved: {words}." if changed else "Nothing was changed.")
        return redirect("sync:connection-settings", name=name)

    def _page(self, request: HttpRequest, connection: Connection, form: PolicyForm, status: int = 200) -> HttpResponse:
        return render(
            request, "sync/connection_settings_change.html", {"connection": connection, "form": form}, status=status
        )


def _form(connection: Connection, data: QueryDict | None = None) -> PolicyForm:
    return PolicyForm(data, policy=connection.policy, provisional=onboarding.flags(connection).settings)
