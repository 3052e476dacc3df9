"""The marketplace's own options on the command line."""

from __future__ import annotations

import argparse
from datetime import timedelta
from typing import Any

from .settings import ACCEPTANCE, DELIMITERS, DISCREPANCIES


def add_arguments(options: argparse.ArgumentParser) -> None:
    """Every option of the marketplace; all times are simulated."""
    options.add_argument("--acceptance", choices=ACCEPTANCE, default="manual", help="who accepts new orders")
    options.add_argument("--orders-per-day", type=float, default=200.0, help="simulated days")
    options.add_argument("--burst", type=int, default=0, help="orders within the first 20 simulated minutes")
    options.add_argument("--max-orders", type=int, help="orders at most")
    options.add_argument(
        "--accept-hours", type=float, default=72.0, help="hours until a new order is refused by itself"
    )
    options.add_argument("--debit-minutes", type=float, default=10.0, help="minutes until the customer has paid")
    options.add_argument("--received-hours", type=float, default=48.0, help="hours from sent to received")
    options.add_argument("--closed-hours", type=float, default=336.0, help="hours from received to closed")
    options.add_argument("--refuse-confirmation-hours", type=float, default=6.0, help="scenario confirmation_rejected")
    options.add_argument("--unregistered-carriers", action="store_true", help="take carriers outside the approved list")
    options.add_argument("--incident-hours", type=float, default=1.0, help="hours from OR64 to a closed incident")
    _switch(options, "--multi-shipment", False, "let an order go in several shipments")
    _switch(options, "--returns", False, "let some delivered orders come back")
    _switch(options, "--throttle", True, "hold callers to the published ceilings")
    options.add_argument("--poll-minutes", type=float, default=1.0, help="minutes between two polls of OR11")
    _add_stock(options)
    _add_money(options)


def _add_stock(options: argparse.ArgumentParser) -> None:
    options.add_argument(
        "--offer-quantity", type=int, help="what every offer shows at first (default: stock, 25 at most)"
    )
    options.add_argument("--stray-offers", type=int, default=0, help="offers that the warehouse does not know")
    options.add_argument("--locked-offers", type=int, default=0, help="offers that refuse every level for a while")
    options.add_argument("--unlock-hours", type=float, default=4.0, help="hours from the start until they take it")
    options.add_argument("--csv-delimiter", choices=sorted(DELIMITERS), default="SEMICOLON", help="of stock files")
    options.add_argument("--import-minutes", type=float, default=1.0, help="minutes that a stock import takes")
    _switch(options, "--restock", False, "put the pieces of cancelled and refused orders back on offer")
    _switch(options, "--quantity-shrinks", False, "lower an order line's quantity by what is cancelled of it")


def _add_money(options: argparse.ArgumentParser) -> None:
    options.add_argument("--return-share", type=float, default=0.08, help="share of delivered orders with a return")
    options.add_argument("--cycle-days", type=_days, default=(1, 11, 21), help="days of the month, comma separated")
    options.add_argument("--payout-hours", type=float, default=48.0, help="hours from a closed cycle to its payout")
    options.add_argument(
        "--discrepancies", type=_shares, default={}, help="name=share,...; names: " + ", ".join(DISCREPANCIES)
    )


def _days(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))


def _shares(text: str) -> dict[str, float]:
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    return {name.strip(): float(share) for name, _, share in pairs}


def _switch(options: argparse.ArgumentParser, name: str, default: bool, text: str) -> None:
    options.add_argument(name, action=argparse.BooleanOptionalAction, default=default, help=text)


def from_arguments(told: argparse.Namespace) -> dict[str, Any]:
    """The fields of `MarketSettings` that these options set."""
    plain = ("acceptance", "orders_per_day", "burst", "max_orders", "unregistered_carriers", "multi_shipment",
             "throttle", "offer_quantity", "stray_offers", "locked_offers", "csv_delimiter", "restock",
             "quantity_shrinks", "returns", "return_share", "cycle_days", "discrepancies")  # fmt: skip
    return {
        **{name: getattr(told, name) for name in plain},
        "accept_within": timedelta(hours=told.accept_hours),
        "debit_delay": timedelta(minutes=told.debit_minutes),
        "received_after": timedelta(hours=told.received_hours),
        "closed_after": timedelta(hours=told.closed_hours),
        "confirmation_refused_for": timedelta(hours=told.refuse_confirmation_hours),
        "incident_closed_after": timedelta(hours=told.incident_hours),
        "payout_after": timedelta(hours=told.payout_hours),
        "poll_every": timedelta(minutes=told.poll_minutes),
        "unlocked_after": timedelta(hours=told.unlock_hours),
        "import_time": timedelta(minutes=told.import_minutes),
    }
