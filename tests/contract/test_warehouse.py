"""What every warehouse adapter must do, told in the words of the port alone (see :class:`sync.ports.Warehouse`)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sync.failures import Code, Refused, Unauthorised, Unclear
from sync.shapes import CancelReason, Prepared, WarehouseStatus
from tests.contract.warehouses import ADAPTERS, HOME, Site, opened

CANCELLED = {"to cancel", "cancelled"}
# How a call can go wrong on the way there (before its effect) or back (after it).
BREAKS = [
    pytest.param(kind, effect, id=f"{kind} {effect}")
    for kind in ("timeout", "reset", "500", "html", "empty", "truncated")
    for effect in ("before", "after")
    if (kind, effect) != ("truncated", "before")  # only an answer can be cut
]


@pytest.fixture(scope="module", params=sorted(ADAPTERS))
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with opened(request.param, tmp_path_factory.mktemp("depot")) as opened_site:
        yield opened_site


def status(site: Site, guid: str) -> WarehouseStatus:
    """A reading after the warehouse had time to show the order."""
    site.wait(minutes=10)
    return site.warehouse.status(guid)


def status_of_cancelled(site: Site, guid: str) -> str:
    """A reading after the warehouse had time to act on a cancel: it shows the old status until then."""
    site.wait(hours=1)
    return status(site, guid).status.casefold()


def refusal(site: Site, prepared: Prepared) -> Refused:
    with pytest.raises(Refused) as caught:
        site.warehouse.send(prepared)
    assert caught.value.exchange is not None
    return caught.value


# Orders


def test_an_order_is_taken_and_found_by_our_own_guid(site: Site) -> None:
    order = site.order()
    assert not site.warehouse.status(order.guid).found
    assert site.warehouse.send(site.warehouse.prepare_order(order)).reference == order.guid
    found = status(site, order.guid)
    assert found.found
    assert found.status
    assert (found.courier, found.tracking_number) == ("", "")


def test_a_number_is_taken_once(site: Site) -> None:
    order = site.order()
    site.warehouse.send(site.warehouse.prepare_order(order))
    again = replace(order, guid=site.order().guid)
    assert refusal(site, site.warehouse.prepare_order(again)).failure.code == Code.DUPLICATE_ORDER
    assert not status(site, again.guid).found


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"product": "NO-SUCH-THING"}, Code.UNKNOWN_SKU, ""),
        ({"quantity": 900_000}, Code.NO_FREE_STOCK, ""),
        ({"delivery": replace(HOME, country_code="XX")}, Code.ADDRESS_INVALID, "delivery.country_code"),
        ({"delivery": replace(HOME, city="")}, Code.ADDRESS_INVALID, "delivery.city"),
        ({"delivery": replace(HOME, line1="x" * 101)}, Code.ADDRESS_INVALID, "delivery.line1"),
        ({"currency": "ZZZ"}, Code.WAREHOUSE_SETUP, "currency"),
        ({"dc_code": "NOWHERE"}, Code.WAREHOUSE_SETUP, "dc_code"),
    ],
)
def test_a_refusal_is_typed_and_changes_nothing(site: Site, changes: dict[str, Any], code: Code, field: str) -> None:
    order = site.order(**changes)
    failure = refusal(site, site.warehouse.prepare_order(order)).failure
    assert (failure.code, failure.field) == (code, field)
    assert failure.text
    assert not status(site, order.guid).found


def test_the_product_that_stops_an_order_is_named(site: Site) -> None:
    code = site.in_stock()
    for order, product in (
        (site.order(product="NO-SUCH-THING"), "NO-SUCH-THING"),
        (site.order(quantity=900_000), code),
    ):
        failure = refusal(site, site.warehouse.prepare_order(order)).failure
        assert failure.facts["product"] == product


def test_what_the_warehouse_prints_and_sends_on_does_not_stop_an_order(site: Site) -> None:
    strange = replace(HOME, first_name='Zoë "Bo"', last_name="O'Neill", line2="臺北")
    order = site.order(delivery=strange, notes='say "hi"', instructions="Leave it", billing=replace(HOME, city=""))
    assert site.warehouse.send(site.warehouse.prepare_order(order)).reference == order.guid


def test_the_same_order_is_prepared_the_same_way(site: Site) -> None:
    order = site.order()
    first, second = (site.warehouse.prepare_order(each) for each in (order, replace(order)))
    assert first == second
    assert first.natural_key == order.number


# Cancels


@pytest.mark.parametrize("reason", ["", *CancelReason])
def test_an_early_cancel_is_taken_and_shows(site: Site, reason: str) -> None:
    order = site.order()
    site.warehouse.send(site.warehouse.prepare_order(order))
    site.warehouse.send(site.warehouse.prepare_cancel(order.number, reason_code=reason))
    assert status_of_cancelled(site, order.guid) in CANCELLED


def test_a_late_cancel_is_a_refused_cancel_and_the_order_goes(site: Site) -> None:
    order = site.order()
    site.warehouse.send(site.warehouse.prepare_order(order))
    site.wait(hours=3)
    caught = refusal(site, site.warehouse.prepare_cancel(order.number, reason_code=""))
    assert caught.failure.code == Code.CANCEL_REFUSED
    assert status(site, order.guid).status.casefold() == "dispatched"


def test_a_cancel_of_nothing_is_a_refused_cancel(site: Site) -> None:
    assert refusal(site, site.warehouse.prepare_cancel("NO-SUCH-ORDER", reason_code="")).failure.code == (
        Code.CANCEL_REFUSED
    )


# Status, tracking, what was dispatched


def test_courier_and_tracking_number_come_with_the_dispatch(site: Site) -> None:
    order = site.order()
    site.warehouse.send(site.warehouse.prepare_order(order))
    site.wait(hours=3)
    found = site.warehouse.status(order.guid)
    assert found.status.casefold() == "dispatched"
    assert found.courier
    assert found.tracking_number


def test_what_was_dispatched_in_a_period_is_named_by_our_guids(site: Site) -> None:
    began = site.now
    gone, cancelled = site.order(), site.order()
    for order in (gone, cancelled):
        site.warehouse.send(site.warehouse.prepare_order(order))
    site.warehouse.send(site.warehouse.prepare_cancel(cancelled.number, reason_code=""))
    site.wait(hours=3)
    assert gone.guid in site.warehouse.dispatched_between(began, site.now)
    assert cancelled.guid not in site.warehouse.dispatched_between(began, site.now)
    assert gone.guid not in site.warehouse.dispatched_between(began - timedelta(hours=5), began)
    assert site.warehouse.dispatched_between(began - timedelta(days=9), began - timedelta(days=8)) == []


@pytest.mark.parametrize("adapter", sorted(ADAPTERS))
def test_nothing_dispatched_may_also_be_told_as_nothing_found(adapter: str, tmp_path: Path) -> None:
    with opened(adapter, tmp_path, empty_period="refusal", quirks=True) as other:
        assert other.warehouse.dispatched_between(other.now - timedelta(days=2), other.now) == []


# Stock


def test_all_stock_is_a_complete_answer_with_the_warehouses_own_clock(site: Site) -> None:
    answer = site.warehouse.stock()
    assert answer.complete
    assert (answer.skipped, len({row.product_code for row in answer.rows}) > 10) == (0, True)
    assert all(row.quantity >= 0 and row.location_type for row in answer.rows)
    assert answer.remote_now is not None
    assert answer.remote_now.tzinfo is not None


def test_a_product_that_is_gone_is_absent_and_absent_means_zero(site: Site) -> None:
    code = next(row.product_code for row in reversed(site.warehouse.stock().rows))
    site.set_free(code, 0)
    answer = site.warehouse.stock()
    free = [row for row in answer.rows if row.product_code == code and row.location_type == "Available Stock"]
    assert (free, answer.complete) == ([], True)


def test_asking_for_what_is_gone_alone_is_no_failure(site: Site) -> None:
    product = site.product()
    site.warehouse.send(site.warehouse.prepare_product(product, update=False))
    answer = site.warehouse.stock([product.code])
    assert (answer.rows, answer.complete, answer.skipped) == ((), False, 0)


def test_named_products_are_told_and_nothing_is_said_about_the_others(site: Site) -> None:
    code = site.in_stock()
    answer = site.warehouse.stock([code, "NO-SUCH-THING"])
    assert {row.product_code for row in answer.rows} == {code}
    assert not answer.complete


def test_many_products_are_asked_for_at_once(site: Site) -> None:
    known = {row.product_code for row in site.warehouse.stock().rows}
    codes = [*(f"NO-SUCH-THING-{number:06d}" for number in range(300)), *known]
    assert {row.product_code for row in site.warehouse.stock(codes).rows} == known


@pytest.mark.parametrize("quantity", [-3, 2.5, None, 5_000_000, "many"])
def test_a_figure_that_cannot_be_is_skipped_and_the_answer_is_not_complete(site: Site, quantity: Any) -> None:
    with_free = [row.product_code for row in site.warehouse.stock().rows if row.location_type == "Available Stock"]
    code = with_free[1]
    site.show(code, quantity)
    try:
        answer = site.warehouse.stock()
        free = {row.product_code for row in answer.rows if row.location_type == "Available Stock"}
        assert (code in free, answer.skipped, answer.complete) == (False, 1, False)
        assert with_free[2] in free
    finally:
        site.hide(code)


# Products


def test_a_product_is_loaded_once_and_then_updated(site: Site) -> None:
    product = site.product()
    assert site.warehouse.send(site.warehouse.prepare_product(product, update=False)).reference
    failure = refusal(site, site.warehouse.prepare_product(product, update=False)).failure
    assert (failure.field, failure.facts["product"]) == ("product_code", product.code)
    site.warehouse.send(site.warehouse.prepare_product(replace(product, description="Another bag"), update=True))
    unknown = refusal(site, site.warehouse.prepare_product(site.product(), update=True)).failure
    assert unknown.code == Code.UNKNOWN_SKU


# The key, the address, the way there and back


def test_a_wrong_key_is_told_from_every_call(site: Site) -> None:
    stranger = site.connect(key="another-key")
    try:
        for call in (
            stranger.ping,
            stranger.stock,
            lambda: stranger.status("x"),
            lambda: stranger.dispatched_between(site.now, site.now),
            lambda: stranger.send(stranger.prepare_order(site.order())),
            lambda: stranger.send(stranger.prepare_cancel("X", reason_code="")),
            lambda: stranger.send(stranger.prepare_product(site.product(), update=False)),
        ):
            with pytest.raises(Unauthorised):
                call()
    finally:
        stranger.close()


def test_an_address_where_there_is_nothing_is_a_fault_of_the_set_up(site: Site) -> None:
    lost = site.connect(elsewhere=True)
    try:
        for call in (lost.stock, lambda: lost.send(lost.prepare_order(site.order()))):
            with pytest.raises(Refused) as caught:
                call()
            assert caught.value.failure.code == Code.WAREHOUSE_SETUP
        with pytest.raises(Unclear):
            lost.status("x")
    finally:
        lost.close()


def test_a_ping_changes_nothing_and_says_that_all_is_well(site: Site) -> None:
    site.warehouse.ping()


@pytest.mark.parametrize("kind", ["500", "html", "empty", "truncated"])
def test_a_reading_that_brought_nothing_is_unclear(site: Site, kind: str) -> None:
    for operation, call in (
        ("stock", site.warehouse.stock),
        ("status", lambda: site.warehouse.status("x")),
        ("dispatches", lambda: site.warehouse.dispatched_between(site.now, site.now)),
    ):
        site.fault(operation, kind)
        with pytest.raises(Unclear):
            call()


def test_a_reading_is_tried_again_when_the_line_breaks(site: Site) -> None:
    order = site.order()
    site.warehouse.send(site.warehouse.prepare_order(order))
    site.fault("status", "reset")
    assert status(site, order.guid).found


def test_a_reading_that_the_warehouse_counts_is_not_tried_again_by_itself(site: Site) -> None:
    before = site.received("stock", "")
    site.fault("stock", "reset")
    with pytest.raises(Unclear):
        site.warehouse.stock()
    assert site.received("stock", "") == before + 1


@pytest.mark.parametrize(("kind", "effect"), BREAKS)
def test_an_order_of_unknown_outcome_is_sent_once_and_told_by_its_status(site: Site, kind: str, effect: str) -> None:
    order = site.order()
    site.fault("websubmit", kind, key=order.number, effect=effect)
    with pytest.raises(Unclear):
        site.warehouse.send(site.warehouse.prepare_order(order))
    assert status(site, order.guid).found is (effect == "after")
    assert site.received("websubmit", order.number) == 1


@pytest.mark.parametrize(("kind", "effect"), BREAKS)
def test_a_cancel_of_unknown_outcome_is_sent_once_and_told_by_the_status(site: Site, kind: str, effect: str) -> None:
    order = site.order()
    site.warehouse.send(site.warehouse.prepare_order(order))
    site.fault("cancel", kind, key=order.number, effect=effect)
    with pytest.raises(Unclear):
        site.warehouse.send(site.warehouse.prepare_cancel(order.number, reason_code=""))
    assert (status_of_cancelled(site, order.guid) in CANCELLED) is (effect == "after")
    assert site.received("cancel", order.number) == 1


@pytest.mark.parametrize(("kind", "effect"), BREAKS)
def test_a_product_of_unknown_outcome_is_sent_once_and_told_by_asking_again(site: Site, kind: str, effect: str) -> None:
    product = site.product()
    prepared = site.warehouse.prepare_product(product, update=False)
    site.fault("product", kind, key=product.code, effect=effect)
    with pytest.raises(Unclear):
        site.warehouse.send(prepared)
    assert site.received("product", product.code) == 1
    if effect == "after":
        assert refusal(site, prepared).failure.field == "product_code"
    else:
        site.warehouse.send(prepared)
