"""Missing numbers in SEKO's pushes (SEKO contract 6.1): noticed, read around, told to a person, closed again."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Max, Min, QuerySet

from jlseko.clock import business_now
from sync import timeline
from sync.failures import Code, Failure
from sync.models import Connection, EventLane, InboundMessage, PushGap, Side
from sync.signals import fault_reported, progress_made
from sync.states import Milestone

# The services by their names in our reading of a push, and what hangs on them.
DISPATCH_SERVICES = frozenset({"Dispatch", "DispatchCartons", "TrackingDetails"})
STOCK_SERVICES = frozenset({"StockAdjustment", "StockStatusMovement", "StockOvernightSummary", "GRN"})
# The events of an order that left behind missing messages: SEKO may still try, or has given up.
AWAITED, UNTOLD = "dispatch_awaited", "dispatch_untold"


def note(message: InboundMessage, service: str, numbers: Iterable[int]) -> list[PushGap]:
    """Store which numbers a message brought; returns the gaps that they leave before and between them, none where
    nothing is missing. Numbers that fill an older gap close it.
    """
    runs = _runs(numbers)
    first, last = (runs[0][0], runs[-1][1]) if runs else (None, None)
    earlier = InboundMessage.objects.filter(connection=message.connection, service=service).exclude(pk=message.pk)
    seen: int | None = earlier.aggregate(top=Max("last_sequence"))["top"] if runs else None
    InboundMessage.objects.filter(pk=message.pk).update(
        service=service, first_sequence=first, last_sequence=last, sequence_runs=runs
    )
    if first is None or last is None:
        return []
    if seen is not None and first <= seen:
        touched = still_open(message.connection).filter(service=service, first__lte=last, last__gte=first)
        _close_those_filled(message.connection, touched)
    missing = _missing(runs, above=first - 1 if seen is None else seen)
    return [gap for start, end in missing if (gap := _notice(message.connection, service, start, end)) is not None]


def _runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """The first and the last number of each unbroken run, in order."""
    runs: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs


def _missing(runs: Iterable[tuple[int, int]], *, above: int) -> list[tuple[int, int]]:
    """What lies between and before the runs, as far as it is ``above`` a number that was seen before."""
    missing: list[tuple[int, int]] = []
    for start, end in runs:
        if start > above + 1:
            missing.append((above + 1, start - 1))
        above = max(above, end)
    return missing


def _notice(connection: Connection, service: str, first: int, last: int) -> PushGap | None:
    """Note one gap; None when it was known."""
    gap, new = PushGap.objects.get_or_create(
        connection=connection, service=service, first=first, defaults={"last": last, "noticed_at": business_now()}
    )
    if not new:
        return None
    timeline.record(
        connection, "sequence_gap", f"SEKO's {named(gap)} missing", tone="warn", lane=EventLane.WAREHOUSE,
        detail="What they may have said is being read by other means.",
    )  # fmt: skip
    return gap


def named(gap: PushGap) -> str:
    """The missing numbers in words, with their verb."""
    if gap.first == gap.last:
        return f"{gap.service} message {gap.first} is"
    return f"{gap.service} messages {gap.first} to {gap.last} are"


def still_open(connection: Connection, services: frozenset[str] | None = None) -> QuerySet[PushGap]:
    """The gaps that are not closed, oldest first; of these services only, where they are named."""
    rows = PushGap.objects.filter(connection=connection, closed_at=None).order_by("noticed_at", "pk")
    return rows if services is None else rows.filter(service__in=services)


def reported_since(connection: Connection, services: frozenset[str]) -> datetime | None:
    """Since when a person knows that messages of these services are missing, of which still nobody knows what they
    said; None = none are.
    """
    told: datetime | None = still_open(connection, services).aggregate(first=Min("reported_at"))["first"]
    return told


def quiet_since(gap: PushGap) -> datetime:
    """When the last message before the gap came: what is missing happened after it (business time)."""
    before = InboundMessage.objects.filter(
        connection=gap.connection_id, service=gap.service, last_sequence__lt=gap.first
    ).aggregate(last=Max("received_at"))["last"]
    return before or gap.noticed_at


def close_filled(connection: Connection) -> int:
    """Close the gaps of which everything has come; returns how many. Two messages that are read at the same moment do
    not see each other, so that one of them may leave a gap that the other has filled already.
    """
    return _close_those_filled(connection, still_open(connection))


def _close_those_filled(connection: Connection, rows: QuerySet[PushGap]) -> int:
    filled = [gap for gap in rows if _is_filled(gap)]
    return close(connection, filled, because="All of it arrived late") if filled else 0


def _is_filled(gap: PushGap) -> bool:
    """Whether messages that came since cover every number of the gap."""
    came = InboundMessage.objects.filter(
        connection=gap.connection_id, service=gap.service, first_sequence__lte=gap.last, last_sequence__gte=gap.first
    )
    runs = sorted(tuple(run) for brought in came.values_list("sequence_runs", flat=True) for run in brought)
    after = gap.last + 1
    return not any(start < after for start, _ in _missing([*runs, (after, after)], above=gap.first - 1))


@transaction.atomic
def close(connection: Connection, gaps: Iterable[PushGap], *, because: str) -> int:
    """Close gaps; the desk is told once no reported one is left. Returns how many were closed."""
    closed = 0
    for gap in gaps:
        closed += PushGap.objects.filter(pk=gap.pk, closed_at=None).update(
            closed_at=business_now(), closed_because=because[:200]
        )
        title = f"SEKO's {named(gap)} missing no more"
        timeline.record(
            connection, "gap_closed", title, lane=EventLane.WAREHOUSE, detail=because, tone="good"
        )  # fmt: skip
    if closed and not still_open(connection).exclude(reported_at=None).exists():
        progress_made.send(
            sender=Connection, connection=connection, item=None, milestone=Milestone.GAP_CLOSED, by=None
        )  # fmt: skip
    return closed


@transaction.atomic
def report_overdue(connection: Connection) -> int:
    """Tell a person of the gaps that SEKO's own retries did not fill in time; returns how many."""
    now = business_now()
    overdue = now - connection.policy.minutes("push_gap_minutes")
    late = still_open(connection).filter(reported_at=None, noticed_at__lt=overdue).update(reported_at=now)
    if late:
        failures = [_failure(gap) for gap in still_open(connection).exclude(reported_at=None)]
        fault_reported.send(sender=Connection, connection=connection, item=None, failures=failures)
    return late


def _failure(gap: PushGap) -> Failure:
    facts = {"side": str(Side.WAREHOUSE), "service": gap.service, "first": str(gap.first), "last": str(gap.last)}
    rule = f"gap.{gap.service}.{gap.first}"
    return Failure(Code.PUSH_GAP, f"SEKO's {named(gap)} missing.", rule=rule, facts=facts)
