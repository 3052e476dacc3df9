"""Other exceptions that the same causes hold, as the page lists them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Self

from sync.states import Kind


@dataclass(frozen=True, slots=True)
class Similar:
    """One of them. ``value`` in pounds, None where no order is held; ``deadline`` in business time."""

    pk: int
    label: str
    is_number: bool
    state: str
    deadline: datetime | None
    value: Decimal | None
    is_sending: ClassVar[bool] = False  # only open ones are listed

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """From the JSON of :func:`exceptions.detail.reading.with_surroundings`."""
        number = row["number"] or (row["key"] if row["kind"] == Kind.LISTING else "")
        deadline = datetime.fromisoformat(row["deadline"]) if row["deadline"] else None
        value = Decimal(str(row["value"])).quantize(Decimal("0.01")) if row["value"] or row["number"] else None
        return cls(row["pk"], number or row["headline"], bool(number), row["state"], deadline, value)
