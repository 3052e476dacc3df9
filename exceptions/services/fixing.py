"""Saving a fix: corrections over the items, mapping rows and aliases; and trying one without effect."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Subquery

from exceptions import roles
from exceptions.category import Category, Resubmit, registry
from exceptions.fixes.fix_form import FixForm
from exceptions.models import Cause, EntryKind, ExceptionRecord, Fault
from exceptions.models.fault import Reach
from exceptions.services import changing
from exceptions.services.errors import NotAllowed, Refused
from exceptions.states import OPEN, State
from jlseko.clock import business_now
from sync import corrections as overlay
from sync.models import Item
from sync.rehearsal import Rehearsal, rehearse
from sync.states import Status

if TYPE_CHECKING:
    from django.contrib.auth.models import User

INCOMPLETE = "Some fields are not filled in correctly."


@dataclass(frozen=True, slots=True)
class Part:
    """What one category asks for on one item."""

    category: Category
    item: Item
    faults: list[Fault]
    form: FixForm

    def may_save(self, user: User) -> tuple[bool, str]:
        """Whether this person may save this part, and if not, why."""
        needed = self.category.permission
        if needed and not user.has_perm(f"exceptions.{needed}"):
            return False, f"“{self.category.title}” needs the role {roles.ROLE_GROUPS[self.category.owner_role]}."
        return True, ""

    def corrections(self) -> dict[str, str]:
        """What the valid form lays over the item."""
        return self.category.corrections(self.form)


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What would become of one item."""

    item: Item
    rehearsal: Rehearsal


def parts(
    record: ExceptionRecord, data: Mapping[str, Any] | None = None, *, faults: Iterable[Fault] | None = None
) -> list[Part]:
    """The forms of everything that can be entered for a record now, leading category first; bound when ``data`` is
    given. ``faults`` are those of the record with their items, where they have been read already.
    """
    groups: dict[tuple[str, int], list[Fault]] = {}
    known = record.faults.select_related("item__connection") if faults is None else faults
    for fault in sorted(known, key=lambda fault: fault.pk):
        if fault.cleared_at is None and fault.item is not None and fault.item.status == Status.STALLED:
            groups.setdefault((fault.category, fault.item.pk), []).append(fault)
    found = []
    for (slug, _), own in sorted(groups.items(), key=lambda group: registry.get(group[0][0]).rank):
        category, item = registry.get(slug), own[0].item
        form = category.form(own, data=data)
        if form is not None and item is not None:
            found.append(Part(category, item, own, form))
    return found


def cause_parts(cause: Cause, data: Mapping[str, Any] | None = None) -> list[Part]:
    """A form for each fingerprint that a cause holds now, for a fix of one fingerprint is no fix of another that was
    merged with it. Each stands on its most urgent order, one that nothing else holds before others; one query.
    """
    category = registry.get(cause.category)
    if category.resubmit != Resubmit.CAUSE:
        return []
    other = Fault.objects.unfixed().filter(record=OuterRef("record")).exclude(cause=cause)
    faults = Fault.objects.outstanding().filter(
        cause=cause, item__status=Status.STALLED, record__state__in=sorted(OPEN)
    )
    alike = faults.filter(origin=OuterRef("origin")).order_by().values("origin")
    number = Subquery(alike.annotate(number=Count("record", distinct=True)).values("number"))
    rows = faults.annotate(held=Exists(other), number=number).order_by(
        "origin_id", "held", F("record__act_by").asc(nulls_last=True), "record_id", "pk"
    )
    found = []
    for fault in rows.distinct("origin_id").select_related(
        "record__item", "item__connection", "item__dispatch", "item__order", "origin"
    ):
        form = category.form([fault], data=data, prefix=f"{category.slug}-{fault.origin_id}")
        if form is not None and fault.item is not None:
            found.append(Part(category, fault.item, [fault], form))
    return found


@transaction.atomic
def fix(
    record: ExceptionRecord, given: Sequence[Part], *, by: User, expected_version: int | None = None
) -> ExceptionRecord:
    """Save valid ``given`` parts and send nothing; whoever saves takes an untaken record."""
    found = changing.lock(record, with_items=True)
    changing.check_may(by, "fix_exception", found)
    changing.check_version(found, expected_version)
    changing.check_open(found)
    save_parts(found, given, by=by)
    return found


def save_parts(record: ExceptionRecord, given: Sequence[Part], *, by: User) -> Reach:
    """Save inside the caller's transaction; returns what is now fixed for every order."""
    if not given:
        raise Refused("There is nothing to save here.")
    values: dict[str, Any] = changing.acknowledge(record)
    if record.owner_id is None:
        values["owner"] = by
    changing.move(record, State.CLAIMED, **values)
    reach: Reach = frozenset()
    for part in given:
        reach |= _save(record, part, by=by)
    return reach


def _save(record: ExceptionRecord, part: Part, *, by: User) -> Reach:
    allowed, why = part.may_save(by)
    if not allowed:
        raise NotAllowed(why)
    if not part.form.is_valid():
        raise Refused(INCOMPLETE)
    now = business_now()
    corrections = part.corrections()
    try:
        with transaction.atomic():
            part.category.apply(part.form, by=by)
            if corrections:
                overlay.save(part.item, corrections, by=by)
    except ValueError as problem:
        raise Refused(str(problem)) from problem
    Fault.objects.filter(pk__in=[fault.pk for fault in part.faults]).update(fixed_at=now)
    reach: Reach = frozenset()
    text = part.category.describe(part.form)
    if part.category.releases(part.form) == Resubmit.CAUSE:
        reach = reach_of(part)
        mark_fixed(reach, text, by=by)
    changing.write(
        EntryKind.FIX_SAVED,
        f"{part.category.title}: {text}",
        record=record,
        cause=part.faults[0].cause,
        by=by,
        data={"paths": sorted(corrections)},
    )
    return reach


def reach_of(part: Part) -> Reach:
    """What a part ends where it is saved for all; read anew, for its causes may have been merged since."""
    return frozenset(Fault.objects.filter(pk__in=[f.pk for f in part.faults]).values_list("cause", "origin"))


def whole(cause: Cause) -> Reach:
    """Everything that a cause holds, whatever its fingerprint."""
    return frozenset(cause.faults.outstanding().values_list("cause", "origin"))


def mark_fixed(reach: Reach, text: str, *, by: User) -> None:
    """Remember the fix on each cause, and on every fault that it ends."""
    now = business_now()
    causes = Cause.objects.filter(pk__in={cause for cause, _ in reach})
    causes.update(fix_note=text[:300], fixed_by=by, fixed_at=now)
    Fault.objects.outstanding().ended_by(reach).update(fixed_at=now)


def try_out(record: ExceptionRecord, given: Sequence[Part], *, by: User) -> list[Rehearsed]:
    """What would happen with the valid ``given`` parts, item by item; everything is taken back afterwards.

    Raises :class:`Refused` for a part that is incomplete or that its category does not take.
    """
    changing.check_may(by, "fix_exception", record)
    with transaction.atomic():
        try:
            corrections: dict[int, dict[str, str]] = {}
            for part in given:
                _rehearse_part(part, corrections, by=by)
            items = list(changing.stalled_items(record).order_by("pk"))
            return [Rehearsed(item, rehearse(item, corrections.get(item.pk))) for item in items]
        finally:
            transaction.set_rollback(True)


def look_ahead(record: ExceptionRecord) -> list[Rehearsed]:
    """What would become of the stalled items of a record with the corrections in force; nothing is changed."""
    return [Rehearsed(item, rehearse(item)) for item in changing.stalled_items(record).order_by("pk")]


def _rehearse_part(part: Part, corrections: dict[int, dict[str, str]], *, by: User) -> None:
    allowed, why = part.may_save(by)
    if not allowed:
        raise NotAllowed(why)
    if not part.form.is_valid():
        raise Refused(INCOMPLETE)
    try:
        part.category.apply(part.form, by=by)
    except ValueError as problem:
        raise Refused(str(problem)) from problem
    corrections.setdefault(part.item.pk, {}).update(part.corrections())
