"""What is found before SEKO sees an order, all of it at once; and what would be sent (SEKO contract 4.2 and 4.3)."""

from decimal import Decimal

import pytest

from sync.failures import Code
from sync.models import SkuAlias
from sync.rules import preflight
from sync.rules.address import LIMITS
from sync.rules.preflight import Change
from tests.factories.engine import HOME, ConnectionFactory, OrderFactory, OrderLineFactory

pytestmark = pytest.mark.django_db


def make(*, settings=None, lines=1, skus=(), address=None, **values):
    """An order with these settings of its connection, and its address changed here and there."""
    connection = ConnectionFactory()
    connection.settings = settings or {}
    connection.save()
    told = {"lines": lines, "address": HOME | (address or {}), **values}
    if skus:
        told["skus"] = list(skus)
    return OrderFactory(connection=connection, **told)


def faults(order, corrections=None):
    return {(failure.field, failure.rule) for failure in preflight.draft(order, corrections or {}).failures}


@pytest.mark.parametrize("name", sorted(set(LIMITS) - {"notes", "postcode", "country_code"}))
def test_every_field_has_its_length(name):
    limit = LIMITS[name]
    assert faults(make(address={name: "x" * limit})) == set()
    (failure,) = preflight.draft(make(address={name: "x" * (limit + 1)}), {}).failures
    assert (failure.code, failure.field, failure.rule) == (Code.ADDRESS_INVALID, f"delivery.{name}", "address.length")
    assert failure.facts["limit"] == str(limit)


def test_all_faults_are_found_at_once():
    order = make(
        settings={"phone_required": True, "email_required": True, "gift_message_field": "gift"},
        skus=['BAG "big"', "B" * 101],
        address={"line1": "", "city": "x" * 51, "last_name": "名前", "postcode": "nowhere", "phone": "", "email": ""},
        order_id="J" * 51, currency="POUNDS",
        raw={"order_additional_fields": [{"code": "gift", "type": "STRING", "value": "x" * 501}]},
    )  # fmt: skip
    first, second = (line.line_id for line in order.lines.all())
    assert faults(order) == {
        (f"lines.{first}.sku", "sku.code"), (f"lines.{second}.sku", "sku.code"), ("delivery.line1", "address.missing"),
        ("delivery.city", "address.length"), ("delivery.last_name", "address.characters"),
        ("delivery.postcode", "address.postcode"), ("delivery.phone", "address.missing"),
        ("delivery.email", "address.missing"), ("order_id", "number"), ("currency", "currency"),
        ("gift.message", "gift.length"),
    }  # fmt: skip


def test_phone_and_email_are_needed_only_where_the_settings_say_so():
    assert faults(make(address={"phone": "", "email": ""})) == set()
    assert faults(make(settings={"phone_required": True}, address={"phone": "", "email": ""})) == {
        ("delivery.phone", "address.missing")
    }


@pytest.mark.parametrize("name", sorted(set(LIMITS) - {"notes", "postcode", "country_code"}))
def test_every_value_that_changes_is_in_the_diff(name):
    before, after = 'Zoë "Bo" Ærø', "Zoe 'Bo' AEro"
    draft = preflight.draft(make(address={name: before}), {})
    assert Change(f"delivery.{name}", before, after) in draft.changes
    assert getattr(draft.order.delivery, name) == after


def test_country_postcode_and_county_are_in_the_diff_too():
    order = make(
        settings={"county_filler": "n/a"}, address={"postcode": "ls1 1aa", "country_code": "GBR", "county": ""}
    )
    assert set(preflight.draft(order, {}).changes) >= {
        Change("delivery.postcode", "ls1 1aa", "LS1 1AA"),
        Change("delivery.country_code", "GBR", "GB"),
        Change("delivery.county", "", "n/a"),
    }


def test_a_corrected_number_and_an_alias_are_in_the_diff():
    order = make(skus=["BAG-1", " BAG-2"])
    SkuAlias.objects.create(connection=order.connection, sku="BAG-1", product_code="SACK", created_at=order.placed_at)
    draft = preflight.draft(order, {"warehouse.number": "JL-2"})
    first, second = (line.line_id for line in order.lines.all())
    assert set(draft.changes) >= {
        Change("order.number", order.order_id, "JL-2"),
        Change(f"lines.{first}.sku", "BAG-1", "SACK"),
        Change(f"lines.{second}.sku", " BAG-2", "BAG-2"),
    }
    assert [line.product_code for line in draft.order.lines] == ["SACK", "BAG-2"]


def test_an_order_that_travels_as_it_came_has_no_diff():
    assert preflight.draft(make(address={"country_code": "GB"}), {}).changes == []


def test_lines_of_one_product_become_one_and_the_map_is_kept():
    order = make(skus=["BAG-1", "BAG-2", "SACK"])
    SkuAlias.objects.create(connection=order.connection, sku="SACK", product_code="BAG-1", created_at=order.placed_at)
    dear = order.lines.get(sku="SACK")
    dear.unit_price, dear.quantity, dear.tax = Decimal("20.00"), 3, Decimal("10.00")
    dear.save()
    draft = preflight.draft(order, {})
    assert [(line.line_number, line.product_code, line.quantity) for line in draft.order.lines] == [
        (1, "BAG-1", 4),
        (2, "BAG-2", 1),
    ]
    assert (draft.order.lines[0].unit_price, draft.order.lines[0].tax) == (Decimal("18.13"), Decimal("10.00"))
    ids = {line.sku: line.line_id for line in order.lines.all()}
    assert draft.line_map == {ids["BAG-1"]: 1, ids["BAG-2"]: 2, ids["SACK"]: 1}


def test_codes_that_differ_only_by_case_stall():
    order = make(skus=["BAG-1", "bag-1"])
    failures = preflight.draft(order, {}).failures
    assert [failure.code for failure in failures] == [Code.SKU_CASE_CLASH] * 2
    assert preflight.draft(order, {}).order is None


def test_a_double_quote_in_a_number_stalls_because_it_would_be_another_number():
    order = make(order_id='JL"1')
    assert faults(order) == {("order_id", "number")}
    assert faults(order, {"warehouse.number": "JL-1"}) == set()


def test_delivery_notes_travel_only_where_the_settings_say_so():
    notes = 'Tür  "hinten"\nlinks'
    told = preflight.draft(make(address={"notes": notes}), {})
    assert (told.order.instructions, [c for c in told.changes if c.path == "delivery.notes"]) == ("", [])
    order = make(settings={"send_delivery_notes": True}, address={"notes": notes})
    told = preflight.draft(order, {})
    assert told.order.instructions == "Tur 'hinten' links"
    assert Change("delivery.notes", notes, "Tur 'hinten' links") in told.changes


@pytest.mark.parametrize(("notes", "rule"), [("x" * 401, "address.length"), ("門口", "address.characters")])
def test_delivery_notes_that_cannot_travel_stall_only_where_they_would(notes, rule):
    assert faults(make(address={"notes": notes})) == set()
    order = make(settings={"send_delivery_notes": True}, address={"notes": notes})
    assert faults(order) == {("delivery.notes", rule)}
    assert faults(order, {"delivery.notes": ""}) == set()


GIFT = [{"code": "other", "value": "no"}, {"code": "gift", "type": "STRING", "value": ' Happy "birthday" Zoë '}]


def test_a_gift_message_is_taken_from_the_field_that_the_settings_name():
    order = make(settings={"gift_message_field": "gift"}, raw={"order_additional_fields": GIFT})
    draft = preflight.draft(order, {})
    assert draft.order.gift.text == "Happy 'birthday' Zoë"
    assert Change("gift.message", 'Happy "birthday" Zoë', "Happy 'birthday' Zoë") in draft.changes


@pytest.mark.parametrize(
    ("code", "raw"),
    [
        ("", {"order_additional_fields": GIFT}), ("gift", None), ("gift", {}),
        ("gift", {"order_additional_fields": None}),
        ("gift", {"order_additional_fields": ["gift", {"code": "gift", "value": None}, {"value": "x"}]}),
        ("gift", {"order_additional_fields": [{"code": "gift", "value": "  "}]}),
    ],
)  # fmt: skip
def test_without_a_message_nothing_is_wrapped(code, raw):
    assert preflight.draft(make(settings={"gift_message_field": code}, raw=raw), {}).order.gift is None


def test_a_gift_message_can_be_shortened_or_left_out():
    order = make(
        settings={"gift_message_field": "gift"},
        raw={"order_additional_fields": [{"code": "gift", "value": "x" * 501}]},
    )
    (failure,) = preflight.draft(order, {}).failures
    assert (failure.code, failure.field, failure.value) == (Code.UNKNOWN_VALUE, "gift.message", "")
    assert preflight.draft(order, {"gift.message": "Love"}).order.gift.text == "Love"
    assert preflight.draft(order, {"gift.message": ""}).order.gift is None


def test_document_and_order_type_come_from_the_settings():
    order = make(settings={"document_identifier": "JL", "order_type": "Retail"})
    papers = preflight.draft(order, {}).order.papers
    assert (papers.document, papers.order_type) == ("JL", "Retail")


def test_cancelled_quantities_are_not_sent():
    order = make(lines=0)
    OrderLineFactory(order=order, sku="BAG-1", quantity=3, cancelled_quantity=1)
    OrderLineFactory(order=order, sku="BAG-2", quantity=1, cancelled_quantity=1)
    (line,) = preflight.draft(order, {}).order.lines
    assert (line.product_code, line.quantity) == ("BAG-1", 2)
