"""Which exception each injected cause must open; computed from what was injected, never from what the product said."""

from __future__ import annotations

import json
from collections.abc import Iterator, Set
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sync.sandbox.warehouse.lifecycle import moment
from sync.sandbox.warehouse.messages import DISPATCH
from tests.campaign.days.nemesis import Nemesis
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
UNCONFIRMED = "dispatch_not_confirmed"
NO_NEWS = "no_dispatch_news"
TOLD_LATE = (LATE, UNCONFIRMED, NO_NEWS)  # of whatever waits while a partner is away
NO_STOCK = "no_free_stock"
UNKNOWN = "outcome_unknown"
SHORT = frozenset({"short_dispatch", "partial_dispatch"})
CLOSE_CALL = timedelta(minutes=45)
REST = timedelta(hours=1)  # as long the product leaves a partner alone at most; no window is longer
READINGS_TAKE = timedelta(hours=1)  # until a person is asked what became of a load; a dispatch before that tells it
LOAD, TELLING = "websubmit", frozenset({"OR23", "OR24", "ST01", "ST24"})
SAID_WHY = frozenset({"carrier_rejected", "tracking_invalid"})  # known by the words of the marketplace's refusal alone
TRIES_IN_TIME = 2  # the third comes an hour after the parcel left
ANSWER_LOST = "lost answer "  # the warehouse's fault of that scenario, before the order's number


def expected(
    partners: Partners, plan: Plan, ledger: Path, *, mapped_at: datetime | None, ended: datetime, nemesis: Nemesis
) -> list[dict[str, Any]]:
    """One entry for each order and category. Where it hung on minutes the entry is marked as one that may be.

    ``ledger`` is the warehouse's: what it refused for want of stock was caused by whoever had the stock before.
    While a partner is away, and after a wait so absurd that the product left it alone, whatever was late is told,
    as it should be, and does not come as far as its own cause. What the partner says once and nobody hears is no cause.
    """
    rested = nemesis.asked_for_an_absurd_wait or nemesis.was_away
    unheard = {key for operation, key in nemesis.disturbed if operation == LOAD}
    unread = {key for operation, key in nemesis.disturbed if operation in TELLING}
    found: list[dict[str, Any]] = [
        *_out_of_stock(partners, ledger, unheard), *_told_late(partners), *_refused_unread(partners, unread)
    ]  # fmt: skip
    answers_lost = {name.removeprefix(ANSWER_LOST) for name, fired in _fired(partners) if fired}
    for order_id in partners.market.orders:
        cause = partners.scenario(order_id)
        if cause not in CATEGORY_OF or not _came_about(cause, order_id, partners, plan, answers_lost | unheard):
            continue
        told = _told_at(partners, order_id)
        entry: dict[str, Any] = {"order": order_id, "category": CATEGORY_OF[cause], "cause": cause}
        if rested and partners.depot.world.latest(order_id) is None:
            entry["may"] = True
        if (cause == "unknown_reply" and order_id in unheard) or (entry["category"] in SAID_WHY and order_id in unread):
            entry["may"] = True
        if cause == "outcome_unknown" and order_id not in answers_lost:
            entry["may"] = True  # another fault took the place of this one: perhaps before the order was taken
        if cause == "outcome_unknown" and told and (rested or told - _taken_at(partners, order_id) < READINGS_TAKE):
            entry["may"] = True  # while a partner is left alone nothing is read
        if cause == "unmapped_carrier" and told and mapped_at:
            if told > mapped_at:
                continue  # somebody has mapped it meanwhile
            if told > mapped_at - CLOSE_CALL - (REST if rested else timedelta(0)):
                entry["may"] = True
        if cause == "sku_case_clash" and _is_spelt_as_known(partners, order_id):
            entry["may"] = True  # there is no clash before somebody buys the other spelling
        found.append(entry)
        if cause in SHORT and not plan.several and told:  # nothing is confirmed until a person has decided
            late = ended - told - timedelta(hours=float(plan.policy["confirm_hours"]))
            if late > timedelta(0):
                also = {
                    "order": order_id,
                    "category": UNCONFIRMED,
                    "cause": f"{cause}, not confirmed in time",
                }
                found.append(also | ({"may": True} if late < CLOSE_CALL else {}))
    if rested:
        named = {(entry["order"], entry["category"]) for entry in found}
        also = [(order_id, category) for order_id in partners.market.orders for category in TOLD_LATE]
        also += [(order_id, UNKNOWN) for order_id in partners.market.orders if order_id in unheard]  # nor read back
        found += [{"order": order_id, "category": category, "cause": "a partner asked to be left alone", "may": True}
                  for order_id, category in also if (order_id, category) not in named]  # fmt: skip
    return found


def _came_about(cause: str, order_id: str, partners: Partners, plan: Plan, answers_lost: Set[str]) -> bool:
    if cause == "duplicate_number":
        return not plan.naive
    if cause == "outcome_unknown":
        return order_id in answers_lost
    if cause == "cancelled_after_injection":  # unless it was shipped before the customer came to it
        return bool(partners.market.orders[order_id]["state"] == "CANCELED")
    return True


def _out_of_stock(partners: Partners, ledger: Path, unheard: Set[str]) -> Iterator[dict[str, Any]]:
    """Orders that others left without stock: refused by the warehouse, or waiting while a product was short."""
    lowest: dict[str, int] = {}
    refused: set[str] = set()
    for line in map(json.loads, ledger.read_text(encoding="utf-8").splitlines()):
        if line["operation"] == "free":
            left = int(line["note"].split()[2])
            lowest[line["natural_key"]] = min(left, lowest.get(line["natural_key"], left))
        elif line["operation"] == "websubmit" and line["status"] == 200 and "has no free stock." in line["answer"]:
            refused.add(line["natural_key"])
    for order_id, order in partners.market.orders.items():
        if partners.scenario(order_id) == NO_STOCK:
            continue
        entry = {"order": order_id, "category": NO_STOCK, "cause": "others had the stock"}
        if order_id in refused:
            yield entry | ({"may": True} if order_id in unheard else {})
        elif any(lowest.get(line["sku"], line["quantity"]) < line["quantity"] for line in order["lines"]):
            yield entry | {"may": True}


def _refused_unread(partners: Partners, unread: Set[str]) -> Iterator[dict[str, Any]]:
    """Orders whose confirmation was refused in an answer that perhaps nobody could read."""
    for order_id in sorted(unread & partners.market.orders.keys()):
        if CATEGORY_OF.get(partners.scenario(order_id)) in SAID_WHY:
            yield {"order": order_id, "category": UNCONFIRMED, "cause": "refused, and why was lost", "may": True}


def _told_late(partners: Partners) -> Iterator[dict[str, Any]]:
    """Orders whose parcel the warehouse could tell of only after it had shown them as dispatched for an hour."""
    for order_id in partners.market.orders:
        if any(push["tries"] > TRIES_IN_TIME for push in _dispatches(partners, order_id)):
            yield {"order": order_id, "category": NO_NEWS, "cause": "its message was lost twice", "may": True}


def _is_spelt_as_known(partners: Partners, order_id: str) -> bool:
    skus = [line["sku"] for line in partners.market.orders[order_id]["lines"]]
    return all(partners.depot.world.stock.find(sku) in (sku, None) for sku in skus)


def _fired(partners: Partners) -> Iterator[tuple[str, int]]:
    for rule in (*partners.market.ground.faults.state(), *partners.depot.ground.faults.state()):
        yield rule["name"], rule["fired"]


def _taken_at(partners: Partners, number: str) -> datetime:
    order = partners.depot.world.latest(number)
    assert order is not None
    return moment(order["accepted_at"]) - partners.plan.ahead["warehouse"]


def _told_at(partners: Partners, number: str) -> datetime | None:
    """When the warehouse first made its message about the dispatch of an order, by our clock."""
    ahead = partners.plan.ahead["warehouse"]
    return min((moment(push["made_at"]) - ahead for push in _dispatches(partners, number)), default=None)


def _dispatches(partners: Partners, number: str) -> list[dict[str, Any]]:
    return [push for push in partners.depot.outbox.book.of(number) if push["service"] == DISPATCH]
