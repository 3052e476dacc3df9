"""What the tests of the page of one exception share."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from exceptions import services
from exceptions.models import ExceptionRecord
from jlseko.clock import business_now
from sync.models import Attempt, Event, Item
from sync.states import Milestone
from tests.exceptions.page_forms import fix, url

# The frame of every page asks for these: the session, the person with rights, counts and banners
FRAME = ("django_session", "auth_user", "auth_permission", "auth_group", "sync_partnerstate", "sync_pause")


def attempt(item: Item, body: str = '{"WebSalesOrder":{"SalesOrderNumber":"JL1-A"}}', **values: Any) -> Attempt:
    """A write that was announced and has ended."""
    now = business_now()
    return Attempt.objects.create(
        item=item, operation="websubmit", request_hash="0", request_path="x", request_body=body,
        announced_at=now, announced_real=now, lease_token=Item.new_lease_token(),
        **({"natural_key": "JL1-A", "side": "warehouse", "outcome": "rejected", "response": "{}"} | values),
    )  # fmt: skip


def queries(client: Client, address: str) -> list[str]:
    """The SQL of a page, once its first use is over."""
    client.get(address)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(address).status_code == 200
    return [each["sql"] for each in seen.captured_queries if not each["sql"].startswith(("SAVEPOINT", "RELEASE"))]


def busy(record: ExceptionRecord, item: Item, by: User, *, times: int) -> None:
    """Much of everything around a record: events, attempts, notes and corrections."""
    for number in range(times):
        attempt(item, natural_key=f"n{number}")
        services.note(record, f"note {number}", by=by)
        Event.objects.create(
            connection=item.connection, item=item, order_key=item.order_key, lane="warehouse", kind="warehouse_state",
            title=f"State {number}", at=business_now() - timedelta(minutes=number), actor=by,
        )  # fmt: skip


def fixed_and_closed(desk: Any, client: Client, order_id: str, failure: Any, **fields: str) -> ExceptionRecord:
    """An order that was stopped, fixed through the page and read back."""
    item = desk.order(order_id)
    record = desk.stall(item, failure)
    assert fix(client, record, "send", **fields).status_code == 302
    desk.prove(item, Milestone.INJECTED)
    desk.prove(item, Milestone.INJECTION_VERIFIED)
    record.refresh_from_db()
    return record


__all__ = ["FRAME", "attempt", "busy", "fixed_and_closed", "queries", "url"]
