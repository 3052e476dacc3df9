"""John Lewis Marketplace as the engine's marketplace."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

import httpx

from sync.partners.answers import Reply
from sync.partners.mirakl.client import PAGE, MiraklClient
from sync.partners.mirakl.wire import (
    Account,
    CarrierList,
    Configuration,
    Model,
    OrderList,
    ShippingTypes,
    UnreadableOrder,
    parse,
    read_order,
    unreadable,
)
from sync.partners.transport import Limits, segment
from sync.shapes import Answer, ApprovedCarrier, MarketplaceOrder, OrderPage, Prepared, ShopProfile


class MiraklMarketplace:
    """Implements :class:`sync.ports.Marketplace` for the Mirakl seller API.

    Args:
        url: the instance, without ``/api``.
        key: the shop's API key.
        shop_id: only where the key's user can see several shops.
        allowed_hosts, allow_loopback, limits, inner: see :class:`sync.partners.transport.Transport`.

    Raises:
        ValueError: the address is not allowed or the key cannot be sent.
    """

    def __init__(
        self,
        url: str,
        key: str,
        *,
        shop_id: str = "",
        allowed_hosts: Iterable[str] = (),
        allow_loopback: bool = False,
        limits: Limits | None = None,
        inner: httpx.BaseTransport | None = None,
    ) -> None:
        self._client = MiraklClient(
            url,
            key,
            shop_id=shop_id,
            allowed_hosts=allowed_hosts,
            allow_loopback=allow_loopback,
            limits=limits,
            inner=inner,
        )

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def ping(self) -> None:
        """Read A01: the health call V01 would also answer a wrong key."""
        _read(Account, self._client.account())

    def profile(self) -> ShopProfile:
        """Read what the platform allows (A01, PC01, SH12; John Lewis contract 2.8)."""
        account = _read(Account, self._client.account())
        configuration = _read(Configuration, self._client.configuration())
        types = _read(ShippingTypes, self._client.shipping_types())
        features = configuration.features
        workflows = features.order_workflows if features else None
        shipment = features.shipment if features else None
        return ShopProfile(
            shop_id=str(account.shop_id),
            shop_name=account.shop_name,
            currency=account.currency_iso_code,
            acceptance=workflows.order_acceptance if workflows else "",
            multi_shipment=shipment.multi_shipment if shipment else None,
            alternative_carriers_refused=features.disable_seller_alternative_carrier if features else None,
            timezone=configuration.timezone,
            tracking_mandatory_for=tuple(each.code for each in types.shipping_types if each.mandatory_tracking),
        )

    def carriers(self) -> list[ApprovedCarrier]:
        """Read the approved carrier list (SH21; John Lewis contract 2.8)."""
        return [row.to_carrier() for row in _read(CarrierList, self._client.carriers()).carriers]

    def orders_page(self, *, updated_since: datetime | None, states: Sequence[str], offset: int) -> OrderPage:
        """Read one page of orders, oldest first (OR11; John Lewis contract 2.1).

        An entry that is no order goes to ``unreadable`` as ``{"order_id", "reason", "raw"}``; the others are kept.
        """
        if updated_since is not None and updated_since.tzinfo is None:
            raise ValueError("updated_since needs an offset.")
        reply = self._client.orders(updated_since=updated_since, states=states, offset=offset)
        page = _read(OrderList, reply)
        orders, bad = _sorted_out(page)
        seen = offset + len(page.orders)
        more = bool(page.orders) and (seen < page.total_count or "next" in _links(reply))
        return OrderPage(
            orders=tuple(orders),
            total_count=page.total_count,
            next_offset=seen if more else None,
            remote_now=reply.date,
            unreadable=tuple(bad),
        )

    def orders_by_id(self, order_ids: Sequence[str]) -> list[MarketplaceOrder]:
        """Read up to 100 orders by id (OR11).

        An id that the shop cannot see is left out. So is an order that cannot be understood, unless none of the answer
        can: then ``Unclear`` is raised, so that a single unreadable order never looks as if it were gone.
        """
        if not order_ids:
            return []
        if len(order_ids) > PAGE:
            raise ValueError(f"At most {PAGE} orders can be read by id at once.")
        reply = self._client.orders_by_id(order_ids)
        orders, bad = _sorted_out(_read(OrderList, reply))
        if bad and not orders:
            raise reply.unclear(f"The order cannot be read: {bad[0]['reason']}.")
        wanted = set(order_ids)
        return [order for order in orders if order.order_id in wanted]

    def prepare_accept(self, order_id: str, line_ids: Sequence[str]) -> Prepared:
        """Accept all lines (OR21; John Lewis contract 2.3)."""
        body = {"order_lines": [{"accepted": True, "id": line_id} for line_id in line_ids]}
        return self._prepared("OR21", order_id, "accept", body)

    def prepare_tracking(self, order_id: str, *, carrier_code: str, tracking_number: str) -> Prepared:
        """Set carrier and tracking number (OR23; John Lewis contract 2.4)."""
        body = {"carrier_code": carrier_code}
        if tracking_number:
            body["tracking_number"] = tracking_number
        return self._prepared("OR23", order_id, "tracking", body)

    def prepare_ship(self, order_id: str) -> Prepared:
        """Confirm the dispatch of the whole order (OR24; John Lewis contract 2.5)."""
        return self._prepared("OR24", order_id, "ship", None)

    def send(self, prepared: Prepared) -> Answer:
        """Send a prepared write once. Any 2xx is applied, unless a web page came instead of the marketplace."""
        reply = self._client.write(prepared)
        if reply.is_markup:
            raise reply.unclear(f"The answer was a web page instead of data (HTTP {reply.status}).")
        return Answer(exchange=reply.exchange)

    def _prepared(self, operation: str, order_id: str, action: str, body: object | None) -> Prepared:
        return Prepared(
            operation=operation,
            method="PUT",
            path=self._client.write_path(f"/api/orders/{segment(order_id)}/{action}"),
            natural_key=order_id,
            body=None if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(),
            content_type="" if body is None else "application/json",
        )


def _read(model: type[Model], reply: Reply) -> Model:
    """The body of a reply as a model; what does not fit it raises ``Unclear``."""
    try:
        return parse(model, reply.json())
    except ValueError as error:
        raise reply.unclear(f"The answer is not what it should be ({error}).") from None


def _sorted_out(page: OrderList) -> tuple[list[MarketplaceOrder], list[dict[str, object]]]:
    orders: list[MarketplaceOrder] = []
    bad: list[dict[str, object]] = []
    for entry in page.orders:
        if not isinstance(entry, dict):
            bad.append(unreadable(entry, "the entry is no object"))
            continue
        try:
            orders.append(read_order(entry))
        except UnreadableOrder as error:
            bad.append(unreadable(entry, str(error)))
    return orders, bad


def _links(reply: Reply) -> set[str]:
    """The relations of the ``Link`` header, which may come once per link (John Lewis contract 1.3)."""
    parts = ", ".join(reply.headers.get_list("Link")).split(";")
    return {part.split(",")[0].strip()[4:].strip('" ') for part in parts if part.strip().startswith("rel=")}
