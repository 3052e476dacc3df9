"""The settings of a connection as people call them."""

from __future__ import annotations

from typing import Final

WORDS: Final[dict[str, str]] = {
    "poll_minutes": "time between two readings of new orders",
    "poll_overlap_minutes": "overlap of two readings of orders",
    "acceptance_hours": "time to accept an order",
    "debit_hours": "time to wait for payment",
    "orphan_minutes": "time until an order must be at SEKO",
    "visibility_minutes": "time until SEKO shows an order",
    "unknown_reads": "failed readings until a person looks",
    "no_dispatch_hours": "time without dispatch news",
    "confirm_hours": "time to confirm a dispatch",
    "stock_minutes": "time between two readings of stock",
    "stock_publish_minutes": "time between two stock files",
    "stock_most": "most pieces of one product that are believed",
    "stock_stale_minutes": "oldest usable stock figure",
    "stock_stale_zero": "show none while stock figures are too old",
    "stock_import_minutes": "time for John Lewis to read a stock file",
    "stock_file_tries": "tries for a refused level",
    "stock_file_lines": "most levels in one stock file",
    "offers_hours": "time between two readings of all offers",
    "drift_minutes": "time that a level may differ",
    "velocity_hours": "period for the speed of sales",
    "clock_margin_minutes": "difference allowed between SEKO's clock and ours",
    "pushed_increases": "count pushed increases at once",
    "stock_history_days": "days that stock history is kept",
    "push_gap_minutes": "time that a push message may be late",
    "push_aliases": "other names of push fields",
    "back_orders": "SEKO sends the rest later",
    "parcels_apart_hours": "time between parcels of an order",
    "quantity_is_net": "John Lewis lowers cancelled quantities",
    "marketplace_visibility_minutes": "time until John Lewis shows a change",
    "store_references": "store SEKO's order number at John Lewis",
    "stock_retry_minutes": "time between two tries for stock",
    "carriers_hours": "time between two readings of the approved carriers",
    "catalogue_complete": "catalogue is complete",
    "county_filler": "county where the customer gave none",
    "phone_required": "phone number is required",
    "email_required": "e-mail address is required",
    "send_delivery_notes": "send delivery notes to SEKO",
    "gift_message_field": "field with the gift message",
    "document_identifier": "document layout at SEKO",
    "order_type": "order type at SEKO",
    "dc_code": "distribution centre code",
    "courier_name": "courier",
    "courier_service": "courier service",
    "warehouse_key_parameter": "name under which SEKO takes the key",
    "warehouse_status_key_parameter": "the same for SEKO's status address",
    "warehouse_versions": "versions of SEKO's services",
    "warehouse_wrapped": "wrap what is sent in Request",
    "sellable_locations": "locations whose stock may be sold",
}


def words_of(name: str) -> str:
    """A setting inside a sentence.

    Raises:
        KeyError: there is no such setting, or it has no words yet.
    """
    return WORDS[name]


def title_of(name: str) -> str:
    """A setting where a line begins with it."""
    words = WORDS[name]
    return words[0].upper() + words[1:]
