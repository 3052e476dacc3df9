"""Saving, releasing, retiring and reviewing."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, transaction

from carriers import coverage
from carriers.approved import sync_list
from carriers.coverage import Status
from carriers.impact import preview
from carriers.models import CarrierMapping, MappingTable, MappingVersion, VersionAction
from carriers.services import retire_mapping, review_done, save_and_release, save_mapping
from carriers.suggestions import lookalikes, suggest
from jlseko.clock import business_now
from tests.carriers.conftest import LIST, Parcels


def test_only_an_approved_code_may_be_chosen(shop: str) -> None:
    with pytest.raises(ValueError, match="not on John Lewis' list"):
        save_mapping(shop, "DPD", "", "dpd_uk", by=None)
    with pytest.raises(ValueError, match="has not been read yet"):
        save_mapping("jl-outlet", "DPD", "", "DPD_UK", by=None)
    assert not CarrierMapping.objects.exists()


def test_a_code_that_left_the_list_may_not_be_chosen(shop: str) -> None:
    sync_list(shop, LIST[1:], business_now())
    with pytest.raises(ValueError, match="not on John Lewis' list"):
        save_mapping(shop, "DPD", "", "DPD_UK", by=None)


def test_every_change_leaves_a_version_that_cannot_be_changed(shop: str, manager: User) -> None:
    mapping = save_mapping(shop, "DPD", "", "DPD_UK", by=manager)
    save_mapping(shop, "DPD", "", "RM24", by=manager, note="trial")
    save_mapping(shop, "DPD", "", "RM24", by=manager, note="trial")
    retire_mapping(mapping, by=manager)
    steps = list(mapping.versions.order_by("id").values_list("action", "number", "before", "after"))
    assert steps == [
        ("created", 1, {}, {"carrier_code": "DPD_UK", "note": ""}),
        ("changed", 2, {"carrier_code": "DPD_UK", "note": ""}, {"carrier_code": "RM24", "note": "trial"}),
        ("retired", 3, {"carrier_code": "RM24", "note": "trial"}, {}),
    ]
    with pytest.raises(DatabaseError), transaction.atomic():
        MappingVersion.objects.update(number=9)
    with pytest.raises(DatabaseError), transaction.atomic():
        MappingVersion.objects.all().delete()


def test_saving_alone_releases_nothing(shop: str, parcels: Parcels) -> None:
    parcels.sent("DPD", "Next Day", parcels=5, waiting=5)
    save_mapping(shop, "DPD", "Next Day", "DPD_UK", by=None)
    assert parcels.released == []


def test_saving_and_releasing_reaches_every_spelling_and_counts_them(
    shop: str, parcels: Parcels, manager: User
) -> None:
    parcels.sent("DPD", "Next Day", parcels=5, waiting=3)
    parcels.sent("dpd ", "Next  Day", parcels=2, waiting=2)
    parcels.sent("DPD", "Two Day", parcels=1, waiting=1)
    mapping, released = save_and_release(shop, "DPD", "Next Day", "DPD_UK", by=manager)
    assert released == 5
    assert {call[1:3] for call in parcels.released} == {("DPD", "Next Day"), ("dpd ", "Next  Day")}
    assert {call[3] for call in parcels.released} == {manager}
    version = mapping.versions.get(action=VersionAction.RELEASED)
    assert (version.released, version.author) == (5, manager)


def test_a_row_for_any_service_leaves_services_with_their_own_row_alone(shop: str, parcels: Parcels) -> None:
    parcels.sent("Royal Mail", "Tracked 24", parcels=5, waiting=1)
    parcels.sent("Royal Mail", "Tracked 48", parcels=5, waiting=2)
    parcels.sent("Royal Mail", "", parcels=1, waiting=4)
    save_mapping(shop, "Royal Mail", "Tracked 24", "RM24", by=None)
    assert preview(shop, "Royal Mail", "").held.count == 6
    assert save_and_release(shop, "Royal Mail", "", "RM48", by=None)[1] == 6
    assert parcels.held(shop, "Royal Mail", "Tracked 24").count == 1


def test_a_failing_release_leaves_the_saved_row(shop: str, parcels: Parcels, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> int:
        raise RuntimeError("engine stopped")

    monkeypatch.setattr(parcels, "release", broken)
    with pytest.raises(RuntimeError):
        save_and_release(shop, "DPD", "", "DPD_UK", by=None)
    assert CarrierMapping.objects.get(courier="DPD").carrier_code == "DPD_UK"


def test_two_people_cannot_overwrite_each_other(shop: str) -> None:
    seen = save_mapping(shop, "DPD", "", "DPD_UK", by=None, expected_version=0)
    save_mapping(shop, "DPD", "", "RM24", by=None, expected_version=seen.version)
    with pytest.raises(ValueError, match="Somebody else"):
        save_mapping(shop, "DPD", "", "RM48", by=None, expected_version=seen.version)
    with pytest.raises(ValueError, match="Somebody else"):
        save_mapping(shop, "DPD", "", "RM48", by=None, expected_version=0)
    assert CarrierMapping.objects.get(courier="DPD").carrier_code == "RM24"


def test_a_retired_row_makes_place_for_a_new_one(shop: str) -> None:
    old = save_mapping(shop, "DPD", "", "DPD_UK", by=None)
    retire_mapping(old, by=None)
    with pytest.raises(ValueError, match="retired already"):
        retire_mapping(old, by=None)
    assert save_mapping(shop, "DPD", "", "RM24", by=None, expected_version=0).pk != old.pk


def test_the_preview_counts_all_that_waits_and_the_hurry(shop: str, parcels: Parcels) -> None:
    parcels.due_soon = 9
    parcels.sent("DPD", "Next Day", parcels=50, waiting=42)
    impact = preview(shop, "dpd", "next day")
    assert impact.sentence(business_now()) == "Saving releases 42 dispatches, 9 due within 4 h."
    assert len(impact.held.order_ids) == 20
    assert preview(shop, "Evri", "").sentence(business_now()).startswith("Nothing waits")


def test_coverage_counts_parcels_and_puts_holes_first(shop: str, parcels: Parcels) -> None:
    parcels.sent("DPD", "Next Day", parcels=900)
    parcels.sent("Royal Mail", "Tracked 24", parcels=60)
    parcels.sent("Hermes", "Standard", parcels=39, waiting=4)
    parcels.sent("Fagans Freight", "Pallet 48", parcels=1, waiting=1)
    save_mapping(shop, "DPD", "", "DPD_UK", by=None)
    save_mapping(shop, "Royal Mail", "Tracked 24", "RM24", by=None)
    save_mapping(shop, "Hermes", "Standard", "EVRI", by=None)
    save_mapping(shop, "Parcelforce", "", "RM48", by=None)
    sync_list(shop, LIST[:3], business_now())
    found = coverage.measure(shop)
    assert found.percent == 96.0
    assert [(row.courier, row.status) for row in found.rows] == [
        ("Hermes", Status.NOT_APPROVED),
        ("Fagans Freight", Status.UNMAPPED),
        ("DPD", Status.LIVE),
        ("Parcelforce", Status.UNUSED),
        ("Royal Mail", Status.LIVE),
    ]
    assert (found.parcels, found.covered, found.waiting) == (1000, 960, 5)


def test_one_parcel_without_a_code_is_not_rounded_away(shop: str, parcels: Parcels) -> None:
    parcels.sent("DPD", "Next Day", parcels=99_999)
    parcels.sent("Yodel", "", parcels=1)
    save_mapping(shop, "DPD", "", "DPD_UK", by=None)
    assert coverage.measure(shop).percent == 99.9


def test_coverage_of_nothing_is_unknown_not_perfect(shop: str) -> None:
    assert coverage.measure(shop).percent is None


def test_a_review_sets_owner_and_next_day(shop: str, manager: User, reader: User) -> None:
    review_done(shop, by=manager)
    table = review_done(shop, by=reader)
    assert (table.owner, table.reviewed_by) == (manager, reader)
    assert table.next_review == (business_now() + timedelta(days=30)).date()
    with pytest.raises(ValueError, match="after today"):
        review_done(shop, by=manager, next_review=business_now().date())
    assert MappingTable.objects.get(shop=shop).list_read_at is not None


def test_a_suggestion_comes_with_its_reason(shop: str) -> None:
    assert next((one.code, one.why) for one in suggest(shop, "Royal Mail", "Tracked 24")) == (
        "RM24", "same carrier (Royal Mail), and both say 24",
    )  # fmt: skip
    assert suggest(shop, "Hermes", "Standard")[0].code == "EVRI"
    assert suggest(shop, "dpd", "uk")[0].why.startswith("same name")
    assert suggest(shop, "Fagans Freight", "Pallet 48") == []


def test_a_hidden_character_is_found_as_a_lookalike(shop: str) -> None:
    row = save_mapping(shop, "DPD", "Next Day", "DPD_UK", by=None)
    assert [one.mapping for one in lookalikes(shop, "DPD\u200b", "Next Day")] == [row]
    assert lookalikes(shop, "dpd", "next day") == []


def test_a_hidden_character_before_a_row_for_any_service_is_found_too(shop: str) -> None:
    row = save_mapping(shop, "DPD", "", "DPD_UK", by=None)
    assert [one.mapping for one in lookalikes(shop, "DPD\u200b", "Next Day")] == [row]
    assert lookalikes(shop, "DPD", "Next Day") == []


def test_dispatches_held_under_an_approved_code_are_pointed_out(shop: str, parcels: Parcels) -> None:
    parcels.sent("DPD", "Next Day", parcels=10, waiting=2)
    save_mapping(shop, "DPD", "", "DPD_UK", by=None)
    found = coverage.measure(shop)
    assert [row.status for row in found.rows] == [Status.HELD]
    assert found.percent == 100
