"""Which exception each injected cause must open; computed from what was injected, never from what the product said."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sync.sandbox.warehouse.lifecycle import moment
from sync.sandbox.warehouse.messages import DISPATCH
from tests.campaign.days.nemesis import ABSURD_WAIT
from tests.campaign.days.partners import Partners
from tests.campaign.days.seeds import Plan

CATEGORY_OF = {
    "unmapped_carrier": "unmapped_carrier",
    "unknown_sku": "unknown_sku",
    "sku_case_clash": "sku_case_clash",
    "bad_address": "address_not_acceptable",
    "no_free_stock": "no_free_stock",
    "lost_push": "no_dispatch_news",
    "on_hold": "no_dispatch_news",
    "label_failure": "no_dispatch_news",
    "carrier_not_approved": "carrier_rejected",
    "carrier_rejected": "carrier_rejected",
    "tracking_missing": "tracking_invalid",
    "tracking_malformed": "tracking_invalid",
    "confirmation_rejected": "dispatch_not_confirmed",
    "cancelled_after_injection": "cancelled_live",
    "duplicate_number": "duplicate_order",
    "outcome_unknown": "outcome_unknown",
    "unknown_reply": "unclassified",
    "warehouse_cancelled": "cancelled_by_warehouse",
    "short_dispatch": "short_dispatch",
    "debit_stuck": "order_not_injected",
    "partial_dispatch": "short_dispatch",
}
LATE = "order_not_injected"
SHORT = frozenset({"short_dispatch", "partial_dispatch"})
CLOSE_CALL = timedelta(minutes=45)


def expected(partners: Partners, plan: Plan, *, mapped_at: datetime | None, ended: datetime) -> list[dict[str, Any]]:
    """One entry for each order and category. Where it hung on minutes the entry is marked as one that may be."""
    found: list[dict[str, Any]] = []
    for order_id in partners.market.orders:
        cause = partners.scenario(order_id)
        if cause not in CATEGORY_OF or (cause == "duplicate_number" and plan.naive):
            continue
        told = _told_at(partners, order_id)
        entry = {"order": order_id, "category": CATEGORY_OF[cause], "cause": cause}
        if cause == "unmapped_carrier" and told and mapped_at:
            if told > mapped_at:
                continue  # somebody has mapped it meanwhile
            if told > mapped_at - CLOSE_CALL:
                entry["may"] = True
        found.append(entry)
        if cause in SHORT and not plan.several and told:  # nothing is confirmed until a person has decided
            late = ended - told - timedelta(hours=float(plan.policy["confirm_hours"]))
            if late > timedelta(0):
                also = {
                    "order": order_id,
                    "category": "dispatch_not_confirmed",
                    "cause": f"{cause}, not confirmed in time",
                }
                found.append(also | ({"may": True} if late < CLOSE_CALL else {}))
    if _had_to_rest(partners):  # nothing moved meanwhile, and whatever was late then is told, as it should be
        named = {entry["order"] for entry in found if entry["category"] == LATE}
        found += [{"order": order_id, "category": LATE, "cause": "a partner asked to be left alone", "may": True}
                  for order_id in partners.market.orders if order_id not in named]  # fmt: skip
    return found


def _had_to_rest(partners: Partners) -> bool:
    """Whether a partner asked for a wait so absurd that the product rests for as long as it ever does."""
    rules = [*partners.market.ground.faults.state(), *partners.depot.ground.faults.state()]
    return any(rule["retry_after"] == ABSURD_WAIT and rule["fired"] for rule in rules)


def _told_at(partners: Partners, number: str) -> datetime | None:
    """When the warehouse first made its message about the dispatch of an order."""
    made = [moment(push["made_at"]) for push in partners.depot.outbox.book.of(number) if push["service"] == DISPATCH]
    return min(made, default=None)
