"""SEKO's figures: whole readings, cut ones, pushes in any order, and clocks that disagree."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from sync import gaps
from sync.failures import Unclear
from sync.flows.stock import read_stock
from sync.models import (
    Event,
    FlowState,
    Product,
    PushGap,
    StockChange,
    StockFile,
    StockFileLine,
    StockReading,
    StockSource,
)
from sync.shapes import StockAdjustment, StockAnswer, StockMoveLine, StockMovement, StockRow, StockSummary
from sync.shapes import StockSummaryLine as Line
from sync.stock import figures, ledger
from tests.factories.engine import ConnectionFactory, ProductFactory
from tests.factories.stock import ListingFactory, StockFileFactory, StockFileLineFactory

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
SELLABLE = "Available Stock"


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def answer(*rows: tuple[str, int] | tuple[str, int, str], complete: bool = True, at=NOW, skipped: int = 0):
    found = tuple(StockRow(row[0], "DCCL01", row[2] if len(row) > 2 else SELLABLE, row[1]) for row in rows)
    return StockAnswer(found, complete=complete, remote_now=at, skipped=skipped)


def adjustment(delta: int, *, at=NOW, code: str = "BAG", place: str = SELLABLE, identity: str = "A1"):
    line = StockMoveLine(code, abs(delta))
    return StockAdjustment(identity, delta > 0, at, "DCCL01", place, (line,))


def available(code: str = "BAG") -> int | None:
    return Product.objects.get(code_key=code.casefold()).available


@pytest.fixture
def shop(db):
    """A shop that lets more stock count as it is pushed; the usual one leaves it to the next reading."""
    return ConnectionFactory(settings={"pushed_increases": True})


@pytest.fixture
def read(shop):
    """Take one answer as a reading, as of its own time on our clock too."""

    def _read(*rows, as_of=NOW, **more):
        return ledger.keep_reading(shop, answer(*rows, **{"at": as_of, **more}), as_of=as_of)

    return _read


def test_a_complete_reading_makes_what_is_absent_zero(shop, read) -> None:
    read(("BAG", 5), ("HAT", 3))
    later = read(("bag", 4), as_of=NOW + minutes(30))
    assert (available("BAG"), available("HAT")) == (4, 0)
    assert (later.changed, later.zeroed) == (2, 1)
    assert Product.objects.get(code_key="bag").code == "BAG", "the first spelling stays"
    gone = StockChange.objects.filter(product__code_key="hat").first()
    assert (gone.delta, gone.available, gone.note) == (-3, 0, "Left out of a complete answer")
    assert Product.objects.get(code_key="hat").version == gone.pk


def test_a_partial_reading_never_makes_anything_zero(read) -> None:
    read(("BAG", 5), ("HAT", 3))
    read(("BAG", 4), as_of=NOW + minutes(30), complete=False)
    assert (available("BAG"), available("HAT")) == (4, 3)


def test_only_sellable_locations_of_our_distribution_centre_count(shop, read) -> None:
    shop.settings = {"dc_code": "dccl01"}
    shop.save()
    rows = (
        StockRow("BAG", "DCCL01", "available stock", 5),
        StockRow("BAG", "DCCL01", "Quarantine", 7),
        StockRow("BAG", "DCIW01", SELLABLE, 11),
        StockRow("HAT", "DCCL01", "QC", 2),
    )
    ledger.keep_reading(shop, StockAnswer(rows, complete=True, remote_now=NOW), as_of=NOW)
    assert (available("BAG"), available("HAT")) == (5, 0)


def test_what_did_not_change_writes_nothing_and_is_as_fresh_as_the_reading(shop, read) -> None:
    read(("BAG", 5), ("HAT", 3))
    before = StockChange.objects.count()
    later = read(("BAG", 5), ("HAT", 3), as_of=NOW + minutes(30))
    assert StockChange.objects.count() == before
    assert later.changed == 0
    product = Product.objects.get(code_key="bag")
    assert product.read_at == NOW
    assert figures.as_of(product, figures.last_complete(shop)) == NOW + minutes(30)


@pytest.mark.parametrize("late", [minutes(0), minutes(1), minutes(600)])
def test_an_older_reading_changes_nothing(read, late) -> None:
    read(("BAG", 5))
    assert read(("BAG", 9), as_of=NOW - late) is None
    assert available() == 5


def test_a_product_that_was_read_by_itself_since_keeps_its_figure(read) -> None:
    read(("BAG", 5), ("HAT", 3))
    read(("BAG", 1), as_of=NOW + minutes(20), complete=False)
    read(("BAG", 5), ("HAT", 2), as_of=NOW + minutes(10))
    assert (available("BAG"), available("HAT")) == (1, 2)


@pytest.mark.parametrize("bad", [-1, 2**40])
def test_a_row_without_a_usable_quantity_keeps_the_last_good_figure(read, bad) -> None:
    read(("BAG", 5), ("HAT", 3))
    later = read(("BAG", bad), as_of=NOW + minutes(30))
    assert (available("BAG"), available("HAT")) == (5, 3), "an answer with a bad row is not complete"
    assert (later.complete, later.skipped) == (False, 1)


def test_rows_that_the_client_skipped_make_the_answer_incomplete(read) -> None:
    read(("BAG", 5), ("HAT", 3))
    assert not read(("BAG", 4), as_of=NOW + minutes(30), skipped=1).complete
    assert (available("BAG"), available("HAT")) == (4, 3)


@pytest.mark.parametrize("code", ["", "  ", "X" * 101, "BAD\x00CODE"])
def test_a_product_code_that_cannot_be_kept_is_skipped(read, code) -> None:
    reading = read(("BAG", 5), (code, 3))
    assert (reading.skipped, Product.objects.count()) == (1, 1)


def test_a_failed_reading_leaves_the_last_good_figures(engine) -> None:
    ledger.keep_reading(engine.connection, answer(("BAG", 5)), as_of=NOW)

    def cut(product_codes=None):
        raise Unclear("The answer ended in the middle.")

    engine.warehouse.stock = cut
    with pytest.raises(Unclear):
        read_stock(engine.context(), FlowState(connection=engine.connection, flow="read-stock"))
    assert (available(), StockReading.objects.count()) == (5, 1)


@pytest.mark.parametrize(
    ("delta", "at", "counts"),
    [
        (-2, minutes(30), True),  # after the reading
        (-2, minutes(-6), True),  # perhaps in the reading already: low for half an hour at worst
        (-2, minutes(-8), False),  # surely in it
        (-2, None, True),  # nobody knows when
        (2, minutes(30), True),
        (2, minutes(1), False),  # perhaps in it: the next reading tells
        (2, minutes(-30), False),
        (2, None, False),
    ],
)
def test_a_push_counts_so_that_both_errors_lie_on_the_safe_side(shop, read, delta, at, counts) -> None:
    read(("BAG", 5))
    moment = None if at is None else NOW + at
    assert ledger.adjust(shop, adjustment(delta, at=moment), 1) == counts
    assert available() == (5 + delta if counts else 5)


def test_more_stock_waits_for_the_next_reading_unless_the_settings_say_otherwise(shop, read) -> None:
    """A decrease whose message was lost could hide behind it; less stock counts at once."""
    shop.settings = {}
    read(("BAG", 5))
    assert ledger.adjust(shop, adjustment(2, at=NOW + minutes(30)), 1) == 0
    assert ledger.adjust(shop, adjustment(-2, at=NOW + minutes(30), identity="A2"), 2) == 1
    assert available() == 3
    read(("BAG", 5), as_of=NOW + minutes(60))
    assert available() == 5


def test_more_stock_waits_while_a_message_is_missing(shop, read) -> None:
    read(("BAG", 5))
    gap = PushGap.objects.create(connection=shop, service="StockStatusMovement", first=3, last=4, noticed_at=NOW)
    assert ledger.adjust(shop, adjustment(2, at=NOW + minutes(30)), 1) == 0
    gaps.close(shop, [gap], because="All of it arrived late")
    assert ledger.adjust(shop, adjustment(2, at=NOW + minutes(30), identity="A2"), 2) == 1


@pytest.mark.parametrize("ahead", [minutes(10), minutes(-10)])
def test_clocks_that_disagree_by_ten_minutes_do_not_matter(shop, ahead) -> None:
    """What a push adds to a reading is decided on SEKO's clock alone."""
    seko = NOW + ahead
    ledger.keep_reading(shop, answer(("BAG", 5), at=seko), as_of=NOW)
    ledger.adjust(shop, adjustment(-1, at=seko + minutes(5), identity="new"), 1)
    ledger.adjust(shop, adjustment(-1, at=seko - minutes(9), identity="old"), 2)
    ledger.adjust(shop, adjustment(3, at=seko + minutes(5), identity="more"), 3)
    ledger.adjust(shop, adjustment(3, at=seko - minutes(5), identity="known"), 4)
    assert available() == 7


def test_without_a_time_in_seko_s_answer_only_decreases_count(shop) -> None:
    ledger.keep_reading(shop, answer(("BAG", 5), at=None), as_of=NOW)
    ledger.adjust(shop, adjustment(3, at=NOW + minutes(20), identity="A1"), 1)
    ledger.adjust(shop, adjustment(-1, at=NOW - minutes(20), identity="A2"), 2)
    ledger.adjust(shop, adjustment(-1, at=NOW - minutes(70), identity="A3"), 3)
    assert available() == 4


def test_the_same_push_twice_counts_once(shop, read) -> None:
    read(("BAG", 5))
    for sequence in (7, 7, 8):
        ledger.adjust(shop, adjustment(-2, at=NOW + minutes(5)), sequence)
    assert available() == 3
    assert StockChange.objects.filter(source=StockSource.ADJUSTMENT).count() == 1


def test_pushes_out_of_order_end_at_the_same_figure(shop, read) -> None:
    read(("BAG", 5))
    for identity, delta in (("C", -4), ("A", 2), ("B", -3)):
        ledger.adjust(shop, adjustment(delta, at=NOW + minutes(5), identity=identity), None)
    assert available() == 0
    ledger.adjust(shop, adjustment(-4, at=NOW + minutes(5), identity="D"), None)
    assert available() == -4, "the debt is remembered, so that a later increase does not show too much"
    ledger.adjust(shop, adjustment(4, at=NOW + minutes(5), identity="E"), None)
    assert available() == 0


def test_a_push_that_overtook_the_reading_is_laid_over_it_again(shop, read) -> None:
    read(("BAG", 5))
    ledger.adjust(shop, adjustment(-3, at=NOW + minutes(29), identity="A"), 1)
    ledger.adjust(shop, adjustment(6, at=NOW + minutes(35), identity="B"), 2)
    ledger.adjust(shop, adjustment(7, at=NOW + minutes(31), identity="C"), 3)
    assert available() == 15
    read(("BAG", 5), as_of=NOW + minutes(30))
    assert available() == 8, "5, less what may be missing, more what is surely missing"


def test_a_movement_counts_where_it_crosses_the_border_of_what_is_sellable(shop, read) -> None:
    read(("BAG", 5))

    def moved(identity: str, start: str, end: str) -> int:
        news = StockMovement(identity, NOW + minutes(5), "DCCL01", start, end, StockMoveLine("BAG", 2))
        return ledger.move(shop, news, 1)

    assert moved("M1", "Available Stock", "Quarantine") == 1
    assert available() == 3
    assert moved("M1", "Available Stock", "Quarantine") == 0
    assert moved("M2", "QC", "Quarantine") == 0
    assert moved("M3", "Returns", "available stock") == 1
    assert available() == 5


def test_a_push_about_an_unknown_product_creates_nothing_but_is_noted(shop, read) -> None:
    read(("BAG", 5))
    assert ledger.adjust(shop, adjustment(9, code="NEW", at=NOW + minutes(5)), 1) == 0
    assert Product.objects.count() == 1
    assert Event.objects.get(kind="stock_unknown").detail == "NEW"


def test_stock_elsewhere_does_not_count(shop, read) -> None:
    read(("BAG", 5))
    assert ledger.adjust(shop, adjustment(-2, at=NOW + minutes(5), place="Quarantine"), 1) == 0
    assert available() == 5


def test_what_vanished_nobody_says_where_lowers_the_figure_and_what_appeared_does_not_raise_it(shop, read) -> None:
    read(("BAG", 5))
    assert ledger.adjust(shop, adjustment(2, at=NOW + minutes(5), place=""), 1) == 0
    assert ledger.adjust(shop, adjustment(-2, at=NOW + minutes(5), place="", identity="A2"), 2) == 1
    assert available() == 3


MIDNIGHT = NOW + minutes(60)


def summary(part: int, *lines: tuple[str, int], total: int = 2, at=MIDNIGHT):
    return StockSummary("night", part, total, at, "DCCL01", tuple(Line(code, count) for code, count in lines))


def test_an_overnight_summary_counts_once_all_its_parts_are_there(shop, read) -> None:
    read(("BAG", 5), ("HAT", 3), ("CAP", 2))
    assert ledger.keep_summary(shop, summary(2, ("HAT", 1))) is None
    assert (available("BAG"), available("CAP")) == (5, 2), "absent means zero only in the whole"
    assert ledger.keep_summary(shop, summary(2, ("HAT", 1))) is None
    reading = ledger.keep_summary(shop, summary(1, ("BAG", 4)))
    assert (available("BAG"), available("HAT"), available("CAP")) == (4, 1, 0)
    assert reading.zeroed == 1
    assert ledger.keep_summary(shop, summary(1, ("BAG", 4))) is None, "a repeat is nothing new"


def test_a_summary_older_than_the_last_reading_is_only_compared(shop, read) -> None:
    read(("BAG", 5), ("HAT", 3), as_of=NOW + minutes(90))
    reading = ledger.keep_summary(shop, summary(1, ("BAG", 50), total=1))
    assert (available("BAG"), available("HAT")) == (5, 3)
    assert reading.changed == 2


def test_a_summary_that_does_not_say_of_which_day_it_is_overrides_no_reading(shop, read) -> None:
    read(("BAG", 5), as_of=datetime.now(UTC) - minutes(30))
    assert ledger.keep_summary(shop, summary(1, ("BAG", 50), total=1, at=None)) is not None
    assert available() == 5


def test_pushes_since_midnight_survive_a_summary_that_comes_later(shop, read) -> None:
    read(("BAG", 5))
    ledger.adjust(shop, adjustment(-2, at=NOW + minutes(65)), 1)
    ledger.keep_summary(shop, summary(1, ("BAG", 5), total=1))
    assert available() == 3


def test_a_summary_of_another_distribution_centre_says_nothing(shop, read) -> None:
    shop.settings = {"dc_code": "DCIW01"}
    shop.save()
    assert ledger.keep_summary(shop, summary(1, ("BAG", 5), total=1)) is None
    assert not Product.objects.exists()


def test_history_goes_after_its_days_but_never_what_a_figure_stands_on(shop, read) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=90)
    read(("BAG", 5), as_of=long_ago)
    read(("BAG", 4), as_of=long_ago + minutes(30))
    StockChange.objects.update(recorded_at=long_ago)
    ledger.prune(shop)
    [left] = StockChange.objects.all()
    assert Product.objects.get().version == left.pk
    assert StockReading.objects.count() == 1


def test_old_files_go_but_the_last_line_of_a_listing_and_a_file_on_its_way_stay(shop) -> None:
    old, now = NOW - timedelta(days=900), NOW
    listing = ListingFactory(connection=shop)
    first, last, empty = (StockFileFactory(connection=shop, created_at=old, finished_at=old) for _ in range(3))
    waiting = StockFileFactory(connection=shop, created_at=old, finished_at=None)
    for file in (first, last):
        StockFileLineFactory(file=file, listing=listing)
    early = StockFileLineFactory(file=waiting, listing=ListingFactory(connection=shop))
    StockFileLineFactory(file=StockFileFactory(connection=shop, created_at=now), listing=early.listing)
    with CaptureQueriesContext(database) as found:
        assert ledger.prune(shop) == 3
    assert not StockFile.objects.filter(pk__in=[first.pk, empty.pk]).exists()
    assert listing.file_lines.get().file == last
    assert StockFileLine.objects.filter(pk=early.pk).exists()
    assert len(found) < 9


def test_a_reading_costs_the_same_number_of_statements_for_ten_products_and_for_a_thousand(shop) -> None:
    ProductFactory(connection=shop, code="OLD", available=3)
    ledger.keep_reading(shop, answer(("OLD", 3)), as_of=NOW)
    counts = []
    for number, size in enumerate((10, 1000), start=1):
        rows = [(f"P{place}", place + number) for place in range(size)]
        with CaptureQueriesContext(database) as found:
            ledger.keep_reading(shop, answer(*rows), as_of=NOW + minutes(number))
        counts.append(len(found))
    assert counts[0] == counts[1]
    assert available("P999") == 1001
