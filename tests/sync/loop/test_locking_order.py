"""Transactions that meet at an order take their locks in one order: items first, by their keys, then all the rest."""

import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from django.db import connection as database
from django.db import transaction

from exceptions.services import changing, opening, proving
from sync import inbound, pipeline
from sync.failures import Code, Failure
from sync.flows import cancellations, messages, orders, readback, waiting, whole_order
from sync.flows.parcel import Parcel
from sync.models import FlowState, Item, Order
from sync.shapes import DispatchNews, DispatchNewsLine, PushMessage, WarehouseStatus
from sync.states import Kind, Milestone, Stage, Status
from sync.stock import rules
from tests.sync.doubles import an_order
from tests.sync.loop.test_concurrency import _in_threads

WAITED = 0.5  # seconds: long enough for the other one to take what it takes first


@contextmanager
def slowed(after: str, reached: threading.Event):
    """Lets this thread pause after its first statement that holds these words."""

    def watch(execute, sql, params, many, context):
        answer = execute(sql, params, many, context)
        if after in sql and not reached.is_set():
            reached.set()
            time.sleep(WAITED)
        return answer

    with database.execute_wrapper(watch):
        yield


def meet(slow: Callable[[], object], quick: Callable[[], object], *, after: str) -> None:
    """Run both, the quick one once the slow one has got so far; a deadlock ends one of them with an error."""
    reached = threading.Event()

    def first() -> None:
        with slowed(after, reached):
            slow()

    def second() -> None:
        assert reached.wait(5)
        quick()

    _in_threads(2, lambda place: (first, second)[place]())


@pytest.fixture
def told(engine):
    """An order that SEKO has dispatched, with its parcel, both in the hands of a worker."""
    engine.marketplace.put(an_order())
    engine.poll()
    Order.objects.update(warehouse_number="JL1-A")
    engine.dispatch()
    Item.objects.update(status=Status.LEASED)
    return engine


def parcel_of(engine) -> Parcel:
    item = Item.objects.select_related("dispatch").get(kind=Kind.DISPATCH)
    current = engine.marketplace.orders["JL1-A"]
    return Parcel(item, item.dispatch, engine.order(), current, engine.context(), {"confirmation.accept": "yes"})


def confirm(engine) -> None:
    parcel = parcel_of(engine)
    whole_order.already_confirmed(parcel, parcel.current)


def see_the_dispatch(engine) -> None:
    assert orders._has_dispatch(engine.item(), engine.order())


def mark_confirmed(engine) -> None:
    orders.mark_confirmed(engine.item(), engine.order())


def note_injection(engine) -> None:
    readback.injected(engine.item(), engine.order(), engine.context())


def note_reading(engine) -> None:
    status = WarehouseStatus(found=True, status="Picking")
    item = engine.item()
    waiting._seen(item, engine.order(), engine.context(), status, since=datetime.now(UTC), overdue=False)


@pytest.mark.parametrize(
    ("stage", "step"),
    [
        (Stage.DISPATCHED, confirm),
        (Stage.INJECTED, see_the_dispatch),
        (Stage.DISPATCHED, mark_confirmed),
        (Stage.VALIDATED, note_injection),
        (Stage.INJECTED, note_reading),
    ],
)
def test_a_poll_and_a_step_of_the_same_order_do_not_wait_for_each_other(told, stage, step):
    Item.objects.filter(kind=Kind.ORDER).update(stage=stage)
    told.marketplace.put(an_order(state="SHIPPED"))
    meet(told.poll, lambda: step(told), after="FOR NO KEY UPDATE")
    assert told.order().marketplace_state == "SHIPPED"


def test_the_end_of_a_cancelled_order_and_a_parcel_that_stalls_do_not_wait_for_each_other(told):
    """Both have to tell the order's exception."""
    item = told.item()
    pipeline.stall(item, [Failure(Code.CANCELLED_BY_WAREHOUSE, "cancelled")])
    Item.objects.filter(pk=item.pk).update(status=Status.LEASED)
    parcel = told.item(kind=Kind.DISPATCH)
    meet(
        lambda: pipeline.stall(parcel, [Failure(Code.UNMAPPED_CARRIER, "Who is that?")]),
        lambda: cancellations._close(told.item(), told.order(), cancellations.BOTH_SIDES),
        after='UPDATE "sync_item"',
    )
    assert told.item().status == Status.CANCELLED
    assert told.codes(parcel) == [Code.UNMAPPED_CARRIER]


def test_two_messages_about_the_same_orders_do_not_wait_for_each_other(engine):
    numbers = ["JL1-A", "JL2-A"]
    for number in numbers:
        engine.marketplace.put(an_order(number))
    engine.poll()
    for body in (b"one", b"two"):
        inbound.keep(engine.connection, body, path="PushDispatch", content_type="")
    Item.objects.update(status=Status.LEASED)
    items = list(Item.objects.filter(kind=Kind.MESSAGE).order_by("pk"))

    def news(number: str, parcel: int) -> PushMessage:
        told = DispatchNews(
            dispatch_id=f"{number}/{parcel}", dispatch_number=str(parcel), order_number=number, order_reference="",
            guid="", courier="DPD", service="", tracking_number=f"{number}{parcel}", tracking_url="",
            dispatched_at=datetime.now(UTC), lines=(DispatchNewsLine("BAG", 1),),
        )  # fmt: skip
        return PushMessage("Dispatch", None, told)

    both = [[news(number, 0) for number in numbers], [news(number, 1) for number in reversed(numbers)]]
    engine.warehouse.read_push = lambda body, path="": both.pop()
    steps = [lambda item=item: messages.advance(item, engine.context()) for item in items]
    meet(steps[0], steps[1], after="FOR NO KEY UPDATE")
    assert Item.objects.filter(kind=Kind.DISPATCH).count() == 4


def test_a_flow_is_wanted_only_once_what_it_shall_see_is_there(engine):
    """And whoever wants it holds no lock on it: a run may be about to take what they hold."""
    FlowState.objects.create(connection=engine.connection, flow=rules.PUBLISH, due_at="2099-01-01T00:00:00Z")
    with transaction.atomic():
        FlowState.bring_forward(engine.connection, rules.PUBLISH)
        assert FlowState.objects.get().due_at.year == 2099
    assert FlowState.objects.get().due_at.year < 2099


def test_what_is_right_again_does_not_wait_for_whoever_holds_another_exception(engine):
    """A stock message that fills a gap would wait for a reading of stock, and the reading for the message."""
    away = Failure(Code.PARTNER_UNAVAILABLE, "SEKO cannot be reached", facts={"side": "warehouse"})
    gap = Failure(Code.PUSH_GAP, "Message 7 is missing", facts={"side": "warehouse"})
    held, missing = [
        opening.open_from_failures(connection=engine.connection, item=None, failures=[failure])
        for failure in (away, gap)
    ]

    def hold() -> None:
        with transaction.atomic():
            changing.lock(held)

    def fill() -> None:
        with transaction.atomic(), database.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '50ms'")
            proving.progress(connection=engine.connection, item=None, milestone=Milestone.GAP_CLOSED, by=None)

    meet(hold, fill, after="FOR NO KEY UPDATE")
    missing.refresh_from_db()
    assert missing.state == "verified"
