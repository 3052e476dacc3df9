"""What is decided about an order when it is taken: where it will be held, and whether the warehouse drops it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from .forms import WebOrder
from .lifecycle import BEING_PICKED, CONFIRMED, TO_BE_PICKED, moment, stamp
from .shipping import label_problem


def plan_hold(web: WebOrder, scenario: str | None, *, by_hand: bool) -> dict[str, str] | None:
    """Where and why an order stays, or nothing (SEKO contract 8.3)."""
    if by_hand:
        return {"at": CONFIRMED, "why": "made by hand"}
    if scenario == "on_hold" or web.on_hold:
        return {"at": CONFIRMED, "why": "on hold"}
    if scenario == "label_failure":
        return {"at": TO_BE_PICKED, "why": "label exception"}
    problem = label_problem(web.delivery) or (f"{web.cut[0]} was cut" if web.cut else "")
    return {"at": CONFIRMED, "why": f"label exception: {problem}"} if problem else None


def plan_cancel(scenario: str | None, timeline: Mapping[str, str], draw: random.Random) -> dict[str, Any] | None:
    """The warehouse cancels by itself, before anybody picks (scenario warehouse_cancelled)."""
    if scenario != "warehouse_cancelled":
        return None
    waiting, picking = moment(timeline[TO_BE_PICKED]), moment(timeline[BEING_PICKED])
    at = stamp(waiting + (picking - waiting) * draw.uniform(0.2, 0.8))
    return {"requested_at": at, "processed_at": at, "reason": "006", "picked": False}
