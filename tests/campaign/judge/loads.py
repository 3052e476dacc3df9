"""I2, I3, I4 and I9: what the warehouse took, how often, with what in it, and what came after a lost answer."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from tests.campaign.judge.evidence import Evidence, Row, answered, cancelled_until, requests, world
from tests.campaign.judge.verdict import Verdict
from tests.rehearsal import judge as rehearsal
from tests.rehearsal.judge import READS
from tests.rehearsal.ledgers import Line

LOADED = frozenset({"injected", "dispatched", "tracked", "confirmed", "delivered"})
DROPPED = frozenset({"CANCELED", "REFUSED"})
JUST_BEFORE = timedelta(minutes=5)
RACE = timedelta(minutes=30)
# Where the marketplace's address stands in the warehouse's order, and how people's corrections call the place.
PLACES = {
    "PostcodeZip": ("zip_code", "delivery.postcode"), "City": ("city", "delivery.city"),
    "Line1": ("street_1", "delivery.line1"), "FirstName": ("firstname", "delivery.first_name"),
    "LastName": ("lastname", "delivery.last_name"),
}  # fmt: skip


def loaded_once(verdict: Verdict, evidence: Evidence) -> None:
    """No number twice; a second number of an order only after the warehouse had dropped the first."""
    report = rehearsal.Verdict()
    rehearsal.injections(report, evidence.depot)
    verdict.adopt("I2", report, checks=report.counts["orders loaded"])
    dropped = world(evidence.depot, "cancelled")
    for order, lines in evidence.taken.items():
        for place, line in enumerate(lines):
            free = sum(evidence.order_of(gone.key) == order and gone.at <= line.at for gone in dropped)
            verdict.look("I2", place <= free, f"{order} was taken again at {line.at:%d %H:%M:%S} as {line.key}")
    duplicates = [line for line in requests(evidence.depot) if "already exists" in line.answer]
    verdict.counts["loads refused as a duplicate"] += len(duplicates)


def read_before_repeat(verdict: Verdict, evidence: Evidence) -> None:
    """After a write that took effect and whose answer was lost, the next request about it is a reading."""
    for lines, partner in ((evidence.market, "marketplace"), (evidence.depot, "warehouse")):
        report = rehearsal.Verdict()
        rehearsal.repeats(report, lines, partner=partner)
        verdict.adopt("I3", report, checks=sum(line.spoilt_after for line in lines))
    guids = {line.details()["guid"].casefold(): line.key for line in world(evidence.depot, "taken")}

    def number(line: Line) -> str:
        return guids.get(line.key.casefold(), line.key)

    _no_second_write(verdict, evidence.depot, number, evidence.unheard("warehouse"))
    _no_second_write(verdict, evidence.market, lambda line: line.key, evidence.unheard("marketplace"))


def _no_second_write(
    verdict: Verdict, lines: list[Line], subject: Callable[[Line], str], unheard: frozenset[int]
) -> None:
    """Neither the same write nor another one comes before a reading that was answered."""
    lost: dict[str, Line] = {}
    for line in requests(lines):
        key = subject(line)
        if line.operation in READS:
            if answered(line):
                read = set(key.split(","))
                lost = {at: was for at, was in lost.items() if key and at not in read}
            continue
        before = lost.pop(key, None)
        if before is not None:
            unread = f"after the lost answer to {before.operation} (line {before.seq}), unread"
            verdict.look("I3", False, f"{line.operation} {key} was written (line {line.seq}) {unread}")
        if key and (line.spoilt_after or (line.applied and line.seq in unheard)):
            verdict.checks["I3"] += 1
            verdict.counts["answers lost after effect"] += 1
            lost[key] = line


def not_after_cancel(verdict: Verdict, evidence: Evidence) -> None:
    """What was over at the marketplace, and could be known to be, was not loaded."""
    speed = evidence.number("speed", 1)
    patience = max(JUST_BEFORE, timedelta(seconds=30 * speed))
    reads: dict[str, list[datetime]] = {}
    for line in requests(evidence.market):
        if line.operation == "OR11" and line.key and answered(line):
            for order in line.key.split(","):
                reads.setdefault(order, []).append(line.at)
    for order, lines in evidence.taken.items():
        for line in lines:
            ends = [at for at, state in evidence.states.get(order, ()) if state in DROPPED and at < line.at]
            read = max((at for at in reads.get(order, ()) if at <= line.at), default=None)
            known = bool(ends) and (read is None or read > ends[0] or line.at - read > patience)
            verdict.look("I9", not known, f"{order} was over before {line.at:%d %H:%M:%S}, when it was loaded")


def as_ordered(verdict: Verdict, evidence: Evidence) -> None:
    """Lines, quantities and address of what was taken; and nothing passes for loaded that was never taken."""
    addresses: dict[str, list[Line]] = {}
    for line in world(evidence.market, "address"):
        addresses.setdefault(line.key, []).append(line)
    for order, lines in evidence.taken.items():
        made = evidence.made.get(order)
        verdict.look("I4", made is not None, f"{order} was loaded, and nobody ordered it")
        for line in lines if made is not None else ():
            _quantities(verdict, evidence, order, line)
            shown = [each for each in addresses.get(order, ()) if each.at <= line.at]
            if shown:
                _address(verdict, shown[-1].details(), line, evidence.in_force(order, line.at))
    for row in evidence.accounts:
        if row["stage"] in LOADED and row["state"] != "stalled":
            _was_taken(verdict, evidence, row["order_id"])


def _was_taken(verdict: Verdict, evidence: Evidence, order: str) -> None:
    by_hand = {"warehouse.adopt", "dispatch.manual"} & {row["path"] for row in evidence.corrections.get(order, ())}
    elsewhere = any(row["order"] == order and row["what"] == "shipped_elsewhere" for row in evidence.audit)
    fine = order in evidence.taken or bool(by_hand) or elsewhere
    verdict.look("I4", fine, f"{order} passes for loaded, and the warehouse has never taken it from us")


def _quantities(verdict: Verdict, evidence: Evidence, order: str, line: Line) -> None:
    ordered, products = evidence.made[order].details()["lines"], evidence.products
    found = {code.casefold(): quantity for code, quantity in line.details()["lines"].items()}
    wanted = []
    for moment in (line.at - RACE, line.at):
        gone = cancelled_until(evidence.market, order, moment)
        sums: Counter[str] = Counter()
        for sku, quantity in ordered.items():
            sums[sku.strip().casefold()] += quantity - gone.get(sku, 0)
        wanted.append(_known(+sums, products))
    fine = _known(Counter(found), products) in wanted or _between(_known(Counter(found), products), *wanted)
    verdict.look("I4", fine, f"{order}: {wanted[-1]} was ordered, {found} was taken (line {line.seq})")


def _known(sums: Counter[str], products: frozenset[str]) -> Mapping[str, int]:
    """SKUs that are no product of the warehouse's stand for whatever people have said: only their sum is known."""
    strange = sum(quantity for sku, quantity in sums.items() if sku not in products)
    if strange:
        return {"": sum(sums.values())}
    return dict(sums)


def _between(found: Mapping[str, int], most: Mapping[str, int], least: Mapping[str, int]) -> bool:
    if "" in most or "" in least:
        total = sum(found.values())
        return sum(least.values()) <= total <= sum(most.values())
    return all(least.get(code, 0) <= found.get(code, 0) <= most.get(code, 0) for code in {*found, *most})


def _address(verdict: Verdict, shown: Mapping[str, str], line: Line, corrected: Mapping[str, Row]) -> None:
    taken = line.details()["delivery"]
    for place, (name, path) in PLACES.items():
        was, has = shown.get(name, ""), taken.get(place, "")
        if path in corrected:
            fix = corrected[path].get("to") or {}
            verdict.checks["I4"] += 1
            lost = _alike(was, has) and len(has.strip()) != fix.get("length")
            verdict.look("I13", not lost, f"{line.key}: the correction of {path} did not reach the warehouse")
        elif was:
            verdict.look("I4", _alike(was, has), f"{line.key}: {place} of what was taken is not what the customer gave")


def _alike(given: str, sent: str) -> bool:
    """Whether a text is what became of another on its way: accents taken off, quotes straight, blanks folded."""
    wanted, has = _letters(given), _letters(sent)
    strange = sum(not character.isascii() for character in given)
    letters = iter(has)
    return all(letter in letters for letter in wanted) and len(has) - len(wanted) <= 2 * strange


def _letters(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(character for character in plain if character.isascii() and character.isalnum())
