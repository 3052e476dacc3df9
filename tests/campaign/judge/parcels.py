"""I5, I6 and I15: what the marketplace was told of parcels, and what happens where it is not told in time."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import lru_cache

from tests.campaign.judge.evidence import Evidence, Row, requests, world
from tests.campaign.judge.verdict import Verdict
from tests.rehearsal import judge as rehearsal
from tests.rehearsal.judge import Parcel
from tests.rehearsal.ledgers import Line

CONFIRM_HOURS = 4.0
LATE_NEWS = timedelta(minutes=30)
LATEST = timedelta(minutes=1)
DISPATCHES, DISPATCH_MADE = "Dispatch", "PushDispatchConfirmation"
SAME = timedelta(minutes=1)  # a message is made as its parcel leaves
PARCELS_APART = 2  # hours: as long the product waits for the rest of an order, where a shop's settings say nothing else
TELLING = frozenset({"OR23", "ST01"})


def confirmed_as_sent(verdict: Verdict, evidence: Evidence) -> None:
    """Each confirmation belongs to one parcel that was sent: same tracking number, mapped carrier, own lines."""
    confirmed = confirmations(evidence)
    report = rehearsal.Verdict()
    rehearsal.as_shipped(
        report, sent=parcels(evidence), confirmed=confirmed, ordered=still_ordered(evidence),
        several=bool(evidence.plan.get("several")),
    )  # fmt: skip
    verdict.adopt("I5", report, checks=len(confirmed))
    verdict.counts["parcels"] += len(world(evidence.depot, "dispatch"))
    verdict.counts["confirmations"] += len(confirmed)
    _tracking_first(verdict, evidence)


def _tracking_first(verdict: Verdict, evidence: Evidence) -> None:
    """Where an order is confirmed whole, its tracking was taken before (OR23, then OR24)."""
    told = set()
    for line in requests(evidence.market):
        if line.operation == "OR23" and line.applied:
            told.add(line.key)
        if line.operation == "OR24":
            verdict.look("I5", line.key in told, f"{line.key} was confirmed (line {line.seq}) without its tracking")


def mapped_and_sent(verdict: Verdict, evidence: Evidence) -> None:
    """No confirmation without an earlier dispatch, and none with a carrier that was not mapped and approved then."""
    sent: dict[str, list[Line]] = defaultdict(list)
    for line in world(evidence.depot, "dispatch"):
        sent[evidence.order_of(line.key)].append(line)
    for line in world(evidence.market, "shipped"):
        code = line.details()["carrier"]
        before = [each for each in sent[line.key] if each.at <= line.at]
        verdict.look("I6", bool(before), f"{line.key} was confirmed, and the warehouse had sent nothing")
        by_person = "carrier_code" in {row["path"] for row in evidence.corrections.get(line.key, ())}
        mapped = by_person or any(
            code in codes(evidence, each.details(), since=each.at, until=line.at) for each in before
        )
        fine = mapped or not before
        verdict.look("I6", fine, f"{line.key} was confirmed with {code!r}, which was not mapped for its courier")
        verdict.look("I6", _approved(evidence, code, line.at), f"{line.key} was confirmed with {code!r}: not approved")
    _never_tried(verdict, evidence, sent)


def _never_tried(verdict: Verdict, evidence: Evidence, sent: Mapping[str, list[Line]]) -> None:
    """Nothing was even tried for an order whose every parcel has a courier without a code: that is known before."""
    for line in requests(evidence.market):
        if line.operation not in TELLING:
            continue
        for order in filter(None, line.key.split(",")):
            left = [each for each in sent.get(order, ()) if each.at <= line.at]
            by_person = "carrier_code" in {row["path"] for row in evidence.corrections.get(order, ())}
            known = by_person or any(codes(evidence, each.details(), since=each.at, until=line.at) for each in left)
            fine = known or not left
            verdict.look("I6", fine, f"{line.operation} {order} (line {line.seq}) although no carrier was mapped")


def codes(evidence: Evidence, parcel: Row, *, since: datetime, until: datetime) -> set[str]:
    """The carrier codes that stood in the mapping for a parcel's courier and service at any instant of a time."""
    return {
        code
        for courier, service, code, begins, ends in evidence.plan.get("carriers", ())
        if (courier, service) == (parcel["courier"], parcel["service"])
        and _instant(begins) <= until
        and (ends is None or _instant(ends) >= since)
    }


def _approved(evidence: Evidence, code: str, at: datetime) -> bool:
    """Whether the marketplace had the code on its list. ``approved`` in the plan: code to [from, until or null]."""
    known = evidence.plan.get("approved") or {}
    if not known:
        return True
    if code not in known:
        return False
    begins, ends = known[code] if isinstance(known[code], list) else (None, None)
    return (begins is None or _instant(begins) <= at) and (ends is None or at <= _instant(ends) + LATE_NEWS)


@lru_cache(maxsize=4096)
def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def parcels(evidence: Evidence) -> list[Parcel]:
    """What the warehouse sent, with the carrier code that the marketplace is to be told; corrections laid over."""
    told: dict[tuple[str, str], Parcel] = {(p.order, p.tracking): p for p in confirmations(evidence)}
    found = []
    for line in world(evidence.depot, "dispatch"):
        order, parcel = evidence.order_of(line.key), line.details()
        tracking = parcel["tracking"]
        corrected = {row["path"]: row for row in evidence.corrections.get(order, ())}
        if (order, tracking) not in told and "tracking_number" in corrected:
            tracking = _given(told, order, corrected["tracking_number"]) or tracking
        match = told.get((order, tracking))
        known = codes(evidence, parcel, since=line.at, until=match.at if match else evidence.ended)
        code = match.carrier if match and (match.carrier in known or "carrier_code" in corrected) else ""
        found.append(_parcel(evidence, order, code or min(known, default=""), tracking, line))
    return found


def _given(told: dict[tuple[str, str], Parcel], order: str, correction: Row) -> str:
    """The tracking number that a person has entered, as the marketplace was told it."""
    length = (correction.get("to") or {}).get("length")
    return next((number for known, number in told if known == order and len(number) == length), "")


def confirmations(evidence: Evidence) -> list[Parcel]:
    """What the marketplace was told."""
    return [
        _parcel(evidence, line.key, line.details()["carrier"], line.details()["tracking"], line)
        for line in world(evidence.market, "shipped")
    ]


def _parcel(evidence: Evidence, order: str, carrier: str, tracking: str, line: Line) -> Parcel:
    lines = _plain(evidence, order, line.details()["lines"])
    return Parcel(order, carrier, tracking, tuple(sorted(lines.items())), line.at)


def _plain(evidence: Evidence, order: str, lines: Mapping[str, int]) -> dict[str, int]:
    """Quantities by product, whatever its letter case; of an order with SKUs that the warehouse calls otherwise, which
    only people know, the sum alone.
    """
    made = evidence.made.get(order)
    strange = made is None or any(sku.strip().casefold() not in evidence.products for sku in made.details()["lines"])
    sums: Counter[str] = Counter()
    for code, quantity in lines.items():
        sums["" if strange else code.strip().casefold()] += quantity
    return dict(+sums)


def still_ordered(evidence: Evidence) -> dict[str, dict[str, int]]:
    """What the customers want at the end, without what was cancelled."""
    left: dict[str, Counter[str]] = {order: Counter(line.details()["lines"]) for order, line in evidence.made.items()}
    for line in world(evidence.market, "cancelled"):
        if line.key in left:
            left[line.key].subtract(line.details()["lines"])
    return {order: _plain(evidence, order, lines) for order, lines in left.items()}


def late_is_told(verdict: Verdict, evidence: Evidence) -> None:
    """A parcel of which the product has heard, unconfirmed when its time was over and somebody had time to see that, is
    an open exception by then.
    """
    allowed = timedelta(hours=evidence.number("confirm_hours", CONFIRM_HOURS))
    slack = LATEST + timedelta(minutes=evidence.number("watch_minutes", 1.0))
    heard, lost = _heard(evidence), _messages_lost(evidence)
    confirmed: dict[str, list[datetime]] = defaultdict(list)
    for line in world(evidence.market, "shipped"):
        confirmed[line.key].append(line.at)
    opened: dict[str, list[Row]] = defaultdict(list)
    for row in evidence.exceptions:
        opened[row["order"]].append(row)
    for line in world(evidence.depot, "dispatch"):
        order = evidence.order_of(line.key)
        news = heard.get(line.key)
        if news is None or order not in evidence.made or not any(line.details()["lines"].values()):
            continue
        if any(abs(line.at - moment) < SAME for moment in lost.get(order, ())):
            continue  # the product has heard of another parcel of this order
        due = max(line.at + allowed, news + LATE_NEWS)
        by = due + slack
        if by > evidence.ended or any(line.at <= at <= by for at in confirmed[order]):
            continue
        if evidence.state_at(order, by) in ("CANCELED", "REFUSED", "SHIPPED", "RECEIVED", "CLOSED"):
            continue
        told = any(_was_open(row, by) for row in opened[order])
        verdict.look(
            "I15", told, f"{order} left at {line.at:%d %H:%M}, was late at {due:%d %H:%M}, and nobody was told"
        )


def _heard(evidence: Evidence) -> dict[str, datetime]:
    """When the product took the first push about the dispatch of each number."""
    found: dict[str, datetime] = {}
    for line in evidence.depot:
        if line.direction == "push" and line.applied and DISPATCHES in line.operation:
            for number in line.key.split(","):
                found.setdefault(number, line.at)
    return found


def _messages_lost(evidence: Evidence) -> dict[str, list[datetime]]:
    """When the warehouse made a message about a parcel that never left, by order."""
    found: dict[str, list[datetime]] = defaultdict(list)
    for line in world(evidence.depot, DISPATCH_MADE):
        if line.note.endswith(" lost"):
            found[evidence.order_of(line.key)].append(line.at)
    return dict(found)


def _was_open(row: Row, moment: datetime) -> bool:
    closed = row["closed_at"]
    return _instant(row["opened_at"]) <= moment and (closed is None or _instant(closed) >= moment - LATE_NEWS)


def left_unconfirmed(evidence: Evidence) -> Iterator[tuple[str, int]]:
    """Orders with parcels that left long enough ago and that the marketplace knows nothing of, and how many.

    Where the marketplace takes one confirmation for an order, the product waits for the rest of it by its settings.
    Of a parcel whose message never left it hears nothing else, so that it cannot ask a person before that time is over.
    """
    several = bool(evidence.plan.get("several"))
    lost = _messages_lost(evidence)
    rest = timedelta(hours=evidence.number("parcels_apart_hours", PARCELS_APART))
    sent: dict[str, list[Line]] = defaultdict(list)
    for line in world(evidence.depot, "dispatch"):
        if any(line.details()["lines"].values()):
            sent[evidence.order_of(line.key)].append(line)
    told: dict[str, int] = defaultdict(int)
    for line in world(evidence.market, "shipped"):
        told[line.key] += 1
    for order, lines in sent.items():
        apart = rest if order in lost and len(lines) > 1 and not several else timedelta(0)
        if order in evidence.made and all(line.at < evidence.settled - apart for line in lines):
            yield order, max((len(lines) if several else 1) - told[order], 0)
