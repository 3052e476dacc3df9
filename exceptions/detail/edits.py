"""Corrections as a reader sees them: what was changed, by whom, when, and what stands beneath."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from exceptions.forms import name_of
from sync.corrections import in_words, label_of
from sync.masking import Mask
from sync.models import Correction, Item, Order, Side
from sync.rules.address import LABELS
from sync.states import Kind

MACHINE: Final = "jlseko"
PERSONAL: Final = ("delivery.", "gift.")


@dataclass(frozen=True, slots=True)
class Edit:
    """One correction. ``original`` is what the partner sent, empty where it sent nothing; times are business time."""

    pk: int
    label: str
    value: str
    original: str
    author: str
    at: datetime
    ended_by: str
    ended_at: datetime | None

    @property
    def is_live(self) -> bool:
        """Whether it is in force."""
        return self.ended_at is None


@dataclass(frozen=True, slots=True)
class Beneath:
    """What is known of one field of the form: the original, who sent it, and what somebody else saved meanwhile."""

    original: str = ""
    sender: str = str(Side.MARKETPLACE.label)
    meanwhile: str = ""


def rows(corrections: Iterable[Correction], order: Order | None, mask: Mask) -> list[Edit]:
    """As they come, customer data hidden where the reader may not see them."""
    return [_row(each, order, mask) for each in corrections]


def _row(each: Correction, order: Order | None, mask: Mask) -> Edit:
    personal = each.path.startswith(PERSONAL)
    shown = mask.value if personal else mask.text
    return Edit(
        pk=each.pk,
        label=label_of(each.path),
        value=shown(in_words(str(each.value))),
        original=shown(original_of(each.item, each.path, order)),
        author=name_of(each.author) if each.author else MACHINE,
        at=each.created_at,
        ended_by=(name_of(each.reverted_by) if each.reverted_by else MACHINE) if each.reverted_at else "",
        ended_at=each.reverted_at,
    )


def original_of(item: Item, path: str, order: Order | None) -> str:
    """What the partner sent at this place; empty where it sent nothing, or where nothing of it is sent."""
    if path.startswith("delivery.") and order is not None:
        return str(getattr(order.delivery(), path.removeprefix("delivery."), "") or "")
    if item.kind == Kind.DISPATCH and path in ("tracking_number", "order_id"):
        name = "order_number" if path == "order_id" else path
        return str(getattr(getattr(item, "dispatch", None), name, ""))
    return ""


def beneath(
    parts: Sequence[Any], corrections: Sequence[Correction], order: Order | None, *, reader: Any
) -> dict[str, Beneath]:
    """For each field of the forms by its name in the page what stands beneath it, where that differs from the field."""
    live = {(each.item_id, each.path): each for each in corrections if each.reverted_at is None}
    found = {}
    for part in parts:
        for bound in part.form:
            path = _path_of(part.item, bound.name)
            value = str(bound.value() or "")
            original = original_of(part.item, path, order)
            saved = live.get((part.item.pk, path))
            theirs = saved if saved and part.form.is_bound and saved.author_id != reader.pk else None
            meanwhile = f"{theirs.value} ({name_of(theirs.author) if theirs.author else MACHINE})" if theirs else ""
            note = Beneath(
                original=original if original != value else "",
                sender=str((Side.WAREHOUSE if part.item.kind == Kind.DISPATCH else Side.MARKETPLACE).label),
                meanwhile=meanwhile if theirs and theirs.value != value else "",
            )
            if note.original or note.meanwhile:
                found[bound.html_name] = note
    return found


def _path_of(item: Item, name: str) -> str:
    return f"delivery.{name}" if item.kind == Kind.ORDER and name in LABELS else name
