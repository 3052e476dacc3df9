"""Filling in the forms of the desk as a browser would."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from exceptions import services
from exceptions.models import ExceptionRecord
from sync.failures import Code, Failure

TOWN = Failure(
    Code.ADDRESS_INVALID, "Town is too long.", field="delivery.city", value="Leedsvillagetown", rule="address.length"
)
CARRIER = Failure(
    Code.UNMAPPED_CARRIER, "Fagans Freight has no code.", field="carrier",
    facts={"courier": "Fagans Freight", "service": "Pallet 48", "carrier_code": ""},
)  # fmt: skip
SKU = Failure(Code.UNKNOWN_SKU, "SEKO does not know SKU BAG", field="lines.1.sku", facts={"sku": "BAG"})
STOCK = Failure(Code.NO_FREE_STOCK, "SEKO has 0 of BAG", field="lines.1.quantity", facts={"product": "BAG"})
TRACKING = Failure(Code.TRACKING_MISSING, "DPD: no tracking number", field="tracking_number")


def url(name: str, record: ExceptionRecord) -> str:
    """The address of a page or an action of a record."""
    return reverse(f"exceptions:{name}", args=[record.pk])


def filled(record: ExceptionRecord, **fields: str) -> dict[str, Any]:
    """The fix form of a record with these values, named without their prefixes; the rest as the page shows it."""
    data: dict[str, Any] = {"version": str(record.version)}
    for part in services.parts(record):
        for bound in part.form:
            value = bound.value()
            data[bound.html_name] = fields.get(bound.name, "" if value in (None, False) else value)
    return data


def fix(client: Client, record: ExceptionRecord, step: str, **fields: str) -> HttpResponse:
    """Press a button of the fix form."""
    more = {"planned": fields.pop("planned")} if "planned" in fields else {}
    return client.post(url("fix", record), filled(record, **fields) | {"step": step} | more)


def text(response: HttpResponse) -> str:
    """The page."""
    return response.content.decode()
