"""One write to a partner and its answer, as far as a reader may see them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sync.looks import OPERATIONS, OUTCOMES
from sync.models import Attempt


@dataclass(frozen=True, slots=True)
class Exchange:
    """One exchange, ready to draw: ``marked`` are the fields at fault by their path, ``opened`` unfolds it at first."""

    attempt: Attempt
    title: str
    outcome: str
    tone: str
    reason: str
    request: Any
    answer: Any
    marked: Mapping[str, str] = field(default_factory=dict)
    opened: bool = False


def exchange_of(attempt: Attempt, *, body: Callable[[str], Any], text: Callable[[str], str]) -> Exchange:
    """An attempt in words; ``body`` and ``text`` leave out of payloads and sentences what the reader may not see."""
    outcome, tone = OUTCOMES[attempt.outcome]
    return Exchange(
        attempt=attempt,
        title=f"{OPERATIONS.get(attempt.operation, attempt.operation)} at {attempt.get_side_display()}",
        outcome=outcome,
        tone=tone,
        reason=text(attempt.reason),
        request=body(attempt.request_body),
        answer=body(attempt.response),
    )
