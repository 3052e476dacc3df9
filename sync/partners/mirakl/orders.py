"""Orders as the marketplace shows them (John Lewis contract 2.1)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from sync.failures import Unreadable
from sync.partners.mirakl.client import MiraklClient
from sync.partners.mirakl.fields import (
    Identity,
    Moment,
    Money,
    Quantity,
    Short,
    Text,
    Wire,
    Word,
    as_date,
    at_most,
    parse,
    read,
)
from sync.partners.mirakl.paging import PAGE, Counted, next_offset
from sync.shapes import Address, MarketplaceLine, MarketplaceOrder, OrderPage


class _Amount(Wire):
    amount: Money


class _Cancelation(Wire):
    quantity: Quantity | None = None


class _Line(Wire):
    order_line_id: Identity
    order_line_index: Quantity
    order_line_state: Word
    offer_sku: Identity
    product_title: Text = ""
    quantity: Quantity
    price_unit: Money
    total_price: Money
    taxes: list[_Amount] | None = None
    cancelations: list[_Cancelation] | None = None

    @model_validator(mode="after")
    def _was_ordered(self) -> Self:
        """Where cancelled pieces are taken off the quantity (John Lewis contract 2.7), they are what was ordered."""
        if not self.quantity and not self.cancelled:
            raise ValueError("a quantity of zero of which nothing was cancelled")
        return self

    @property
    def cancelled(self) -> int:
        """How many pieces of the line were cancelled."""
        return sum(each.quantity or 0 for each in self.cancelations or ())

    def to_line(self) -> MarketplaceLine:
        return MarketplaceLine(
            line_id=self.order_line_id,
            index=self.order_line_index,
            sku=self.offer_sku,
            title=self.product_title[:500],
            quantity=self.quantity,
            cancelled_quantity=self.cancelled,
            unit_price=self.price_unit,
            total_price=self.total_price,
            tax=sum((each.amount for each in self.taxes or ()), Decimal(0)),
            state=self.order_line_state,
        )


class _Address(Wire):
    firstname: Text = ""
    lastname: Text = ""
    company: Text = ""
    company_2: Text = ""
    street_1: Text = ""
    street_2: Text = ""
    city: Text = ""
    state: Text = ""
    zip_code: Text = ""
    country_iso_code: Text = ""
    phone: Text = ""
    phone_secondary: Text = ""
    additional_info: Text = ""

    def to_address(self, *, email: str) -> Address:
        return Address(
            first_name=self.firstname,
            last_name=self.lastname,
            company=", ".join(part for part in (self.company, self.company_2) if part),
            line1=self.street_1,
            line2=self.street_2,
            city=self.city,
            county=self.state,
            postcode=self.zip_code,
            country_code=self.country_iso_code,
            phone=self.phone or self.phone_secondary,
            email=email,
            notes=self.additional_info,
        )


class _Customer(Wire):
    shipping_address: _Address | None = None


class _References(Wire):
    order_reference_for_seller: Text = ""


class _Order(Wire):
    order_id: Identity
    commercial_id: Identity
    order_state: Word
    created_date: Moment
    last_updated_date: Moment
    shipping_deadline: Moment | None = None
    currency_iso_code: Annotated[str, Field(min_length=1, max_length=10)]
    total_price: Money
    shipping_price: Money
    shipping_type_code: Short = ""
    shipping_type_label: Short = ""
    can_cancel: bool | None = None
    customer_notification_email: Text = ""
    customer: _Customer | None = None
    order_lines: Annotated[list[_Line], Field(min_length=1, max_length=1000)]
    shipping_carrier_code: Short = ""
    shipping_company: Short = ""
    shipping_tracking: Short = ""
    references: _References | None = None

    def to_order(self, raw: Mapping[str, Any]) -> MarketplaceOrder:
        address = self.customer.shipping_address if self.customer else None
        return MarketplaceOrder(
            order_id=self.order_id,
            commercial_id=self.commercial_id,
            state=self.order_state,
            created_at=self.created_date,
            updated_at=self.last_updated_date,
            shipping_deadline=self.shipping_deadline,
            currency=self.currency_iso_code,
            total_price=self.total_price,
            shipping_price=self.shipping_price,
            shipping_type_code=self.shipping_type_code,
            shipping_type_label=self.shipping_type_label,
            can_cancel=bool(self.can_cancel),
            delivery=address.to_address(email=self.customer_notification_email) if address else None,
            lines=tuple(line.to_line() for line in self.order_lines),
            carrier_code=self.shipping_carrier_code,
            carrier_name=self.shipping_company,
            tracking_number=self.shipping_tracking,
            raw=raw,
            seller_reference=self.references.order_reference_for_seller if self.references else "",
        )


class _OrderList(Counted):
    orders: list[Any]


class Orders:
    """The part of :class:`sync.ports.Marketplace` that reads orders."""

    _client: MiraklClient

    def orders_page(self, *, updated_since: datetime | None, states: Sequence[str], offset: int) -> OrderPage:
        """Read one page of orders, oldest first (OR11; John Lewis contract 2.1).

        An entry that is no order goes to ``unreadable`` as ``{"order_id", "reason", "raw"}``; the others are kept.
        """
        query = {"max": str(PAGE), "offset": str(offset), "sort": "dateCreated", "order": "asc"}
        if updated_since is not None:
            query["start_update_date"] = as_date(updated_since, name="updated_since")
        if states:
            query["order_state_codes"] = ",".join(at_most(states, name="states"))
        reply = self._client.read("OR11", "/api/orders", query)
        page = read(_OrderList, reply)
        orders, bad = _sorted_out(page.orders)
        return OrderPage(
            orders=tuple(orders),
            total_count=page.total_count,
            next_offset=next_offset(reply, offset=offset, entries=len(page.orders), total=page.total_count),
            remote_now=reply.date,
            unreadable=tuple(bad),
        )

    def orders_by_id(self, order_ids: Sequence[str]) -> list[MarketplaceOrder]:
        """Read up to 100 orders by id (OR11).

        An id that the shop cannot see is left out. So is an order that cannot be understood, unless none of the answer
        can: then ``Unreadable`` is raised, so that a single unreadable order never looks as if it were gone.
        """
        if not order_ids:
            return []
        wanted = at_most(order_ids, name="order ids")
        reply = self._client.read("OR11", "/api/orders", {"order_ids": ",".join(wanted), "max": str(PAGE)})
        orders, bad = _sorted_out(read(_OrderList, reply).orders)
        if bad and not orders:
            raise Unreadable(f"The order cannot be read: {bad[0]['reason']}.", exchange=reply.exchange)
        return [order for order in orders if order.order_id in set(wanted)]


def _sorted_out(entries: Sequence[Any]) -> tuple[list[MarketplaceOrder], list[dict[str, object]]]:
    orders: list[MarketplaceOrder] = []
    bad: list[dict[str, object]] = []
    for entry in entries:
        try:
            orders.append(parse(_Order, entry).to_order(entry))
        except ValueError as error:
            order_id = entry.get("order_id") if isinstance(entry, dict) else None
            named = order_id if isinstance(order_id, str) else ""
            bad.append({"order_id": named, "reason": str(error), "raw": entry})
    return orders, bad
