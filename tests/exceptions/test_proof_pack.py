"""The proof pack: one set of facts as CSV and PDF, without customer data, written into the history."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import zlib
from base64 import a85decode
from datetime import UTC, datetime, timedelta

import pytest

from exceptions.models import Entry
from sync.models import Attempt, Dispatch, Event, Item, Order
from tests.exceptions.page_forms import CARRIER

CUSTOMER = ("Ada", "1 Sample Road", "LS1 1AA", "ada@example.com")
DEADLINE = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
BODY = (
    '{"SalesOrderNumber":"JL1-A","DeliveryDetails":{"Line1":"1 Sample Road","FirstName":"Ada"},"EmailAddress":'
    '"ada@example.com","Quantity":1}'
)
FONT = re.compile(rb"(\d+) 0 obj")


def attempt(item: Item, operation: str, side: str, settled: datetime, outcome: str = "applied", **more) -> Attempt:
    values = {
        "item": item, "side": side, "operation": operation, "natural_key": "JL1-A", "request_path": "POST /x",
        "request_hash": hashlib.sha256(BODY.encode()).hexdigest(), "request_body": BODY, "announced_at": settled,
        "announced_real": settled, "lease_token": Item.new_lease_token(), "outcome": outcome, "settled_at": settled,
        "settled_by": "answer", "response": '{"Message":"Ada is fine"}', "http_status": 204,
    }  # fmt: skip
    return Attempt.objects.create(**values | more)


@pytest.fixture
def record(desk):
    """An order that left 42 minutes early and was confirmed 25 hours and 10 minutes late."""
    item = desk.order()
    dispatch = desk.dispatch()
    record = desk.stall(dispatch, CARRIER)
    Order.objects.filter(item=item).update(
        shipping_deadline=DEADLINE, warehouse_number="WS-77", warehouse_guid="guid-1", commercial_id="C-9"
    )
    Dispatch.objects.filter(item=dispatch).update(
        dispatched_at=DEADLINE - timedelta(minutes=42), carrier_code="DPD_UK", tracking_number="15501234567890",
        confirmed_at=DEADLINE + timedelta(minutes=1512),
    )  # fmt: skip
    attempt(item, "websubmit", "warehouse", DEADLINE - timedelta(days=1))
    attempt(dispatch, "OR24", "marketplace", DEADLINE + timedelta(minutes=1510))
    Event.objects.create(
        connection=desk.connection, item=item, order_key="JL1-A", lane="warehouse", kind="x",
        title="=HYPERLINK(1)", detail="Ada lives at 1 Sample Road", at=DEADLINE,
    )  # fmt: skip
    return record


def sheet_of(entry: Entry) -> tuple[bytes, list[dict[str, str]]]:
    content = bytes(entry.attachments.get(content_type="text/csv").content)
    return content, list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def rows(found: list[dict[str, str]], part: str) -> list[dict[str, str]]:
    return [row for row in found if row["Part"] == part]


def words_of(pdf: bytes) -> str:
    """The text of a PDF of ours, read back by the tables that map its glyphs to characters."""
    objects = dict(re.findall(rb"(\d+) 0 obj\s(.*?)endobj", pdf, re.DOTALL))

    def stream(number: bytes) -> str:
        body = objects[number].split(b"stream\n", 1)[1].rsplit(b"endstream", 1)[0].strip()
        if b"ASCII85Decode" in objects[number]:
            body = a85decode(body.removesuffix(b"~>"))
        return (zlib.decompress(body) if b"FlateDecode" in objects[number] else body).decode("latin-1")

    maps: dict[str, dict[int, str]] = {}
    for content in objects.values():
        name = re.search(rb"/Name /(F\d+\+\d+)", content)
        table = re.search(rb"/ToUnicode (\d+) 0 R", content)
        if name and table:
            pairs = re.findall(r"<([0-9A-F]{2})> <([0-9A-F]{2})> <([0-9A-F]{4})>", stream(table[1]))
            lines = re.findall(r"<([0-9A-F]{2})> <([0-9A-F]{4})>", stream(table[1]))
            known = {int(code, 16): chr(int(sign, 16)) for code, _, sign in pairs}
            maps[name[1].decode()] = known | {int(code, 16): chr(int(sign, 16)) for code, sign in lines}
    return maps, [stream(number) for number in objects if b"/Length" in objects[number]]
