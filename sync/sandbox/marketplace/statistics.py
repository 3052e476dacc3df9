"""A21: how the shop does, computed from the orders themselves (John Lewis contract 2.8). Rates are shares, 0 to 1."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from ..clock import show_instant
from .deadline import shipping_deadline
from .lines import line_state, price
from .orders import Order, instant, millis
from .reference import SHOP_ID

PERIODS = {
    "ALL_SINCE_BEGINNING": None,
    "LAST_MONTH": timedelta(days=30),
    "LAST_THREE_MONTHS": timedelta(days=91),
    "LAST_SIX_MONTHS": timedelta(days=182),
    "LAST_YEAR": timedelta(days=365),
}


def statistics(orders: Sequence[Order], periods: Sequence[str], now: datetime, *, offers: int) -> dict[str, Any]:
    """The whole answer, each figure once for each period; `offers` is the number of active offers."""
    told: dict[str, list[dict[str, Any]]] = {}
    for period in periods:
        span = PERIODS[period]
        start = 0 if span is None else millis(now - span)
        figures = _figures([order for order in orders if order["created"] >= start])
        if span is None:
            figures |= {"offers_count": offers, "evaluations_count": 0, "grade": None,
                        "consecutive_refused_orders_count": _refused_in_a_row(orders)}  # fmt: skip
        for name, value in figures.items():
            told.setdefault(name, []).append({"period": period, "value": value})
    return {"shop_id": SHOP_ID, "last_updated_date": show_instant(now), **told}


def _figures(orders: list[Order]) -> dict[str, Any]:
    decided = [o for o in orders if "accepted" in o["times"] or o["state"] == "REFUSED"]
    paid = [o for o in orders if "debited" in o["times"]]
    sent = [o for o in paid if "shipped" in o["times"]]
    lines = [(o, line) for o in paid for line in o["lines"] if not line["refused"]]
    late = [o for o in sent if instant(o["times"]["shipped"]) > shipping_deadline(instant(o["times"]["debited"]))]
    revenue = sum((price(line) for _, line in lines), Decimal(0))
    return {
        "orders_count": len(paid),
        "total_revenue": float(revenue),
        "average_cart": _share(float(revenue), len(paid)),
        "average_cart_with_shipping": _share(float(revenue), len(paid)),
        "approval_rate": _share(sum(1 for o in decided if o["state"] != "REFUSED"), len(decided)),
        "auto_refused_rate": _share(sum(1 for o in decided if "accepted" not in o["times"]), len(decided)),
        "approval_delay": _mean([o["times"]["accepted"] - o["created"] for o in orders if "accepted" in o["times"]]),
        "shipping_delay": _mean([o["times"]["shipped"] - o["times"]["debited"] for o in sent]),
        "late_shipment_rate": _share(len(late), len(paid)),
        "cancelation_rate": _share(sum(1 for _, line in lines if line.get("cancelations")), len(lines)),
        "incident_rate": _share(sum(1 for o, line in lines if line_state(o, line) == "INCIDENT_OPEN"), len(lines)),
        "refund_rate": _share(sum(1 for _, line in lines if line.get("refunds")), len(lines)),
        "return_rate": _share(sum(1 for o in sent if o.get("returned")), len(sent)),
        "order_messages_response_delay": None,
        "valid_tracking_rate": None,  # only with the operator's delivery manager
    }


def _share(part: float, whole: int) -> float:
    return round(part / whole, 4) if whole else 0


def _mean(spans: list[int]) -> int:
    return round(sum(spans) / len(spans) / 1000) if spans else 0


def _refused_in_a_row(orders: Sequence[Order]) -> int:
    count = 0
    for order in sorted(orders, key=lambda o: o["created"], reverse=True):
        if order["state"] != "REFUSED":
            break
        count += 1
    return count
