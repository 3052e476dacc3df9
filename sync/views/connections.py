"""The pairs of partners: the list, and what stands where on the pages of one of them."""

from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views import View
from django.views.generic import TemplateView

from jlseko.ui.access import RoleRequired
from sync.connections import checking, onboarding, reading
from sync.connections.policy_words import title_of
from sync.connections.questions import BY_SETTING
from sync.loop import pausing
from sync.models import Connection, Event, Side
from sync.profile_words import profile_groups, profile_rows

READ = "exceptions.view_connections"
CHANGE = "exceptions.manage_connections"
LEVELS = {"good": messages.SUCCESS, "warn": messages.WARNING, "bad": messages.ERROR}
TABS = (
    ("connection", "State and flows", "activity"),
    ("connection-discovered", "Discovered", "telescope"),
    ("connection-checklist", "Checklist", "list-checks"),
    ("connection-settings", "Settings", "settings-2"),
    ("connection-keys", "Keys and addresses", "key-round"),
    ("connection-history", "History", "history"),
)


class ConnectionListView(RoleRequired, TemplateView):
    """Every connection."""

    permission_required = READ
    template_name = "sync/connections.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The connections by name."""
        return super().get_context_data(connections=Connection.objects.all(), **kwargs)


class ConnectionPage(RoleRequired, TemplateView):
    """One page of one connection; ``tab`` is the name of its address."""

    permission_required = READ
    tab = ""

    @cached_property
    def connection(self) -> Connection:
        """The connection that the address names."""
        return get_object_or_404(Connection, name=self.kwargs["name"])

    @cached_property
    def flags(self) -> onboarding.Flags:
        """What of it is still provisional."""
        return onboarding.flags(self.connection)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The connection, its tabs, what is provisional, and whether this person may change it."""
        context = {
            "connection": self.connection,
            "provisional": [(name, title_of(name), BY_SETTING.get(name)) for name in self.flags.settings],
            "unsettled": [(str(Side(side).label), f"{side}-limits") for side in self.flags.ceilings],
            "tabs": tabs_of(self.connection, self.tab),
            "tabs_label": "About this connection",
            "may_change": self.request.user.has_perm(CHANGE),
        }
        return super().get_context_data(**context | kwargs)


def tabs_of(connection: Connection, current: str) -> list[dict[str, Any]]:
    """The pages of a connection, for the tabs under its name."""
    return [
        {
            "url": reverse(f"sync:{name}", args=[connection.name]), "label": label, "icon": icon, "count": None,
            "active": name == current,
        }
        for name, label, icon in TABS
    ]  # fmt: skip


class StateView(ConnectionPage):
    """What runs, what waits, what is paused, and whether the partners answer."""

    template_name = "sync/connection.html"
    tab = "connection"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Flows, lanes and partners of this connection alone."""
        pauses = pausing.holding()
        context = {
            "flows": reading.flow_lines(self.connection, pauses=pauses),
            "lanes": reading.lane_lines(self.connection, pauses=pauses),
            "partners": zip(
                reading.partner_lines(reading.budgets(), self.connection),
                checking.last_tests(self.connection),
                strict=True,
            ),
        }
        return super().get_context_data(**context | kwargs)


class DiscoveredView(ConnectionPage):
    """What John Lewis told about the shop."""

    template_name = "sync/connection_discovered.html"
    tab = "connection-discovered"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The profile in words, and what was different when it was last read."""
        told = Event.objects.filter(connection=self.connection, kind="profile_changed").order_by("-id")
        context = {
            "profile_rows": profile_rows(self.connection.profile),
            "profile_groups": profile_groups(self.connection.profile),
            "last_change": told.first(),
        }
        return super().get_context_data(**context | kwargs)


class HistoryView(ConnectionPage):
    """What happened to the connection as a whole."""

    template_name = "sync/connection_history.html"
    tab = "connection-history"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The newest events."""
        return super().get_context_data(history=reading.connection_history(self.connection), **kwargs)


class CheckView(RoleRequired, View):
    """Asks both partners once. Shows a class of result, never what they answered."""

    permission_required = (READ, CHANGE)
    http_method_names = ["post"]

    def post(self, request: HttpRequest, name: str) -> HttpResponse:
        """One cheap read on each side, inside the budget."""
        connection = get_object_or_404(Connection, name=name)
        for side in Side:
            checked = checking.check(connection, side, by=self.person)
            messages.add_message(request, LEVELS[checked.tone], checked.words)
        return redirect("sync:connection", name=name)
