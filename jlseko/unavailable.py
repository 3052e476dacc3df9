"""When the database is away or cannot take anything: every page says so with 503 and when to ask again."""

from __future__ import annotations

import sys

import psycopg
from django.db import InternalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.views.defaults import server_error

from jlseko.sqlstates import AWAY, DISK_FULL, LINE, SERVER

RETRY_SECONDS = 30
PUSHES = "/push/"


def failed(request: HttpRequest) -> HttpResponse:
    """The answer to a fault that nobody caught: 503 where the database is the reason, the page for 500 otherwise.

    Whoever pushes is told to send again: SEKO does so after any 5xx (SEKO contract 6.1), and nothing was stored.
    """
    state = _state(sys.exc_info()[1])
    if state is None:
        return server_error(request)
    answer: HttpResponse
    if request.path.startswith(PUSHES):
        answer = JsonResponse({"message": "Not stored. Send it again."}, status=503)
    else:
        told = {"seconds": RETRY_SECONDS, "is_full": state == DISK_FULL}
        answer = HttpResponse(render_to_string("503.html", told), status=503)
    answer["Retry-After"] = str(RETRY_SECONDS)
    answer["Cache-Control"] = "no-store"
    return answer


def _state(fault: BaseException | None) -> str | None:
    """The SQLSTATE of a fault that means "not now", empty where the line itself failed; None for any other fault."""
    seen: set[int] = set()
    while fault is not None and id(fault) not in seen:
        seen.add(id(fault))
        if isinstance(fault, LINE):
            return ""
        if isinstance(fault, (*SERVER, InternalError)):
            told = fault if isinstance(fault, psycopg.Error) else fault.__cause__
            state = str(getattr(told, "sqlstate", None) or "")
            if state.startswith(AWAY) or (not state and isinstance(fault, SERVER)):
                return state
        fault = fault.__cause__ or fault.__context__
    return None
