"""What John Lewis told about the shop, in words, and what is different from the last time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

LABELS: dict[str, str] = {
    "shop_name": "Shop",
    "shop_id": "Shop number",
    "shop_state": "State of the shop",
    "shop_model": "Model of the shop",
    "currency": "Currency",
    "order_tax_mode": "Prices with or without tax",
    "timezone": "Time zone of the platform",
    "acceptance": "Acceptance",
    "multi_shipment": "Several shipments for an order",
    "multi_part_items": "One article in several parcels",
    "alternative_carriers_refused": "Only approved carriers",
    "tracking_mandatory_for": "Tracking number required for",
    "returns": "Returns through the platform",
    "csv_delimiter": "Separator of its files",
    "shipping_types": "Shipping types",
    "shipping_zones": "Shipping zones",
    "reasons": "Reason codes",
}
LISTS = ("shipping_types", "shipping_zones", "reasons")
MATTERS = frozenset({"acceptance", "multi_shipment", "multi_part_items", "alternative_carriers_refused"})
SEPARATORS = {";": "semicolon ( ; )", ",": "comma ( , )"}
# PC01's own words (John Lewis contract 2.2); a new one is shown as it came
ACCEPTANCE = {"NOT_AUTOMATIC": "by us", "AUTOMATIC": "by itself"}


def profile_rows(profile: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What was said, label and value, without the long lists; nothing where nothing was read yet."""
    if not profile:
        return []
    return [(label, value_words(name, profile.get(name))) for name, label in LABELS.items() if name not in LISTS]


def value_words(name: str, value: Any) -> str:
    """One value for people."""
    if value is None or value == "":
        return "not said"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_named(each) for each in value) or "nothing"
    if name == "acceptance":
        return f"{ACCEPTANCE[value]} ({value})" if value in ACCEPTANCE else str(value)
    return SEPARATORS.get(value, str(value)) if name == "csv_delimiter" else str(value)


def _named(value: Any) -> str:
    return f"{value['label']} ({value['code']})" if isinstance(value, dict) else str(value)


@dataclass(frozen=True, slots=True)
class Group:
    """A list that is shown when it is opened."""

    title: str
    entries: list[str]


def profile_groups(profile: Mapping[str, Any]) -> list[Group]:
    """The long lists: shipping types, zones, and the reason codes by what they are for."""
    plain = [Group(LABELS[name], [str(each) for each in profile.get(name) or []]) for name in LISTS[:2]]
    reasons = sorted(profile.get("reasons") or [], key=lambda reason: reason["kind"])
    kinds = groupby(reasons, key=lambda reason: reason["kind"])
    return plain + [
        Group(f"Reason codes: {kind.replace('_', ' ').lower()}", [_reason(each) for each in found])
        for kind, found in kinds
    ]


def _reason(reason: Mapping[str, Any]) -> str:
    return f"{_named(reason)}{'' if reason['ours'] else ', theirs only'}"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that John Lewis has changed; ``matters`` = it changes what we do with an order."""

    label: str
    words: str
    matters: bool


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """What differs; a thing that was never read before has not changed."""
    return [
        Change(label, _difference(name, before[name], after.get(name)), name in MATTERS)
        for name, label in LABELS.items()
        if name in before and before[name] != after.get(name)
    ]


def _difference(name: str, before: Any, after: Any) -> str:
    if name not in LISTS:
        return f"{value_words(name, before)} → {value_words(name, after)}"
    old, new = _names(before), _names(after)
    parts = [("new", [each for each in new if each not in old]), ("gone", [each for each in old if each not in new])]
    return "; ".join(f"{word}: {', '.join(names)}" for word, names in parts if names) or "another order or wording"


def _names(values: Sequence[Any] | None) -> list[str]:
    return [_named(value) for value in values or []]
