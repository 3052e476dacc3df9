"""Steps of the runbook that are ticked off on an exception, and what becomes of the ticks."""

from __future__ import annotations

import pytest

from exceptions import runbooks, services
from exceptions.categories.no_free_stock import NoFreeStock
from exceptions.category import registry
from exceptions.models import EntryKind, RunbookStep
from exceptions.states import State
from tests.exceptions.page_forms import STOCK, text, url


@pytest.fixture
def record(desk):
    return desk.stall(desk.order(), STOCK)


def first(record) -> runbooks.Step:
    return runbooks.steps_of(registry.get(record.category))[0]


def tick(client, record, done: str = "1", key: str = "", **headers):
    data = {"step": key or first(record).key, "done": done}
    return client.post(url("step", record), data, follow=True, headers=headers)


def test_a_tick_says_who_and_when_and_can_be_taken_back(record, client, operations) -> None:
    client.force_login(operations)
    count = len(runbooks.steps_of(registry.get(record.category)))
    page = text(client.get(url("detail", record)))
    assert f"0 of {count} done" in page
    page = text(tick(client, record))
    assert f"1 of {count} done" in page
    assert "Operations Person" in page.split('class="tick-by"')[1].split("</span>")[0]
    assert 'aria-pressed="true"' in page
    page = text(tick(client, record, "0"))
    assert f"0 of {count} done" in page
    assert not RunbookStep.objects.exists()
    told = list(
        record.entries.filter(kind__in=[EntryKind.STEP_DONE, EntryKind.STEP_UNDONE]).values_list("kind", "actor")
    )
    assert told == [("step_done", operations.pk), ("step_undone", operations.pk)]


def test_two_ticks_of_one_step_are_one(record, operations, manager) -> None:
    services.tick_step(record, first(record).key, by=operations)
    services.tick_step(record, first(record).key, by=manager)
    assert RunbookStep.objects.get().by == operations
    assert record.entries.filter(kind=EntryKind.STEP_DONE).count() == 1


def test_with_htmx_only_the_runbook_comes_back(record, client, operations) -> None:
    client.force_login(operations)
    part = text(tick(client, record, **{"HX-Request": "true"}))
    assert "<html" not in part
    assert 'id="runbook"' in part
    assert 'aria-pressed="true"' in part
    part = text(tick(client, record, key="0" * 16, **{"HX-Request": "true"}))
    assert "The runbook has changed" in part


def test_a_step_that_reads_differently_now_keeps_its_tick_as_it_read_then(
    record, client, operations, monkeypatch
) -> None:
    services.tick_step(record, first(record).key, by=operations)
    old = first(record).text
    monkeypatch.setattr(NoFreeStock, "runbook", "It stands.\n\n## Steps\n1. Do something else.\n2. And *this*.")
    client.force_login(operations)
    page = text(client.get(url("detail", record)))
    assert "0 of 2 done" in page
    before, after = page.split("Done as it read then")
    assert str(runbooks.inline(old)) in after
    assert "Do something else." in before
    page = text(tick(client, record, "0", runbooks.key_of(old)))
    assert "Done as it read then" not in page


def test_a_page_that_is_older_than_the_runbook_ticks_nothing(record, client, operations, monkeypatch) -> None:
    key = first(record).key
    monkeypatch.setattr(NoFreeStock, "runbook", "It stands.\n\n## Steps\n1. Do something else.")
    client.force_login(operations)
    assert "The runbook has changed since you opened this page" in text(tick(client, record, key=key))
    assert not RunbookStep.objects.exists()


def test_who_may_not_act_sees_the_ticks_and_makes_none(record, client, operations, finance) -> None:
    services.tick_step(record, first(record).key, by=operations)
    client.force_login(finance)
    page = text(client.get(url("detail", record)))
    assert "1 of " in page
    assert 'class="tick-box" id=' not in page
    assert "Finance reads" in page
    assert tick(client, record, "0").status_code == 403
    assert RunbookStep.objects.exists()


def test_a_closed_exception_keeps_its_steps(record, client, operations) -> None:
    services.tick_step(record, first(record).key, by=operations)
    type(record).objects.filter(pk=record.pk).update(state=State.VERIFIED)
    client.force_login(operations)
    assert "Its steps stay as they were" in text(tick(client, record, "0"))
    assert RunbookStep.objects.exists()


@pytest.mark.parametrize("slug", [category.slug for category in registry.all()])
def test_every_step_of_every_runbook_can_be_kept(slug) -> None:
    steps = runbooks.steps_of(registry.get(slug))
    assert steps
    assert max(len(step.text) for step in steps) <= RunbookStep._meta.get_field("text").max_length
    assert len({step.key for step in steps}) == len(steps)
