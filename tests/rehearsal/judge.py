"""What a day must show, judged from the two ledgers and the product's public exports alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.rehearsal.ledgers import Levels, Line, Step

ABOVE, REPEATED, UNEXPLAINED = "levels above SEKO's free stock", "blind repeats", "orders refused beyond the lag"
REFUSED = "orders refused for stock"
NEVER = (ABOVE, REPEATED, REFUSED, UNEXPLAINED)
READS = frozenset({"OR11", "ST11", "ST12", "OF21", "status", "tracking", "STO02"})


@dataclass
class Verdict:
    """The counts of a day and everything that broke a rule; what must never happen is counted from nought."""

    counts: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(NEVER, 0)))
    violations: list[str] = field(default_factory=list)

    def wrong(self, text: str) -> None:
        """Note a broken rule."""
        self.violations.append(text)


@dataclass(frozen=True)
class Told:
    """One line of a stock file by the product's own export: which level it told, citing which snapshot."""

    sku: str
    product: str
    quantity: int
    as_of: datetime
    import_id: str
    drafted_at: datetime
    figure_at: datetime | None = None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Told:
        """Read a row of ``stock_levels --json``."""
        cites, drafted = (datetime.fromisoformat(row[name]) for name in ("cites", "drafted_at"))
        figure_at = datetime.fromisoformat(row["figure_at"]) if row["figure_at"] else None
        return cls(row["sku"], row["product"], row["quantity"], cites, row["import_id"] or "", drafted, figure_at)

    def had_free(self, free: Levels, *, lag: timedelta, slack: timedelta) -> int:
        """The most that SEKO had free at what the line cites: the reading, whose figures trail by ``lag``, or the last
        change that SEKO told of after it.
        """
        spans = [(self.as_of - lag, self.as_of + slack)]
        if self.figure_at is not None and self.figure_at > self.as_of:
            spans.append((self.figure_at - timedelta(seconds=1), self.figure_at + slack))
        return max(free.most(self.product, start, end) or 0 for start, end in spans)


CLOCKS = timedelta(minutes=2)  # by so much may the clocks of our own machines differ


class Account:
    """What the product says that it told, found by what the marketplace shows."""

    def __init__(self, told: Iterable[Told]) -> None:
        self._by_import: dict[tuple[str, str], Told] = {}
        self._without: dict[str, list[Told]] = defaultdict(list)
        for row in told:
            if row.import_id:
                self._by_import[row.import_id, row.sku] = row
            else:
                self._without[row.sku].append(row)

    def of(self, sku: str, step: Step) -> Told | None:
        """The line behind a level: by the import's id, or, where its answer was lost, the last such line before."""
        found = self._by_import.get((step.why.removeprefix("import ").split()[0], sku))
        if found is not None:
            return found
        nameless = [
            row for row in self._without[sku] if row.drafted_at <= step.at + CLOCKS and row.quantity == step.after
        ]
        return max(nameless, key=lambda row: row.drafted_at, default=None)


def stock(
    verdict: Verdict,
    *,
    marketplace: Sequence[Line],
    warehouse: Sequence[Line],
    told: Iterable[Told],
    lag: timedelta,
    slack: timedelta,
) -> None:
    """No level that John Lewis showed was above what SEKO had free at the snapshot that the level cites.

    ``lag`` is how far SEKO's figures trail behind its stock, ``slack`` how long a reading takes: the instant of a
    snapshot is not known more closely.
    """
    free = Levels.of(warehouse, "free")
    account = Account(told)
    for sku, steps in Levels.of(marketplace, "offer").steps.items():
        for step in steps:
            if not step.why.startswith("import "):
                continue
            verdict.counts["levels shown"] += 1
            row = account.of(sku, step)
            if row is None:
                verdict.wrong(f"{sku} showed {step.after} by a file that the product does not know ({step.why})")
                continue
            had = row.had_free(free, lag=lag, slack=slack)
            if step.after != row.quantity:
                verdict.wrong(f"{sku} showed {step.after}; the product says that it told {row.quantity}")
            elif step.after > max(had, 0):
                verdict.counts[ABOVE] += 1
                verdict.wrong(f"{sku} showed {step.after}; at {row.as_of:%d %H:%M:%S} SEKO had {had} free")


def promises(verdict: Verdict, *, marketplace: Sequence[Line], warehouse: Sequence[Line], told: Iterable[Told]) -> None:
    """No order was refused for stock beyond what the lag explains.

    The lag explains a shortage by what left SEKO's free stock for other reasons than our orders after the snapshot
    behind the level which the customer saw, and by what was bought after the last poll before that level was told.
    """
    free, offers = Levels.of(warehouse, "free"), Levels.of(marketplace, "offer")
    polls = [line.at for line in marketplace if line.operation == "OR11" and not line.key]
    account = Account(told)
    for line in warehouse:
        if line.operation != "websubmit" or "has no free stock" not in line.answer:
            continue
        verdict.counts[REFUSED] += 1
        explained = False
        for sku, steps in offers.steps.items():
            bought = next((step for step in steps if step.why.endswith(f"sale {line.key}")), None)
            if bought is None:
                continue
            seen = [step for step in steps if step.why.startswith("import ") and step.at <= bought.at]
            row = account.of(sku, seen[-1]) if seen else None
            if row is None:
                continue
            have = free.at(row.product, line.at) or 0
            short = bought.before - bought.after - have
            if short <= 0:
                continue
            lost = sum(
                step.before - step.after
                for step in free.between(row.product, row.as_of, line.at)
                if step.after < step.before and "order" not in step.why
            )
            poll = max((moment for moment in polls if moment <= seen[-1].at), default=row.as_of)
            unpolled = sum(
                step.before - step.after for step in steps if poll <= step.at <= seen[-1].at and "sale" in step.why
            )
            explained = explained or lost + unpolled >= short
        if explained:
            verdict.counts["of them explained by the lag"] += 1
        else:
            verdict.counts[UNEXPLAINED] += 1
            verdict.wrong(f"{line.key} was refused for stock that had been promised, and no lag explains it")


def repeats(verdict: Verdict, lines: Sequence[Line], *, partner: str) -> None:
    """After a write whose answer was spoilt although it took effect, the same write never comes again."""
    spoilt: dict[tuple[str, str, str], Line] = {}
    for line in lines:
        if line.direction != "in":
            continue
        known = spoilt.get((line.operation, line.key, line.body))
        if known is not None and line.operation not in READS:
            verdict.counts[REPEATED] += 1
            verdict.wrong(
                f"{partner}: {line.operation} {line.key} was sent again after its lost answer (line {line.seq})"
            )
        if line.spoilt_after and line.operation not in READS:
            verdict.counts[f"answers lost after effect, {line.operation}"] += 1
            spoilt[line.operation, line.key, line.body] = line


def injections(verdict: Verdict, warehouse: Sequence[Line]) -> None:
    """Each order number was loaded once, also by a warehouse that would take it twice."""
    loaded = Counter(line.key for line in warehouse if line.operation == "websubmit" and line.applied)
    verdict.counts["orders loaded"] = len(loaded)
    for number, times in loaded.items():
        if times > 1:
            verdict.wrong(f"{number} was loaded {times} times")


@dataclass(frozen=True)
class Parcel:
    """One dispatch as the warehouse made it, or one confirmation as the marketplace took it."""

    order: str
    carrier: str
    tracking: str
    lines: tuple[tuple[str, int], ...]
    at: datetime


def confirmations(
    verdict: Verdict,
    *,
    sent: Sequence[Parcel],
    confirmed: Sequence[Parcel],
    ordered: Mapping[str, Mapping[str, int]],
    waiting: frozenset[str],
    several: bool,
    settled_before: datetime,
    hidden: frozenset[str] = frozenset(),
) -> None:
    """Every dispatched parcel was confirmed once, with its own carrier and tracking number, never rounded up.

    Args:
        sent: what the warehouse dispatched, by product; ``carrier`` already as the marketplace's code.
        confirmed: what the marketplace was told, by SKU; where it knows one shipment for an order, without lines.
        ordered: order to SKU to quantity, without what was cancelled.
        waiting: orders with an open exception, which may still be unconfirmed.
        several: whether the marketplace knows several shipments for one order.
        settled_before: what was sent later may still be on its way to the marketplace.
        hidden: orders of which SEKO has not sent everything, so that it shows none of it as dispatched, and of whose
            first parcels a message was lost: nothing tells of them until the last one leaves.
    """
    verdict.counts["parcels dispatched"], verdict.counts["confirmations"] = len(sent), len(confirmed)
    by_order, told = _grouped(sent), _grouped(confirmed)
    as_shipped(verdict, sent=sent, confirmed=confirmed, ordered=ordered, several=several)
    for order, parcels in by_order.items():
        if order in hidden or any(parcel.at >= settled_before for parcel in parcels):
            verdict.counts["orders still on their way at the end"] += 1
            continue
        missing = len([p for p in parcels if p.lines]) - len(told[order]) if several else 1 - len(told[order])
        if missing > 0 and order not in waiting:
            verdict.wrong(f"{order}: {missing} of its parcels are not confirmed, and nobody is asked to look")
        elif missing > 0:
            verdict.counts["orders that wait for a person"] += 1


def as_shipped(
    verdict: Verdict,
    *,
    sent: Sequence[Parcel],
    confirmed: Sequence[Parcel],
    ordered: Mapping[str, Mapping[str, int]],
    several: bool,
) -> None:
    """What was confirmed was sent, just so and once; the arguments are those of :func:`confirmations`."""
    by_order = _grouped(sent)
    for order, parcels in _grouped(confirmed).items():
        _as_shipped(verdict, order, parcels, by_order[order], several=several)
        if not several and not covers(by_order[order], ordered.get(order, {})):
            verdict.wrong(f"{order} was confirmed whole, and SEKO has sent less")


def _grouped(parcels: Iterable[Parcel]) -> dict[str, list[Parcel]]:
    found: dict[str, list[Parcel]] = defaultdict(list)
    for parcel in parcels:
        found[parcel.order].append(parcel)
    return found


def _as_shipped(
    verdict: Verdict, order: str, confirmed: Sequence[Parcel], sent: Sequence[Parcel], *, several: bool
) -> None:
    if not several and len(confirmed) > 1:
        verdict.wrong(f"{order} was confirmed {len(confirmed)} times")
    left = list(sent)
    for parcel in confirmed:
        match = next((p for p in left if (p.carrier, p.tracking) == (parcel.carrier, parcel.tracking)), None)
        if match is None:
            verdict.wrong(f"{order} was confirmed with {parcel.carrier} {parcel.tracking}, which SEKO did not send")
            continue
        left.remove(match)
        if several and dict(parcel.lines) != dict(match.lines):
            verdict.wrong(f"{order}: told {dict(parcel.lines)} for a parcel that holds {dict(match.lines)}")


def covers(parcels: Iterable[Parcel], ordered: Mapping[str, int]) -> bool:
    """Whether the parcels of an order hold all that was ordered."""
    sums: Counter[str] = Counter()
    for parcel in parcels:
        sums.update({sku.casefold(): quantity for sku, quantity in parcel.lines})
    wanted: Counter[str] = Counter()
    for sku, quantity in ordered.items():
        wanted[sku.casefold()] += quantity
    return all(sums[sku] >= quantity for sku, quantity in wanted.items())


def conservation(
    verdict: Verdict, *, created: Iterable[str], expected: Iterable[str], accounts: Sequence[Mapping[str, Any]]
) -> None:
    """Every order that is ``expected`` by now is in the product's books once, and none that was never ``created``."""
    known = Counter(account["order_id"] for account in accounts)
    made = set(created)
    verdict.counts["orders made"] = len(made)
    for order in sorted(set(expected) - known.keys()):
        verdict.wrong(f"{order} is not in the books")
    for order, times in known.items():
        if order not in made or times > 1:
            verdict.wrong(f"{order} stands {times} times in the books" if order in made else f"{order} was invented")
