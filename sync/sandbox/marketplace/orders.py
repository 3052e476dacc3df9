"""Orders of the simulated marketplace: the document that is stored, and the JSON that OR11 shows of it.

Stored instants are whole milliseconds since 1970 (`updated`, `times`), prices are texts in pounds.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from ..clock import show_instant
from ..people import Person
from .carrier import shown_carrier
from .deadline import end_of_day, shipping_deadline
from .flow import FlowOrder
from .lines import canceled, line_state, shipped
from .reference import SHIPPING_TYPE, ZONE, product_sku

Order = dict[str, Any]

STATES = ("STAGING", "WAITING_ACCEPTANCE", "WAITING_DEBIT", "WAITING_DEBIT_PAYMENT", "SHIPPING", "SHIPPED",
          "TO_COLLECT", "RECEIVED", "CLOSED", "REFUSED", "CANCELED")  # fmt: skip
WITHHELD = frozenset({"STAGING", "WAITING_ACCEPTANCE", "WAITING_DEBIT", "WAITING_DEBIT_PAYMENT"})
COMMISSION = Decimal("0.25")
VAT = Decimal("0.20")
EXTRA_FIELD_EVERY = 7
NO_OFFER = 1_000_000  # the numbers of offers that are no more: lines of orders made by hand may name any SKU


def millis(moment: datetime) -> int:
    """An instant as it is stored."""
    return round(moment.timestamp() * 1000)


def instant(stored: int) -> datetime:
    """The instant behind a stored number."""
    return datetime.fromtimestamp(stored / 1000, UTC)


def new_order(
    order_id: str, flow: FlowOrder, person: Person, *, number: int, scenario: str | None, now: datetime
) -> Order:
    """The stored document of a new order, in WAITING_ACCEPTANCE."""
    return {
        "order_id": order_id,
        "commercial_id": order_id.rpartition("-")[0],
        "number": number,
        "scenario": scenario,
        "invoice": flow.invoice,
        "state": "WAITING_ACCEPTANCE",
        "reason": None,
        "created": millis(now),
        "updated": millis(now),
        "times": {},
        "due": None,
        "carrier": {},
        "customer": {"firstname": person.firstname, "lastname": person.lastname},
        "address": person.address(),
        "lines": [
            {"id": f"{order_id}-{place}", "sku": line.sku, "title": line.title, "quantity": line.quantity,
             "price": str(line.price), "refused": False}
            for place, line in enumerate(flow.lines, start=1)
        ],
    }  # fmt: skip


def order_json(order: Order, *, shrinks: bool = False) -> dict[str, Any]:
    """One entry of OR11's ``orders`` (John Lewis contract 2.1).

    Whether a line's quantity falls with what is cancelled of it is not known; `shrinks` says that it does.
    """
    lines = [_line_json(order, place, line, shrinks=shrinks) for place, line in enumerate(order["lines"], start=1)]
    counted = [line for line in lines if line["order_line_state"] != "REFUSED" or order["state"] == "REFUSED"]
    price = sum((Decimal(str(line["price"])) for line in counted), Decimal(0))
    kept = sum((Decimal(str(line["total_commission"])) for line in counted), Decimal(0))
    states = {line["order_line_state"] for line in lines}
    shown = {
        "order_id": order["order_id"],
        "commercial_id": order["commercial_id"],
        "order_state": order["state"],
        "order_state_reason_code": order["reason"],
        "order_state_reason_label": None,
        "created_date": show_instant(instant(order["created"])),
        "last_updated_date": show_instant(instant(order["updated"])),
        **_milestones(order),
        **_fixed_fields(order),
        **_shipping_fields(order),
        "fully_refunded": states == {"REFUNDED"},
        "has_incident": "INCIDENT_OPEN" in states,
        "price": float(price),
        "shipping_price": 0,
        "total_price": float(price),
        "total_commission": float(kept),
        "customer": _customer_json(order),
        "order_lines": lines,
    }
    if order["number"] % EXTRA_FIELD_EVERY == 0:  # new fields may appear at any time (John Lewis contract 1.6)
        shown["delivery_promise_score"] = 0.97
    if order.get("strange"):  # so may new values of any enumeration
        shown["payment_workflow"] = "PAY_IN_INSTALMENTS"
        shown["order_tax_mode"] = "TAX_AT_BORDER"
    return shown


def _when(order: Order, name: str) -> str | None:
    return _stamp(order["times"].get(name))


def _stamp(stored: int | None) -> str | None:
    return None if stored is None else show_instant(instant(stored))


def _milestones(order: Order) -> dict[str, Any]:
    paid = order["times"].get("debited")
    promise = instant(paid if paid is not None else order["created"])
    day = shipping_deadline(promise).date()
    return {
        "acceptance_decision_date": _when(order, "accepted"),
        "customer_debited_date": _when(order, "debited"),
        "transaction_date": _when(order, "debited"),
        "transaction_number": f"T{order['number']:09d}" if paid is not None else None,
        "shipping_deadline": None if paid is None else show_instant(shipping_deadline(promise)),
        "delivery_date": {
            "earliest": show_instant(datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)),
            "latest": show_instant(end_of_day(day + timedelta(days=3))),
        },
        "leadtime_to_ship": 2,
    }


def _fixed_fields(order: Order) -> dict[str, Any]:
    extra = [{"code": "source-invoice", "type": "STRING", "value": order["invoice"]}] if order["invoice"] else []
    return {
        "can_cancel": order["state"] == "SHIPPING" and not any(shipped(line) for line in order["lines"]),
        "can_shop_ship": order["state"] == "SHIPPING",
        "has_customer_message": bool(order.get("has_message")),
        "has_invoice": False,
        "channel": {"code": "JL_UK", "label": "John Lewis UK"},
        "currency_iso_code": "GBP",
        "order_tax_mode": "TAX_INCLUDED",
        "payment_workflow": "PAY_ON_ACCEPTANCE",
        "payment_type": "CARD",
        "paymentType": "CARD",
        "payment_duration": None,
        "customer_directly_pays_seller": False,
        "customer_notification_email": f"notification+{order['number']:x}@notification.example.net",
        "references": {"order_reference_for_customer": None, "order_reference_for_seller": order.get("reference")},
        "fulfillment": {"center": {"code": "DEFAULT"}},
        "order_additional_fields": extra,
        "promotions": {"applied_promotions": [], "total_deduced_amount": 0},
        "quote_id": None,
        "invoice_details": None,
    }


def _shipping_fields(order: Order) -> dict[str, Any]:
    carrier = shown_carrier(order["carrier"])
    return {
        "shipping_type_code": SHIPPING_TYPE["code"],
        "shipping_type_label": SHIPPING_TYPE["label"],
        "shipping_type_standard_code": SHIPPING_TYPE["standard_code"],
        "shipping_zone_code": ZONE["code"],
        "shipping_zone_label": ZONE["label"],
        "shipping_carrier_code": carrier["code"],
        "shipping_carrier_standard_code": carrier["standard_code"],
        "shipping_company": carrier["name"],
        "shipping_tracking": carrier["tracking_number"],
        "shipping_tracking_url": carrier["url"],
        "shipping_pudo_id": None,
    }


def address_json(order: Order) -> dict[str, Any]:
    """The address that the parcel goes to, as OR11 and ST12 show it."""
    return {"civility": None, "company_2": None, "phone_secondary": None, **order["address"]}


def _customer_json(order: Order) -> dict[str, Any]:
    hidden = order["state"] in WITHHELD or "debited" not in order["times"]
    address = address_json(order)
    billing = {name: value for name, value in address.items() if name != "additional_info"}
    return {
        "customer_id": f"C-{order['number']}",
        "civility": None,
        **order["customer"],
        "locale": "en_GB",
        "organization": None,
        "accounting_contact": None,
        "delivery_contact": None,
        "billing_address": None if hidden else billing,
        "shipping_address": None if hidden else address,
    }


def _line_json(order: Order, place: int, line: dict[str, Any], *, shrinks: bool) -> dict[str, Any]:
    unit = Decimal(line["price"])
    quantity = line["quantity"] - (canceled(line) if shrinks else 0)
    price = unit * quantity
    fee, vat = commission(price)
    state = line_state(order, line)
    return {
        "order_line_id": line["id"],
        "order_line_index": place,
        "order_line_state": state,
        "order_line_state_reason_code": line.get("incident"),
        "order_line_state_reason_label": None,
        "offer_id": line.get("offer_id") or int(product_sku(line["sku"])[3:]) % 1_000_000 + NO_OFFER,
        "offer_sku": line["sku"],
        "offer_state_code": "11",
        "quantity": quantity,
        "product_sku": product_sku(line["sku"]),
        "product_shop_sku": line["sku"],
        "product_title": line["title"],
        "category_code": "GIFTS",
        "category_label": "Gifts",
        "product_medias": [],
        "description": line["title"],
        "price": float(price),
        "price_unit": float(unit),
        "origin_unit_price": float(unit),
        "price_additional_info": None,
        "shipping_price": 0,
        "shipping_price_unit": None,
        "shipping_price_additional_unit": None,
        "total_price": float(price),
        "taxes": [],
        "shipping_taxes": [],
        "commission_fee": float(fee),
        "commission_vat": float(vat),
        "commission_rate_vat": 20.0,
        "commission_taxes": [{"code": "TAXDEFAULT", "amount": float(vat), "rate": 20.0}],
        "total_commission": float(fee + vat),
        "created_date": show_instant(instant(order["created"])),
        "last_updated_date": show_instant(instant(order["updated"])),
        "debited_date": _when(order, "debited"),
        "shipped_date": _stamp(line.get("shipped_at") or order["times"].get("shipped")),
        "received_date": _when(order, "received"),
        "can_refund": order["state"] in ("SHIPPING", "SHIPPED", "RECEIVED") and state != "REFUNDED",
        "cancelations": [_cancelation(entry) for entry in line.get("cancelations", ())],
        "refunds": [_refund(entry) for entry in line.get("refunds", ())],
        "promotions": [],
        "shipping_from": {"address": None, "warehouse": None},
        "order_line_additional_fields": [],
    }


def commission(price: Decimal) -> tuple[Decimal, Decimal]:
    """What the operator keeps of a price, and the tax on that, both in pounds."""
    fee = (price * COMMISSION).quantize(Decimal("0.01"))
    return fee, (fee * VAT).quantize(Decimal("0.01"))


def _cancelation(entry: dict[str, Any]) -> dict[str, Any]:
    fee, vat = commission(Decimal(entry["amount"]))
    return {
        "id": entry["id"],
        "amount": float(Decimal(entry["amount"])),
        "shipping_amount": float(Decimal(entry["shipping_amount"])),
        "quantity": entry["quantity"],
        "reason_code": entry["reason"],
        "created_date": show_instant(instant(entry["created"])),
        "commission_amount": float(fee),
        "commission_total_amount": float(fee + vat),
        "commission_taxes": [{"code": "TAXDEFAULT", "amount": float(vat)}],
        "taxes": [],
        "shipping_taxes": [],
    }


def _refund(entry: dict[str, Any]) -> dict[str, Any]:
    paid = entry.get("paid")
    _, vat = commission(Decimal(entry["amount"]))
    return {
        **_cancelation(entry),
        "commission_tax_amount": float(vat),
        "order_refund_id": entry["order_refund_id"],
        "refund_state": "WAITING_REFUND_PAYMENT" if paid is None else "REFUNDED",
        "state": "WAITING_REFUND_PAYMENT" if paid is None else "REFUNDED",
        "transaction_date": None if paid is None else show_instant(instant(paid)),
        "transaction_number": None if paid is None else f"R{entry['id']}",
    }
