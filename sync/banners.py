"""What the engine hangs into the frame of every page: that somebody has paused something."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, Value
from django.db.models.functions import Coalesce, Concat, JSONObject, NullIf, Trim
from django.http import HttpRequest
from django.urls import reverse

from jlseko.ui.registry import Banner, register_banners
from sync.loop import pausing
from sync.models import Pause

MOST = 3


def ask_paused(request: HttpRequest) -> ArraySubquery:
    """The pauses that hold now, the oldest first."""
    name = NullIf(Trim(Concat("by__first_name", Value(" "), "by__last_name")), Value(""))
    facts = JSONObject(
        connection="connection__name", flow="flow", reason="reason", since="since", until="until",
        who=Coalesce(name, F("by__username")),
    )  # fmt: skip
    return ArraySubquery(Pause.objects.in_force().order_by("id").values_list(facts))


def tell_paused(found: list[dict[str, Any]]) -> Iterator[Banner]:
    """One line for each of the first, for everybody; the rest in one more line."""
    where = reverse("sync:health")
    for pause in found[:MOST]:
        until = datetime.fromisoformat(pause["until"]) if pause["until"] else None
        words = pausing.in_words(
            pause["flow"], who=pause["who"] or "", since=datetime.fromisoformat(pause["since"]), until=until,
            reason=pause["reason"],
        )  # fmt: skip
        yield Banner(f"{pause['connection']}:", words, "warning", where, "Sync health")
    if len(found) > MOST:
        yield Banner(f"{len(found) - MOST} more paused.", "", "warning", where, "Sync health")


def register() -> None:
    """Hang it into the frame."""
    register_banners("pauses", ask_paused, tell_paused)
