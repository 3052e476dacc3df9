"""The last things that were said to a partner and what it answered, with the offending field marked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, Final

from exceptions.models import Fault
from sync.exchanges import Exchange, exchange_of
from sync.masking import Mask
from sync.models import Attempt, Order, Outcome

SHOWN: Final = 6
# Where the engine's name for a field is found in the partners' messages
NAMES: Final[dict[str, tuple[str, ...]]] = {
    "delivery.first_name": ("FirstName", "firstname"),
    "delivery.last_name": ("LastName", "lastname"),
    "delivery.line1": ("Line1", "street_1"),
    "delivery.line2": ("Line2", "street_2"),
    "delivery.line3": ("Line3",),
    "delivery.city": ("City", "city"),
    "delivery.county": ("County", "state"),
    "delivery.postcode": ("PostcodeZip", "zip_code"),
    "delivery.country_code": ("CountryCode", "country_iso_code"),
    "delivery.phone": ("PhoneNumber", "phone"),
    "delivery.email": ("EmailAddress", "customer_notification_email"),
    "delivery.notes": ("SpecialInstructions", "additional_info"),
    "gift.message": ("GiftMessage",),
    "carrier": ("carrier_code",),
    "carrier_code": ("carrier_code",),
    "tracking_number": ("tracking_number",),
    "order_id": ("SalesOrderNumber", "order_id"),
}
SKU_KEYS: Final = ("ProductCode", "offer_sku", "shop_sku", "product_sku")


def newest(attempts: Iterable[Attempt], faults: Iterable[Fault], mask: Mask) -> list[Exchange]:
    """The newest exchanges of an order, newest first; fields at fault are marked where the partner said no."""
    wrong = list(faults)
    found: list[Exchange] = []
    for attempt in list(attempts)[:SHOWN]:
        exchange = exchange_of(attempt, body=mask.payload, text=mask.text)
        refused = attempt.outcome == Outcome.REJECTED
        marked = marks(exchange.request, wrong, mask) if refused else {}
        opened = not found and attempt.outcome != Outcome.APPLIED
        found.append(replace(exchange, marked=marked, opened=opened))
    return found


def marks(data: Any, faults: Iterable[Fault], mask: Mask) -> dict[str, str]:
    """The paths in a payload that faults are about, each with what is wrong there."""
    found: dict[str, str] = {}
    leaves = list(_leaves(data))
    for fault in faults:
        for path, key, value in leaves:
            if path not in found and "billing" not in path.casefold() and _is_about(fault, key, value):
                found[path] = mask.text(fault.text)
    return found


def _is_about(fault: Fault, key: str, value: Any) -> bool:
    if fault.field.startswith("lines."):
        sku = fault.facts.get("sku") or fault.facts.get("product") or fault.value
        return key in SKU_KEYS and bool(sku) and str(value).casefold() == str(sku).casefold()
    return key in NAMES.get(fault.field, ())


def _leaves(data: Any, path: str = "") -> Iterator[tuple[str, str, Any]]:
    """Path, last key and value of everything that is no container; an empty container counts as a value."""
    children: Iterable[tuple[str, Any]] = ()
    if isinstance(data, dict):
        children = ((str(key), value) for key, value in data.items())
    elif isinstance(data, list):
        children = ((str(place), value) for place, value in enumerate(data))
    for key, value in children:
        inner = f"{path}.{key}" if path else key
        if isinstance(value, dict | list) and value:
            yield from _leaves(value, inner)
        else:
            yield inner, key, value


def as_john_lewis_sent(order: Order | None, faults: Iterable[Fault], mask: Mask) -> tuple[Any, dict[str, str]] | None:
    """The order as it came, with the fields at fault marked; None where it is not kept."""
    if order is None or not order.raw:
        return None
    data = mask.payload_of(order.raw)
    return data, marks(data, faults, mask)
