"""Made-up content for the page of parts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from jlseko.ui.charts import chart_data

FACET: Final = [
    ("unmapped-carrier", "Unmapped carrier", 12), ("unknown-sku", "Unknown SKU", 9), ("address", "Address not acceptable", 6),
    ("no-stock", "No free stock", 4), ("not-confirmed", "Dispatched, not confirmed", 3),
]  # fmt: skip
FACET_ICONS: Final = {
    "unmapped-carrier": "route",
    "unknown-sku": "barcode",
    "address": "map-pin",
    "no-stock": "package-x",
    "not-confirmed": "send",
}

PAYLOAD: Final = {
    "List": {"SalesOrder": {
        "SalesOrderHeader": {"SalesOrderNumber": "JL-88214051-A", "CurrencyCode": "GBP", "Express": False},
        "DeliveryDetails": {"Line1": "The Old Converted Granary, Long Meadow Farm Lane", "PostcodeZip": "", "CountryCode": "GB"},
        "SalesOrderLineItem": [{"ProductCode": "85123A", "Quantity": 6, "UnitPrice": 2.55}],
    }},
}  # fmt: skip
MARKED: Final = {
    "List.SalesOrder.DeliveryDetails.Line1": "48 characters, SEKO takes 35",
    "List.SalesOrder.DeliveryDetails.PostcodeZip": "must not be empty",
}
FIXED: Final = {
    "List": {"SalesOrder": {
        "SalesOrderHeader": {"SalesOrderNumber": "JL-88214051-A", "CurrencyCode": "GBP", "Express": False},
        "DeliveryDetails": {"Line1": "The Old Granary", "Line2": "Long Meadow Farm Lane", "PostcodeZip": "GL54 1AA", "CountryCode": "GB"},
        "SalesOrderLineItem": [{"ProductCode": "85123A", "Quantity": 6, "UnitPrice": 2.55}],
    }},
}  # fmt: skip


def causes(now: datetime) -> list[dict[str, Any]]:
    """Rows for the table."""
    rows = [
        ("Carrier DPD Next Day has no John Lewis code", -2.1, 42, "1840.50", "Our mapping", "Priya Shah", ("Open", "danger", "")),
        ("SKU 85123a differs from 85123A by case only", 1.33, 9, "212.40", "Product data", "Tom Baker", ("Claimed", "info", "user-round-check")),
        ("Postcode missing in 6 orders from one import", 3.5, 6, "418.00", "Marketplace feed", "", ("Open", "danger", "")),
        ("No free stock for WHITE HANGING HEART T-LIGHT HOLDER", 26, 4, "96.20", "Warehouse", "Mei Lin Wong", ("Waiting on SEKO", "waiting", "")),
        ("Dispatched at 09:12, John Lewis has not confirmed", 5.2, 1, "35.95", "Network", "Priya Shah", ("Resubmitted", "info", "send")),
        ("Tracking number is not in Royal Mail's form", 49, 2, "61.10", "Warehouse", "Ade Okafor", ("Snoozed until 14:00", "neutral", "moon")),
        ("SEKO refused the key", None, 0, None, "Network", "Sam Reed", ("Verified", "success", "")),
    ]  # fmt: skip
    return [
        {"pk": number, "headline": title, "deadline": None if hours is None else now + timedelta(hours=hours), "orders": orders,
         "value": value, "side": side, "owner": owner, "state": state, "url": f"#cause-{number}"}
        for number, (title, hours, orders, value, side, owner, state) in enumerate(rows, start=1)
    ]  # fmt: skip


def deadlines(now: datetime) -> list[datetime | None]:
    """One deadline of each urgency."""
    offsets = [
        timedelta(days=-3, hours=-4),
        timedelta(hours=-2),
        timedelta(minutes=12),
        timedelta(hours=1, minutes=20),
        timedelta(hours=7),
        timedelta(days=12),
    ]
    return [*(now + offset for offset in offsets), None]


def moments(now: datetime) -> list[datetime]:
    """Moments near and far."""
    return [now - timedelta(minutes=5), now - timedelta(days=2), now - timedelta(days=400), now + timedelta(hours=3)]


def timeline(now: datetime) -> list[dict[str, Any]]:
    """One order that stalled and went on."""
    start = now - timedelta(hours=9)
    return [
        {"lane": "john-lewis", "at": start, "title": "Order placed", "detail": "3 lines, £61.35, standard delivery", "icon": "shopping-bag"},
        {"lane": "jlseko", "at": start + timedelta(minutes=4), "title": "Received", "detail": "Poll of 08:04, one page", "icon": "inbox"},
        {"lane": "john-lewis", "at": start + timedelta(minutes=4, seconds=6), "title": "All lines accepted", "tone": "success"},
        {"lane": "jlseko", "at": start + timedelta(minutes=31), "title": "Checked: two faults found", "detail": "Street longer than 35 characters; postcode missing", "tone": "danger", "link": "#payload"},
        {"kind": "gap", "title": "2 h 10 m without news"},
        {"lane": "jlseko", "at": start + timedelta(hours=2, minutes=41), "title": "Fixed by Priya Shah", "detail": "Street split in two lines, postcode from the customer", "tone": "info", "icon": "wrench"},
        {"lane": "seko", "at": start + timedelta(hours=2, minutes=42), "title": "Order accepted", "detail": "Web submit, answered in 412 ms", "tone": "success"},
        {"lane": "seko", "at": start + timedelta(hours=6), "title": "Dispatched", "detail": "DPD Next Day, 15501234567890", "icon": "truck", "tone": "success"},
        {"lane": "jlseko", "at": start + timedelta(hours=6, minutes=1), "title": "No John Lewis code for DPD Next Day", "tone": "warning"},
        {"kind": "deadline", "at": now + timedelta(hours=1), "title": "John Lewis expects the confirmation"},
        {"lane": "john-lewis", "at": None, "title": "Confirmed", "detail": "Waits for the carrier mapping", "icon": "circle-dashed"},
    ]  # fmt: skip


def parts(now: datetime) -> dict[str, Any]:
    """Everything else on the page."""
    hours = [f"{hour:02}:00" for hour in range(8, 18)]
    return {
        "tones": ["neutral", "info", "success", "warning", "danger", "waiting"],
        "events": timeline(now), "payload": PAYLOAD, "marked": MARKED, "fixed": FIXED,
        "spark": [4, 6, 5, 9, 12, 8, 7, 15, 22, 19, 12, 9],
        "stats": [
            {"label": "Stalled", "value": 31, "icon": "octagon-alert", "tone": "danger", "note": "4 due before 17:00", "url": "#stats", "alert": True},
            {"label": "Moving", "value": 389, "icon": "activity", "tone": "info", "note": "oldest 3 h 10 m"},
            {"label": "Done today", "value": "1,204", "icon": "circle-check", "tone": "success", "note": "98.1% on time"},
            {"label": "Held value", "value": "£4,310", "icon": "pound-sterling", "tone": "neutral", "note": "38 unconfirmed dispatches"},
        ],
        "steps": [
            {"label": "Received", "tone": "success", "note": "08:04"}, {"label": "Checked", "tone": "success", "note": "10:45"},
            {"label": "At SEKO", "tone": "success", "note": "10:46"}, {"label": "Dispatched", "tone": "success", "note": "14:04"},
            {"label": "Confirmed", "tone": "danger", "note": "blocked"}, {"label": "Delivered"}, {"label": "Paid"},
        ],
        "items": [
            {"label": "Product 85123A is known at SEKO", "tone": "success", "word": "Fine"},
            {"label": "Street is longer than 35 characters", "note": "48 characters; split it over two lines", "tone": "danger", "word": "Must fix"},
            {"label": "Phone number has no country code", "note": "SEKO accepts it, the courier may not", "tone": "warning", "word": "Check"},
            {"label": "Stock at SEKO", "tone": "waiting", "word": "Asking SEKO"},
        ],
        "sample_tabs": [
            {"label": "Timeline", "url": "#", "active": True, "icon": "history"}, {"label": "Attempts", "url": "#", "count": 3},
            {"label": "Payloads", "url": "#"}, {"label": "Similar", "url": "#", "count": 12}, {"label": "History", "url": "#"},
        ],
        "empties": [
            {"what": "All good", "title": "Clear for now", "text": "Checked 412 orders at 14:02. The next look is in 40 seconds.", "icon": "circle-check", "tone": "success"},
            {"what": "Nothing matches", "title": "Nothing matches", "text": "Remove a filter to see more.", "icon": "search-x", "url": "?", "link_label": "Clear filters"},
            {"what": "Could not be loaded", "title": "This part could not be loaded", "text": "The rest of the page is as it should be. Nothing that was saved is lost.", "icon": "cloud-off", "tone": "danger", "url": "?", "link_label": "Try again"},
            {"what": "Not allowed", "title": "You may not see this", "text": "This needs the role Manager or Admin.", "icon": "lock", "tone": "warning"},
        ],
        "paused": {"title": "demo:", "detail": "“Stock to John Lewis” is paused by Priya Shah since 09:12 GMT, until somebody resumes it: stock take.", "tone": "warning", "url": "#", "link_label": "Sync health"},
        "bars": chart_data("bar", hours, [
            {"label": "Opened", "values": [3, 5, 9, 12, 8, 4, 6, 7, 3, 2], "tone": "danger"},
            {"label": "Closed", "values": [1, 4, 6, 11, 12, 6, 5, 8, 6, 3], "tone": "success"},
        ], unit="exceptions"),
        "lines": chart_data("line", hours, [{"label": "Backlog", "values": [12, 14, 18, 19, 15, 13, 14, 13, 10, 9]}], unit="orders"),
        "banner": {"title": "SEKO does not answer since 13:52.", "detail": "18 orders wait and go on by themselves.", "tone": "danger", "url": "#", "link_label": "See what is affected"},
    }  # fmt: skip
