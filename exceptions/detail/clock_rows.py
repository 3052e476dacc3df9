"""The clocks of one exception: John Lewis's deadline and our own target, each where there is one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from exceptions.category import Category
from jlseko.ui.times import span


@dataclass(frozen=True, slots=True)
class ClockRow:
    """One clock. ``at`` is business time."""

    label: str
    at: datetime
    why: str


def rows(record: Any, category: Category) -> list[ClockRow]:
    """John Lewis's deadline first, where John Lewis sets one."""
    ours = ClockRow(
        "Our own target", record.opened_at + category.target, f"{span(category.target)} for “{category.title}”"
    )
    if record.deadline is None or record.deadline_is_ours:
        return [ours]
    return [ClockRow("John Lewis", record.deadline, "never pauses"), ours]
