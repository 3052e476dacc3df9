"""Stock files from the due level to the proof on John Lewis, and every way in which they can go wrong."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection as database
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from jlseko.clock import business_now
from sync import lanes, limits, pipeline, work
from sync.failures import Code, Failure, NotSent, Refused, Throttled, Unclear
from sync.flows import stock
from sync.models import Attempt, Budget, FlowState, Item, LineOutcome, Listing, Outcome, PartnerState, Side, StockFile
from sync.models import StockFileLine as Line
from sync.signals import progress_made
from sync.states import Kind, Lane
from sync.stock import files, outcomes
from tests.factories.engine import OrderFactory, ProductFactory
from tests.factories.stock import StockReadingFactory
from tests.sync.double_stock import StockMarketplace


def ago(**span: float):
    return business_now() - timedelta(**span)


class Shop:
    """A shop with offers, driven step by step."""

    def __init__(self, engine) -> None:
        self.engine = engine
        self.connection = engine.connection
        self.market = engine.marketplace = StockMarketplace()
        StockReadingFactory(connection=self.connection, as_of=ago(minutes=10))

    def sell(self, **levels: int) -> None:
        """Products with so many free, offered with 50 shown."""
        for sku, free in levels.items():
            ProductFactory(connection=self.connection, code=sku, available=free, read_at=None)
            self.market.offers[sku] = 50
            Listing.objects.create(connection=self.connection, sku=sku, sku_key=sku.casefold(), shown=50)

    def free(self, **levels: int) -> None:
        """SEKO's figure changes."""
        for sku, free in levels.items():
            product = self.connection.products.get(code=sku)
            product.available, product.version = free, product.version + 1
            product.save()

    def publish(self) -> StockFile | None:
        """One run of the flow."""
        flow = FlowState(connection=self.connection, flow="publish-stock")
        before = StockFile.objects.count()
        stock.publish_stock(self.engine.context(), flow)
        return StockFile.objects.order_by("-id").first() if StockFile.objects.count() > before else None

    def step(self, rounds: int = 1) -> None:
        """Make what waits due and take a step with each item."""
        for _ in range(rounds):
            Item.objects.filter(status__in=["ready", "waiting", "unknown"], kind="stock_file").update(
                due_at=timezone.now()
            )
            Budget.objects.all().delete()
            for item in lanes.claim(Lane.STOCK, limit=50):
                work._work_on(item.connection, [item], threads=1)

    def later(self, **span: float) -> None:
        """Time passes for the file, its attempt and whatever is held back."""
        gap = timedelta(**span)
        StockFile.objects.update(created_at=F("created_at") - gap)
        StockFile.objects.update(submitted_at=F("submitted_at") - gap)
        Attempt.objects.update(announced_at=F("announced_at") - gap)
        Listing.objects.update(retry_at=F("retry_at") - gap)

    def listing(self, sku: str = "BAG") -> Listing:
        return Listing.objects.get(sku=sku)

    def file(self) -> StockFile:
        return StockFile.objects.select_related("item").order_by("-id")[0]

    def outcomes(self) -> dict[str, str]:
        return dict(Line.objects.filter(file=self.file()).values_list("listing__sku", "outcome"))


@pytest.fixture
def shop(engine) -> Shop:
    return Shop(engine)


def test_a_level_is_told_accepted_and_read_back(shop) -> None:
    shop.sell(BAG=7)
    OrderFactory(connection=shop.connection, skus=["BAG"])
    file = shop.publish()
    [line] = file.rows.all()
    assert (line.quantity, line.sellable, line.in_flight, line.previous) == (6, 7, 1, None)
    assert line.as_of == shop.connection.stock_readings.get().as_of
    shop.step(2)
    row = shop.listing()
    assert (row.published, row.due, row.published_version) == (6, False, line.version)
    assert shop.outcomes() == {"BAG": LineOutcome.ACCEPTED}
    shop.step()
    assert shop.outcomes() == {"BAG": LineOutcome.VERIFIED}
    file = shop.file()
    assert (file.item.status, file.accepted, file.import_id, file.import_status) == ("done", 1, "i1", "COMPLETE")
    row.refresh_from_db()
    assert row.confirmed_at is not None
    assert (row.shown, shop.market.offers) == (6, {"BAG": 6})


def test_only_what_differs_is_told_and_nothing_when_nothing_does(shop) -> None:
    shop.sell(BAG=7, HAT=3)
    shop.publish()
    shop.step(3)
    assert shop.publish() is None
    shop.free(HAT=2)
    assert shop.publish().lines == 1
    shop.step(3)
    assert shop.market.files == [{"BAG": 7, "HAT": 3}, {"HAT": 2}]


def test_one_file_at_a_time(shop) -> None:
    shop.sell(BAG=7)
    shop.market.polls = None
    shop.publish()
    shop.step(2)
    shop.free(BAG=5)
    assert shop.publish() is None
    shop.later(minutes=21)
    assert shop.publish() is not None, "an import may take its time, but not for ever"


def test_two_workers_draft_one_file(shop) -> None:
    shop.sell(BAG=7)
    first, second = files.draft(shop.connection), files.draft(shop.connection)
    assert first is not None
    assert second is None


def test_a_figure_that_is_too_old_is_not_told(shop) -> None:
    shop.sell(BAG=7)
    shop.connection.stock_readings.update(as_of=ago(minutes=76))
    assert shop.publish() is None
    shop.connection.settings = {"stock_stale_zero": True}
    shop.connection.save()
    shop.engine.connection.refresh_from_db()
    shop.publish()
    shop.step(3)
    assert shop.market.offers == {"BAG": 0}


def test_a_version_below_the_one_told_last_is_never_told(shop) -> None:
    shop.sell(BAG=7)
    Listing.objects.update(product=shop.connection.products.get(), published=9, published_version=4)
    assert shop.publish() is None
    shop.connection.products.update(version=5)
    assert shop.publish() is not None


def test_a_file_that_waited_and_would_tell_too_much_is_dropped_for_a_fresh_one(shop) -> None:
    shop.sell(BAG=7, HAT=3)
    shop.publish()
    shop.later(minutes=3)
    shop.free(BAG=2)
    shop.step()
    assert (shop.file().import_status, shop.file().item.status) == ("DROPPED", "done")
    assert shop.market.files == []
    shop.publish()
    shop.step(3)
    assert shop.market.files == [{"BAG": 2, "HAT": 3}]


@pytest.mark.parametrize("fault", [NotSent("refused"), Throttled("429", retry_after=1)])
def test_a_file_that_certainly_did_not_arrive_goes_again(shop, fault) -> None:
    shop.sell(BAG=7)
    shop.market.before["STO01"] = [fault]
    shop.publish()
    shop.step(4)
    assert shop.market.files == [{"BAG": 7}]
    assert shop.file().item.status == "done"


def test_a_lost_answer_is_read_back_as_applied(shop) -> None:
    shop.sell(BAG=7)
    shop.market.after["STO01"] = [Unclear("reset")]
    shop.publish()
    shop.step()
    assert shop.file().item.status == "unknown"
    shop.step()
    assert shop.market.single_reads == [], "the import gets its usual time first"
    shop.later(minutes=6)
    shop.step(2)
    assert shop.file().item.status == "done"
    assert Attempt.objects.get().outcome == Outcome.APPLIED
    assert shop.outcomes() == {"BAG": LineOutcome.VERIFIED}
    assert (shop.listing().published, shop.publish()) == (7, None)


def test_a_lost_file_goes_again_as_a_new_one_with_fresh_figures(shop) -> None:
    shop.sell(BAG=7, HAT=3)
    shop.market.before["STO01"] = [Unclear("time-out")]
    shop.publish()
    shop.step()
    shop.free(BAG=4)
    shop.later(minutes=6)
    shop.step(2)
    assert shop.file().item.status == "done"
    assert Attempt.objects.get().outcome == Outcome.NOT_APPLIED
    assert set(shop.outcomes().values()) == {LineOutcome.NOT_APPLIED}
    first = shop.file().item.external_key
    shop.publish()
    shop.step(3)
    assert shop.file().item.external_key != first
    assert shop.market.files == [{"BAG": 4, "HAT": 3}]


def test_more_lines_than_can_be_read_singly_wait_for_a_reading_of_all(shop) -> None:
    shop.sell(**{f"P{number}": 5 for number in range(101)})
    shop.market.before["STO01"] = [Unclear("time-out")]
    flow = FlowState.objects.create(
        connection=shop.connection, flow="read-offers", due_at=timezone.now() + timedelta(days=1)
    )
    shop.publish()
    shop.step()
    shop.later(minutes=6)
    shop.step()
    flow.refresh_from_db()
    assert flow.due_at <= timezone.now()
    assert shop.market.single_reads == []
    stock.read_offers(shop.engine.context(), flow)
    shop.step()
    assert shop.file().item.status == "done"


def test_a_worker_that_stopped_after_the_answer_goes_on_without_sending_again(shop, monkeypatch) -> None:
    shop.sell(BAG=7)
    shop.publish()
    monkeypatch.setattr("sync.flows.stock_files._told", lambda *args, **more: (_ for _ in ()).throw(KeyError("killed")))
    shop.step()
    monkeypatch.undo()
    monkeypatch.setattr("sync.doorbell.ring", lambda lane: True)
    shop.step(3)
    assert shop.market.count("STO01") == 1
    assert shop.file().item.status == "done"


def test_a_worker_that_stopped_after_the_announcement_asks_before_it_sends(shop, monkeypatch) -> None:
    shop.sell(BAG=7)
    shop.publish()

    def killed(prepared):
        raise SystemExit

    monkeypatch.setattr(shop.market, "send", killed)
    with pytest.raises(SystemExit):
        shop.step()
    monkeypatch.undo()
    monkeypatch.setattr("sync.doorbell.ring", lambda lane: True)
    Item.objects.update(lease_until=timezone.now() - timedelta(minutes=2))
    assert lanes.sweep() == 1
    shop.step()
    assert shop.market.count("STO01") == 0
    shop.later(minutes=6)
    shop.step()
    assert Attempt.objects.get().outcome == Outcome.NOT_APPLIED
    shop.publish()
    shop.step(3)
    assert shop.market.files == [{"BAG": 7}]


def test_refused_lines_are_tried_again_alone_and_the_rest_goes_through(shop) -> None:
    shop.sell(BAG=7, HAT=3)
    shop.market.bad["HAT"] = "The offer is locked"
    shop.publish()
    shop.step(3)
    assert shop.outcomes() == {"BAG": LineOutcome.VERIFIED, "HAT": LineOutcome.REFUSED}
    hat = shop.listing("HAT")
    assert (hat.failures, hat.last_error, hat.due, hat.published) == (1, "The offer is locked", True, None)
    assert shop.publish() is None, "it rests first"
    shop.later(minutes=6)
    shop.market.bad.clear()
    shop.publish()
    shop.step(3)
    assert shop.market.files[-1] == {"HAT": 3}
    assert (shop.listing("HAT").failures, shop.listing("HAT").published) == (0, 3)


def test_a_line_refused_too_often_is_isolated_and_becomes_a_case(shop) -> None:
    shop.sell(BAG=7, HAT=3)
    shop.market.bad["HAT"] = "The offer is locked"
    for _ in range(5):
        shop.publish()
        shop.step(3)
        shop.later(hours=5)
    hat = shop.listing("HAT")
    assert (hat.failures, hat.item.status) == (5, "stalled")
    [failure] = hat.item.failures
    assert failure["code"] == Code.STOCK_UPDATE_FAILED
    assert "The offer is locked" in failure["text"]
    shop.later(hours=50)
    shop.free(BAG=6)
    assert shop.publish().lines == 1
    assert Item.objects.filter(kind=Kind.LISTING).count() == 1


def test_a_released_level_is_told_again_and_proved_by_a_reading(shop) -> None:
    shop.sell(HAT=3)
    shop.market.bad["HAT"] = "The offer is locked"
    for _ in range(5):
        shop.publish()
        shop.step(3)
        shop.later(hours=5)
    shop.market.bad.clear()
    item = shop.listing("HAT").item
    seen = []

    def note(sender, milestone, item, **more):
        seen.append(str(milestone))

    progress_made.connect(note)
    assert pipeline.resubmit(item, why="A person released it")
    shop.engine.run(1)
    shop.publish()
    shop.step(3)
    progress_made.disconnect(note)
    assert seen == ["resubmitted", "listing_right"]
    item.refresh_from_db()
    assert (item.status, shop.listing("HAT").trouble_since) == ("waiting", None)


def test_a_report_without_skus_is_settled_by_what_the_offers_show(shop) -> None:
    shop.sell(BAG=7, HAT=3)
    shop.market.bad["HAT"] = "Something is wrong"
    shop.market.nameless = True
    shop.publish()
    shop.step(3)
    assert shop.outcomes() == {"BAG": LineOutcome.VERIFIED, "HAT": LineOutcome.NOT_APPLIED}
    assert shop.file().item.status == "done"
    assert shop.listing("HAT").due


def test_counts_that_do_not_add_up_are_settled_by_what_the_offers_show(shop, monkeypatch) -> None:
    shop.sell(BAG=7, HAT=3)
    real = shop.market.stock_import
    monkeypatch.setattr(shop.market, "stock_import", lambda i: replace(real(i), succeeded=1))
    shop.publish()
    shop.step(2)
    assert set(shop.outcomes().values()) == {LineOutcome.VERIFIED}
    assert sorted(shop.market.single_reads) == ["BAG", "HAT"]


def test_an_import_that_never_ends_is_given_up_and_read_back(shop) -> None:
    shop.sell(BAG=7)
    shop.market.polls = None
    shop.publish()
    shop.step(5)
    assert shop.file().import_status == "WAITING"
    shop.later(minutes=21)
    shop.step(2)
    assert shop.file().item.status == "done"
    assert shop.outcomes() == {"BAG": LineOutcome.NOT_APPLIED}
    shop.market.polls = 0
    shop.publish()
    shop.step(3)
    assert shop.market.offers == {"BAG": 7}


def test_asking_becomes_rarer(shop) -> None:
    shop.sell(BAG=7)
    shop.market.polls = 6
    shop.publish()
    waits = []
    for _ in range(6):
        shop.step()
        shop.file().item.refresh_from_db()
        waits.append(round((shop.file().item.due_at - timezone.now()).total_seconds()))
    assert waits == [15, 15, 15, 30, 60, 60]


def test_a_file_that_fails_whole_is_parted_until_the_bad_line_stands_alone(shop) -> None:
    good = {f"P{number:02d}": 5 for number in range(16)}
    shop.sell(**good, BAD=4)
    shop.market.fails = {"BAD"}
    sizes = []
    for _ in range(40):
        file = shop.publish()
        if file is None:
            shop.later(minutes=2)
            file = shop.publish()
        if file is None:
            break
        sizes.append(file.lines)
        shop.step(3)
        shop.later(minutes=2)
    assert sizes[:2] == [17, 5]
    assert sizes[-1] == 1
    assert {sku: shop.market.offers[sku] for sku in good} == good
    bad = shop.listing("BAD")
    assert (bad.item.status, bad.failures) == ("stalled", 5)
    assert Item.objects.filter(kind=Kind.LISTING).count() == 1, "nobody else is held for its fault"
    assert shop.market.offers["BAD"] == 50


def test_a_file_that_the_marketplace_refuses_is_treated_as_failed_whole(shop) -> None:
    shop.sell(BAG=7, HAT=3)
    shop.market.before["STO01"] = [Refused(Failure(Code.UNCLASSIFIED, "The file cannot be read"))]
    shop.publish()
    shop.step()
    assert (shop.file().item.status, shop.file().import_status) == ("done", "REFUSED")
    assert shop.listing().last_error == "The file cannot be read"
    shop.later(minutes=2)
    assert shop.publish().lines == 1


def test_after_an_outage_what_falls_goes_first(shop) -> None:
    shop.sell(BAG=7, HAT=3)
    Listing.objects.filter(sku="BAG").update(published=9)
    Listing.objects.filter(sku="HAT").update(published=1)
    PartnerState.objects.create(
        connection=shop.connection, side=Side.MARKETPLACE, is_open=False, opened_at=ago(minutes=5)
    )
    assert shop.publish().why == files.DECREASES
    shop.step(3)
    shop.publish()
    shop.step(3)
    assert shop.market.files == [{"BAG": 7}, {"HAT": 3}]


def test_more_than_one_file_s_worth_begins_with_what_falls(shop) -> None:
    shop.connection.settings = {"stock_file_lines": 2}
    shop.connection.save()
    shop.sell(A=1, B=1, C=60, D=60)
    told = []
    for _ in range(3):
        file = shop.publish()
        told += [file.why] if file else []
        shop.step(3)
    assert shop.market.files == [{"A": 1, "B": 1}, {"C": 60, "D": 60}]
    assert told == [files.DECREASES, files.CHANGED]


def test_a_rise_waits_until_orders_were_read_a_moment_ago(shop) -> None:
    shop.sell(BAG=7, HAT=60)
    poll = FlowState.objects.create(
        connection=shop.connection, flow="poll-orders", due_at=timezone.now(), last_good_at=ago(minutes=8)
    )
    shop.publish()
    shop.step(3)
    assert shop.publish() is None
    poll.last_good_at = ago(minutes=1)
    poll.save()
    shop.publish()
    shop.step(3)
    assert shop.market.files == [{"BAG": 7}, {"HAT": 60}]


def test_pushing_now_tells_a_level_again_with_the_next_file(shop, admin_user) -> None:
    shop.sell(BAG=7)
    shop.publish()
    shop.step(3)
    assert files.push_now([shop.listing()], admin_user) == 1
    shop.publish()
    shop.step(3)
    assert shop.market.files == [{"BAG": 7}, {"BAG": 7}]
    assert shop.publish() is None


def test_an_older_file_never_overrules_a_later_one(shop) -> None:
    shop.sell(BAG=7)
    first = shop.publish()
    StockFile.objects.filter(pk=first.pk).update(submitted_at=ago(minutes=30), created_at=ago(minutes=30))
    shop.free(BAG=5)
    Item.objects.filter(pk=first.item_id).update(due_at=None)
    second = shop.publish()
    StockFile.objects.filter(pk=second.pk).update(submitted_at=ago(minutes=1))
    second.refresh_from_db()
    first.refresh_from_db()
    outcomes.accept(second)
    outcomes.accept(first)
    assert shop.listing().published == 5


def test_what_was_sold_meanwhile_is_no_difference(shop) -> None:
    shop.sell(BAG=7)
    shop.publish()
    shop.step(2)
    shop.market.offers["BAG"] = 5
    order = OrderFactory(connection=shop.connection, skus=["BAG"], placed_at=business_now())
    order.lines.update(quantity=2)
    shop.step()
    row = shop.listing()
    assert (row.shown, row.drift_since) == (5, None)
    assert row.confirmed_at is not None


def test_a_level_that_was_not_kept_is_apart_from_now_on(shop) -> None:
    shop.sell(BAG=7)
    shop.publish()
    shop.step(2)
    shop.market.offers["BAG"] = 12
    shop.step()
    row = shop.listing()
    assert (row.shown, row.drift_layer, row.confirmed_at) == (12, "publish", None)
    assert shop.outcomes() == {"BAG": LineOutcome.ACCEPTED}


def test_drafting_and_settling_cost_the_same_number_of_statements(shop) -> None:
    counts = []
    for start, size in ((0, 10), (10, 1000)):
        Listing.objects.update(failures=5)
        shop.sell(**{f"P{number}": 5 for number in range(start, start + size)})
        with CaptureQueriesContext(database) as found:
            file = files.draft(shop.connection)
            assert file.lines == size
            outcomes.accept(file)
        counts.append(len(found))
        Item.objects.filter(pk=file.item_id).update(status="done", stage="processed")
    assert counts[0] == counts[1]


def test_a_budget_that_is_used_up_sends_nothing(shop, monkeypatch) -> None:
    shop.sell(BAG=7)
    limits.spend(shop.connection, Side.MARKETPLACE, "STO01")
    shop.publish()
    for item in lanes.claim(Lane.STOCK, limit=5):
        work._work_on(item.connection, [item], threads=1)
    assert (shop.market.files, Attempt.objects.count()) == ([], 0)
    assert shop.file().item.status == "ready"
