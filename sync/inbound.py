"""The door for SEKO's pushes: check the secret, store the body, answer fast. Nothing is understood here."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from jlseko.clock import business_now
from sync import doorbell
from sync.database_clock import DatabaseNow
from sync.models import Connection, InboundMessage, Item, SecurityEvent
from sync.partners.strict_json import storable_text
from sync.states import Kind, Lane, Stage, Status

MEBIBYTE = 1024 * 1024


@csrf_exempt
@login_not_required
@require_POST
def push(request: HttpRequest, connection: str, secret: str, rest: str = "") -> HttpResponse:
    """Take one push (SEKO contract 6.1): 401 with a wrong secret, 413 when it is too large, else stored and 200.

    SEKO does not send a 400 again, so nothing about the content is ever answered with one.
    """
    connection, rest = storable_text(connection), storable_text(rest)
    found = Connection.objects.filter(name=connection, active=True).first()
    if found is None or not found.push_secret_matches(secret):
        SecurityEvent.objects.create(
            kind="push_refused",
            subject=connection[:200],
            remote_address=request.META.get("REMOTE_ADDR") or None,
            at=business_now(),
        )
        return JsonResponse({"message": "Unauthorised"}, status=401)
    if int(request.headers.get("Content-Length") or 0) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // MEBIBYTE
        return JsonResponse({"message": f"A message may hold at most {limit} MiB."}, status=413)
    keep(found, request.body, path=rest, content_type=request.content_type or "")
    return JsonResponse({"message": "stored"})


@transaction.atomic
def keep(connection: Connection, body: bytes, *, path: str, content_type: str) -> bool:
    """Store a pushed body; the same body again is the same message. Returns whether it was new."""
    digest = hashlib.sha256(body).hexdigest()
    return _keep(connection, digest, body.decode("utf-8", "replace"), path=path, content_type=content_type)


@transaction.atomic
def keep_unreadable_order(connection: Connection, raw: Mapping[str, Any]) -> bool:
    """Keep an order that could not be read from a poll, so that it is accounted for; returns whether it was new."""
    order_id = str(raw.get("order_id") or "")[:200]
    text = json.dumps(dict(raw), sort_keys=True, default=str)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return _keep(connection, f"order-{order_id}-{digest}"[:200], text, path="OR11", content_type="", order_key=order_id)


def _keep(connection: Connection, key: str, text: str, *, path: str, content_type: str, order_key: str = "") -> bool:
    now = business_now()
    item, created = Item.objects.get_or_create(
        connection=connection, kind=Kind.MESSAGE, external_key=key,
        defaults={
            "lane": Lane.INBOUND, "stage": Stage.RECEIVED, "status": Status.READY, "due_at": DatabaseNow(),
            "entered_stage_at": now, "created_at": now, "priority": 1, "order_key": order_key,
        },
    )  # fmt: skip
    if created:
        InboundMessage.objects.create(
            item=item, connection=connection, path=path[:200], content_type=content_type[:100], received_at=now,
            body=text, body_hash=key[-64:], size=len(text),
        )  # fmt: skip
        doorbell.ring_after_commit(Lane.INBOUND)
    return created
