"""Exchanges without what they hold of a customer: field names alone, and sentences without the known values.

Masking is done on the server. What somebody may not see never reaches the browser.
"""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, Final

from jlseko.ui.payload import readable
from sync.models import Correction, Order

HIDDEN: Final = "•••••"
SHORTEST: Final = 3  # shorter values are part of too many harmless words
UNREADABLE: Final = "Hidden: only JSON can be shown by its field names."


def names_only(body: str) -> Any:
    """The shape of a JSON body with every value hidden; a sentence for anything else, nothing for nothing."""
    data = readable(body)
    if data == "":
        return ""
    return UNREADABLE if isinstance(data, str) else _without_values(data)


def _without_values(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _without_values(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_without_values(value) for value in data]
    return data if data is None or isinstance(data, bool) else HIDDEN


def customer_values(order: Order, corrections: Iterable[Correction]) -> list[str]:
    """What is known of the customer, corrected or not, longest first."""
    address = order.delivery()
    found = [value for name, value in asdict(address).items() if name != "country_code"] if address else []
    theirs = [each for each in corrections if each.path.startswith(("delivery.", "gift."))]
    found += [text for each in theirs for text in (each.value, each.previous)]
    return sorted({text.strip() for text in found if len(text.strip()) >= SHORTEST}, key=len, reverse=True)


def text_without(text: str, values: Iterable[str]) -> str:
    """A sentence with the given values hidden."""
    for value in values:
        text = text.replace(value, HIDDEN)
    return text
