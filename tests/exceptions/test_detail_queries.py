"""The page of one exception asks the same few questions, however much there is to show."""

from __future__ import annotations

import pytest

from exceptions import services
from exceptions.states import State
from sync.failures import Code, Failure
from tests.exceptions.detail_pages import busy, queries
from tests.exceptions.page_forms import CARRIER, SKU, STOCK, TOWN, TRACKING, url

MOST = 12  # of a page in all, its frame included
REFUSED = Failure(Code.UNKNOWN_SKU, "SEKO refuses BAG", field="lines.1.sku", facts={"product": "BAG"})
SHORT = Failure(
    Code.SHORT_DISPATCH, "1 of 2 was sent", field="lines.1", facts={"lines.1.ordered": "2", "lines.1.sent": "1"}
)
OF_ORDERS = {
    "address": (TOWN,),
    "stock": (STOCK,),
    "sku": (SKU,),
    "refused sku": (REFUSED,),
    "short": (SHORT,),
    "cancelled": (Failure(Code.CANCELLED_LIVE, "Cancelled"),),
    "cancelled at SEKO": (Failure(Code.CANCELLED_BY_WAREHOUSE, "Cancelled"),),
    "duplicate": (Failure(Code.DUPLICATE_ORDER, "There already"),),
    "no news": (Failure(Code.NO_DISPATCH_NEWS, "Nothing"),),
    "unknown outcome": (Failure(Code.OUTCOME_UNKNOWN, "Lost"),),
    "address and sku": (TOWN, SKU),
}


@pytest.mark.parametrize("failures", OF_ORDERS.values(), ids=OF_ORDERS)
def test_no_order_asks_more_than_the_most(failures, desk, client, manager) -> None:
    record = desk.stall(desk.order(), *failures)
    client.force_login(manager)
    asked = queries(client, url("detail", record))
    assert len(asked) <= MOST, "\n".join(asked)


@pytest.mark.parametrize("failure", [CARRIER, TRACKING, Failure(Code.OVER_DISPATCH, "3 of 1", field="lines")])
def test_no_dispatch_asks_more_than_the_most(failure, desk, client, manager) -> None:
    desk.order()
    record = desk.stall(desk.dispatch(), failure)
    client.force_login(manager)
    assert len(queries(client, url("detail", record))) <= MOST


def test_the_number_of_questions_does_not_grow_with_what_there_is(desk, client, manager) -> None:
    few = desk.stall(desk.order("JL1-A", skus={"BAG": 1}), SKU)
    client.force_login(manager)
    asked = len(queries(client, url("detail", few)))

    lines = {f"BAG{number}": 1 for number in range(12)}
    faults = [
        Failure(Code.UNKNOWN_SKU, f"no {sku}", field=f"lines.{sku}.sku", facts={"sku": sku}) for sku in lines
    ] + [
        Failure(Code.ADDRESS_INVALID, f"{name} is wrong", field=f"delivery.{name}", rule="address.length")
        for name in ("line1", "line2", "city", "county")
    ]  # fmt: skip
    item = desk.order("JL2-A", skus=lines)
    many = desk.stall(item, *faults)
    busy(many, item, manager, times=30)
    for number in range(3, 20):
        desk.stall(desk.order(f"JL{number}-A", skus=lines), faults[0])
    assert len(queries(client, url("detail", many))) == asked


def test_a_closed_one_asks_no_more(desk, client, manager) -> None:
    item = desk.order()
    record = desk.stall(item, TOWN)
    services.resubmit(record, by=manager)
    record.refresh_from_db()
    assert record.state == State.RESUBMITTED
    client.force_login(manager)
    assert len(queries(client, url("detail", record))) <= MOST


def test_listings_and_connections_ask_no_more(desk, client, admin, manager) -> None:
    listing = desk.stall(desk.listing(), Failure(Code.OVERSELL_RISK, "sells fast", facts={"sku": "BAG"}))
    client.force_login(manager)
    assert len(queries(client, url("detail", listing))) <= MOST
    away = services.open_from_failures(
        connection=desk.connection, item=None,
        failures=[Failure(Code.PARTNER_UNAVAILABLE, "no answer", facts={"side": "warehouse"})],
    )  # fmt: skip
    client.force_login(admin)
    assert len(queries(client, url("detail", away))) <= MOST
