"""Forms in which one press would say what nobody has looked at begin empty, and say what their next step does."""

from __future__ import annotations

from exceptions import services
from exceptions.detail import stuck
from sync import corrections
from sync.failures import Code, Failure
from sync.flows import parts
from tests.exceptions.page_forms import filled, fix, text, url

PART = Failure(
    Code.CANCELLED_LIVE, "John Lewis cancelled 1 piece of HAT.", field="lines", rule=parts.RULE, facts={"wanted.2": "1"}
)
STRANGERS = Failure(
    Code.DISPATCH_UNMATCHED, "SEKO dispatched an order JL1-A that it did not take from us.", field="order_id",
    value="JL1-A", rule="stranger", facts={"order_number": "JL1-A", "dispatch_number": "7"},
)  # fmt: skip
OPEN = Failure(Code.NOT_CONFIRMED, "Every parcel has come to its end.", value="SHIPPING", rule="order_open")


def test_a_strangers_parcel_is_not_offered_as_ours(desk, client, operations) -> None:
    item = desk.dispatch()
    desk.order()
    record = desk.stall(item, STRANGERS)
    client.force_login(operations)
    assert services.parts(record)[0].form["order_id"].value() == ""
    assert "JL1-A is the number of an order of ours" in text(client.get(url("detail", record)))
    assert "SEKO sent <code>JL1-A</code>" in text(client.get(url("detail", record)))
    assert client.post(url("fix", record), filled(record) | {"step": "send"}).status_code == 422
    assert corrections.live(item) == {}


def test_that_a_part_was_dealt_with_is_said_by_a_person(desk, client, operations) -> None:
    item = desk.order()
    record = desk.stall(item, PART)
    client.force_login(operations)
    assert services.parts(record)[0].form["way"].value() is None
    response = client.post(url("fix", record), filled(record) | {"step": "send"})
    assert response.status_code == 422
    assert corrections.live(item) == {}
    assert fix(client, record, "send", way="handled").status_code == 302
    assert corrections.live(item)


def test_an_order_left_open_is_looked_at_again_and_the_next_move_is_at_john_lewis(desk, client, operations) -> None:
    record = desk.stall(desk.order(), OPEN)
    client.force_login(operations)
    assert services.parts(record)[0].form.fields["way"].choices == [("again", "Look again at what John Lewis shows")]
    assert record.headline == "Every parcel has ended, and John Lewis still shows the order as To be shipped"
    assert "to confirm on John Lewis by hand what its shipments do not show" in stuck.next_move(record)
    assert fix(client, record, "send").status_code == 302
