"""Several workers at once: every item is worked on by one of them, and they do not lock each other out."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import OperationalError, connections, transaction
from django.db import connection as database
from django.utils import timezone

from sync import intake, lanes, pipeline
from sync.failures import Code, Failure
from sync.flows import parcel as ends
from sync.flows.parcel import Parcel
from sync.loop import work
from sync.models import Item
from sync.states import Kind, Lane, Stage, Status
from tests.factories.engine import DispatchFactory, OrderFactory
from tests.sync.doubles import an_order


def _items(engine, number: int, status: Status = Status.READY) -> None:
    now = timezone.now()
    Item.objects.bulk_create(
        Item(
            connection=engine.connection, kind=Kind.ORDER, external_key=f"K{place}", order_key=f"K{place}",
            lane=Lane.ORDERS, stage=Stage.RECEIVED, status=status, due_at=now, entered_stage_at=now, created_at=now,
        )
        for place in range(number)
    )  # fmt: skip


def _in_threads(number: int, work) -> list:
    def alone(place: int):
        try:
            return work(place)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(alone, range(number)))


def test_a_batch_comes_in_the_order_of_its_due_times_whatever_way_the_rows_are_joined(engine):
    _items(engine, 24)
    for place, item in enumerate(Item.objects.order_by("pk")):
        Item.objects.filter(pk=item.pk).update(due_at=timezone.now() - timedelta(minutes=place * 7 % 24 + 1))
    with transaction.atomic(), database.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off; SET LOCAL enable_mergejoin = off")
        batch = lanes.claim(Lane.ORDERS, limit=24)
    assert [item.due_at for item in batch] == sorted(item.due_at for item in batch)


@pytest.mark.timeout(300)
def test_eight_claimers_take_every_item_exactly_once(engine):
    _items(engine, 5_000)
    stale: list[Item] = []

    def claim_all(_: int) -> list[int]:
        taken = []
        while batch := lanes.claim(Lane.ORDERS, limit=work.BATCH):
            assert len(batch) <= work.BATCH
            taken += [item.pk for item in batch]
            stale.append(batch[0])
        return taken

    taken = [pk for part in _in_threads(8, claim_all) for pk in part]
    assert len(taken) == len(set(taken)) == 5_000

    Item.objects.update(lease_until="2000-01-01T00:00:00Z")
    assert sum(iter(lanes.sweep, 0)) == 5_000
    again = [pk for part in _in_threads(8, claim_all) for pk in part]
    assert len(again) == len(set(again)) == 5_000
    late = stale[: len(stale) // 2][:200]
    assert len(late) >= 100
    assert [item.pk for item in late if pipeline.move(item, to=Status.DONE)] == []


def test_a_lease_that_was_lost_writes_nothing(engine):
    _items(engine, 1)
    (old,) = lanes.claim(Lane.ORDERS, limit=1)
    Item.objects.update(lease_until="2000-01-01T00:00:00Z")
    lanes.sweep()
    (new,) = lanes.claim(Lane.ORDERS, limit=1)
    assert not pipeline.move(old, to=Status.DONE)
    assert pipeline.move(new, to=Status.WAITING)


def test_resubmitting_twice_at_once_moves_the_item_once(engine):
    _items(engine, 1)
    (item,) = lanes.claim(Lane.ORDERS, limit=1)
    pipeline.stall(item, [Failure(Code.UNCLASSIFIED, "stopped")])
    moved = _in_threads(6, lambda _: pipeline.resubmit(Item.objects.get(pk=item.pk)))
    assert sum(moved) == 1


def test_resubmitting_does_not_block_those_who_write_about_the_connection(engine):
    """A lock on the connection's row would deadlock with every event that another worker commits."""
    _items(engine, 1)
    (item,) = lanes.claim(Lane.ORDERS, limit=1)
    pipeline.stall(item, [Failure(Code.UNCLASSIFIED, "stopped")])
    with database.execute_wrapper(_refuse_locks_on_connections):
        assert pipeline.resubmit(item)


def _refuse_locks_on_connections(execute, sql, params, many, context):
    locks = [word for word in ("FOR UPDATE", "FOR NO KEY UPDATE") if word in sql]
    assert not locks or "sync_connection" not in sql or ' OF "' in sql, sql
    return execute(sql, params, many, context)


def test_the_end_of_a_parcel_and_a_poll_that_wakes_its_order_do_not_wait_for_each_other(engine):
    order = OrderFactory(connection=engine.connection)
    dispatch = DispatchFactory(connection=engine.connection, order=order)
    Item.objects.update(status=Status.LEASED)
    order_held = threading.Event()

    def poll() -> None:
        with transaction.atomic():
            pipeline.hold([order.item_id])
            order_held.set()
            time.sleep(0.5)  # long enough for the parcel to take what it takes first
            pipeline.hold([order.item_id, dispatch.item_id])

    def end() -> None:
        item = Item.objects.get(pk=dispatch.item_id)
        known = Parcel(item, dispatch, order, engine.marketplace, engine.context(), {})
        assert order_held.wait(5)
        ends.order_is_cancelled(known)

    _in_threads(2, lambda place: (poll, end)[place]())
    dispatch.item.refresh_from_db()
    assert dispatch.item.status == Status.CANCELLED


def test_a_poll_locks_orders_and_their_parcels_in_the_order_of_their_keys(engine):
    for _ in range(3):
        order = OrderFactory(connection=engine.connection)
        DispatchFactory(connection=engine.connection, order=order)
    held: list[list[int]] = []

    def watch(execute, sql, params, many, context):
        answer = execute(sql, params, many, context)
        if "FOR NO KEY UPDATE" in sql and "sync_item" in sql:
            held.append([number for number in params if isinstance(number, int)])
            assert "ORDER BY 1 ASC" in sql  # the key is the first column
        return answer

    with database.execute_wrapper(watch):
        pipeline.wake(list(Item.objects.order_by("-pk").values_list("pk", flat=True)))
    assert [sorted(each) for each in held] == [sorted(Item.objects.values_list("pk", flat=True))]


def test_a_step_that_moved_its_item_and_was_taken_back_is_tried_again(engine, monkeypatch):
    _items(engine, 1)
    (item,) = lanes.claim(Lane.ORDERS, limit=1)

    def step(item: Item, context: object) -> None:
        with transaction.atomic():
            pipeline.must_move(item, to=Status.DONE, stage=Stage.DELIVERED)
            raise OperationalError("deadlock detected")

    monkeypatch.setitem(work.STEPS, Kind.ORDER, step)
    work.take_step(item, engine.context())
    item.refresh_from_db()
    assert (item.status, item.stage, item.attempts) == (Status.READY, Stage.RECEIVED, 1)


def test_two_readings_that_meet_over_a_new_order_store_it_once(engine, monkeypatch):
    """The nightly reading and a poll show the same new order: whoever is second finds it known."""
    create = intake._create
    others: list[intake.Stored] = []

    def is_second(*told):
        if not others:
            others.append(intake.Stored(0, 0, 0))
            others[:] = _in_threads(1, lambda _: intake.store(engine.connection, [an_order()]))
        create(*told)

    monkeypatch.setattr(intake, "_create", is_second)
    stored = intake.store(engine.connection, [an_order(), an_order("JL1-B")])
    assert (others[0].created, stored.created) == (1, 1)
    assert set(Item.objects.values_list("order_key", flat=True)) == {"JL1-A", "JL1-B"}
