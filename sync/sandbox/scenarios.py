"""Which orders go wrong, and how: a pure function of the order number, so that both simulated partners agree.

The two partners are two processes without shared memory. Given the same seed and plan, each computes the same scenario
from the order id alone.

Order ids are ``JL7nnnnnnn-A``. Numbers below 9,000,000 run on; numbers from 9,000,000 belong to orders made by hand
(``POST /_sandbox/order``) and spell their scenario: ``9SSnnnn``, SS = position in `SCENARIOS` plus one, 00 = plain.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

# Positions are part of the ids of orders made by hand: append, never reorder.
SCENARIOS: tuple[str, ...] = (
    "unmapped_carrier",
    "unknown_sku",
    "sku_case_clash",
    "bad_address",
    "no_free_stock",
    "lost_push",
    "on_hold",
    "label_failure",
    "carrier_not_approved",
    "carrier_rejected",
    "tracking_missing",
    "tracking_malformed",
    "confirmation_rejected",
    "cancelled_after_injection",
    "duplicate_number",
    "timeout_after_effect",
    "outcome_unknown",
    "unknown_reply",
    "warehouse_cancelled",
    "short_dispatch",
    "debit_stuck",
    "same_product_twice",
    "cancelled_before_injection",
    "naughty_push",
    "two_parcels",
    "partial_dispatch",
    "split_lots",
)
DEFAULT_RATE = 0.006
DEFAULT_RATES: Mapping[str, float] = dict.fromkeys(SCENARIOS, DEFAULT_RATE)

BY_HAND = 9_000_000
BY_HAND_ROOM = 10_000
ORDER_ID = re.compile(r"JL7(\d{7})-A")


@dataclass(frozen=True)
class Plan:
    """How often each scenario happens (a share of orders, 0 to 1) and which the first orders walk through in turn."""

    rates: Mapping[str, float] = field(default_factory=lambda: dict(DEFAULT_RATES))
    forced: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in (*self.rates, *self.forced):
            if name not in SCENARIOS:
                raise ValueError(f"there is no scenario {name!r}; known: {', '.join(SCENARIOS)}")
        if any(rate < 0 for rate in self.rates.values()) or sum(self.rates.values()) > 1:
            raise ValueError("scenario rates must not be negative, and together not above 1")

    @classmethod
    def parse(cls, text: str | None, *, force_all: bool = False) -> Plan:
        """Read ``name=rate,name=rate`` (the others get 0), ``none`` (all 0), or None (the default rates)."""
        forced = SCENARIOS if force_all else ()
        if text is None:
            return cls(forced=forced)
        if text.strip() in ("", "none"):
            return cls(rates={}, forced=forced)
        rates = {}
        for part in text.split(","):
            name, sign, rate = part.partition("=")
            if not sign:
                raise ValueError(f"a scenario rate is written name=rate, not {part!r}")
            rates[name.strip()] = float(rate)
        return cls(rates=rates, forced=forced)

    @classmethod
    def load(cls, path: Path, *, force_all: bool = False) -> Plan:
        """Read a JSON file ``{"rates": {name: rate}, "forced": [name, ...]}``; both keys are optional."""
        told = json.loads(path.read_text(encoding="utf-8"))
        forced = SCENARIOS if force_all else tuple(told.get("forced", ()))
        return cls(rates=told.get("rates", dict(DEFAULT_RATES)), forced=forced)


def order_id_for(number: int) -> str:
    """The order id with this running number (1 and up)."""
    return f"JL7{number:07d}-A"


def order_id_by_hand(scenario: str | None, running: int) -> str:
    """The id of an order made by hand in a given scenario. Raises ValueError when the name is not known."""
    position = 0 if scenario is None else SCENARIOS.index(scenario) + 1
    return order_id_for(BY_HAND + position * BY_HAND_ROOM + running % BY_HAND_ROOM)


def order_number(order_id: str) -> int | None:
    """The number inside an order id; None for every id that this sandbox does not give out.

    A sales order number with a suffix (``JL70000001-A-2``, sent again after a confirmed cancel) is not one of ours, and
    so has no scenario: a second try goes well.
    """
    match = ORDER_ID.fullmatch(order_id)
    return int(match.group(1)) if match else None


def chance(seed: int, *parts: object) -> float:
    """A number from 0 to below 1 that depends on the seed and the parts alone, the same in every process."""
    digest = hashlib.sha256(repr((seed, *parts)).encode()).digest()
    return int.from_bytes(digest[:7], "big") / 2**56


def scenario_of(order_id: str, seed: int, plan: Plan) -> str | None:
    """The scenario of an order, or None for an order that goes well."""
    number = order_number(order_id)
    if number is None or number == 0:
        return None
    if number >= BY_HAND:
        position = (number - BY_HAND) // BY_HAND_ROOM
        return SCENARIOS[position - 1] if 1 <= position <= len(SCENARIOS) else None
    if number <= len(plan.forced):
        return plan.forced[number - 1]
    drawn, reached = chance(seed, "scenario", number), 0.0
    for name in SCENARIOS:
        reached += plan.rates.get(name, 0.0)
        if drawn < reached:
            return name
    return None
