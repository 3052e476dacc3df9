"""Actions on a selection: counted again, each record on its own, nobody overwrites anybody."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from exceptions import services
from exceptions.models import ExceptionRecord
from exceptions.states import State
from tests.exceptions.page_forms import SKU, STOCK, TOWN, text

LIST = "/exceptions/"


def bulk(name: str) -> str:
    return reverse("exceptions:bulk", args=[name])


@pytest.fixture
def three(desk) -> list[ExceptionRecord]:
    faults = {"JL1-A": TOWN, "JL2-A": STOCK, "JL3-A": SKU}
    return [desk.stall(desk.order(number), fault) for number, fault in faults.items()]


def ticked(*records: ExceptionRecord, **more) -> dict:
    return {"record": [r.pk for r in records], "seen": [f"{r.pk}:{r.version}" for r in records], **more}


def states() -> dict[str, str]:
    return dict(ExceptionRecord.objects.values_list("order_number", "state"))


def test_several_are_taken_at_once_and_the_list_says_so(three, client, operations) -> None:
    client.force_login(operations)
    response = client.post(bulk("take"), ticked(three[0], three[2], next=f"{LIST}?view=mine"), follow=True)
    assert response.redirect_chain[0][0] == f"{LIST}?view=mine"
    assert "2 are yours now." in text(response)
    assert states() == {"JL1-A": State.CLAIMED, "JL2-A": State.OPEN, "JL3-A": State.CLAIMED}


def test_what_somebody_changed_meanwhile_stays_theirs_and_the_rest_is_done(three, client, operations, manager) -> None:
    seen = ticked(*three)
    services.claim(three[1], by=manager)
    client.force_login(operations)
    response = client.post(bulk("take"), seen)
    page = text(response)
    assert response.status_code == 200
    assert "2 are yours now. JL2-A stays as it was." in page
    assert "Manager Person changed this at" in page
    assert ExceptionRecord.objects.get(order_number="JL2-A").owner == manager


def test_all_that_match_is_refused_when_the_number_has_changed(three, client, operations) -> None:
    client.force_login(operations)
    response = client.post(bulk("take"), {"matching": "view=unowned", "counted": "4"})
    assert response.status_code == 409
    assert "When you selected, 4 matched; now 3 do." in text(response)
    assert set(states().values()) == {State.OPEN}
    client.post(bulk("take"), {"matching": "view=unowned", "counted": "3"})
    assert set(states().values()) == {State.CLAIMED}


def test_a_number_too_big_for_one_request_is_refused(three, client, operations, monkeypatch) -> None:
    client.force_login(operations)
    response = client.post(bulk("send-back"), ticked(*three))
    assert response.status_code == 422
    assert "plan a run" in text(response)


def test_snooze_asks_until_when_or_takes_it_from_the_menu(three, client, operations) -> None:
    client.force_login(operations)
    asked = client.post(bulk("snooze"), ticked(three[0], three[1]))
    page = text(asked)
    assert asked.status_code == 200
    assert "2 selected: " in page
    assert f'name="record" value="{three[1].pk}"' in page
    assert set(states().values()) == {State.OPEN}
    client.post(f"{bulk('snooze')}?in=1h", ticked(three[0], three[1]))
    assert states() == {"JL1-A": State.SNOOZED, "JL2-A": State.SNOOZED, "JL3-A": State.OPEN}


def test_dismissing_takes_a_reason_and_never_leaves_a_stopped_order_alone(three, desk, client, operations) -> None:
    level = desk.stall(desk.listing("MUG"), STOCK)
    client.force_login(operations)
    assert client.post(bulk("dismiss"), ticked(level) | {"dismiss-reason": "no"}).status_code == 422
    page = text(client.post(bulk("dismiss"), ticked(three[1], level) | {"dismiss-reason": "Counted by hand"}))
    assert "The order is still stopped" in page
    level.refresh_from_db()
    three[1].refresh_from_db()
    assert (level.state, three[1].state) == (State.DISMISSED, State.OPEN)


def test_a_manager_gives_them_to_somebody(three, client, manager, operations) -> None:
    client.force_login(manager)
    asked = text(client.post(bulk("assign"), ticked(three[0], three[1])))
    assert "Operations Person" in asked
    client.post(bulk("assign"), ticked(three[0], three[1]) | {"assign-user": operations.pk})
    assert ExceptionRecord.objects.filter(owner=operations).count() == 2


def test_a_script_gets_the_answer_alone(three, client, operations) -> None:
    client.force_login(operations)
    headers = {"HX-Request": "true"}
    done = client.post(bulk("take"), {"only": three[0].pk}, headers=headers)
    assert done.headers["Desk-Answer"] == "outcome"
    assert "JL1-A is yours now." in text(done)
    assert "<html" not in text(done)
    assert client.post(bulk("snooze"), {"only": three[0].pk}, headers=headers).headers["Desk-Answer"] == "ask"


def test_finance_changes_nothing_and_is_told_why(three, client, finance) -> None:
    client.force_login(finance)
    response = client.post(bulk("take"), ticked(*three))
    assert response.status_code == 403
    assert "Finance reads" in text(response)
    assert set(states().values()) == {State.OPEN}


def test_each_further_record_costs_its_own_transaction_and_nothing_else(desk, client, operations) -> None:
    records = [desk.stall(desk.order(f"JL{place}-A"), STOCK) for place in range(7)]
    client.force_login(operations)
    with CaptureQueriesContext(connection) as one:
        client.post(bulk("take"), ticked(records[0]))
    with CaptureQueriesContext(connection) as six:
        client.post(bulk("take"), ticked(*records[1:]))
    # Savepoint, lock, update, history, release
    assert len(six) - len(one) <= 5 * 5


def test_an_unknown_action_is_not_found(three, client, operations) -> None:
    client.force_login(operations)
    assert client.post(bulk("explode"), ticked(three[0])).status_code == 404
    assert client.get(bulk("take")).status_code == 302


def test_what_a_script_did_can_be_undone_until_somebody_else_acts(three, client, operations, manager) -> None:
    client.force_login(operations)
    headers = {"HX-Request": "true"}
    done = client.post(bulk("take"), ticked(three[0], three[1]), headers=headers).context["outcome"]
    back = {name: [value for each, value in done.undo if each == name] for name, _ in done.undo}
    services.claim(three[1], by=manager)
    undone = client.post(bulk("hand-back"), back, headers=headers).context["outcome"]
    assert [record.pk for record in undone.done] == [three[0].pk]
    assert states() == {"JL1-A": State.OPEN, "JL2-A": State.CLAIMED, "JL3-A": State.OPEN}
    assert client.post(bulk("take"), ticked(three[1]) | {"seen": ""}, headers=headers).context["outcome"].undo == []
