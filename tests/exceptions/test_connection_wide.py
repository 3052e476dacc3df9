"""What is wrong with a whole connection: each trouble is closed by its own proof, never by another one's."""

from exceptions.models import ExceptionRecord
from exceptions.states import State
from jlseko.clock import business_now
from sync import gaps, limits
from sync.failures import Code, Failure, Unauthorised
from sync.loop import pausing
from sync.models import PushGap, Side
from sync.signals import fault_reported, progress_made
from sync.states import Milestone


def gap(desk) -> PushGap:
    long_ago = business_now() - desk.connection.policy.minutes("push_gap_minutes") * 2
    made = PushGap.objects.create(connection=desk.connection, service="Dispatch", first=8, last=9, noticed_at=long_ago)
    gaps.report_overdue(desk.connection)
    return made


def state_of(category: str) -> str:
    return ExceptionRecord.objects.get(category=category).state


def test_a_gap_names_the_missing_numbers_and_has_an_owner(desk) -> None:
    gap(desk)
    record = ExceptionRecord.objects.get(category="push_gap")
    assert record.headline == "SEKO's Dispatch messages 8 to 9 are missing."
    assert record.owner_label
    assert record.item is None


def test_where_a_pause_is_in_force_it_is_named_beside_seko(desk, admin) -> None:
    pausing.pause(desk.connection, "inbound", reason="Moving house", by=admin)
    gap(desk)
    stale = Failure(Code.STOCK_STALE, "SEKO's stock is old.", rule="age", facts={"side": str(Side.WAREHOUSE)})
    silent = Failure(Code.NO_DISPATCH_NEWS, "No news.", rule="no_news", facts={"status": "Confirmed"})
    item = desk.order()
    fault_reported.send(sender=None, connection=desk.connection, item=None, failures=[stale])
    fault_reported.send(sender=None, connection=desk.connection, item=item, failures=[silent])
    for category in ("push_gap", "stock_stale", "no_dispatch_news"):
        record = ExceptionRecord.objects.get(category=category)
        assert "“Pushed messages” is paused by Admin Person" in record.headline, category
        assert "Moving house" in record.headline


def test_another_pause_is_not_named(desk) -> None:
    pausing.pause(desk.connection, "orders", reason="Stock count")
    gap(desk)
    assert "paused" not in ExceptionRecord.objects.get().headline


def test_a_partner_that_is_back_proves_nothing_about_a_gap(desk) -> None:
    gap(desk)
    limits.note_bad(desk.connection, Side.MARKETPLACE, Unauthorised("401"))
    limits.note_recovered(desk.connection, Side.MARKETPLACE)
    assert state_of("partner_unavailable") == State.VERIFIED
    assert state_of("push_gap") == State.OPEN


def test_a_closed_gap_proves_nothing_about_a_partner_that_is_away(desk) -> None:
    made = gap(desk)
    limits.note_bad(desk.connection, Side.WAREHOUSE, Unauthorised("401"))
    gaps.close(desk.connection, [made], because="All of it arrived late")
    assert state_of("push_gap") == State.VERIFIED
    assert state_of("partner_unavailable") == State.OPEN


def test_fresh_stock_closes_neither(desk) -> None:
    gap(desk)
    limits.note_bad(desk.connection, Side.WAREHOUSE, Unauthorised("401"))
    progress_made.send(sender=None, connection=desk.connection, item=None, milestone=Milestone.STOCK_FRESH, by=None)
    assert state_of("push_gap") == State.OPEN
    assert state_of("partner_unavailable") == State.OPEN
