from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import httpx
import pytest

from sync.failures import Unclear, Unreadable
from sync.ports import Marketplace
from sync.shapes import Address
from tests.partners.doubles import Script
from tests.partners.sample_shop import ADDRESS, KEY, ORDER, changed, page, read_one, shop


def test_it_is_a_marketplace() -> None:
    port: Marketplace = shop(Script({}))
    port.close()


# Requests


def test_a_poll_asks_for_the_oldest_orders_first_with_the_raw_key() -> None:
    script = Script(page())
    since = datetime(2026, 11, 20, 10, 30, 15, 999_000, tzinfo=timezone(timedelta(hours=1)))
    shop(script).orders_page(updated_since=since, states=["SHIPPING", "WAITING_ACCEPTANCE"], offset=200)
    assert script.request.url.path == "/api/orders"
    assert dict(script.request.url.params) == {
        "max": "100",
        "offset": "200",
        "sort": "dateCreated",
        "order": "asc",
        "start_update_date": "2026-11-20T09:30:15Z",
        "order_state_codes": "SHIPPING,WAITING_ACCEPTANCE",
    }
    assert script.request.headers["Authorization"] == KEY
    assert script.request.headers["Accept"] == "application/json"


def test_a_first_poll_names_neither_time_nor_states() -> None:
    script = Script(page())
    shop(script).orders_page(updated_since=None, states=(), offset=0)
    assert set(script.request.url.params) == {"max", "offset", "sort", "order"}


def test_orders_are_read_by_id_a_hundred_at_once() -> None:
    script = Script(page(ORDER))
    found = shop(script).orders_by_id(["JL70012345-A", "GONE-A"])
    assert dict(script.request.url.params) == {"order_ids": "JL70012345-A,GONE-A", "max": "100"}
    assert [order.order_id for order in found] == ["JL70012345-A"]


def test_more_ids_than_the_platform_takes_are_refused_and_none_asks_nothing() -> None:
    script = Script(page())
    with pytest.raises(ValueError, match="100"):
        shop(script).orders_by_id([str(number) for number in range(101)])
    assert shop(script).orders_by_id([]) == []
    assert script.requests == []


def test_a_chosen_shop_is_named_in_every_call() -> None:
    script = Script(page())
    market = shop(script, shop_id="2001")
    market.orders_page(updated_since=None, states=(), offset=0)
    assert script.request.url.params["shop_id"] == "2001"
    assert market.prepare_ship("A").path == "/api/orders/A/ship?shop_id=2001"


def test_accepting_decides_every_line() -> None:
    script = Script(httpx.Response(204))
    market = shop(script)
    prepared = market.prepare_accept("JL 1/A", ["L1", "L2"])
    assert prepared.natural_key == "JL 1/A"
    assert market.send(prepared).exchange.status == 204
    assert (script.request.method, script.request.url.raw_path) == ("PUT", b"/api/orders/JL%201%2FA/accept")
    assert script.sent == {"order_lines": [{"accepted": True, "id": "L1"}, {"accepted": True, "id": "L2"}]}


def test_tracking_sends_the_carrier_code_and_the_number() -> None:
    script = Script(httpx.Response(204))
    market = shop(script)
    market.send(market.prepare_tracking("A", carrier_code="DPD", tracking_number="155"))
    assert script.request.url.path == "/api/orders/A/tracking"
    assert script.sent == {"carrier_code": "DPD", "tracking_number": "155"}
    assert script.request.headers["Content-Type"] == "application/json"


def test_tracking_without_a_number_leaves_the_field_out() -> None:
    script = Script(httpx.Response(204))
    market = shop(script)
    market.send(market.prepare_tracking("A", carrier_code="ROYAL", tracking_number=""))
    assert script.sent == {"carrier_code": "ROYAL"}


def test_shipping_has_no_body_but_its_length() -> None:
    script = Script(httpx.Response(204))
    market = shop(script)
    market.send(market.prepare_ship("A"))
    assert (script.request.method, script.request.url.path) == ("PUT", "/api/orders/A/ship")
    assert (script.request.content, script.request.headers["Content-Length"]) == (b"", "0")
    assert "Content-Type" not in script.request.headers


# Answers


def test_an_order_is_read_whole() -> None:
    order = read_one(ORDER)
    assert (order.order_id, order.commercial_id, order.state) == ("JL70012345-A", "JL70012345", "SHIPPING")
    assert order.created_at == datetime(2026, 11, 20, 9, 12, 41, tzinfo=UTC)
    assert order.updated_at == datetime(2026, 11, 20, 9, 31, 7, 460_000, tzinfo=UTC)
    assert (order.total_price, order.shipping_price, order.currency) == (Decimal("178.1"), Decimal(0), "GBP")
    assert order.delivery == Address(
        first_name="Ada",
        last_name="Example",
        line1="1 Sample Street",
        city="Leeds",
        postcode="LS1 1AA",
        country_code="GBR",
        phone="07000000000",
        email="notification+ab12@notification.mirakl.net",
        notes="Leave with neighbour",
    )
    line = order.lines[0]
    assert (line.line_id, line.index, line.sku, line.quantity) == ("JL70012345-A-1", 1, "BAG-TAN-01", 3)
    assert (line.cancelled_quantity, line.unit_price, line.tax) == (1, Decimal("59.37"), Decimal("4.55"))
    assert order.raw["brand_new_field"] == [1]


def _without_address(order: dict[str, Any]) -> None:
    del order["customer"]["shipping_address"]


@pytest.mark.parametrize(
    "change",
    [
        _without_address,
        lambda order: order["customer"].update(shipping_address=None),
        lambda order: order.pop("customer"),
    ],
)
def test_a_withheld_address_is_none(change: Callable[[dict[str, Any]], object]) -> None:
    assert read_one(changed(change)).delivery is None


def test_an_address_of_empty_texts_is_an_address() -> None:
    empty = dict.fromkeys(ADDRESS, "")
    order = read_one(
        changed(lambda order: order.update(customer={"shipping_address": empty}, customer_notification_email=None))
    )
    assert order.delivery == Address()


def test_a_second_company_line_and_a_second_phone_are_kept() -> None:
    address = {**ADDRESS, "company": "Acme", "company_2": "Leeds branch", "phone": None, "phone_secondary": "0113"}
    delivery = read_one(changed(lambda order: order["customer"].update(shipping_address=address))).delivery
    assert (delivery.company, delivery.phone) == ("Acme, Leeds branch", "0113")


def test_an_unknown_state_is_kept_as_it_came() -> None:
    assert read_one(changed(lambda order: order.update(order_state="ON_THE_MOON"))).state == "ON_THE_MOON"


def test_optional_fields_may_be_missing() -> None:
    bare = {
        "shipping_deadline",
        "shipping_type_code",
        "shipping_type_label",
        "can_cancel",
        "customer_notification_email",
    }
    order = read_one({key: value for key, value in ORDER.items() if key not in bare})
    assert (order.shipping_deadline, order.shipping_type_code, order.can_cancel) == (None, "", False)


BAD_ORDERS: dict[str, Callable[[dict[str, Any]], object]] = {
    "quantity zero": lambda order: order["order_lines"][0].update(quantity=0, cancelations=[]),
    "quantity zero, cancelations withheld": lambda order: order["order_lines"][0].update(quantity=0, cancelations=None),
    "quantity negative": lambda order: order["order_lines"][0].update(quantity=-1),
    "quantity text": lambda order: order["order_lines"][0].update(quantity="3"),
    "quantity fraction": lambda order: order["order_lines"][0].update(quantity=3.0),
    "quantity null": lambda order: order["order_lines"][0].update(quantity=None),
    "quantity true": lambda order: order["order_lines"][0].update(quantity=True),
    "quantity huge": lambda order: order["order_lines"][0].update(quantity=10**30),
    "no sku": lambda order: order["order_lines"][0].pop("offer_sku"),
    "empty sku": lambda order: order["order_lines"][0].update(offer_sku=""),
    "no lines": lambda order: order.update(order_lines=[]),
    "lines an object": lambda order: order.update(order_lines={}),
    "no state": lambda order: order.pop("order_state"),
    "date without offset": lambda order: order.update(created_date="2026-11-20T09:12:41"),
    "date a number": lambda order: order.update(created_date=1_700_000_000),
    "date nonsense": lambda order: order.update(last_updated_date="yesterday"),
    "date out of range": lambda order: order.update(created_date="0001-01-01T00:00:00+14:00"),
    "price text": lambda order: order.update(total_price="178"),
    "price huge": lambda order: order.update(total_price=1e300),
    "price negative": lambda order: order.update(total_price=-1),
    "price missing": lambda order: order.pop("total_price"),
    "address a list": lambda order: order["customer"].update(shipping_address=[1]),
    "city a number": lambda order: order["customer"]["shipping_address"].update(city=7),
    "order id long": lambda order: order.update(order_id="x" * 5000),
    "cancelled quantity negative": lambda order: order["order_lines"][0].update(cancelations=[{"quantity": -1}]),
}


@pytest.mark.parametrize("change", BAD_ORDERS.values(), ids=BAD_ORDERS)
def test_one_bad_order_does_not_spoil_its_page(change: Callable[[dict[str, Any]], object]) -> None:
    bad = changed(change)
    found = shop(Script(page(ORDER, bad, total=2))).orders_page(updated_since=None, states=(), offset=0)
    assert [order.order_id for order in found.orders] == ["JL70012345-A"]
    assert len(found.unreadable) == 1
    assert found.unreadable[0]["order_id"] == bad["order_id"]
    assert found.unreadable[0]["reason"]
    assert found.unreadable[0]["raw"] == bad
    assert found.next_offset is None


@pytest.mark.parametrize("entry", [None, "text", 7, [], {}, {"order_id": 5}])
def test_an_entry_that_is_no_order_is_kept_without_an_id(entry: Any) -> None:
    found = shop(Script(page(ORDER, entry))).orders_page(updated_since=None, states=(), offset=0)
    assert len(found.orders) == 1
    assert found.unreadable[0]["order_id"] == ""


def test_the_reason_never_repeats_what_a_customer_wrote() -> None:
    bad = changed(lambda order: order["customer"]["shipping_address"].update(city={"secret": "Leeds-Secret"}))
    found = shop(Script(page(bad))).orders_page(updated_since=None, states=(), offset=0)
    assert "Secret" not in found.unreadable[0]["reason"]
    assert "city" in found.unreadable[0]["reason"]


def test_a_line_that_is_cancelled_down_to_nothing_is_a_line() -> None:
    """Where the quantity falls with what is cancelled of it, a line that was cancelled as a whole comes with zero."""
    order = read_one(changed(lambda order: order["order_lines"][0].update(quantity=0)))
    assert (order.lines[0].quantity, order.lines[0].cancelled_quantity) == (0, 1)


def test_a_single_unreadable_order_never_looks_gone() -> None:
    bad = changed(lambda order: order["order_lines"][0].update(quantity=-1))
    with pytest.raises(Unreadable, match="quantity"):
        shop(Script(page(bad))).orders_by_id(["JL70012345-A"])


@pytest.mark.parametrize(
    ("offset", "count", "total", "link", "following"),
    [
        (0, 2, 2, "", None),
        (0, 2, 5, "", 2),
        (3, 2, 5, "", None),
        (0, 0, 5, "", None),
        (0, 2, 2, '<https://jl.mirakl.net/api/orders?offset=2>; rel="next"', 2),
        (2, 2, 4, '<https://a/?x=1,2>; rel="previous"', None),
        (2, 2, 4, '<https://a>; rel="previous", <https://b>; rel="next"', 4),
    ],
)
def test_the_next_page_follows_the_count_and_the_link(
    offset: int, count: int, total: int, link: str, following: int | None
) -> None:
    orders = [changed(lambda order, n=n: order.update(order_id=f"O{n}")) for n in range(count)]
    headers = {"Date": "Mon, 23 Nov 2026 10:00:00 GMT", **({"Link": link} if link else {})}
    script = Script(httpx.Response(200, json=page(*orders, total=total), headers=headers))
    found = shop(script).orders_page(updated_since=None, states=(), offset=offset)
    assert (found.next_offset, found.total_count) == (following, total)
    assert found.remote_now == datetime(2026, 11, 23, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "body",
    [{}, [], 7, "x", None, {"orders": {}, "total_count": 0}, {"orders": []}, {"orders": [], "total_count": "3"},
     {"orders": [], "total_count": -1}, {"total_count": 0}],
)  # fmt: skip
def test_a_body_that_is_no_page_is_unclear(body: Any) -> None:
    with pytest.raises(Unclear):
        shop(Script(httpx.Response(200, json=body))).orders_page(updated_since=None, states=(), offset=0)
