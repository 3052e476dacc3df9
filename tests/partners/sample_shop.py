"""A marketplace adapter on a scripted partner, and an order as it comes over the wire."""

import copy
from collections.abc import Callable
from typing import Any

from sync.partners.mirakl.adapter import MiraklMarketplace
from tests.partners.doubles import Script

KEY = "11111111-2222-3333-4444-555555555555"
ADDRESS = {
    "firstname": "Ada", "lastname": "Example", "company": None, "company_2": None, "street_1": "1 Sample Street",
    "street_2": None, "city": "Leeds", "state": None, "zip_code": "LS1 1AA", "country": "United Kingdom",
    "country_iso_code": "GBR", "phone": "07000000000", "additional_info": "Leave with neighbour",
}  # fmt: skip
ORDER: dict[str, Any] = {
    "order_id": "JL70012345-A", "commercial_id": "JL70012345", "order_state": "SHIPPING", "brand_new_field": [1],
    "created_date": "2026-11-20T09:12:41Z", "last_updated_date": "2026-11-20T09:31:07.460Z",
    "shipping_deadline": "2026-11-24T23:59:59.999Z", "can_cancel": False, "currency_iso_code": "GBP",
    "price": 178.0, "shipping_price": 0, "total_price": 178.10, "shipping_type_code": "STD",
    "shipping_type_label": "Standard delivery", "shipping_carrier_code": None, "shipping_tracking": None,
    "customer_notification_email": "notification+ab12@notification.mirakl.net",
    "customer": {"customer_id": "C-1", "firstname": "Ada", "lastname": "Example", "shipping_address": ADDRESS},
    "order_lines": [
        {
            "order_line_id": "JL70012345-A-1", "order_line_index": 1, "order_line_state": "SHIPPING",
            "offer_sku": "BAG-TAN-01", "product_title": "Tan leather bag", "quantity": 3, "price_unit": 59.37,
            "price": 178.10, "total_price": 178.10, "taxes": [{"code": "T", "amount": 4.45}, {"amount": 0.1}],
            "cancelations": [{"id": "1", "quantity": 1}, {"id": "2", "quantity": None}],
        }
    ],
}  # fmt: skip


def shop(script: Script, **options: Any) -> MiraklMarketplace:
    return MiraklMarketplace(
        "https://jl.mirakl.net", KEY, allowed_hosts=["jl.mirakl.net"], inner=script.transport, **options
    )


def page(*orders: Any, total: int | None = None) -> dict[str, Any]:
    return {"orders": list(orders), "total_count": len(orders) if total is None else total}


def changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    order = copy.deepcopy(ORDER)
    change(order)
    return order


def read_one(order: dict[str, Any]) -> Any:
    return shop(Script(page(order))).orders_by_id([ORDER["order_id"]])[0]
