"""The promise, counted: every order is moving, done, or stalled with exactly one open exception that has an owner."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field

from django.db.models import Exists, OuterRef

from exceptions.models import ExceptionRecord, Fault
from exceptions.states import OPEN
from sync.conservation import OrderState, order_states
from sync.models import Connection, Item
from sync.states import Status


@dataclass(frozen=True, slots=True)
class Account:
    """Where one order is; ``owner`` = a person's name, or a queue."""

    order_id: str
    state: str
    stage: str
    exception_category: str | None
    owner: str | None

    def as_dict(self) -> dict[str, str | None]:
        """For JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Books:
    """All orders, and every place where the books do not balance."""

    accounts: list[Account] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def totals(self) -> dict[str, int]:
        """Orders by state."""
        return dict(Counter(account.state for account in self.accounts))


def balance(connection: Connection | None = None) -> Books:
    """Count every order of a connection, or of all."""
    records = _open_records(connection)
    books = Books()
    for order in order_states(connection):
        found = records.pop((order.connection_id, order.order_id), [])
        books.accounts.append(_account(order, found, books.faults))
    for (_, key), left in records.items():
        books.faults.append(f"order {key}: an exception is open, and no such order is known ({left[0].category})")
    books.faults.extend(_loose_items(connection))
    return books


def _open_records(connection: Connection | None) -> dict[tuple[int, str], list[ExceptionRecord]]:
    rows = ExceptionRecord.objects.filter(state__in=sorted(OPEN)).exclude(order_key="").select_related("owner")
    if connection is not None:
        rows = rows.filter(connection=connection)
    found: dict[tuple[int, str], list[ExceptionRecord]] = {}
    for record in rows:
        found.setdefault((record.connection_id, record.order_key), []).append(record)
    return found


def _account(order: OrderState, records: list[ExceptionRecord], faults: list[str]) -> Account:
    if len(records) > 1:
        faults.append(f"order {order.order_id}: {len(records)} exceptions lead at once")
    if order.any_stalled and not records:
        faults.append(f"order {order.order_id}: stalled without an open exception")
    if records and not order.any_stalled:
        faults.append(f"order {order.order_id}: an exception is open ({records[0].category}), and nothing is stalled")
    state = "stalled" if order.any_stalled else "done" if order.is_over else "moving"
    record = records[0] if records else None
    return Account(
        order_id=order.order_id,
        state=state,
        stage=order.stage,
        exception_category=record.category if record else None,
        owner=record.owner_label if record else None,
    )


def _loose_items(connection: Connection | None) -> list[str]:
    """Stalled messages and unmatched dispatches, which belong to no order, need a record too, be it a dismissed one."""
    known = Fault.objects.filter(item=OuterRef("pk"))
    rows = Item.objects.filter(status=Status.STALLED, order_key="").exclude(Exists(known))
    if connection is not None:
        rows = rows.filter(connection=connection)
    return [f"{item}: stalled without an exception" for item in rows]
