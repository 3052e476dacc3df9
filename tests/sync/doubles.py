"""Two partners in memory that keep a world, so that a test can ask what was really applied."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sync.failures import PartnerError, Unreadable
from sync.shapes import (
    Address,
    Answer,
    ApprovedCarrier,
    Exchange,
    MarketplaceLine,
    MarketplaceOrder,
    OrderPage,
    Prepared,
    PushMessage,
    ShopProfile,
    StockAnswer,
    WarehouseOrder,
    WarehouseStatus,
)

HOME = Address(
    first_name="Ada", last_name="Example", line1="1 Sample Road", city="Leeds", county="West Yorkshire",
    postcode="LS1 1AA", country_code="GBR", phone="01130000000", email="ada@example.com",
)  # fmt: skip


def an_order(order_id: str = "JL1-A", *, state: str = "SHIPPING", address: Address | None = HOME, **sku_quantity: int):
    """A marketplace order; ``sku_quantity`` = lines, one BAG by default."""
    now = datetime.now(UTC).replace(microsecond=0)
    wanted = sku_quantity or {"BAG": 1}
    lines = tuple(
        MarketplaceLine(
            line_id=f"{order_id}-{place}", index=place, sku=sku, title=f"A {sku}", quantity=quantity,
            cancelled_quantity=0, unit_price=Decimal("10.00"), total_price=Decimal(10) * quantity, tax=Decimal(0),
            state=state,
        )
        for place, (sku, quantity) in enumerate(wanted.items(), start=1)
    )  # fmt: skip
    return MarketplaceOrder(
        order_id=order_id, commercial_id=order_id.removesuffix("-A"), state=state, created_at=now, updated_at=now,
        shipping_deadline=now + timedelta(days=2), currency="GBP", total_price=Decimal("10.00"),
        shipping_price=Decimal(0), shipping_type_code="STD", shipping_type_label="Standard", can_cancel=True,
        delivery=address, lines=lines,
    )  # fmt: skip


def exchange(prepared: Prepared, status: int) -> Exchange:
    """A kept answer."""
    return Exchange(prepared.operation, prepared.method, prepared.path, status, "", "{}", 0.01)


@dataclass
class Side:
    """What both doubles share: the writes that came, and what to do before or after each is applied."""

    sent: list[Prepared] = field(default_factory=list)
    before: dict[str, list[PartnerError]] = field(default_factory=dict)
    after: dict[str, list[PartnerError]] = field(default_factory=dict)
    hook: Callable[[Prepared], None] | None = None

    def ping(self) -> None:
        """Always there."""

    def close(self) -> None:
        """Nothing to close."""

    def send(self, prepared: Prepared) -> Answer:
        """Apply a write, with the faults that the test has armed."""
        self.sent.append(prepared)
        if self.before.get(prepared.operation):
            raise self.before[prepared.operation].pop(0)
        reference = self.apply(prepared)
        if self.hook:
            self.hook(prepared)
        if self.after.get(prepared.operation):
            raise self.after[prepared.operation].pop(0)
        return Answer(exchange(prepared, 200), reference)

    def apply(self, prepared: Prepared) -> str:
        """Change the world."""
        raise NotImplementedError

    def count(self, operation: str) -> int:
        """How often a write of this operation came."""
        return sum(prepared.operation == operation for prepared in self.sent)


@dataclass
class MarketplaceDouble(Side):
    """Orders by id."""

    orders: dict[str, MarketplaceOrder] = field(default_factory=dict)
    reads: int = 0
    read_fault: PartnerError | None = None
    unreadable: set[str] = field(default_factory=set)

    def put(self, *orders: MarketplaceOrder) -> None:
        """Put orders into the world."""
        self.orders |= {order.order_id: order for order in orders}

    def change(self, order_id: str, **changes) -> None:
        """Change one order, as John Lewis or a customer would."""
        later = self.orders[order_id].updated_at + timedelta(seconds=1)
        self.orders[order_id] = replace(self.orders[order_id], updated_at=later, **changes)

    def profile(self) -> ShopProfile:
        """A shop."""
        return ShopProfile("1", "Shop", "GBP", "NOT_AUTOMATIC", False, True, "Europe/London")

    def carriers(self) -> list[ApprovedCarrier]:
        """The approved list."""
        return [ApprovedCarrier("DPD_UK", "DPD UK"), ApprovedCarrier("RM24", "Royal Mail 24")]

    def orders_page(self, *, updated_since, states: Sequence[str], offset: int) -> OrderPage:
        """Everything on one page."""
        if self.read_fault:
            raise self.read_fault
        found = [
            order
            for order in self.orders.values()
            if (not states or order.state in states) and (updated_since is None or order.updated_at >= updated_since)
        ]
        return OrderPage(tuple(found), len(found), None, datetime.now(UTC))

    def orders_by_id(self, order_ids: Sequence[str]) -> list[MarketplaceOrder]:
        """The orders that exist and can be read; of an answer that cannot be read at all it says so."""
        self.reads += 1
        if self.read_fault:
            raise self.read_fault
        shown = [order_id for order_id in order_ids if order_id in self.orders]
        readable = [self.orders[order_id] for order_id in shown if order_id not in self.unreadable]
        if shown and not readable:
            raise Unreadable("The order cannot be read: order_state: Field required.")
        return readable

    def prepare_accept(self, order_id: str, line_ids: Sequence[str]) -> Prepared:
        """OR21."""
        return Prepared("OR21", "PUT", f"/api/orders/{order_id}/accept", order_id, b"{}")

    def prepare_tracking(self, order_id: str, *, carrier_code: str, tracking_number: str) -> Prepared:
        """OR23."""
        body = f"{carrier_code} {tracking_number}".encode()
        return Prepared("OR23", "PUT", f"/api/orders/{order_id}/tracking", order_id, body)

    def prepare_ship(self, order_id: str) -> Prepared:
        """OR24."""
        return Prepared("OR24", "PUT", f"/api/orders/{order_id}/ship", order_id)

    def apply(self, prepared: Prepared) -> str:
        """What each write does."""
        order_id = prepared.natural_key
        if prepared.operation == "OR21":
            self.change(order_id, state="SHIPPING")
        elif prepared.operation == "OR23":
            carrier, number = (prepared.body or b"").decode().split(" ", 1)
            self.change(order_id, carrier_code=carrier, tracking_number=number)
        else:
            self.change(order_id, state="SHIPPED")
        return ""


@dataclass
class WarehouseDouble(Side):
    """Orders by GUID. It is naive: it accepts a duplicate, so that only our own care prevents one."""

    can_read_status: bool = True
    orders: list[WarehouseOrder] = field(default_factory=list)
    statuses: dict[str, WarehouseStatus] = field(default_factory=dict)
    pending: dict[str, WarehouseOrder] = field(default_factory=dict)
    status_fault: PartnerError | None = None
    pushes: list[PushMessage] = field(default_factory=list)
    periods_asked: list[tuple[datetime, datetime]] = field(default_factory=list)

    def prepare_order(self, order: WarehouseOrder) -> Prepared:
        """Websubmit."""
        self.pending[order.number] = order
        return Prepared("websubmit", "POST", "salesorders/v4/websubmit", order.number, repr(order).encode())

    def prepare_cancel(self, number: str, *, reason_code: str) -> Prepared:
        """Cancel."""
        return Prepared("cancel", "POST", f"salesorders/v3/{number}/cancel?reasonCode={reason_code}", number)

    def apply(self, prepared: Prepared) -> str:
        """What each write does."""
        if prepared.operation == "websubmit":
            order = self.pending[prepared.natural_key]
            self.orders.append(order)
            self.statuses[order.guid] = WarehouseStatus(True, "To Be Picked")
            return order.guid
        for order in self.orders:
            if order.number == prepared.natural_key:
                self.statuses[order.guid] = WarehouseStatus(True, "Cancelled")
        return ""

    def status(self, guid: str) -> WarehouseStatus:
        """A reading."""
        if self.status_fault:
            raise self.status_fault
        return self.statuses.get(guid, WarehouseStatus(False))

    def dispatched_between(self, start: datetime, end: datetime) -> list[str]:
        """The GUIDs whose status is Dispatched, whenever that was."""
        self.periods_asked.append((start, end))
        return [guid for guid, status in self.statuses.items() if status.status == "Dispatched"]

    def stock(self, product_codes: Sequence[str] | None = None) -> StockAnswer:
        """Nothing known."""
        return StockAnswer((), complete=False)

    def read_push(self, body: bytes, *, path: str = "") -> list[PushMessage]:
        """Whatever the test has put there."""
        if not self.pushes:
            raise ValueError("the message is empty")
        return self.pushes
