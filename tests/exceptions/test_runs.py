"""Runs: many records sent back one by one, watched, paused, cancelled, and safe against whatever stops them."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.db import OperationalError, connections

from exceptions import accounting, services
from exceptions.models import EntryKind, ExceptionRecord, ResubmitRun, RunItemState, RunState
from exceptions.services import changing, running
from exceptions.states import State
from jlseko.clock import business_now
from sync.failures import Code, Failure
from sync.loop import errands
from sync.models import Event, Item
from sync.states import Status
from tests.exceptions.page_forms import STOCK, TOWN

SENT, REFUSED, WAITING, LEFT = RunItemState.SENT, RunItemState.REFUSED, RunItemState.WAITING, RunItemState.LEFT


def stalled(desk, number: int, *failures: Failure) -> list[ExceptionRecord]:
    """So many orders that SEKO has no stock for."""
    return [desk.stall(desk.order(f"JL{place}-A"), *(failures or [STOCK])) for place in range(1, number + 1)]


def begun(records, by, **more) -> ResubmitRun:
    """A run over these records."""
    return services.start_run([ExceptionRecord.objects.get(pk=r.pk) for r in records], by=by, words="x", **more)


def states(run: ResubmitRun) -> list[str]:
    """What became of each, in turn."""
    return list(run.items.values_list("state", flat=True))


def test_a_run_sends_each_back_and_writes_the_run_into_its_history(desk, operations):
    records = stalled(desk, 5)
    run = begun(records, operations)
    assert (run.state, states(run)) == (RunState.WAITING, [WAITING] * 5)
    assert services.work_off(30) == 5
    run.refresh_from_db()
    assert (run.state, states(run)) == (RunState.DONE, [SENT] * 5)
    assert run.created_at <= run.started_at <= run.finished_at
    for record in records:
        record.refresh_from_db()
        entry = record.entries.get(kind=EntryKind.RESUBMITTED)
        assert (record.state, record.is_sending) == (State.RESUBMITTED, True)
        assert (entry.data["run"], entry.text, entry.actor) == (run.pk, f"Sent back in run {run.pk}", operations)
    assert set(Item.objects.values_list("status", flat=True)) == {Status.READY}
    assert accounting.balance().faults == []
    assert services.work_off(30) == 0


def test_the_loop_works_runs_off_without_being_rung(desk, operations):
    run = begun(stalled(desk, 3), operations)
    assert errands.run(seconds=5) == 3
    assert states(run) == [SENT] * 3


def test_nothing_and_no_speed_are_refused(desk, operations, admin):
    with pytest.raises(services.Refused, match="Nothing of this"):
        begun([], operations)
    records = stalled(desk, 1)
    with pytest.raises(services.Refused, match="at least one a minute"):
        begun(records, operations, per_minute=0)
    with pytest.raises(services.NotAllowed, match="Operations or Manager"):
        begun(records, admin)


def test_what_changed_between_confirming_and_its_turn_stays_and_says_who(desk, operations, manager):
    records = stalled(desk, 3)
    run = begun(records, operations)
    services.claim(records[1], by=manager)
    services.work_off(30)
    assert states(run) == [SENT, REFUSED, SENT]
    item = run.items.get(record=records[1])
    assert item.why.startswith("Manager Person changed this at ")
    records[1].refresh_from_db()
    assert (records[1].state, records[1].owner) == (State.CLAIMED, manager)
    assert records[1].item.status == Status.STALLED


def test_what_the_person_has_seen_counts_not_what_it_was_when_they_confirmed(desk, operations, manager):
    [record] = stalled(desk, 1)
    seen = {record.pk: record.version}
    services.claim(record, by=manager)
    run = begun([record], operations, versions=seen)
    services.work_off(30)
    assert run.items.get().why.startswith("Manager Person changed this")


def test_rights_are_asked_at_each_turn(desk, operations):
    records = stalled(desk, 2)
    run = begun(records, operations)
    operations.groups.remove(Group.objects.get(name="Operations"))
    services.work_off(30)
    assert states(run) == [REFUSED] * 2
    assert "not been given a role" in run.items.first().why
    assert Item.objects.filter(status=Status.STALLED).count() == 2


def test_a_fault_that_nobody_has_fixed_is_not_sent_back_again(desk, operations):
    [record] = stalled(desk, 1, TOWN)
    run = begun([record], operations)
    services.work_off(30)
    assert run.items.get().why == "A fix comes first: Address not acceptable"


def test_a_worker_that_dies_leaves_nothing_half_done_and_the_next_goes_on(desk, operations, monkeypatch):
    records = stalled(desk, 4)
    run = begun(records, operations)
    real, calls = changing.send_back, []

    def dies(record, **more):
        moved = real(record, **more)
        calls.append(record.pk)
        if len(calls) == 3:
            raise KeyboardInterrupt  # no worker handles that: as if the process had been killed
        return moved

    monkeypatch.setattr(changing, "send_back", dies)
    with pytest.raises(KeyboardInterrupt):
        services.work_off(30)
    assert states(run) == [SENT, SENT, WAITING, WAITING]
    records[2].refresh_from_db()
    assert (records[2].state, records[2].item.status) == (State.OPEN, Status.STALLED)
    services.work_off(30)
    assert states(run) == [SENT] * 4
    assert Event.objects.filter(kind="resubmitted").count() == 4


def test_one_record_that_breaks_does_not_hold_up_the_others(desk, operations, monkeypatch):
    records = stalled(desk, 3)
    run = begun(records, operations)
    real = changing.send_back

    def breaks(record, **more):
        if record.pk == records[0].pk:
            raise RuntimeError("broken")
        return real(record, **more)

    monkeypatch.setattr(changing, "send_back", breaks)
    services.work_off(30)
    assert states(run) == [REFUSED, SENT, SENT]
    assert run.items.first().why == "jlseko could not send it back (RuntimeError). The log has the details."


def test_a_record_that_somebody_holds_gets_its_turn_later(desk, operations, monkeypatch):
    run = begun(stalled(desk, 2), operations)
    real, first = changing.send_back, []

    def blocked_once(record, **more):
        if not first:
            first.append(record.pk)
            raise OperationalError("deadlock detected")
        return real(record, **more)

    monkeypatch.setattr(changing, "send_back", blocked_once)
    services.work_off(30)
    assert states(run) == [WAITING] * 2
    services.work_off(30)
    assert states(run) == [SENT] * 2


def test_pausing_and_going_on_take_effect_at_the_next_record(desk, operations, manager, monkeypatch):
    records = stalled(desk, 4)
    run = begun(records, operations)
    real = running._work_on

    def pauses_after_two(found, item):
        real(found, item)
        if item.position == 2:
            services.pause_run(run, by=manager)

    monkeypatch.setattr(running, "_work_on", pauses_after_two)
    assert services.work_off(30) == 2
    run.refresh_from_db()
    assert (run.state, run.halted_by, states(run)) == (RunState.PAUSED, manager, [SENT, SENT, WAITING, WAITING])
    assert services.work_off(30) == 0
    with pytest.raises(services.Refused, match="cannot be paused: it is paused"):
        services.pause_run(run, by=manager)
    services.go_on_with_run(run, by=operations)
    services.work_off(30)
    run.refresh_from_db()
    assert (run.state, states(run)) == (RunState.DONE, [SENT] * 4)
    with pytest.raises(services.Refused, match="not paused: it is finished"):
        services.go_on_with_run(run, by=operations)


def test_cancelling_loses_nothing(desk, operations, manager):
    records = stalled(desk, 4)
    run = begun(records, operations, per_minute=12)
    services.work_off(30)
    before = {record.pk: record.version for record in ExceptionRecord.objects.all()}
    services.cancel_run(run, by=manager)
    run.refresh_from_db()
    assert (run.state, states(run)) == (RunState.CANCELLED, [SENT, LEFT, LEFT, LEFT])
    assert services.work_off(30) == 0
    assert {record.pk: record.version for record in ExceptionRecord.objects.all()} == before
    assert set(services.left_over_of(run)) == set(records[1:])
    assert ExceptionRecord.objects.open().count() == 3
    assert accounting.balance().faults == []
    with pytest.raises(services.Refused, match="cannot be cancelled: it is cancelled"):
        services.cancel_run(run, by=manager)


def test_a_cap_is_honoured_by_the_clock_on_the_wall_and_after_a_restart(desk, operations):
    records = stalled(desk, 8)
    with time_machine.travel(business_now(), tick=False) as clock:
        run = begun(records, operations, per_minute=24)
        for seconds, sent in ((0, 2), (4, 2), (2, 4), (5, 6), (5, 8)):
            clock.shift(timedelta(seconds=seconds))
            services.work_off(30)
            assert states(run).count(SENT) == sent
        assert services.work_off(30) == 0


@pytest.mark.parametrize("per_minute", [1, 5, 13])
def test_no_minute_sees_more_than_the_cap(per_minute, desk, operations):
    records = stalled(desk, 16)
    moments = []
    with time_machine.travel(business_now(), tick=False) as clock:
        run = begun(records, operations, per_minute=per_minute)
        for _ in range(80):
            services.work_off(30)
            clock.shift(timedelta(seconds=2))
        moments = list(run.items.filter(state=SENT).values_list("at", flat=True))
    assert len(moments) >= min(16, per_minute * 2)
    for moment in moments:
        within = [other for other in moments if moment <= other < moment + timedelta(minutes=1)]
        assert len(within) <= per_minute


def test_two_runs_take_turns(desk, operations):
    records = stalled(desk, 6)
    first, second = begun(records[:3], operations, per_minute=12), begun(records[3:], operations)
    services.work_off(30)
    assert (states(first), states(second)) == ([SENT, WAITING, WAITING], [SENT] * 3)


def test_only_the_failures_are_tried_again(desk, operations, manager):
    records = stalled(desk, 4)
    run = begun(records, operations)
    services.claim(records[0], by=manager)
    services.work_off(30)
    desk.stall(records[1].item, STOCK)  # SEKO refuses it again
    assert set(services.failures_of(run)) == {records[0], records[1]}
    again = services.start_run(services.failures_of(run), by=manager, words="again", retry_of=run)
    services.work_off(30)
    assert (again.retry_of, states(again)) == (run, [SENT, SENT])
    assert not services.failures_of(run).exists()


def test_two_workers_at_once_send_nothing_twice(transactional_db, monkeypatch, request):
    desk = request.getfixturevalue("desk")
    operations = request.getfixturevalue("operations")
    run = begun(stalled(desk, 12), operations)
    barrier, done, broken = threading.Barrier(3), [], []

    def work() -> None:
        try:
            barrier.wait()
            for _ in range(200):
                done.append(services.work_off(5))
                if ResubmitRun.objects.get(pk=run.pk).state == RunState.DONE:
                    break
        except Exception as error:
            broken.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not broken
    assert (sum(done), states(run)) == (12, [SENT] * 12)
    assert Event.objects.filter(kind="resubmitted").count() == 12


def test_two_people_pausing_at_once_wait_for_the_record_that_has_its_turn(transactional_db, monkeypatch, request):
    desk = request.getfixturevalue("desk")
    operations = request.getfixturevalue("operations")
    run = begun(stalled(desk, 6), operations)
    in_turn, real = threading.Event(), running._work_on

    def slowly(found, item):
        in_turn.set()
        real(found, item)

    monkeypatch.setattr(running, "_work_on", slowly)

    def work() -> None:
        services.work_off(30)
        connections.close_all()

    worker = threading.Thread(target=work)
    worker.start()
    in_turn.wait(10)
    services.pause_run(run, by=operations)
    sent = states(run).count(SENT)
    worker.join()
    assert states(run).count(SENT) == sent
    assert ResubmitRun.objects.get(pk=run.pk).state in (RunState.PAUSED, RunState.DONE)


def test_a_cause_of_many_becomes_a_run_and_remembers_its_fix(desk, operations):
    failure = Failure(Code.UNKNOWN_SKU, "SEKO has no product BAG.", field="lines.1.sku", facts={"sku": "BAG"})
    records = stalled(desk, 5, failure)
    both = desk.stall(desk.order("JL9-A"), failure, TOWN)
    data = {f"{part.form.prefix}-product_1": "BAG-01" for part in services.parts(records[0])}
    given = services.parts(records[0], data)
    done = services.fix_and_resubmit(records[0], given, by=operations, expected_version=records[0].version)
    assert done.sentence == "5 orders are being sent back. 1 stays: also held by: Address not acceptable"
    run = done.run
    assert (run.cause, run.fix_note, run.by) == (records[0].cause, "SKU BAG means BAG-01", operations)
    services.work_off(30)
    assert states(run) == [SENT] * 5
    assert run.items.first().record_id == records[0].pk, "the one that was fixed goes first"
    both.refresh_from_db()
    assert both.is_open
