"""The settings of a connection by what they are about, for people."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class PolicyGroup:
    """Some settings under one heading; ``slug`` is its place on the page."""

    slug: str
    title: str
    icon: str
    says: str
    names: tuple[str, ...]


GROUPS: Final[tuple[PolicyGroup, ...]] = (
    PolicyGroup(
        "orders", "Orders", "package", "How orders are read, checked and given to SEKO.",
        ("poll_minutes", "poll_overlap_minutes", "stock_retry_minutes", "catalogue_complete", "county_filler",
         "phone_required", "email_required", "send_delivery_notes", "gift_message_field"),
    ),
    PolicyGroup(
        "stock", "Stock", "boxes", "How levels are read from SEKO, worked out and told to John Lewis.",
        ("stock_minutes", "stock_most", "stock_publish_minutes", "stock_stale_minutes", "stock_stale_zero",
         "sellable_locations", "pushed_increases", "stock_import_minutes", "stock_file_tries", "stock_file_lines",
         "offers_hours", "drift_minutes", "velocity_hours", "stock_history_days"),
    ),
    PolicyGroup(
        "seko", "SEKO’s account", "warehouse", "What SEKO agreed with us: names, codes, versions.",
        ("dc_code", "order_type", "document_identifier", "courier_name", "courier_service", "back_orders",
         "parcels_apart_hours", "push_aliases", "warehouse_versions", "warehouse_wrapped", "warehouse_key_parameter",
         "warehouse_status_key_parameter"),
    ),
    PolicyGroup(
        "john-lewis", "John Lewis", "store", "How the marketplace counts, and what we store there.",
        ("quantity_is_net", "store_references", "carriers_hours"),
    ),
    PolicyGroup(
        "timing", "Timing", "timer", "How long each step may take before a person looks.",
        ("acceptance_hours", "debit_hours", "orphan_minutes", "visibility_minutes", "marketplace_visibility_minutes",
         "unknown_reads", "no_dispatch_hours", "confirm_hours", "push_gap_minutes", "clock_margin_minutes"),
    ),
)  # fmt: skip


def grouped(names: Collection[str]) -> list[tuple[PolicyGroup, list[str]]]:
    """The groups that hold any of these settings, each with those in its order."""
    found = [(group, [name for name in group.names if name in names]) for group in GROUPS]
    return [(group, held) for group, held in found if held]
