"""Keys and addresses of one connection. A key is never shown, only its end."""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.debug import sensitive_post_parameters

from jlseko.ui.access import RoleRequired
from sync import limits, timeline
from sync.connections import checking, connecting
from sync.connections.forms import KeyForm
from sync.models import Connection, Side
from sync.views.connections import CHANGE, READ, ConnectionPage


class Unkept:
    """View mixin: no browser and no proxy keeps what it answers."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer, with ``no-store``."""
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        response["Cache-Control"] = "no-store"
        return response


class KeysView(Unkept, ConnectionPage):
    """Where the partners are, and which keys are set, by whom and when."""

    template_name = "sync/connection_keys.html"
    tab = "connection-keys"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Keys by their last four characters, and the last test of each side."""
        return super().get_context_data(sides=side_rows(self.connection), **kwargs)


def side_rows(connection: Connection) -> list[dict[str, Any]]:
    """One row for each side: where it is, which key is stored, how the last test ended."""
    return [
        {
            "side": test.side.value,
            "name": test.side.label,
            "url": getattr(connection, f"{test.side}_url"),
            "tail": connection.key_tail(test.side),
            "set_at": getattr(connection, f"{test.side}_key_set_at"),
            "set_by": getattr(connection, f"{test.side}_key_set_by"),
            "test": test,
        }
        for test in checking.last_tests(connection)
    ]


@method_decorator(sensitive_post_parameters("key"), name="dispatch")
class KeyView(Unkept, RoleRequired, View):
    """A new key or address for one side: tested and then saved, or saved without a test."""

    permission_required = (READ, CHANGE)

    def get(self, request: HttpRequest, name: str, side: str) -> HttpResponse:
        """The form, with an empty key."""
        connection, about = _side_of(name, side)
        return self._page(connection, KeyForm(connection=connection, side=about))

    def post(self, request: HttpRequest, name: str, side: str) -> HttpResponse:
        """Test what was entered unless told not to; save it when it is good."""
        connection, about = _side_of(name, side)
        form = KeyForm(request.POST, connection=connection, side=about)
        if not form.is_valid():
            return self._page(connection, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        checked = None
        if request.POST.get("do") != "save":
            checked = checking.check_entered(connection, form.entered, by=self.person)
            if checked.result != checking.Result.GOOD:
                form.add_error(None, f"{checked.words} Nothing was saved.")
                return self._page(connection, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        try:
            changed = connecting.change_side(connection, form.entered, by=self.person)
        except ValueError as error:
            form.add_error(None, f"{error} Nothing was saved.")
            return self._page(connection, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        if checked:
            limits.note_recovered(connection, about)
        elif changed:
            limits.ask_again(connection, about)
        messages.success(request, _told(about, changed=changed, checked=checked))
        return redirect("sync:connection-keys", name=name)

    def _page(self, connection: Connection, form: KeyForm, status: int = 200) -> HttpResponse:
        context = {"connection": connection, "form": form, "side_name": form.side.label}
        return render(self.request, "sync/connection_key.html", context, status=status)


def _side_of(name: str, side: str) -> tuple[Connection, Side]:
    if side not in Side.values:
        raise Http404
    return get_object_or_404(Connection, name=name), Side(side)


def _told(side: Side, *, changed: bool, checked: checking.Checked | None) -> str:
    saved = "Saved." if changed else "Nothing was entered; the stored key stays."
    return f"{checked.words} {saved}" if checked else f"{side.label}: {saved}{' Not tested.' if changed else ''}"


class PushUrlView(Unkept, RoleRequired, View):
    """Shows the push URL, which holds a secret; looking is noted."""

    permission_required = (READ, CHANGE)
    http_method_names = ["post"]

    def post(self, request: HttpRequest, name: str) -> HttpResponse:
        """The URL on a page of its own that is stored nowhere."""
        connection = get_object_or_404(Connection, name=name)
        timeline.record(connection, "push_url_shown", "The push URL was shown", actor=self.person)
        return push_url_page(request, connection)


class RenewPushUrlView(Unkept, RoleRequired, View):
    """Makes the push URL anew, after a step in which the person confirms."""

    permission_required = (READ, CHANGE)

    def get(self, request: HttpRequest, name: str) -> HttpResponse:
        """What will happen."""
        connection = get_object_or_404(Connection, name=name)
        return render(request, "sync/push_url_renew.html", {"connection": connection})

    def post(self, request: HttpRequest, name: str) -> HttpResponse:
        """The new URL, shown once."""
        connection = connecting.renew_push_secret(get_object_or_404(Connection, name=name), by=self.person)
        return push_url_page(request, connection)


def push_url_page(request: HttpRequest, connection: Connection) -> HttpResponse:
    """The page with the URL; never kept anywhere."""
    url = f"{settings.PUBLIC_URL}{connecting.push_path(connection)}"
    return render(request, "sync/push_url.html", {"connection": connection, "push_url": url})
