"""Every way in which a stock file can go wrong, and that nothing is told twice or told wrong for it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from sync import lanes, limits, pipeline
from sync.failures import Code, Failure, NotSent, Refused, Throttled, Unclear
from sync.flows import late_files, stock
from sync.loop import work
from sync.models import Attempt, Budget, FlowState, Item, LineOutcome, Listing, Outcome, PartnerState, Side
from sync.signals import progress_made
from sync.states import Kind, Lane
from sync.stock import files
from tests.factories.stock import StockFileFactory
from tests.sync.double_shipments import refused
from tests.sync.stock.shop import Shop, ago


@pytest.fixture
def shop(engine) -> Shop:
    return Shop(engine)


def test_a_file_that_waited_and_would_tell_too_much_is_dropped_for_a_fresh_one(shop) -> None:
    shop.sell(BAG=7)
    shop.publish()
    shop.later(minutes=3)
    shop.free(BAG=2)
    shop.step()
    assert (shop.file().import_status, shop.file().item.status) == ("DROPPED", "done")
    assert shop.market.files == []
    shop.publish()
    shop.step(3)
    assert shop.market.files == [{"BAG": 2}]


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


def test_a_lost_file_whose_levels_were_told_anew_leaves_no_open_question(shop, monkeypatch) -> None:
    shop.sell(BAG=7)
    shop.market.before["STO01"] = [Unclear("time-out")]
    shop.publish()
    shop.step()
    monkeypatch.setattr("sync.flows.stock_files._superseded", lambda file: True)
    shop.later(minutes=6)
    shop.step()
    assert (shop.file().item.status, shop.file().import_status) == ("done", "SUPERSEDED")
    assert Attempt.objects.get().outcome == Outcome.NOT_APPLIED


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
    released = item = shop.listing("HAT").item
    seen = []

    def note(sender, milestone, item, **more):
        if item == released:
            seen.append(str(milestone))

    progress_made.connect(note)
    assert pipeline.resubmit(item, why="A person released it")
    shop.engine.run(1)
    shop.publish()
    shop.step(3)
    progress_made.disconnect(note)
    assert seen == ["resubmitted", "taken", "listing_right"]
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


def test_a_report_beside_counts_that_do_not_add_up_settles_only_what_it_names(shop, monkeypatch) -> None:
    shop.sell(BAG=7, HAT=3, TIE=4)
    shop.market.bad = {"HAT": "locked"}
    real = shop.market.stock_import
    monkeypatch.setattr(shop.market, "stock_import", lambda i: replace(real(i), succeeded=1))
    shop.publish()
    shop.step(2)
    assert shop.outcomes() == {
        "BAG": LineOutcome.VERIFIED, "HAT": LineOutcome.REFUSED, "TIE": LineOutcome.VERIFIED,
    }  # fmt: skip


def test_a_file_that_ends_after_it_was_given_up_has_its_levels_told_anew(shop) -> None:
    shop.sell(BAG=7)
    shop.market.polls = None
    shop.publish()
    shop.step(3)
    shop.later(minutes=21)
    shop.step(2)
    shop.free(BAG=2)
    shop.market.polls = 0
    shop.publish()
    shop.step(3)
    assert shop.market.offers == {"BAG": 2}
    slow = shop.market.imports["i1"]
    slow.polls_left = 0  # only now John Lewis works on it
    Budget.objects.all().delete()
    assert late_files.ask_after(shop.engine.context()) == 1
    assert shop.market.offers == {"BAG": 7}
    Budget.objects.all().delete()
    assert late_files.ask_after(shop.engine.context()) == 0, "it is asked after no more"
    shop.publish()
    shop.step(3)
    assert shop.market.offers == {"BAG": 2}


def test_a_given_up_file_that_nobody_can_tell_of_keeps_no_other_waiting(shop, monkeypatch) -> None:
    monkeypatch.setattr(late_files, "FILES_A_RUN", 1)
    for import_id in ("i1", "i2"):
        StockFileFactory(
            connection=shop.connection, import_id=import_id, import_status="RUNNING", created_at=ago(hours=1)
        )
    asked = []

    def refuse(import_id: str) -> None:
        asked.append(import_id)
        raise refused("Not found")

    monkeypatch.setattr(shop.market, "stock_import", refuse)
    for _ in range(2):
        Budget.objects.all().delete()
        late_files.ask_after(shop.engine.context())
    assert asked == ["i1", "i2"]


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


def test_a_budget_that_is_used_up_sends_nothing(shop, monkeypatch) -> None:
    shop.sell(BAG=7)
    limits.spend(shop.connection, Side.MARKETPLACE, "STO01")
    shop.publish()
    for item in lanes.claim(Lane.STOCK, limit=5):
        work._work_on(item.connection, [item], threads=1)
    assert (shop.market.files, Attempt.objects.count()) == ([], 0)
    assert shop.file().item.status == "ready"


def test_an_offer_that_may_not_be_read_back_ends_its_line_and_is_told_anew(shop, monkeypatch) -> None:
    shop.sell(BAG=7)
    shop.market.polls = None
    shop.publish()
    shop.step(2)
    shop.later(minutes=21)

    def offers_page(**_):
        raise refused("The SKU is not valid.")

    monkeypatch.setattr(shop.market, "offers_page", offers_page)
    shop.step()
    assert (shop.file().item.status, shop.outcomes()) == ("done", {"BAG": LineOutcome.NOT_APPLIED})
    assert shop.listing().due
