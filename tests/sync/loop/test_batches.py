"""A batch asks the database once for what its steps need, however many items it has."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sync import effects, lanes
from sync.loop import batch
from sync.models import Attempt, Item, Outcome, Side
from sync.states import Lane
from tests.sync.doubles import an_order


@pytest.fixture
def claimed(engine):
    """Twelve orders, leased together."""
    for number in range(12):
        engine.marketplace.put(an_order(order_id=f"JL{number}-A"))
    engine.poll()
    return lanes.claim(Lane.ORDERS, limit=12)


def test_twelve_orders_are_laid_out_with_as_many_queries_as_one(engine, claimed):
    asked = []
    for items in (claimed[:1], claimed[1:]):
        with CaptureQueriesContext(connection) as seen:
            batch.lay_out(engine.connection, items)
        asked.append(len(seen))
    assert asked[0] == asked[1] <= 4


def test_what_was_laid_out_is_not_asked_for_again(engine, claimed, django_assert_num_queries):
    batch.lay_out(engine.connection, claimed)
    with django_assert_num_queries(0):
        for item in claimed:
            assert item.order.connection.policy == engine.connection.policy
            assert len(item.order.lines.all()) >= 1
            assert list(item.corrections.all()) == []


def test_open_writes_are_read_for_the_whole_batch_oldest_first(engine, claimed, django_assert_num_queries):
    now = engine.connection.created_at
    for item, outcomes in ((claimed[0], ["", Outcome.UNKNOWN]), (claimed[1], [Outcome.APPLIED])):
        for outcome in outcomes:
            Attempt.objects.create(
                item=item, side=Side.WAREHOUSE, operation="websubmit", natural_key=f"{item.order_key} {outcome}",
                outcome=outcome, announced_at=now, announced_real=now, lease_token=Item.new_lease_token(),
            )  # fmt: skip
    with django_assert_num_queries(1):
        found = effects.open_attempts(claimed)
        assert found[claimed[0].pk][0].item is claimed[0]
    assert {pk: [attempt.outcome for attempt in attempts] for pk, attempts in found.items()} == {
        claimed[0].pk: ["", Outcome.UNKNOWN]
    }
    assert engine.context().open_attempt(claimed[0]) == found[claimed[0].pk][0], "without a batch it is asked for"
