"""What sending back would do, before it is done: which go, which stay and why. Nothing here writes."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import QuerySet

from exceptions import clocks, roles
from exceptions.category import Resubmit, registry
from exceptions.models import Cause, ExceptionRecord, Fault
from exceptions.models.fault import Reach
from exceptions.nouns import Noun, counted, noun_of
from exceptions.services.fixing import Part, reach_of, whole
from exceptions.states import OPEN, State
from jlseko.clock import business_now
from sync.models import Item
from sync.states import Status

if TYPE_CHECKING:
    from django.contrib.auth.models import User

AT_ONCE = 3  # so many go in the person's own request; more become a run that can be watched, paused and cancelled
SHOWN = 20
EXAMPLES = 5
NOTHING: Reach = frozenset()


@dataclass(frozen=True, slots=True)
class Kept:
    """A record that is not sent back, and why."""

    record: ExceptionRecord
    why: str


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason why records stay, with all of them; ``examples`` are the first few."""

    why: str
    records: list[ExceptionRecord]

    @property
    def examples(self) -> list[ExceptionRecord]:
        """Enough to look at."""
        return self.records[:EXAMPLES]

    @property
    def noun(self) -> Noun:
        """One and several of them."""
        return noun_of(self.records)


@dataclass(frozen=True, slots=True)
class Plan:
    """What sending back would do, before it is done. ``value`` in pounds, ``earliest_deadline`` in business time."""

    releases: list[ExceptionRecord]
    kept: list[Kept]

    @property
    def count(self) -> int:
        """How many exceptions go on."""
        return len(self.releases)

    @property
    def is_run(self) -> bool:
        """Whether a fix sends so many back that they go as a run."""
        return self.count > AT_ONCE

    @property
    def which(self) -> str:
        """A word for exactly these exceptions, so that the same number of others is noticed."""
        keys = ",".join(str(pk) for pk in sorted(record.pk for record in self.releases))
        return hashlib.sha256(keys.encode()).hexdigest()[:16]

    @property
    def value(self) -> Decimal:
        """The money that they hold."""
        return sum((record.value for record in self.releases), Decimal(0))

    @property
    def earliest_deadline(self) -> datetime | None:
        """The first deadline among them."""
        return min((r.deadline for r in self.releases if r.deadline), default=None)

    @property
    def noun(self) -> Noun:
        """One and several of what goes on."""
        return noun_of(self.releases)

    @property
    def subjects(self) -> list[str]:
        """The first twenty order numbers or SKUs."""
        return [record.subject for record in self.releases[:SHOWN] if record.subject]

    @property
    def reasons(self) -> list[Reason]:
        """Those that stay by their reason, the commonest first."""
        found: dict[str, list[ExceptionRecord]] = defaultdict(list)
        for kept in self.kept:
            found[kept.why].append(kept.record)
        return sorted((Reason(why, rows) for why, rows in found.items()), key=lambda reason: -len(reason.records))

    @property
    def sentence(self) -> str:
        """The plan in words."""
        verb = "goes" if self.count == 1 else "go"
        text = f"{counted(self.count, self.noun)} {verb} back"
        if self.value:
            text += f", worth £{self.value:,.2f}"
        first = self.earliest_deadline
        if first is not None:
            left = first - business_now()
            late = left.total_seconds() < 0
            text += f"; the first deadline {'passed' if late else 'is in'} {clocks.words(left)}{' ago' if late else ''}"
        return f"{text}. {kept_words(self.kept)}".strip()

    def confirms(self, planned: str, which: str = "") -> bool:
        """Whether this is still what a person has read: the number that their page sent along, and of which."""
        return planned == str(self.count) and which in ("", self.which)


def kept_words(kept: Sequence[Kept]) -> str:
    """How many stay, with the first reason; empty for none."""
    if not kept:
        return ""
    return f"{len(kept)} {'stays' if len(kept) == 1 else 'stay'}: {kept[0].why}"


def plan(record: ExceptionRecord, given: Sequence[Part] = (), *, by: User | None = None) -> Plan:
    """What :func:`~exceptions.services.fix_and_resubmit` would send back with these parts; unbound ones count as their
    category. ``by`` = who may act on each of them is asked too.
    """
    reach = NOTHING.union(*(reach_of(part) for part in given if for_all(part)))
    if not given and formless_cause(record) and record.cause is not None:
        reach = whole(record.cause)
    others = plan_reach(reach, by=by, beside=record)
    return Plan([record, *others.releases], others.kept)


def plan_cause(cause: Cause, *, by: User | None = None) -> Plan:
    """What :func:`~exceptions.services.resubmit_cause` would send back."""
    return plan_reach(whole(cause), by=by)


def plan_fix(given: Sequence[Part], *, by: User | None = None) -> Plan:
    """What :func:`~exceptions.services.fix_cause` would send back: all that each part ends, be they of one record or of
    several; a part that is for its own item alone lets that one go.
    """
    plan = plan_reach(NOTHING.union(*(reach_of(part) for part in given if for_all(part))), by=by)
    return Plan([*_alone(given, plan), *plan.releases], plan.kept)


def _alone(given: Sequence[Part], plan: Plan) -> list[ExceptionRecord]:
    """The records that a part is saved on for its own item only."""
    known = {record.pk for record in plan.releases}
    records = [part.faults[0].record for part in given if not for_all(part)]
    return [record for record in records if record.pk not in known]


def plan_rows(rows: QuerySet[ExceptionRecord], *, by: User, versions: Mapping[int, int] | None = None) -> Plan:
    """What a run over a selection would send back, most urgent first, in two queries.

    ``versions`` are those that the person has seen, by primary key; what has changed since stays.
    """
    seen = versions or {}
    records = list(rows.select_related("item", "connection", "cause").order_by("act_by", "id"))
    faults = stalled_faults(records)
    plan = Plan([], [])
    for record in records:
        why = why_it_stays(record, faults[record.pk], by=by)
        if not why and seen.get(record.pk, record.version) != record.version:
            why = "somebody has changed it since you selected it"
        if why:
            plan.kept.append(Kept(record, why))
        else:
            plan.releases.append(record)
    return plan


def plan_reach(reach: Reach, *, by: User | None, beside: ExceptionRecord | None = None) -> Plan:
    """What goes once everything within ``reach`` is fixed, without the record ``beside`` which it was fixed on."""
    plan = Plan([], [])
    records = [record for record in within(reach) if beside is None or record.pk != beside.pk]
    faults = stalled_faults(records)
    for record in records:
        allowed, why = roles.may(by, "resubmit_exception", record) if by else (True, "")
        blocked = _also_held(faults[record.pk], reach) if allowed else why
        if blocked:
            plan.kept.append(Kept(record, blocked))
        else:
            plan.releases.append(record)
    return plan


def within(reach: Reach) -> list[ExceptionRecord]:
    """The open records with an outstanding fault that a fix ends, most urgent first."""
    if not reach:
        return []
    faults = Fault.objects.outstanding().ended_by(reach).filter(item__status=Status.STALLED)
    rows = ExceptionRecord.objects.filter(pk__in=faults.values("record"), state__in=sorted(OPEN))
    return list(rows.select_related("item", "connection").by_urgency())


def stalled_faults(records: Iterable[ExceptionRecord]) -> dict[int, list[Fault]]:
    """What holds each of these records now, in one query, without what a customer wrote."""
    found: dict[int, list[Fault]] = defaultdict(list)
    rows = Fault.objects.outstanding().filter(record__in=[record.pk for record in records], item__status=Status.STALLED)
    for fault in rows.only("record_id", "item_id", "cause_id", "origin_id", "category", "fixed_at"):
        found[fault.record_id].append(fault)
    return found


def items_of(plan: Plan) -> list[Item]:
    """What would go on, with all that a forecast of the calls asks for, in one query."""
    faults = Fault.objects.outstanding().filter(record__in=[record.pk for record in plan.releases])
    rows = Item.objects.filter(pk__in=faults.values("item"), status=Status.STALLED)
    return list(rows.select_related("connection", "order"))


def why_it_stays(record: ExceptionRecord, faults: Sequence[Fault], *, by: User) -> str:
    """Why a record cannot be sent back as it is by this person; empty = it may go. ``faults`` are those that hold it.

    Where something has to be entered, a fix comes first; where nothing has, the person has seen to it.
    """
    if record.is_sending:
        return "it is being sent back already"
    if not record.is_open:
        return f"it is not open any more: {State(record.state).label.lower()}"
    allowed, why = roles.may(by, "resubmit_exception", record)
    if not allowed:
        return why
    if registry.get(record.category).resubmit == Resubmit.NONE:
        return "nothing has to be sent again: it goes on by itself when the partner answers"
    if not faults:
        return "it is on its way again already"
    unfixed = [fault for fault in faults if fault.fixed_at is None]
    return _named("a fix comes first: ", [f for f in unfixed if registry.get(f.category).form_class is not None])


def _also_held(faults: Sequence[Fault], reach: Reach) -> str:
    """Why a record would come straight back: another fault of it has no fix yet. Empty = it may go."""
    return _named("also held by: ", [f for f in faults if f.reach not in reach and f.fixed_at is None])


def _named(before: str, faults: Sequence[Fault]) -> str:
    titles = dict.fromkeys(registry.get(fault.category).title for fault in faults)
    return f"{before}{', '.join(titles)}" if titles else ""


def for_all(part: Part) -> bool:
    """Whether saving a part fixes every order of its cause."""
    if part.form.is_bound and part.form.is_valid():
        return part.category.releases(part.form) == Resubmit.CAUSE
    return part.category.resubmit == Resubmit.CAUSE


def formless_cause(record: ExceptionRecord) -> bool:
    """Whether a setting at its source was put right, and nothing has to be entered."""
    category = registry.get(record.category)
    return category.resubmit == Resubmit.CAUSE and category.form_class is None
