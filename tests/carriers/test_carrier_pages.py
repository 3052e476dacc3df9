"""The carrier screens: who sees what, and that nothing happens before it was previewed and allowed."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from carriers.approved import sync_list
from carriers.models import CarrierMapping, MappingTable, MappingVersion
from carriers.services import retire_mapping, save_mapping
from jlseko.clock import business_now
from tests.carriers.conftest import LIST, Parcels

READING = ["mapping-list", "mapping-new", "coverage", "approved-list", "version-list", "try-it", "review"]
FILLED = {"courier": "Fagans Freight", "service": "Pallet 48", "carrier_code": "DPD_UK", "version": "0"}


@pytest.fixture
def desk(client: Client, manager: User) -> Client:
    """A signed-in manager's browser."""
    client.force_login(manager)
    return client


@pytest.mark.parametrize("name", READING)
def test_pages_open_for_readers_and_for_nobody_without_the_right(
    name: str, shop: str, client: Client, reader: User, stranger: User
) -> None:
    url = reverse(f"carriers:{name}")
    assert client.get(url).status_code == 302
    client.force_login(stranger)
    assert client.get(url).status_code == 403
    client.force_login(reader)
    assert client.get(url).status_code == 200


def test_a_reader_cannot_change_anything(shop: str, client: Client, reader: User) -> None:
    mapping = save_mapping(shop, "DPD", "", "DPD_UK", by=None)
    client.force_login(reader)
    posts = [
        (reverse("carriers:mapping-new"), FILLED | {"step": "save"}),
        (reverse("carriers:mapping-new"), FILLED | {"step": "preview"}),
        (reverse("carriers:mapping-edit", args=[mapping.pk]), {"step": "save", "carrier_code": "RM24", "version": "1"}),
        (reverse("carriers:mapping-retire", args=[mapping.pk]), {}),
        (reverse("carriers:review"), {"owner": reader.pk, "next_review": "2100-01-01"}),
    ]
    assert [client.post(url, data).status_code for url, data in posts] == [403] * len(posts)
    assert list(CarrierMapping.objects.values_list("carrier_code", "retired_at")) == [("DPD_UK", None)]
    page = client.get(reverse("carriers:mapping-edit", args=[mapping.pk])).content.decode()
    assert 'name="step"' not in page


def test_a_hole_is_first_and_leads_to_a_filled_in_form(shop: str, desk: Client, parcels: Parcels) -> None:
    parcels.sent("DPD", "Next Day", parcels=10)
    parcels.sent("Fagans Freight", "Pallet 48", parcels=3, waiting=3)
    save_mapping(shop, "DPD", "", "DPD_UK", by=None)
    page = desk.get(reverse("carriers:mapping-list")).content.decode()
    assert page.index("Fagans Freight") < page.index("DPD UK")
    assert "courier=Fagans+Freight&amp;service=Pallet+48" in page
    form = desk.get(reverse("carriers:mapping-new"), {"courier": "Fagans Freight", "service": "Pallet 48"})
    assert form.context["form"]["courier"].value() == "Fagans Freight"
    assert form.context["form"]["carrier_code"].value() == "", "a code is never chosen for the person"


def test_previewing_saves_nothing_and_says_what_saving_would_release(shop: str, desk: Client, parcels: Parcels) -> None:
    parcels.due_soon = 2
    parcels.sent("Fagans Freight", "Pallet 48", parcels=5, waiting=5)
    page = desk.post(reverse("carriers:mapping-new"), FILLED | {"sample": "N/A"}).content.decode()
    assert "Saving releases 5 dispatches, 2 due within 4 h." in page
    assert "is a placeholder" in page
    assert not CarrierMapping.objects.exists()
    assert parcels.released == []


def test_saving_releases_and_says_how_many(shop: str, desk: Client, parcels: Parcels, manager: User) -> None:
    parcels.sent("Fagans Freight", "Pallet 48", parcels=5, waiting=5)
    answer = desk.post(reverse("carriers:mapping-new"), FILLED | {"step": "save"}, follow=True)
    assert "5 dispatches are on their way again." in answer.content.decode()
    assert parcels.released == [(shop, "Fagans Freight", "Pallet 48", manager)]
    assert CarrierMapping.objects.get().author == manager


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"carrier_code": "YODEL"}, "is not on John Lewis"),
        ({"carrier_code": ""}, "Choose the carrier that John Lewis should be told."),
        ({"courier": "   "}, "Name SEKO"),
        ({"courier": "x" * 201}, "at most 200 characters"),
        ({"courier": "a\x00b"}, "Null characters are not allowed."),
        ({"courier": "dpd", "service": ""}, "mapped already, to DPD_UK"),
        ({"version": "many"}, "Enter a whole number."),
    ],
)
def test_a_bad_value_is_a_message_at_its_field(shop: str, desk: Client, wrong: dict[str, str], words: str) -> None:
    save_mapping(shop, "DPD", "", "DPD_UK", by=None)
    answer = desk.post(reverse("carriers:mapping-new"), FILLED | {"step": "save"} | wrong)
    assert answer.status_code == 200
    assert words in " ".join(str(each) for errors in answer.context["form"].errors.values() for each in errors)
    assert CarrierMapping.objects.count() == 1


def test_a_form_that_is_out_of_date_is_not_saved(shop: str, desk: Client) -> None:
    mapping = save_mapping(shop, "DPD", "", "DPD_UK", by=None)
    save_mapping(shop, "DPD", "", "RM24", by=None)
    url = reverse("carriers:mapping-edit", args=[mapping.pk])
    answer = desk.post(url, {"step": "save", "carrier_code": "RM48", "version": "1"})
    assert "Somebody else has just changed this mapping" in answer.content.decode()
    assert CarrierMapping.objects.get().carrier_code == "RM24"


def test_a_removed_code_must_be_replaced(shop: str, desk: Client) -> None:
    mapping = save_mapping(shop, "DPD", "", "DPD_UK", by=None)
    sync_list(shop, LIST[1:], business_now())
    url = reverse("carriers:mapping-edit", args=[mapping.pk])
    assert "no longer approves this code" in desk.get(url).content.decode()
    assert "is not on John Lewis" in desk.post(
        url, {"step": "save", "carrier_code": "DPD_UK", "version": "1"}
    ).context["form"].errors["carrier_code"][0]  # fmt: skip
    assert "still mapped" in desk.get(reverse("carriers:approved-list")).content.decode()


def test_retiring_asks_first(shop: str, desk: Client) -> None:
    mapping = save_mapping(shop, "DPD", "Next Day", "DPD_UK", by=None)
    url = reverse("carriers:mapping-retire", args=[mapping.pk])
    assert "Later dispatches stall" in desk.get(url).content.decode()
    assert CarrierMapping.objects.get().retired_at is None
    desk.post(url, {"note": "SEKO stopped it"})
    assert CarrierMapping.objects.get().retired_at is not None
    assert desk.get(url).status_code == 404
    assert "retired" in desk.get(reverse("carriers:mapping-edit", args=[mapping.pk])).content.decode()


def test_a_retired_mapping_cannot_be_changed(shop: str, desk: Client) -> None:
    mapping = save_mapping(shop, "DPD", "Next Day", "DPD_UK", by=None)
    retire_mapping(mapping, by=None)
    desk.post(
        reverse("carriers:mapping-edit", args=[mapping.pk]), {"step": "save", "carrier_code": "RM24", "version": "2"}
    )
    assert CarrierMapping.objects.get().carrier_code == "DPD_UK"


def test_trying_it_stores_nothing(shop: str, desk: Client, parcels: Parcels) -> None:
    save_mapping(shop, "Hermes", "Standard", "EVRI", by=None)
    versions = MappingVersion.objects.count()
    url = reverse("carriers:try-it")
    fine = desk.get(url, {"courier": "hermes", "service": "standard", "tracking_number": "H001234567890123"})
    assert fine.context["answer"]["sent"] == {"carrier_code": "EVRI", "tracking_number": "H001234567890123"}
    wrong = desk.get(url, {"courier": "Yodel", "service": "", "tracking_number": "TBC"})
    assert wrong.context["answer"]["sent"] is None
    assert "is a placeholder" in wrong.content.decode()
    assert MappingVersion.objects.count() == versions
    assert parcels.released == []


def test_names_from_a_partner_are_shown_as_text_and_hidden_characters_by_name(
    shop: str, desk: Client, parcels: Parcels
) -> None:
    parcels.sent("<script>alert(1)</script>", "Next\u200bDay", parcels=1, waiting=1)
    for name in ("mapping-list", "coverage"):
        page = desk.get(reverse(f"carriers:{name}")).content.decode()
        assert "<script>alert" not in page
        assert "[zero width space]" in page


def test_a_dispatch_without_a_courier_is_shown_but_cannot_be_mapped(shop: str, desk: Client, parcels: Parcels) -> None:
    parcels.sent("", "", parcels=1, waiting=1)
    page = desk.get(reverse("carriers:mapping-list")).content.decode()
    assert "Ask SEKO which courier took it" in page
    assert "courier=&amp;" not in page


def test_the_list_can_be_narrowed_down(shop: str, desk: Client, parcels: Parcels) -> None:
    parcels.sent("Yodel", "Xpect 24", parcels=1)
    save_mapping(shop, "DPD", "", "DPD_UK", by=None)
    url = reverse("carriers:mapping-list")
    for query, couriers in [
        ({"status": "unmapped"}, ["Yodel"]),
        ({"q": "dpd_"}, ["DPD"]),
        ({"status": "nonsense"}, ["Yodel", "DPD"]),
        ({"status": "unused", "q": "yodel"}, []),
    ]:
        assert [row.courier for row in desk.get(url, query).context["table"].data] == couriers


def test_a_shop_that_does_not_exist_is_not_found(shop: str, desk: Client) -> None:
    assert desk.get(reverse("carriers:mapping-list"), {"shop": "elsewhere"}).status_code == 404


def test_after_saving_only_addresses_of_ours_are_followed(shop: str, desk: Client) -> None:
    url = reverse("carriers:mapping-new")
    away = desk.post(url, FILLED | {"step": "save", "next": "https://evil.example/"})
    assert away["Location"] == reverse("carriers:mapping-list")
    home = desk.post(url, FILLED | {"courier": "Other", "step": "save", "next": "/exceptions/7/"})
    assert home["Location"] == "/exceptions/7/"


def test_an_overdue_review_is_said_and_a_new_one_recorded(shop: str, desk: Client, manager: User) -> None:
    today = business_now().date()
    MappingTable.objects.filter(shop=shop).update(owner=manager, next_review=today - timedelta(days=1))
    assert "The review is overdue." in desk.get(reverse("carriers:mapping-list")).content.decode()
    url = reverse("carriers:review")
    assert desk.post(url, {"owner": manager.pk, "next_review": today.isoformat()}).context["form"].errors
    desk.post(url, {"owner": manager.pk, "next_review": (today + timedelta(days=7)).isoformat()})
    assert MappingTable.objects.get(shop=shop).next_review == today + timedelta(days=7)
    assert "The review is overdue." not in desk.get(reverse("carriers:mapping-list")).content.decode()


def test_only_people_who_may_edit_can_own_the_table(shop: str, desk: Client, reader: User) -> None:
    answer = desk.post(reverse("carriers:review"), {"owner": reader.pk, "next_review": "2100-01-01"})
    assert "owner" in answer.context["form"].errors
