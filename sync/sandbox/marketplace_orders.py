"""Orders of the simulated marketplace: the document that is stored, and the JSON that OR11 shows of it.

Stored instants are whole milliseconds since 1970 (`updated`, `times`), prices are texts in pounds.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from .clock import show_instant
from .marketplace_deadline import end_of_day, shipping_deadline
from .marketplace_flow import FlowOrder
from .marketplace_reference import CARRIER_BY_CODE, SHIPPING_TYPE, ZONE
from .people import Person

Order = dict[str, Any]

STATES = ("STAGING", "WAITING_ACCEPTANCE", "WAITING_DEBIT", "WAITING_DEBIT_PAYMENT", "SHIPPING", "SHIPPED",
          "TO_COLLECT", "RECEIVED", "CLOSED", "REFUSED", "CANCELED")  # fmt: skip
WITHHELD = frozenset({"STAGING", "WAITING_ACCEPTANCE", "WAITING_DEBIT", "WAITING_DEBIT_PAYMENT"})
COMMISSION = Decimal("0.25")
VAT = Decimal("0.20")
EXTRA_FIELD_EVERY = 7


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


def order_json(order: Order) -> dict[str, Any]:
    """One entry of OR11's ``orders`` (John Lewis contract 2.1)."""
    lines = [_line_json(order, place, line) for place, line in enumerate(order["lines"], start=1)]
    counted = [line for line in lines if line["order_line_state"] != "REFUSED" or order["state"] == "REFUSED"]
    price = sum((Decimal(str(line["price"])) for line in counted), Decimal(0))
    commission = sum((Decimal(str(line["total_commission"])) for line in counted), Decimal(0))
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
        "price": float(price),
        "shipping_price": 0,
        "total_price": float(price),
        "total_commission": float(commission),
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
    stored = order["times"].get(name)
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
        "can_cancel": order["state"] == "SHIPPING",
        "can_shop_ship": order["state"] == "SHIPPING",
        "fully_refunded": False,
        "has_customer_message": False,
        "has_incident": False,
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
        "references": {"order_reference_for_customer": None, "order_reference_for_seller": None},
        "fulfillment": {"center": {"code": "DEFAULT"}},
        "order_additional_fields": extra,
        "promotions": {"applied_promotions": [], "total_deduced_amount": 0},
        "quote_id": None,
        "invoice_details": None,
    }


def _shipping_fields(order: Order) -> dict[str, Any]:
    carrier = order["carrier"]
    registered = CARRIER_BY_CODE.get(carrier.get("code") or "")
    number = carrier.get("tracking_number")
    url = carrier.get("url")
    if registered is not None:
        url = registered["tracking_url"].replace("{trackingId}", number or "")
    return {
        "shipping_type_code": SHIPPING_TYPE["code"],
        "shipping_type_label": SHIPPING_TYPE["label"],
        "shipping_type_standard_code": SHIPPING_TYPE["standard_code"],
        "shipping_zone_code": ZONE["code"],
        "shipping_zone_label": ZONE["label"],
        "shipping_carrier_code": carrier.get("code"),
        "shipping_carrier_standard_code": registered["standard_code"] if registered else carrier.get("standard_code"),
        "shipping_company": registered["label"] if registered else carrier.get("name"),
        "shipping_tracking": number,
        "shipping_tracking_url": url,
        "shipping_pudo_id": None,
    }


def _customer_json(order: Order) -> dict[str, Any]:
    hidden = order["state"] in WITHHELD or "debited" not in order["times"]
    address = {"civility": None, "company_2": None, "phone_secondary": None, **order["address"]}
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


def _line_json(order: Order, place: int, line: dict[str, Any]) -> dict[str, Any]:
    unit = Decimal(line["price"])
    price = unit * line["quantity"]
    fee = (price * COMMISSION).quantize(Decimal("0.01"))
    vat = (fee * VAT).quantize(Decimal("0.01"))
    product_number = int.from_bytes(line["sku"].encode()[-6:], "big") % 10**12
    return {
        "order_line_id": line["id"],
        "order_line_index": place,
        "order_line_state": "REFUSED" if line["refused"] else order["state"],
        "order_line_state_reason_code": None,
        "order_line_state_reason_label": None,
        "offer_id": product_number % 1_000_000 + 1000,
        "offer_sku": line["sku"],
        "offer_state_code": "11",
        "quantity": line["quantity"],
        "product_sku": f"MKP{product_number:012d}",
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
        "shipped_date": _when(order, "shipped"),
        "received_date": _when(order, "received"),
        "can_refund": order["state"] in ("SHIPPING", "SHIPPED", "RECEIVED"),
        "cancelations": _cancelations(order, place, line, price),
        "refunds": [],
        "promotions": [],
        "shipping_from": {"address": None, "warehouse": None},
        "order_line_additional_fields": [],
    }


def _cancelations(order: Order, place: int, line: dict[str, Any], price: Decimal) -> list[dict[str, Any]]:
    if order["state"] != "CANCELED" or line["refused"]:
        return []
    return [
        {
            "id": f"{order['number']}{place:03d}",
            "amount": float(price),
            "shipping_amount": 0,
            "quantity": line["quantity"],
            "reason_code": order["reason"],
            "created_date": _when(order, "canceled"),
            "commission_amount": 0,
            "commission_total_amount": 0,
            "commission_taxes": [],
            "taxes": [],
            "shipping_taxes": [],
        }
    ]
