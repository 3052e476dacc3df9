"""What can be done with an exception beside the fix, as the page and the small pages of each name it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Act:
    """One of them. ``name`` is its address and the prefix of its form; ``tone`` colours the button."""

    name: str
    label: str
    button: str
    icon: str
    tone: str = ""


ACTS: Final = {
    act.name: act
    for act in (
        Act("assign", "Give it to somebody", "Assign", "user-round-plus"),
        Act("queue", "Move it to another queue", "Move", "arrow-right-left"),
        Act("wait", "Wait on somebody", "Wait and chase", "hourglass"),
        Act("snooze", "Snooze", "Snooze", "moon"),
        Act("dismiss", "Dismiss", "Dismiss", "circle-slash", "danger-quiet"),
    )
}
