"""Stock troubles of a whole connection: told once, closed by their own proof."""

from datetime import timedelta

from django.utils import timezone

from exceptions.models import ExceptionRecord
from exceptions.states import State
from jlseko.clock import business_now
from sync.flows import stock
from sync.models import FlowState
from sync.shapes import StockAnswer, StockRow
from tests.factories.stock import StockReadingFactory


def test_stale_stock_is_one_exception_and_a_whole_reading_closes_it(engine) -> None:
    long_ago = business_now() - timedelta(hours=2)
    StockReadingFactory(connection=engine.connection, as_of=long_ago)
    state = FlowState.objects.create(connection=engine.connection, flow="watch-stock", due_at=timezone.now())
    for _ in range(2):
        stock.watch_stock(engine.context(), state)
    record = ExceptionRecord.objects.get()
    assert (record.category, record.partner, record.state) == ("stock_stale", "warehouse", State.OPEN)
    rows = (StockRow("BAG", "DCCL01", "Available Stock", 5),)
    engine.warehouse.stock = lambda codes=None: StockAnswer(rows, complete=False, remote_now=business_now())
    stock.read_stock(engine.context(), state)
    record.refresh_from_db()
    assert record.state == State.OPEN, "a part of the stock proves nothing"
    engine.connection.budgets.all().delete()
    engine.warehouse.stock = lambda codes=None: StockAnswer(rows, complete=True, remote_now=business_now())
    stock.read_stock(engine.context(), state)
    record.refresh_from_db()
    assert (record.state, record.closed_reason[:27]) == (State.VERIFIED, "SEKO's stock was read anew,")
