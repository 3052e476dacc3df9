"""The audit of the mapping table: does every courier that SEKO used in 90 days have a code that may be sent?"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from carriers.models import CarrierMapping
from carriers.names import key
from carriers.resolve import Book, Problem
from carriers.shipments import CourierSeen, registered


class Status(StrEnum):
    """How a row of the table stands. The value is its name in addresses."""

    UNMAPPED = "unmapped"
    NOT_APPROVED = "not_approved"
    LIST_UNREAD = "list_unread"
    HELD = "held"
    LIVE = "live"
    UNUSED = "unused"

    @property
    def label(self) -> str:
        """In words."""
        return _LABELS[self]

    @property
    def hole(self) -> bool:
        """Whether dispatches of this row stall."""
        return self in (Status.UNMAPPED, Status.NOT_APPROVED, Status.LIST_UNREAD)


_LABELS = {
    Status.UNMAPPED: "No code",
    Status.NOT_APPROVED: "Code not approved",
    Status.LIST_UNREAD: "List not read yet",
    Status.HELD: "Held although mapped",
    Status.LIVE: "Live",
    Status.UNUSED: "Not used in 90 days",
}
_OF_PROBLEM = {
    Problem.NONE: Status.LIVE,
    Problem.UNMAPPED: Status.UNMAPPED,
    Problem.NOT_APPROVED: Status.NOT_APPROVED,
    Problem.LIST_UNREAD: Status.LIST_UNREAD,
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the mapping screen: a row of the table, or a courier and service seen without one.

    ``parcels`` are the dispatches of 90 days that it decides, ``waiting`` those held for their carrier.
    """

    courier: str
    service: str
    status: Status
    code: str = ""
    label: str = ""
    mapping: CarrierMapping | None = None
    parcels: int = 0
    waiting: int = 0
    last_seen_at: datetime | None = None
    spellings: tuple[str, ...] = ()

    @property
    def any_service(self) -> bool:
        """Whether the row stands for every service of the courier."""
        return self.mapping is not None and not self.mapping.service_key

    @property
    def nameless(self) -> bool:
        """Whether SEKO named no courier. That cannot be mapped: the dispatch itself has to be put right."""
        return not key(self.courier)


@dataclass(frozen=True, slots=True)
class Coverage:
    """The rows of one shop, holes first, and how much of what SEKO sent they cover; ``approved`` codes may be sent."""

    rows: list[Row]
    parcels: int
    covered: int
    approved: int

    @property
    def percent(self) -> float | None:
        """Covered share of the parcels, rounded down so that 100 means all of them; None = no parcel seen."""
        return self.covered * 1000 // self.parcels / 10 if self.parcels else None

    @property
    def holes(self) -> list[Row]:
        """The rows whose dispatches stall, of which something was seen."""
        return [row for row in self.rows if row.status.hole and row.parcels]

    @property
    def waiting(self) -> int:
        """Dispatches held for their carrier."""
        return sum(row.waiting for row in self.rows)


def measure(shop: str) -> Coverage:
    """The mapping table of ``shop`` against what SEKO used: one row per live mapping and per pair seen without one."""
    book = Book.load(shop)
    seen = registered().couriers_seen(shop)
    groups: dict[tuple[str, str], list[CourierSeen]] = {pair: [] for pair in book.mappings}
    for one in seen:
        mapping = book.row_for(one.courier, one.service)
        pair = (mapping.courier_key, mapping.service_key) if mapping else (key(one.courier), key(one.service))
        groups.setdefault(pair, []).append(one)
    rows = [_row(book, pair, group) for pair, group in groups.items()]
    rows.sort(key=_order)
    parcels = sum(one.parcels for one in seen)
    covered = sum(row.parcels for row in rows if not row.status.hole)
    return Coverage(rows=rows, parcels=parcels, covered=covered, approved=len(book.carriers))


def pairs(shop: str) -> list[Row]:
    """One row per courier and service seen, each with the mapping that decides it; the biggest holes first."""
    book = Book.load(shop)
    groups: dict[tuple[str, str], list[CourierSeen]] = {}
    for one in registered().couriers_seen(shop):
        groups.setdefault((key(one.courier), key(one.service)), []).append(one)
    rows = [_seen_row(book, book.row_for(*pair), group) for pair, group in groups.items()]
    rows.sort(key=_order)
    return rows


def _row(book: Book, pair: tuple[str, str], group: list[CourierSeen]) -> Row:
    mapping = book.mappings.get(pair)
    if mapping is None or group:
        return _seen_row(book, mapping, group, named_by=mapping)
    status = _OF_PROBLEM[book.problem_of(mapping)]
    return Row(
        courier=mapping.courier,
        service=mapping.service,
        status=Status.UNUSED if status is Status.LIVE else status,
        code=mapping.carrier_code,
        label=_label(book, mapping),
        mapping=mapping,
    )


def _seen_row(
    book: Book, mapping: CarrierMapping | None, group: list[CourierSeen], *, named_by: CarrierMapping | None = None
) -> Row:
    biggest = max(group, key=lambda one: one.parcels)
    names = named_by or biggest
    waiting = sum(one.waiting for one in group)
    return Row(
        courier=names.courier,
        service=names.service,
        status=_status(book, mapping, waiting),
        code=mapping.carrier_code if mapping else "",
        label=_label(book, mapping),
        mapping=mapping,
        parcels=sum(one.parcels for one in group),
        waiting=waiting,
        last_seen_at=max(one.last_seen_at for one in group),
        spellings=tuple(sorted({f"{one.courier} / {one.service}" for one in group})),
    )


def _status(book: Book, mapping: CarrierMapping | None, waiting: int) -> Status:
    """How a row of which parcels were seen stands. Held although mapped: most often, John Lewis refused the code."""
    status = _OF_PROBLEM[book.problem_of(mapping)] if mapping else Status.UNMAPPED
    return Status.HELD if status is Status.LIVE and waiting else status


def _label(book: Book, mapping: CarrierMapping | None) -> str:
    carrier = book.carriers.get(mapping.carrier_code) if mapping else None
    return carrier.label if carrier else ""


def _order(row: Row) -> tuple[bool, bool, int, int, str, str]:
    """Holes with waiting dispatches, other holes by parcels, then the rest by name."""
    hole = row.status.hole
    return (not hole, not row.waiting, -row.waiting if hole else 0, -row.parcels if hole else 0,
            key(row.courier), key(row.service))  # fmt: skip
