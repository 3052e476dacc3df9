"""The pairs of partners: addresses, keys (only their end), settings, what was discovered, and a test."""

from dataclasses import fields
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views import View
from django.views.generic import TemplateView

from jlseko.ui.access import RoleRequired
from sync import connecting, limits, page_reading, timeline
from sync.failures import PartnerError, Throttled, Unauthorised
from sync.forms import PolicyForm
from sync.models import Connection, Side
from sync.partners import registry
from sync.partners_of import partners_of
from sync.policy import Policy, read_aliases

READ = "exceptions.view_connections"
CHANGE = "exceptions.manage_connections"
PROFILE_WORDS = {
    "shop_id": "Shop number",
    "shop_name": "Shop",
    "currency": "Currency",
    "acceptance": "Acceptance",
    "multi_shipment": "Several shipments for an order",
    "alternative_carriers_refused": "Only approved carriers",
    "timezone": "Time zone of the platform",
    "tracking_mandatory_for": "Tracking number required for",
}


class ConnectionListView(RoleRequired, TemplateView):
    """Every connection."""

    permission_required = READ
    template_name = "sync/connections.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The connections by name."""
        return super().get_context_data(connections=Connection.objects.all(), **kwargs)


class ConnectionView(RoleRequired, TemplateView):
    """One connection."""

    permission_required = READ
    template_name = "sync/connection.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What is set, what was discovered; keys by their last four characters."""
        connection = get_object_or_404(Connection, name=self.kwargs["name"])
        context = {
            "connection": connection,
            "marketplace_tail": connection.key_tail(Side.MARKETPLACE),
            "warehouse_tail": connection.key_tail(Side.WAREHOUSE),
            "settings_rows": _settings_rows(connection.policy),
            "profile_rows": _profile_rows(connection.profile),
            "history": page_reading.connection_history(connection),
            "may_change": self.request.user.has_perm(CHANGE),
        }
        return super().get_context_data(**context | kwargs)


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


def _profile_rows(profile: dict[str, Any]) -> list[tuple[str, str]]:
    rows = []
    for name, label in PROFILE_WORDS.items():
        value = profile.get(name)
        if value is None or value == "":
            words = "not said"
        elif isinstance(value, bool):
            words = "yes" if value else "no"
        else:
            words = ", ".join(value) or "nothing" if isinstance(value, list) else str(value)
        rows.append((label, words))
    return rows if profile else []


class SettingsView(RoleRequired, View):
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
        try:
            registry.check_push_aliases(connection.warehouse_kind, read_aliases(given["push_aliases"]))
        except ValueError as error:
            form.add_error("push_aliases", str(error))
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
        return redirect("sync:connection", name=name)

    def _page(self, request: HttpRequest, connection: Connection, form: PolicyForm, status: int = 200) -> HttpResponse:
        return render(request, "sync/connection_settings.html", {"connection": connection, "form": form}, status=status)


class CheckView(RoleRequired, View):
    """Asks both partners once. Shows a class of result, never what they answered."""

    permission_required = (READ, CHANGE)
    http_method_names = ["post"]

    def post(self, request: HttpRequest, name: str) -> HttpResponse:
        """One cheap read on each side, inside the budget."""
        connection = get_object_or_404(Connection, name=name)
        for side in Side:
            tone, words = _test(connection, side)
            messages.add_message(request, tone, f"{side.label}: {words}")
        return redirect("sync:connection", name=name)


def _test(connection: Connection, side: Side) -> tuple[int, str]:
    try:
        partners = partners_of(connection)
        limits.spend(connection, side, "test")
        (partners.marketplace if side == Side.MARKETPLACE else partners.warehouse).ping()
    except ValueError as error:
        return messages.ERROR, str(error)
    except limits.Postponed:
        return messages.WARNING, "tested a moment ago; try again shortly."
    except Unauthorised:
        return messages.ERROR, "the key is refused. Ask the partner for a new one and run `connect` again."
    except Throttled:
        return messages.WARNING, "answers, but asks for a pause. Try again shortly."
    except PartnerError:
        return messages.ERROR, "cannot be reached, or does not answer as it should."
    return messages.SUCCESS, "answers, and the key is accepted."


class PushUrlView(RoleRequired, View):
    """Shows the push URL, which holds a secret; looking is noted."""

    permission_required = (READ, CHANGE)
    http_method_names = ["post"]

    def post(self, request: HttpRequest, name: str) -> HttpResponse:
        """The URL on a page of its own that is stored nowhere."""
        connection = get_object_or_404(Connection, name=name)
        timeline.record(connection, "push_url_shown", "The push URL was shown", actor=self.person)
        url = f"{settings.PUBLIC_URL}{connecting.push_path(connection)}"
        response = render(request, "sync/push_url.html", {"connection": connection, "push_url": url})
        response["Cache-Control"] = "no-store"
        return response
