"""From SEKO's words to the code, and never by guessing."""

from datetime import timedelta

import pytest

from carriers.approved import ApprovedRow, sync_list
from carriers.models import Carrier, CarrierMapping, ListReading, MappingTable
from carriers.resolve import Problem, resolve
from carriers.services import retire_mapping, save_mapping
from jlseko.clock import business_now
from tests.carriers.conftest import LIST


def test_a_row_for_the_service_wins_over_the_row_for_any_service(shop: str) -> None:
    save_mapping(shop, "Royal Mail", "", "RM48", by=None)
    exact = save_mapping(shop, "Royal Mail", "Tracked 24", "RM24", by=None)
    found = resolve(shop, "ROYAL  mail", " tracked 24")
    assert (found.code, found.problem, found.mapping_id) == ("RM24", Problem.NONE, exact.pk)
    assert resolve(shop, "Royal Mail", "Special").code == "RM48"
    assert resolve(shop, "Royal Mail", "").code == "RM48"


def test_a_row_for_one_service_says_nothing_about_another(shop: str) -> None:
    save_mapping(shop, "DPD", "Next Day", "DPD_UK", by=None)
    assert resolve(shop, "DPD", "Two Day").problem == Problem.UNMAPPED
    assert resolve(shop, "DPD", "").problem == Problem.UNMAPPED
    assert resolve(shop, "", "Next Day").problem == Problem.UNMAPPED
    assert resolve("another-shop", "DPD", "Next Day").problem == Problem.UNMAPPED


def test_a_code_that_left_the_list_is_named_but_is_a_problem(shop: str) -> None:
    save_mapping(shop, "DPD", "", "RM48", by=None)
    save_mapping(shop, "DPD", "Next Day", "DPD_UK", by=None)
    sync_list(shop, LIST[1:], business_now())
    found = resolve(shop, "DPD", "Next Day")
    assert (found.code, found.problem) == ("DPD_UK", Problem.NOT_APPROVED), "no fall-back to the row for any service"


def test_nothing_is_approved_while_the_list_was_never_read(shop: str) -> None:
    save_mapping(shop, "DPD", "Next Day", "DPD_UK", by=None)
    MappingTable.objects.filter(shop=shop).update(list_read_at=None)
    assert resolve(shop, "DPD", "Next Day").problem == Problem.LIST_UNREAD


def test_a_retired_row_resolves_nothing(shop: str) -> None:
    retire_mapping(save_mapping(shop, "DPD", "Next Day", "DPD_UK", by=None), by=None)
    assert resolve(shop, "DPD", "Next Day").problem == Problem.UNMAPPED


def test_codes_are_compared_exactly(shop: str) -> None:
    save_mapping(shop, "DPD", "Next Day", "DPD_UK", by=None)
    sync_list(shop, [ApprovedRow("dpd_uk", "DPD UK")], business_now())
    assert resolve(shop, "DPD", "Next Day").problem == Problem.NOT_APPROVED


def test_a_reading_of_the_list_tells_what_came_went_and_changed(shop: str) -> None:
    diff = sync_list(
        shop,
        [LIST[0], ApprovedRow("RM24", "Royal Mail Tracked 24"), LIST[2], ApprovedRow("YODEL", "Yodel")],
        business_now(),
    )
    assert (diff.added, diff.removed, diff.changed) == (("YODEL",), ("EVRI",), ("RM24",))
    reading = ListReading.objects.filter(shop=shop).first()
    assert reading is not None
    assert reading.size == 4
    assert reading.changed[0]["what"] == ["label: Royal Mail 24 → Royal Mail Tracked 24"]
    assert Carrier.objects.get(shop=shop, code="EVRI").removed_at is not None


def test_a_carrier_that_comes_back_is_approved_again(shop: str) -> None:
    sync_list(shop, LIST[1:], business_now())
    assert sync_list(shop, LIST, business_now()).added == ("DPD_UK",)
    assert Carrier.objects.get(shop=shop, code="DPD_UK").removed_at is None


def test_reading_the_same_list_again_is_quiet(shop: str) -> None:
    assert sync_list(shop, LIST, business_now()) == sync_list(shop, LIST, business_now())
    newest = ListReading.objects.filter(shop=shop).first()
    assert newest is not None
    assert newest.quiet


def test_an_older_reading_that_arrives_late_changes_nothing(shop: str) -> None:
    sync_list(shop, [], business_now() - timedelta(hours=2))
    assert Carrier.objects.filter(shop=shop, removed_at__isnull=True).count() == len(LIST)


def test_the_list_of_one_shop_leaves_that_of_another_alone(shop: str) -> None:
    sync_list("jl-outlet", [], business_now())
    assert Carrier.objects.filter(shop=shop, removed_at__isnull=True).count() == len(LIST)


def test_odd_rows_do_not_lose_the_list(shop: str) -> None:
    odd = [ApprovedRow("", "no code"), ApprovedRow("X" * 201, "too long"), ApprovedRow("OK\x00", "L" * 400)]
    sync_list(shop, odd, business_now())
    live = Carrier.objects.filter(shop=shop, removed_at__isnull=True)
    assert [(row.code, len(row.label)) for row in live] == [("OK", 300)]


def test_one_live_row_for_a_courier_and_service(shop: str) -> None:
    save_mapping(shop, "DPD", "Next Day", "DPD_UK", by=None)
    save_mapping(shop, " dpd ", "NEXT  DAY", "RM24", by=None)
    assert CarrierMapping.objects.get(shop=shop, retired_at__isnull=True).carrier_code == "RM24"


@pytest.mark.parametrize(("courier", "service"), [("  ", "x"), ("c" * 201, ""), ("c", "s" * 201), ("c\x00", "")])
def test_a_name_that_cannot_be_kept_is_refused(shop: str, courier: str, service: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        save_mapping(shop, courier, service, "DPD_UK", by=None)


def test_a_name_with_a_nul_is_unmapped_and_breaks_nothing(shop: str) -> None:
    assert resolve(shop, "DPD\x00", "Next\x00Day").problem == Problem.UNMAPPED
