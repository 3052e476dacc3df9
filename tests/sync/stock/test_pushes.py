"""What SEKO pushes about stock reaches the figures, once, whatever comes twice or in the wrong order."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sync import inbound
from sync.models import FlowState, InboundMessage, Product
from sync.shapes import (
    GoodsReceived,
    PushMessage,
    StockAdjustment,
    StockAnswer,
    StockMoveLine,
    StockMovement,
    StockRow,
    StockSummary,
    StockSummaryLine,
)
from sync.stock import ledger
from tests.sync.doubles import an_order

SELLABLE = "Available Stock"


@pytest.fixture
def read(engine):
    """SEKO has ten bags as of an hour ago, and more stock counts as it is pushed."""
    engine.connection.settings = {"pushed_increases": True}
    engine.connection.save()
    as_of = datetime.now(UTC) - timedelta(hours=1)
    answer = StockAnswer((StockRow("BAG", "", SELLABLE, 10),), complete=True, remote_now=as_of)
    ledger.keep_reading(engine.connection, answer, as_of=as_of)
    return engine


def push(engine, news, *, sequence: int = 1, body: str = "") -> None:
    engine.warehouse.pushes = [PushMessage(type(news).__name__, sequence, news)]
    kept = f"{body or news}".encode()
    inbound.keep(engine.connection, kept, path="PushStock", content_type="application/json")
    engine.run(1)


def figure(code: str = "BAG") -> int | None:
    return Product.objects.get(code=code).available


def adjustment(number: str, quantity: int, *, increase: bool = False) -> StockAdjustment:
    line = StockMoveLine("bag", quantity, "Damaged")
    return StockAdjustment(number, increase, datetime.now(UTC), "", SELLABLE, (line,))


def test_an_adjustment_moves_the_figure_once(read):
    push(read, adjustment("A1", 3))
    push(read, adjustment("A1", 3), sequence=2, body="sent again by hand")
    assert figure() == 7
    assert InboundMessage.objects.count() == 2


@pytest.mark.parametrize("increase", [True, False])
def test_a_push_from_the_future_is_not_laid_over_every_reading_until_then(read, increase):
    wrong = replace(adjustment("A1", 3, increase=increase), at=datetime.now(UTC) + timedelta(days=400))
    push(read, wrong)
    assert figure() == (10 if increase else 7), "an increase waits for a reading, a decrease counts"
    rows = (StockRow("BAG", "", SELLABLE, 8),)
    later = datetime.now(UTC) + timedelta(minutes=30)
    ledger.keep_reading(read.connection, StockAnswer(rows, complete=True, remote_now=later), as_of=later)
    assert figure() == 8


def test_a_movement_into_quarantine_takes_and_back_gives(read):
    line = StockMoveLine("BAG", 4)
    push(read, StockMovement("M1", datetime.now(UTC), "", SELLABLE, "Quarantine", line))
    assert figure() == 6
    push(read, StockMovement("M2", datetime.now(UTC), "", "Quarantine", SELLABLE, line), sequence=2)
    assert figure() == 10


def test_a_summary_counts_once_all_of_its_parts_have_come(read):
    def part(number: int) -> StockSummary:
        lines = (StockSummaryLine(f"MUG-{number}", number),)
        return StockSummary("night", number, 2, datetime.now(UTC), "", lines)

    push(read, part(2))
    assert figure() == 10
    push(read, part(1), sequence=2)
    assert figure() == 0, "it is in none of the parts"
    assert figure("MUG-1") == 1


def test_goods_that_were_put_back_are_noted_with_their_order_and_stock_is_read_anew(read):
    read.marketplace.put(an_order())
    read.poll()
    read.run(4)
    later = datetime.now(UTC) + timedelta(hours=1)
    FlowState.objects.create(connection=read.connection, flow="read-stock", due_at=later)
    order = read.order()
    news = GoodsReceived("SS Cancellation", order.warehouse_number, "", "", (StockMoveLine("BAG", 1),))
    push(read, news)
    assert read.connection.events.filter(kind="goods_back", order_key="JL1-A").exists()
    assert FlowState.objects.get(flow="read-stock").due_at < later
    assert figure() == 10, "the message does not say where the goods were put"


def test_one_bad_entity_does_not_hold_up_the_others(read):
    good = PushMessage("StockAdjustment", 1, adjustment("A1", 3))
    bad = PushMessage("", None, None, problem="Entity 2: Quantity is not a whole number.")
    read.warehouse.pushes = [good, bad]
    inbound.keep(read.connection, b"both", path="PushStockAdjustment", content_type="application/json")
    read.run(1)
    assert figure() == 7
    assert InboundMessage.objects.get().item.status == "stalled"


@pytest.mark.parametrize(("good", "said"), [(0, "A message from SEKO"), (1, "Part of a message from SEKO")])
def test_a_message_that_fails_whole_is_not_called_a_part(read, good, said):
    bad = PushMessage("Dispatch", 2, None, problem="Entity 2: ProductCode is missing.")
    read.warehouse.pushes = [PushMessage("StockAdjustment", 1, adjustment("A1", 3))] * good + [bad]
    inbound.keep(read.connection, b"some", path="PushDispatch", content_type="application/json")
    read.run(1)
    assert InboundMessage.objects.get().item.failures[0]["text"].startswith(said)
