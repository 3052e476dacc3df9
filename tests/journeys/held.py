"""Orders as they stand stopped on the desk, without running the engine."""

from __future__ import annotations

from datetime import timedelta

from carriers import approved
from exceptions.models import ExceptionRecord
from jlseko.clock import business_now
from sync import pipeline
from sync.failures import Code, Failure
from sync.models import Connection, Item
from tests.factories.engine import HOME, ConnectionFactory, DispatchFactory, OrderFactory

LONG_TOWN = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch"
TOWN = Failure(
    Code.ADDRESS_INVALID, "Town or city is too long for SEKO.", field="delivery.city", value=LONG_TOWN,
    rule="address.length",
)  # fmt: skip
STOCK = Failure(Code.NO_FREE_STOCK, "SEKO has 0 of BAG-001", facts={"product": "BAG-001"})
COURIER, SERVICE = "Fagans Freight", "Pallet 48"


def shop() -> Connection:
    """The one connection, with two carriers on John Lewis' approved list."""
    connection: Connection = ConnectionFactory(name="shop")
    rows = [approved.ApprovedRow("DPD_UK", "DPD UK"), approved.ApprovedRow("RM24", "Royal Mail 24")]
    approved.sync_list(connection.name, rows, business_now())
    return connection


def stop(item: Item, failure: Failure, *, within: timedelta) -> ExceptionRecord:
    """Stop an item as the engine does; it is due ``within`` this span of business time."""
    item.deadline = business_now() + within
    item.save(update_fields=["deadline"])
    assert pipeline.stall(item, [failure])
    return ExceptionRecord.objects.live().get(order_key=item.order_key)


def address(connection: Connection, *, within: timedelta) -> ExceptionRecord:
    """An order whose town SEKO does not take."""
    order = OrderFactory(connection=connection, address=HOME | {"city": LONG_TOWN})
    return stop(order.item, TOWN, within=within)


def stock(connection: Connection, *, within: timedelta) -> ExceptionRecord:
    """An order for which SEKO had nothing left: once there is some, it goes back as it is."""
    return stop(OrderFactory(connection=connection).item, STOCK, within=within)


def parcel(connection: Connection, *, within: timedelta, courier: str = COURIER) -> ExceptionRecord:
    """A parcel that has left by a courier for which John Lewis' code is not known."""
    order = OrderFactory(connection=connection, injected=True)
    dispatch = DispatchFactory(connection=connection, order=order, courier=courier, service=SERVICE)
    failure = Failure(
        Code.UNMAPPED_CARRIER, f"{courier} {SERVICE} has no John Lewis carrier code.", field="carrier",
        facts={"courier": courier, "service": SERVICE, "carrier_code": ""},
    )  # fmt: skip
    return stop(dispatch.item, failure, within=within)
