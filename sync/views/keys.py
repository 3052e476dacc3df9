"""Keys and addresses of one connection. A key is never shown, only its end."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views import View

from jlseko.ui.access import RoleRequired
from sync import connecting, timeline
from sync.models import Connection, Side
from sync.views.connections import CHANGE, READ, ConnectionPage


class KeysView(ConnectionPage):
    """Where the partners are, and which keys are set."""

    template_name = "sync/connection_keys.html"
    tab = "connection-keys"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Keys by their last four characters."""
        context = {
            "marketplace_tail": self.connection.key_tail(Side.MARKETPLACE),
            "warehouse_tail": self.connection.key_tail(Side.WAREHOUSE),
        }
        return super().get_context_data(**context | kwargs)


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
