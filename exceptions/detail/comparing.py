"""What would be sent now, beside what was sent last and beside what came in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from exceptions.detail.exchanges import marks
from exceptions.models import Fault
from exceptions.services import Rehearsed
from jlseko.ui.payload import Line, changed_lines, readable
from sync.corrections import label_of
from sync.masking import Mask
from sync.models import Attempt
from sync.states import Kind


@dataclass(frozen=True, slots=True)
class Change:
    """One field of the content: as it came and as it would be sent."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """One item. ``request`` is empty where nothing would leave; ``last`` is None where nothing like it was sent yet."""

    what: str
    failures: list[str]
    request: Any
    marked: dict[str, str]
    changes: list[Change]
    last: Attempt | None
    difference: list[Line]

    @property
    def sends(self) -> bool:
        """Whether a request would leave."""
        return bool(self.request)


def compare(
    tried: Sequence[Rehearsed], attempts: Iterable[Attempt], *, faults: Sequence[Fault], mask: Mask, own: Mask
) -> list[Comparison]:
    """Each item that was rehearsed.

    Args:
        tried: what the rehearsal found.
        attempts: the writes that were announced, the newest first.
        faults: all of the record; the fields that they name are marked.
        mask: hides customer data in payloads.
        own: hides it in single values and sentences.
    """
    sent = list(attempts)
    return [_one(each, sent, faults, mask, own) for each in tried]


def _one(tried: Rehearsed, attempts: Sequence[Attempt], faults: Sequence[Fault], mask: Mask, own: Mask) -> Comparison:
    found = tried.rehearsal
    request = mask.payload(found.would_send) if found.would_send else ""
    changed = [Fault(field=change.path, text="changed") for change in found.changes]
    of_the_item = [fault for fault in faults if fault.item_id == tried.item.pk and fault.cleared_at is None]
    last = _last_like(found.would_send, [each for each in attempts if each.item_id == tried.item.pk])
    return Comparison(
        what="dispatch" if tried.item.kind == Kind.DISPATCH else "order",
        failures=[own.text(failure.text) for failure in found.failures],
        request=request,
        marked=marks(readable(request), of_the_item, own) | marks(readable(request), changed, own),
        changes=[Change(label_of(each.path), own.value(each.before), own.value(each.after)) for each in found.changes],
        last=last,
        difference=changed_lines(mask.payload(last.request_body), request) if last is not None and request else [],
    )


def _last_like(would_send: str, attempts: Iterable[Attempt]) -> Attempt | None:
    """The newest request of the same shape: another call says something else, and no difference of the two helps."""
    shape = _shape(would_send)
    return next((each for each in attempts if shape and _shape(each.request_body) == shape), None)


def _shape(body: str) -> frozenset[str]:
    data = readable(body) if body else ""
    return frozenset(data) if isinstance(data, dict) else frozenset()
