"""Merging and splitting causes: it sticks, it is logged, it can be taken back, and later faults follow it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import close_old_connections, connections

from carriers.models import CarrierMapping
from exceptions import accounting, reading, services
from exceptions.models import Cause, Entry, EntryKind, ExceptionRecord, Fault, Placement
from exceptions.services import placing
from exceptions.states import State
from sync.failures import Code, Failure
from tests.exceptions.conftest import Desk, _person

CARRIER = Failure(Code.UNMAPPED_CARRIER, "no code", field="carrier")
ADDRESS = Failure(Code.ADDRESS_INVALID, "Town is missing.", field="delivery.city", rule="address.missing")
SKU = Failure(Code.UNKNOWN_SKU, "SEKO has no product BAG.", field="lines.1.sku", facts={"sku": "BAG"})


def held(desk, order_id: str, courier: str, service: str = "Pallet 48", *more: Failure) -> ExceptionRecord:
    """An order whose dispatch waits for the carrier code of a courier."""
    desk.order(order_id)
    return desk.stall(desk.dispatch(order_id, courier=courier, service=service), CARRIER, *more)


def cause(fingerprint: str) -> Cause:
    return Cause.objects.get(fingerprint=f"courier {fingerprint}")


def members(found: Cause) -> list[str]:
    """The orders that a cause holds, as its page reads them, and as the records say that lead with it."""
    rows = ExceptionRecord.objects.live().filter(faults__in=found.faults.outstanding()).distinct()
    assert {r.pk for r in rows} == {r.pk for r in ExceptionRecord.objects.live().filter(cause=found)}
    return sorted(rows.values_list("order_key", flat=True))


@pytest.fixture
def two(desk) -> tuple[Cause, Cause]:
    """Two spellings of one courier, three orders and one."""
    for number in ("JL1-A", "JL2-A", "JL3-A"):
        held(desk, number, "Fagans Freight")
    held(desk, "JL4-A", "FAGANS FRT")
    return cause("Fagans Freight Pallet 48"), cause("FAGANS FRT Pallet 48")


def test_a_merge_moves_what_is_held_and_says_so_on_both(two, manager) -> None:
    main, other = two
    assert services.merge(main, other, by=manager, why="Two spellings of one courier", counted_as=1) == 1
    assert members(main) == ["JL1-A", "JL2-A", "JL3-A", "JL4-A"]
    assert members(other) == []
    assert [(row.cause, row.count) for row in reading.causes(manager)] == [(main, 4)]
    told = Entry.objects.filter(kind=EntryKind.MERGED).order_by("pk")
    assert [(entry.cause, entry.actor) for entry in told] == [(main, manager), (other, manager)]
    assert all("Two spellings of one courier" in entry.text for entry in told)
    assert not accounting.balance().faults


def test_later_faults_with_either_fingerprint_go_to_the_main_one(desk, two, manager) -> None:
    main, other = two
    services.merge(main, other, by=manager, why="Same courier")
    held(desk, "JL5-A", "FAGANS FRT")
    held(desk, "JL6-A", "Fagans Freight")
    assert members(main) == ["JL1-A", "JL2-A", "JL3-A", "JL4-A", "JL5-A", "JL6-A"]
    assert Cause.objects.filter(category="unmapped_carrier").count() == 2
    main.refresh_from_db()
    other.refresh_from_db()
    newest = ExceptionRecord.objects.get(order_key="JL5-A").opened_at
    assert other.last_seen == newest
    assert main.last_seen >= newest


def test_a_chain_of_merges_is_followed_to_its_end_and_a_circle_cannot_be(desk, two, manager) -> None:
    main, other = two
    held(desk, "JL5-A", "Fagans")
    third = cause("Fagans Pallet 48")
    services.merge(other, third, by=manager, why="Same")
    services.merge(main, other, by=manager, why="Same")
    held(desk, "JL6-A", "Fagans")
    assert members(main) == ["JL1-A", "JL2-A", "JL3-A", "JL4-A", "JL5-A", "JL6-A"]
    assert placing.family(main) == {main.pk, other.pk, third.pk}
    with pytest.raises(services.Refused, match="was merged into"):
        services.merge(third, main, by=manager, why="The other way round")
    with pytest.raises(services.Refused, match="Choose another cause"):
        services.merge(main, main, by=manager, why="With itself")


def test_a_merge_can_be_taken_back(desk, two, manager) -> None:
    main, other = two
    services.merge(main, other, by=manager, why="Same courier")
    held(desk, "JL5-A", "FAGANS FRT")
    assert services.split_off(other, by=manager, why="Two firms after all") == 2
    assert (members(main), members(other)) == (["JL1-A", "JL2-A", "JL3-A"], ["JL4-A", "JL5-A"])
    held(desk, "JL6-A", "FAGANS FRT")
    assert members(other) == ["JL4-A", "JL5-A", "JL6-A"]
    assert [e.cause for e in Entry.objects.filter(kind=EntryKind.SPLIT).order_by("pk")] == [main, other]
    with pytest.raises(services.Refused, match="already"):
        services.split_off(other, by=manager, why="Again")


def test_what_does_not_belong_together_is_refused(desk, two, manager, operations) -> None:
    main, other = two
    desk.stall(desk.order("JL9-A"), SKU)
    with pytest.raises(services.Refused, match="same category"):
        services.merge(main, Cause.objects.get(category="unknown_sku"), by=manager, why="Why not")
    with pytest.raises(services.NotAllowed, match="needs the role Manager"):
        services.merge(main, other, by=operations, why="Same")
    with pytest.raises(services.Refused, match="Say why"):
        services.merge(main, other, by=manager, why="  ")
    with pytest.raises(services.Refused, match="holds 1, not 7"):
        services.merge(main, other, by=manager, why="Same", counted_as=7)
    assert members(other) == ["JL4-A"]


def test_a_mapping_row_ends_its_own_fingerprint_of_a_merged_cause_only(two, manager) -> None:
    """Saying what Fagans Freight means says nothing about FAGANS FRT: those orders would come straight back."""
    main, other = two
    services.merge(main, other, by=manager, why="Same courier")
    record = ExceptionRecord.objects.get(order_key="JL1-A")
    [part] = services.parts(record)
    data = {f"{part.form.prefix}-carrier_code": "DPD_UK"}
    given = services.parts(record, data)
    assert services.plan(record, given).count == 3
    done = services.fix_and_resubmit(record, given, by=manager)
    assert sorted(r.order_key for r in done.released) == ["JL1-A", "JL2-A", "JL3-A"]
    assert [row.courier for row in CarrierMapping.objects.all()] == ["Fagans Freight"]
    left = ExceptionRecord.objects.get(order_key="JL4-A")
    assert left.state == State.OPEN
    assert left.faults.get().fixed_at is None
    main.refresh_from_db()
    assert main.fixed_by == manager


def test_split_orders_get_a_cause_of_their_own_and_their_later_faults_follow(desk, two, manager) -> None:
    main, _ = two
    chosen = ExceptionRecord.objects.filter(order_key__in=["JL2-A", "JL3-A"])
    made = services.split(main, chosen, name="Fagans to Northern Ireland", by=manager, why="Another contract")
    assert (members(main), members(made)) == (["JL1-A"], ["JL2-A", "JL3-A"])
    assert made.headline == "Fagans to Northern Ireland"
    record = ExceptionRecord.objects.get(order_key="JL2-A")
    services.resubmit(record, by=manager)
    desk.stall(record.item, CARRIER)
    held(desk, "JL7-A", "Fagans Freight")
    assert (members(main), members(made)) == (["JL1-A", "JL7-A"], ["JL2-A", "JL3-A"])
    assert record.entries.filter(kind=EntryKind.SPLIT, actor=manager).exists()
    assert "2 orders put under" in main.entries.get(kind=EntryKind.SPLIT).text
    assert "Another contract" in made.entries.get(kind=EntryKind.SPLIT).text


def test_a_fix_of_the_cause_leaves_what_was_split_from_it(two, manager) -> None:
    main, _ = two
    made = services.split(
        main, ExceptionRecord.objects.filter(order_key="JL2-A"), name="Apart", by=manager, why="Another contract"
    )
    assert [r.order_key for r in services.plan_cause(main).releases] == ["JL1-A", "JL3-A"]
    assert [r.order_key for r in services.plan_cause(made).releases] == ["JL2-A"]


def test_what_was_split_can_be_merged_back_and_split_again(desk, two, manager) -> None:
    main, other = two
    made = services.split(
        main, ExceptionRecord.objects.filter(order_key="JL2-A"), name="Apart", by=manager, why="Another contract"
    )
    services.merge(main, made, by=manager, why="No, the same")
    assert members(main) == ["JL1-A", "JL2-A", "JL3-A"]
    services.merge(other, main, by=manager, why="All one")
    assert members(other) == ["JL1-A", "JL2-A", "JL3-A", "JL4-A"]
    services.split_off(made, by=manager, why="It is another one")
    assert (members(other), members(made)) == (["JL1-A", "JL3-A", "JL4-A"], ["JL2-A"])
    again = services.split(made, _also(desk, made), name="Apart again", by=manager, why="Still finer")
    assert members(again) == ["JL8-A"]


def _also(desk, made: Cause):
    """One more order under a cause that was made by hand, put there as a split puts it."""
    record = held(desk, "JL8-A", "Fagans Freight")
    origin = cause("Fagans Freight Pallet 48")
    Placement.objects.create(
        origin=origin, subject="JL8-A", cause=made, by=Placement.objects.all()[0].by, at=record.opened_at
    )
    placing.settle(origin)
    return ExceptionRecord.objects.filter(order_key="JL8-A")


def test_a_split_needs_a_name_a_reason_and_something_that_stays(two, manager, operations) -> None:
    main, _ = two
    some = ExceptionRecord.objects.filter(order_key="JL1-A")
    with pytest.raises(services.Refused, match="Give the new cause a name"):
        services.split(main, some, name=" ", by=manager, why="Because")
    with pytest.raises(services.Refused, match="all that it holds"):
        services.split(main, ExceptionRecord.objects.all(), name="All", by=manager, why="Because")
    with pytest.raises(services.Refused, match="None of these"):
        services.split(main, ExceptionRecord.objects.none(), name="None", by=manager, why="Because")
    with pytest.raises(services.NotAllowed):
        services.split(main, some, name="One", by=operations, why="Because")
    assert not Placement.objects.exists()


def test_a_record_that_another_fault_leads_keeps_its_lead(desk, manager) -> None:
    first = held(desk, "JL1-A", "Fagans Freight")
    held(desk, "JL2-A", "FAGANS FRT")
    desk.stall(desk.order("JL1-A"), Failure(Code.CANCELLED_LIVE, "John Lewis cancelled it.", rule="cancelled"))
    main, other = cause("FAGANS FRT Pallet 48"), cause("Fagans Freight Pallet 48")
    services.merge(main, other, by=manager, why="Same")
    first.refresh_from_db()
    assert first.category == "cancelled_live"
    assert first.cause.category == "cancelled_live"
    assert first.faults.get(category="unmapped_carrier").cause == main


@pytest.mark.django_db(transaction=True)
def test_two_people_who_merge_crosswise_at_once_make_no_circle(monkeypatch) -> None:
    monkeypatch.setattr("sync.doorbell.ring", lambda lane: True)
    desk = Desk()
    boss = _person("Manager")
    for place in range(6):
        held(desk, f"JL{place}-A", "Fagans Freight" if place % 2 else "FAGANS FRT")
    one, two = cause("Fagans Freight Pallet 48"), cause("FAGANS FRT Pallet 48")
    start = Barrier(3)
    late = [desk.order(f"LATE{place}-A") for place in range(4)]
    parcels = [desk.dispatch(item.order_key, courier="FAGANS FRT") for item in late]

    def merge(main: Cause, other: Cause) -> str:
        start.wait()
        try:
            services.merge(main, other, by=boss, why="Same courier")
        except services.Refused as no:
            return str(no)
        finally:
            connections.close_all()
        return ""

    def stall() -> str:
        close_old_connections()
        start.wait()
        for parcel in parcels:
            desk.stall(parcel, CARRIER)
        connections.close_all()
        return ""

    with ThreadPoolExecutor(3) as pool:
        ended = [pool.submit(merge, one, two), pool.submit(merge, two, one), pool.submit(stall)]
        said = [future.result(timeout=60) for future in ended]
    assert sorted(map(bool, said)) == [False, False, True]
    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.merged_into_id is None) != (two.merged_into_id is None)
    main = one if one.merged_into_id is None else two
    assert len(members(main)) == 10
    assert not Fault.objects.outstanding().exclude(cause=main).exists()
