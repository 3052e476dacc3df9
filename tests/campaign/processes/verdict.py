"""The judge over a folder of evidence: everything that broke a rule."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.rehearsal import judge as rehearsal
from tests.rehearsal.ledgers import Line, read

SETTLING = timedelta(minutes=60)


def violations(folder: Path) -> list[str]:
    """Judge one folder."""
    plan = json.loads((folder / "plan.json").read_text())
    accounts = json.loads((folder / "accounts.json").read_text())
    told = [rehearsal.Told.of(row) for shop in json.loads((folder / "levels.json").read_text()) for row in shop["told"]]
    market, depot = read(folder / "marketplace.jsonl"), read(folder / "warehouse.jsonl")
    verdict = rehearsal.Verdict()
    lag, slack = timedelta(minutes=plan["lag_minutes"]), timedelta(seconds=plan["speed"])
    rehearsal.stock(verdict, marketplace=market, warehouse=depot, told=told, lag=lag, slack=slack)
    rehearsal.repeats(verdict, market, partner="marketplace")
    rehearsal.repeats(verdict, depot, partner="warehouse")
    rehearsal.injections(verdict, depot)
    made = {line.key: line.details()["lines"] for line in _world(market, "order")}
    rehearsal.conservation(verdict, created=made, expected=list(made), accounts=accounts)
    codes = {(courier, service): code for courier, service, code, *_ in plan["carriers"]}
    rehearsal.confirmations(
        verdict,
        sent=[_parcel(line, codes) for line in _world(depot, "dispatch")],
        confirmed=[_parcel(line, {}) for line in _world(market, "shipped")],
        ordered=made,
        waiting=frozenset(account["order_id"] for account in accounts if account["exception_category"]),
        several=plan["several"],
        settled_before=max(line.at for line in depot) - SETTLING,
    )
    return verdict.violations


def _world(lines: Sequence[Line], operation: str) -> list[Line]:
    return [line for line in lines if line.direction == "world" and line.operation == operation]


def _parcel(line: Line, carriers: Mapping[tuple[str, str], str]) -> rehearsal.Parcel:
    told: dict[str, Any] = line.details()
    carrier = carriers.get((told.get("courier", ""), told.get("service", "")), told.get("carrier", ""))
    lines = tuple(sorted((sku, quantity) for sku, quantity in told["lines"].items() if quantity))
    return rehearsal.Parcel(line.key, carrier, told["tracking"], lines, line.at)
