"""The story of an order: its steps with their times, its lanes with what was usual, and the write behind each event."""

from datetime import timedelta

import pytest
from django.urls import reverse

from exceptions.models import ExceptionRecord
from exceptions.states import State
from jlseko.clock import business_now
from sync import pipeline
from sync.failures import Code, Failure
from sync.order_pages import story, telling
from tests.factories.engine import AttemptFactory, DispatchFactory, EventFactory, OrderFactory
from tests.sync.pages import browser

pytestmark = pytest.mark.django_db


def notes(order, events=()) -> dict[str, str]:
    """The note of each step."""
    return {step["label"]: step["note"] for step in story.steps(order, events=events)}


def page(order, group: str = "Operations"):
    """The page as somebody of this group gets it."""
    return browser(group).get(reverse("sync:order", args=["shop", order.order_id]))


def test_a_step_that_was_late_says_by_how_much() -> None:
    now = business_now()
    order = OrderFactory(
        injected=True, shipping_deadline=now - timedelta(hours=4), dispatched_at=now - timedelta(hours=2)
    )
    steps = {step["label"]: step for step in story.steps(order)}
    assert steps["Dispatched"]["tone"] == "warning"
    assert steps["Dispatched"]["note"].endswith("2 h late")
    assert steps["Confirmed"]["note"].startswith("by ")


def test_picking_and_packing_are_dated_by_readings_and_never_made_up() -> None:
    order = OrderFactory(injected=True, warehouse_state="Pick Complete")
    seen = EventFactory(item=order.item, kind="warehouse_state", title="SEKO: Pick Complete")
    steps = {step["label"]: step for step in story.steps(order, events=[seen])}
    assert steps["Picked"]["tone"] == "success"
    assert steps["Picked"]["note"]
    assert steps["Packed"]["tone"] == ""
    order.dispatched_at = business_now()
    assert notes(order)["Packed"] == "time not told"
    assert "Paid" not in notes(order)


def test_a_silence_is_shaded_when_it_is_longer_than_usual_for_its_place() -> None:
    now = business_now()
    order = OrderFactory(injected=True)
    policy = order.connection.policy
    received = EventFactory(item=order.item, kind="received", at=now - timedelta(hours=40))
    injected = EventFactory(item=order.item, kind="injected", at=now - timedelta(hours=33))
    dispatched = EventFactory(item=order.item, kind="dispatched", at=now - timedelta(hours=20))
    shipped = EventFactory(item=order.item, kind="shipped", at=now - timedelta(hours=15))
    rows = story.lanes([received, injected, dispatched, shipped], deadline=None, now=now, policy=policy)
    assert [row["title"] for row in rows if row["kind"] == "gap"] == ["7 h without news", "5 h without news"]


def test_a_very_long_story_says_what_it_leaves_out() -> None:
    order = OrderFactory()
    event = EventFactory(item=order.item)
    rows = story.lanes([event] * (story.EVENTS_SHOWN + 3), deadline=None, now=event.at)
    assert rows[0]["title"] == "3 earlier events are not drawn"


def test_an_event_leads_to_the_write_that_it_tells_of() -> None:
    now = business_now()
    item = OrderFactory(injected=True).item
    refused = AttemptFactory(item=item, outcome="rejected", announced_at=now - timedelta(hours=3))
    loaded = AttemptFactory(item=item, outcome="applied", announced_at=now - timedelta(hours=1))
    stalled = EventFactory(item=item, kind="stalled", at=now - timedelta(hours=2), tone="bad")
    again = EventFactory(item=item, kind="stalled", at=now - timedelta(hours=2), tone="bad")
    injected = EventFactory(item=item, kind="injected", at=now, lane="warehouse")
    news = EventFactory(item=item, kind="dispatched", at=now, lane="warehouse", tone="good")
    events = [stalled, again, injected, news]
    writes = telling.writes_of(events, [loaded, refused])
    assert writes == {stalled.pk: refused, injected.pk: loaded}
    assert telling.source(injected, loaded) == "Written to SEKO (load the order)"
    assert telling.result(stalled, refused) == "Load the order: refused"
    assert telling.source(news, None) == "Message from SEKO"
    html = page(item.order).content.decode()
    assert f'href="#attempt-{loaded.pk}"' in html
    assert f'id="attempt-{loaded.pk}"' in html


def test_the_page_shows_past_and_open_exceptions() -> None:
    order = OrderFactory()
    fault = Failure(Code.ADDRESS_INVALID, "Town is missing.", field="delivery.city")
    pipeline.stall(order.item, [fault])
    first = ExceptionRecord.objects.get()
    order.item.refresh_from_db()
    pipeline.resubmit(order.item, why="again")
    closed = {"state": State.DISMISSED, "closed_at": business_now(), "closed_reason": "The customer has moved"}
    ExceptionRecord.objects.filter(pk=first.pk).update(**closed)
    order.item.refresh_from_db()
    pipeline.stall(order.item, [fault])
    found = page(order).context["cases"]
    assert [case.is_live for case in found] == [True, False]
    assert found[1].url == reverse("exceptions:detail", args=[first.pk])
    assert "The customer has moved" in found[1].detail


def test_quantities_are_told_side_by_side() -> None:
    order = OrderFactory(injected=True, skus=["BAG", "HAT"])
    order.lines.filter(index=1).update(quantity=3, cancelled_quantity=1)
    line = f"{order.order_id}-1"
    DispatchFactory(order=order, lines={"BAG": 2}, shipment_id="S-1", told_lines={line: 2}, confirmed_at=business_now())
    DispatchFactory(order=order, lines={"HAT": 1}, shipment_id="S-2", told_lines={f"{order.order_id}-2": 1})
    rows = [(row.line.sku, row.sent, row.confirmed) for row in page(order).context["lines"]]
    assert rows == [("BAG", 2, 2), ("HAT", 1, None)]
    whole = OrderFactory(marketplace_state="SHIPPED", confirmed_at=business_now())
    assert [row.confirmed for row in page(whole).context["lines"]] == [1]


def test_contradicting_states_are_called_so() -> None:
    html = page(
        OrderFactory(injected=True, marketplace_state="CANCELED", warehouse_state="To Be Picked")
    ).content.decode()
    assert "The states contradict each other" in html
    assert "SEKO still has it and will send it" in html
    assert "No exception is open for it now" in html


def test_what_john_lewis_described_is_shown_by_names_only_where_customers_are_hidden() -> None:
    order = OrderFactory(raw={"customer": {"firstname": "Ada"}, "order_id": "JL-9"})
    EventFactory(item=order.item, kind="received")
    html = page(order, "Finance").content.decode()
    assert "Ada" not in html
    assert "firstname" in html
    assert 'href="#from-john-lewis"' in html
    assert "Ada" in page(order).content.decode()
