"""What is written into an order and a product (SEKO contract 4.2, 4.3 and 7.3)."""

import json
from dataclasses import fields, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from sync.partners.seko.bodies import order_body, product_body
from sync.partners.seko.fields import ADDRESS, LINE, ORDER, PRODUCT, Field
from sync.shapes import (
    Address,
    Carriage,
    ForwardingAgent,
    FurtherTotals,
    GiftMessage,
    Papers,
    ProductHandling,
    ProductLabels,
    SecondaryPrice,
    WarehouseOrder,
    WarehouseProduct,
)
from tests.partners import sample_depot

HOME = Address(
    first_name="Ada", last_name="Example", line1="1 Sample Road", city="Leeds", postcode="LS1 1AA", country_code="GB"
)
FULL = replace(
    sample_depot.ORDER,
    lines=(
        replace(
            sample_depot.ORDER.lines[0], ean="501", message="For Ada", lot="L", channel="C", document="D", asn="A",
            guid="G", country_code="GB", discount_price=Decimal("1.5"), customs_value=Decimal("2"),
            secondary=SecondaryPrice(Decimal("40.1"), Decimal("8"), "EUR"),
        ),
    ),
    dc_code="DCCL01", courier_name="DPD", courier_service="22", notes="n", instructions="Leave it",
    gift=GiftMessage(text='Happy "birthday"', sender="Bo", recipient="Ada"), billing=HOME,
    forwarding_agent=ForwardingAgent("FA", "Carry Ltd", HOME),
    papers=Papers("INV", "PO", "GROUP", "Retail", "DOC", "NIF"),
    carriage=Carriage("SHOP", "ACC", "R", "L", "SMS", "DAP", "Leeds", "Terms", "GB"),
    further_totals=FurtherTotals(Decimal("1.00"), Decimal("5"), Decimal("0"), Decimal("70")),
    scheduled_ship_at=datetime(2026, 3, 4, tzinfo=UTC), on_hold=True, kept_back=True,
)  # fmt: skip


def body(order: WarehouseOrder) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(order_body(order))
    return document


def test_every_field_of_the_contract_is_written_where_it_is_filled() -> None:
    document = body(FULL)
    assert document["WebSalesOrder"] == {
        "SalesOrderNumber": "JL-1000231", "SalesOrderReference": "JL1000231", "SalesInvoiceNumber": "INV",
        "SalesOrderDate": "2026-03-02T09:05:07.120Z", "PurchaseOrderNumber": "PO", "GroupReference": "GROUP",
        "OrderType": "Retail", "DocumentIdentifier": "DOC", "NIFNumber": "NIF", "CurrencyCode": "GBP", "SubTotal": 70.0,
        "TaxTotal": 14.0, "ShippingTotal": 0.0, "ShippingVAT": 1.0, "ShippingExVAT": 5.0, "DiscountPriceTotal": 0.0,
        "CustomsValueTotal": 70.0, "ShippingTerm": "DAP", "ShippingTermLocation": "Leeds", "ShipmentTerms": "Terms",
        "GiftWrap": True, "GiftMessage": "Happy 'birthday'", "GiftMessageFrom": "Bo", "GiftMessageTo": "Ada",
        "CourierName": "DPD", "CourierService": "22", "CourierShopID": "SHOP", "CarrierCustomerAccountNo": "ACC",
        "DeliveryAddressLocationType": "R", "LocationType": "L", "Notes": "n", "SpecialInstructions": "Leave it",
        "NotificationMethod": "SMS", "OnHold": True, "DoNotPushToDC": True,
        "ScheduledShipDate": "2026-03-04T00:00:00.000Z", "UltimateDestination": "GB", "GUID": sample_depot.GUID,
    }  # fmt: skip
    assert document["SalesOrderHeader"] == {"DCCode": "DCCL01"}
    assert document["BillingDetails"]["Line1"] == "1 Sample Road"
    assert document["ForwardingAgent"].items() >= {
        "CompanyCode": "FA", "CompanyDescription": "Carry Ltd", "City": "Leeds", "County": "",
    }.items()  # fmt: skip
    assert document["List"]["SalesOrderLineItem"] == [
        {
            "LineNumber": 1, "ProductCode": "SKU-RED-M", "Quantity": 2, "EAN": "501", "UnitPrice": 35.1,
            "UnitDiscountPrice": 1.5, "VAT": 7.0, "CustomsValue": 2.0, "CurrencyCode": "GBP",
            "SecondaryUnitPrice": 40.1, "SecondaryVAT": 8.0, "SecondaryCurrencyCode": "EUR", "CountryCode": "GB",
            "OrderLineMessage": "For Ada", "LotNo": "L", "Channel": "C", "ExternalDocumentNo": "D", "ASNNumber": "A",
            "GUID": "G",
        }
    ]  # fmt: skip


def test_a_gift_without_a_message_is_only_wrapped() -> None:
    head = body(replace(FULL, gift=GiftMessage()))["WebSalesOrder"]
    assert head["GiftWrap"] is True
    assert not {"GiftMessage", "GiftMessageFrom", "GiftMessageTo"} & set(head)


@pytest.mark.parametrize("missing", ["line1", "city", "postcode", "country_code"])
def test_part_of_a_billing_address_is_never_sent(missing: str) -> None:
    assert "BillingDetails" not in body(replace(FULL, billing=replace(HOME, **{missing: " "})))


@pytest.mark.parametrize("field", [field for field in ORDER if field.longest], ids=lambda field: field.name)
def test_a_value_of_our_own_that_is_too_long_is_our_bug(field: Field) -> None:
    assert body(_with(FULL, field.source, "x" * field.longest))["WebSalesOrder"][field.name] == "x" * field.longest
    with pytest.raises(
        ValueError, match=f"{field.name} has {field.longest + 1} characters; SEKO takes {field.longest}"
    ):
        order_body(_with(FULL, field.source, "x" * (field.longest + 1)))


@pytest.mark.parametrize("field", [field for field in LINE if field.longest], ids=lambda field: field.name)
def test_a_line_that_is_too_long_is_our_bug_too(field: Field) -> None:
    line = replace(FULL.lines[0], **{field.source: "x" * (field.longest + 1)})
    with pytest.raises(ValueError, match=field.name):
        order_body(replace(FULL, lines=(line,)))


@pytest.mark.parametrize("field", ADDRESS, ids=lambda field: field.name)
def test_what_a_customer_wrote_is_sent_as_it_is_since_it_was_checked_before(field: Field) -> None:
    told = "x" * 1000
    assert body(replace(FULL, delivery=replace(HOME, **{field.source: told})))["DeliveryDetails"][field.name] == told


def test_no_double_quote_ever_leaves() -> None:
    quoted = Address(**{field.name: 'a"b' for field in fields(Address)})
    order = replace(
        FULL, number='a"b', reference='a"b', notes='a"b', instructions='a"b', delivery=quoted, billing=quoted,
        papers=Papers(*['a"b'] * 6), gift=GiftMessage('a"b', 'a"b', 'a"b'),
        lines=(replace(FULL.lines[0], product_code='a"b', message='a"b'),),
    )  # fmt: skip
    assert b'\\"' not in order_body(order)
    assert b'\\"' not in product_body(sample_depot.PRODUCT, update=True)


def test_an_update_says_every_field_because_blank_ones_are_blanked() -> None:
    document = json.loads(product_body(sample_depot.PRODUCT, update=True))
    assert set(document["ProductMaster"]) == {field.name for field in PRODUCT} | {"GrossWeightUOM"}
    master = document["ProductMaster"]
    assert (master["EAN"], master["UnitPrice"], master["QCPercentage"], master["Kit"]) == ("", "", 0, False)
    assert (master["GrossWeight"], master["GrossWeightUOM"], master["LotControlled"]) == (0.125, "KG", True)
    assert document["List"] == {
        "SupplierMapping": [{"SupplierCode": "DEFSUP1", "SupplierDescription": "The 'Best'", "UOM": 1}],
        "ProductCategory": [],
        "ProductIdentifier": [{"Name": "N", "Value": "V"}],
    }


def test_a_new_product_says_what_is_known() -> None:
    document = json.loads(product_body(sample_depot.PRODUCT, update=False))
    assert document["ProductMaster"] == {
        "ProductCode": "P-1", "ProductDescription": "A bag", "HTSCode": "4202210000", "GrossWeight": 0.125,
        "GrossWeightUOM": "KG", "CountryOfOrigin": "GB", "SecondaryPrice": 1.0, "SecondaryCurrencyCode": "EUR",
        "MOQ": 3, "QCPercentage": 0, "LotControlled": True, "Brand": "Brand",
    }  # fmt: skip
    assert set(document["List"]) == {"SupplierMapping", "ProductIdentifier"}


def test_a_product_has_no_field_that_could_be_forgotten() -> None:
    for shape in (WarehouseProduct, ProductHandling, ProductLabels):
        with pytest.raises(TypeError, match=fields(shape)[0].name):
            shape()


@pytest.mark.parametrize("field", [field for field in PRODUCT if field.longest], ids=lambda field: field.name)
def test_a_product_text_that_is_too_long_is_refused(field: Field) -> None:
    with pytest.raises(ValueError, match=field.name):
        product_body(_with(sample_depot.PRODUCT, field.source, "1" * (field.longest + 1)), update=True)


@pytest.mark.parametrize(
    "changes", [{"code": " "}, {"description": ""}, {"hts_code": "123"}, {"hts_code": "42.0221000"}]
)
def test_a_product_that_seko_could_not_take_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"empty|digits"):
        product_body(replace(sample_depot.PRODUCT, **changes), update=False)


def _with(shape: Any, source: str, value: str) -> Any:
    """``shape`` with another value at ``source``, which may go through a part of it."""
    first, _, rest = source.partition(".")
    return replace(shape, **{first: _with(getattr(shape, first), rest, value) if rest else value})
