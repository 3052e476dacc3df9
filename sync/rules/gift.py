"""The gift message of an order, which some shops carry in an additional field of their own."""

from collections.abc import Mapping
from typing import Any, cast

from sync.failures import Code, Failure
from sync.models import Order
from sync.partners.seko.fields import GIFT, longest, safe
from sync.policy import Policy
from sync.shapes import GiftMessage

CORRECTION = "gift.message"
LIMIT = longest(GIFT, "text")


def given(order: Order, policy: Policy) -> str:
    """The message as the customer wrote it: the value of the additional field that the settings name, else nothing."""
    code = policy.gift_message_field.strip()
    raw = cast("Mapping[str, Any] | None", order.raw)
    entries = (raw or {}).get("order_additional_fields") if code else None
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict) and entry.get("code") == code and isinstance(entry.get("value"), str):
            return str(entry["value"]).strip()
    return ""


def prepare(order: Order, policy: Policy, corrections: Mapping[str, str]) -> str:
    """The message as it would be sent: corrected, without double quotes. It is printed by SEKO, not by a carrier."""
    return safe(corrections.get(CORRECTION, given(order, policy))).strip()


def check(text: str) -> list[Failure]:
    """The faults of a message as it would be sent."""
    if len(text) <= LIMIT:
        return []
    words = f"The gift message has {len(text)} characters; SEKO takes {LIMIT}."
    return [Failure(Code.UNKNOWN_VALUE, words, field=CORRECTION, rule="gift.length", facts={"limit": str(LIMIT)})]


def of(text: str) -> GiftMessage | None:
    """What SEKO is told; None where there is no message."""
    return GiftMessage(text=text) if text else None
