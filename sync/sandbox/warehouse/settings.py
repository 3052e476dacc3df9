"""What can be set on the simulated SEKO warehouse; what SEKO's pages leave open is a setting here."""

from __future__ import annotations

import argparse
from dataclasses import MISSING, dataclass, field, fields
from datetime import timedelta
from typing import Any

from ..ground import Settings


def _setting(default: Any, told: str, *, choices: tuple[str, ...] = ()) -> Any:
    return field(default=default, metadata={"help": told, "choices": choices})


def hours_range(text: str) -> tuple[float, float]:
    """Read ``MIN:MAX``. Raises ValueError on anything else."""
    low, sign, high = text.partition(":")
    bounds = (float(low), float(high if sign else low))
    if not 0 < bounds[0] <= bounds[1]:
        raise ValueError(f"hours are written MIN:MAX, not {text!r}")
    return bounds


@dataclass(frozen=True, kw_only=True)
class WarehouseSettings(Settings):
    """Behaviour of the warehouse. Times are sandbox time in the unit that the name says; help texts say the rest."""

    push_url: str = _setting("", "address that pushes go to, without the service name; without it they wait")
    dc: str = _setting("DCCL01", "code of the distribution centre")
    integration_id: str = _setting("JLSEKO", "IntegrationId of every push")
    fulfil_hours: tuple[float, float] = _setting((1.5, 8.0), "hours from acceptance to dispatch, MIN:MAX")
    second_parcel_hours: tuple[float, float] = _setting(
        (0.5, 4.0), "scenario two_parcels: hours between the two parcels, MIN:MAX"
    )
    push_minutes: float = _setting(15.0, "minutes between two runs of the push scheduler")
    push_retries: int = _setting(3, "how often an undelivered push is tried again")
    push_batch: int = _setting(500, "most entities in one push")
    push_format: str = _setting("json", "form of the pushes", choices=("json", "xml"))
    tracking_push: bool = _setting(False, "also send PushTrackingDetails")
    cartons: bool = _setting(False, "also send PushDispatchCartons")
    grn_push: bool = _setting(True, "send a goods received push when a cancelled order that was picked is put back")
    grn_service: str = _setting(
        "PushGRNConfirmation",
        "name of the goods received push",
        choices=("PushGRNConfirmation", "PushGoodsReceivedNotice"),
    )
    lose_pushes: float = _setting(0.0, "share of pushes that never arrive, 0 to 1; their sequence numbers are gaps")
    shuffle_pushes: float = _setting(0.0, "share of pushes that come twice or late, out of their order, 0 to 1")
    skew_seconds: float = _setting(0.0, "how far the warehouse's clock is ahead in its headers and pushes")
    stock_lag_minutes: float = _setting(5.0, "minutes until a new order shows in stock figures")
    status_lag_minutes: float = _setting(1.0, "minutes until a new order can be found by its GUID")
    stock_out_hours: float = _setting(3.0, "hours until stock reserved away by the scenario no_free_stock is back")
    replenish_hours: float = _setting(24.0, "hours between two deliveries of goods that run low")
    stock_pushes: bool = _setting(False, "push adjustments, movements, deliveries and the overnight summary of stock")
    stock_events_per_day: float = _setting(0.0, "adjustments, quarantines and deliveries that happen by themselves")
    unknown_reply_times: int = _setting(1, "how often the scenario unknown_reply refuses an order")
    back_orders: bool = _setting(False, "take orders without free stock; they wait in a queue")
    back_order_hold_hours: float = _setting(4.0, "hours that an order waits to be complete before a part of it leaves")
    back_order_run_minutes: float = _setting(15.0, "minutes between two runs of the back-order queue")
    naive: bool = _setting(False, "accept an order number twice, to see whether a client sends it twice")
    reuse_after_cancel: bool = _setting(False, "accept the number of a cancelled order again")
    wrap_failures: str = _setting("mixed", "put Response around failures", choices=("always", "never", "mixed"))
    over_length: str = _setting("reject", "what happens to texts that are too long", choices=("reject", "truncate"))
    empty_period: str = _setting(
        "list", "a polled period in which nothing happened: an empty list, or a refusal", choices=("list", "refusal")
    )
    county_required: bool = _setting(False, "refuse an order without a county")
    wave_picking: bool = _setting(False, "refuse a cancel while an order is being picked")
    quirks: bool = _setting(False, "one-entry lists as objects and empty texts as {} in stock answers and pushes")

    def __post_init__(self) -> None:
        if self.push_url and not self.push_url.startswith(("http://", "https://")):
            raise ValueError(f"the push address begins with http:// or https://, not {self.push_url!r}")
        if not (0 <= self.lose_pushes <= 1 and 0 <= self.shuffle_pushes <= 1):
            raise ValueError("shares of pushes are written from 0 to 1")
        if self.stock_events_per_day < 0:
            raise ValueError("the rate of stock events must not be negative")
        if self.push_minutes <= 0 or self.push_batch < 1 or self.push_retries < 0:
            raise ValueError("the push interval must be above 0, a push hold at least 1, and retries not be negative")

    @property
    def stock_lag(self) -> timedelta:
        """How long a new order needs to show in stock figures (SEKO contract 7.1)."""
        return timedelta(minutes=self.stock_lag_minutes)

    @property
    def skew(self) -> timedelta:
        """How far the warehouse's clock is ahead."""
        return timedelta(seconds=self.skew_seconds)

    @property
    def status_lag(self) -> timedelta:
        """How long a new order needs to show in the status read-back."""
        return timedelta(minutes=self.status_lag_minutes)

    @property
    def push_interval(self) -> timedelta:
        """Time between two runs of the push scheduler, and between a push and its retry (SEKO contract 6.1)."""
        return timedelta(minutes=self.push_minutes)


OWN = tuple(f for f in fields(WarehouseSettings) if "help" in f.metadata)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add one option per warehouse setting, ``--push-url`` for ``push_url``."""
    for setting in OWN:
        told: dict[str, Any] = {"help": setting.metadata["help"], "default": setting.default}
        if isinstance(setting.default, bool):
            told["action"] = argparse.BooleanOptionalAction
        elif isinstance(setting.default, tuple):
            told["type"] = hours_range
        else:
            told["type"] = type(setting.default)
            told["choices"] = setting.metadata["choices"] or None
        parser.add_argument(f"--{setting.name.replace('_', '-')}", **told)


def from_arguments(told: argparse.Namespace) -> dict[str, Any]:
    """The warehouse's own settings among parsed options, to be joined with those that both partners know."""
    return {f.name: getattr(told, f.name) for f in OWN if getattr(told, f.name, MISSING) is not MISSING}
