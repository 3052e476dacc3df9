"""What of a customer may turn up in the texts of an exception."""

from __future__ import annotations

from collections.abc import Iterable

from exceptions.models import Fault
from sync.masking import customer_values
from sync.models import Correction, Order


def known_values(order: Order | None, faults: Iterable[Fault], corrections: Iterable[Correction]) -> set[str]:
    """What is known of the customer of an order, with what the faults of its address name."""
    found = customer_values(order, corrections)
    named = {fault.value for fault in faults if fault.field.startswith("delivery.")}
    return found | named - {"", "GBR", "GB"}
