"""What the engine hangs into the frame of every page: that somebody has paused something."""

from collections.abc import Iterator

from django.http import HttpRequest
from django.urls import reverse

from jlseko.ui.registry import Banner, register_banners
from sync.loop import pausing
from sync.models import Pause

MOST = 3


def pauses_now(request: HttpRequest) -> list[Pause]:
    """The pauses that hold now, the oldest first; read once for a page and its frame."""
    known: list[Pause] | None = getattr(request, "_pauses", None)
    if known is None:
        known = list(Pause.objects.in_force().select_related("by", "connection").order_by("id"))
        request._pauses = known  # type: ignore[attr-defined]
    return known


def paused(request: HttpRequest) -> Iterator[Banner]:
    """One line for each pause that holds, for everybody; the rest in one more line."""
    rows = pauses_now(request)
    where = reverse("sync:health")
    for pause in rows[:MOST]:
        yield Banner(f"{pause.connection.name}:", pausing.sentence(pause), "warning", where, "Sync health")
    if len(rows) > MOST:
        yield Banner(f"{len(rows) - MOST} more paused.", "", "warning", where, "Sync health")


def register() -> None:
    """Hang it into the frame."""
    register_banners(paused)
