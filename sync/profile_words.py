"""What John Lewis told about the shop, in words."""

from typing import Any

PROFILE_WORDS = {
    "shop_id": "Shop number",
    "shop_name": "Shop",
    "currency": "Currency",
    "acceptance": "Acceptance",
    "multi_shipment": "Several shipments for an order",
    "alternative_carriers_refused": "Only approved carriers",
    "timezone": "Time zone of the platform",
    "tracking_mandatory_for": "Tracking number required for",
}


def profile_rows(profile: dict[str, Any]) -> list[tuple[str, str]]:
    """What was said, label and value; nothing where nothing was read yet."""
    rows = []
    for name, label in PROFILE_WORDS.items():
        value = profile.get(name)
        if value is None or value == "":
            words = "not said"
        elif isinstance(value, bool):
            words = "yes" if value else "no"
        else:
            words = ", ".join(value) or "nothing" if isinstance(value, list) else str(value)
        rows.append((label, words))
    return rows if profile else []
