"""What the desk hangs into the page of an order. The engine knows no exceptions, only that something may be shown."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.safestring import SafeString

from sync.models import Order

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@dataclass(frozen=True, slots=True)
class Case:
    """One exception of an order. ``detail`` says what became of it; ``is_live`` = it is not over. Business times."""

    title: str
    url: str
    state: SafeString
    who: str
    opened_at: datetime
    closed_at: datetime | None
    detail: str
    is_live: bool


Source = Callable[[Order, "User"], Sequence[Case]]
_sources: list[Source] = []


def register(source: Source) -> None:
    """Show these cases on the page of every order, in the order given; one query at most."""
    if source not in _sources:
        _sources.append(source)


def cases(order: Order, user: "User") -> list[Case]:
    """All cases of an order that this person may see."""
    return [case for source in _sources for case in source(order, user)]
