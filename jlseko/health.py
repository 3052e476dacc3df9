"""Two questions that the machine next door asks: is the process alive, can it work."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@require_safe
@never_cache
@login_not_required
def live(_request: HttpRequest) -> HttpResponse:
    """200 with an empty body while the process answers at all."""
    return HttpResponse(b"", content_type="text/plain")


@require_safe
@never_cache
@login_not_required
def ready(_request: HttpRequest) -> HttpResponse:
    """200 when the database answers, else 503; never a reason, since anybody may ask."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return HttpResponse(b"", status=503, content_type="text/plain")
    return HttpResponse(b"", content_type="text/plain")
