import pytest

from sync.failures import Code
from sync.partners.seko.texts import CANCEL, ORDER, STOCK, classify

SUBMIT = "Error Submitting SalesOrder: JL-1000231 - Error. "


@pytest.mark.parametrize(
    ("text", "code", "field", "product"),
    [
        (SUBMIT + "Product 5012345 has no free stock.", Code.NO_FREE_STOCK, "", "5012345"),
        (SUBMIT + "product RED dress - M HAS NO FREE STOCK", Code.NO_FREE_STOCK, "", "RED dress - M"),
        (SUBMIT + "Product X-1 does not exist.", Code.UNKNOWN_SKU, "", "X-1"),
        ("Error Submitting Receipt: ASN1 - Error. Product P does not exist.", Code.UNKNOWN_SKU, "", "P"),
        (SUBMIT + "Sales Order Number already exists.", Code.DUPLICATE_ORDER, "", ""),
        (SUBMIT + "Sales Invoice Number already exists.", Code.DUPLICATE_ORDER, "", ""),
        ("Error Submitting Product Master: P - Error. Product Code already exists.", Code.UNCLASSIFIED, "", ""),
        (SUBMIT + "Duplicate Product Code P-1.", Code.LINE_INVALID, "", "P-1"),
        ("Error. Invalid Mapping - DC", Code.WAREHOUSE_SETUP, "dc_code", ""),
        ("Error. Invalid Mapping - Courier", Code.WAREHOUSE_SETUP, "courier", ""),
        ("Error. Invalid Mapping - Something new", Code.WAREHOUSE_SETUP, "", ""),
        (SUBMIT + "Invalid Currency Code ZZZ.", Code.WAREHOUSE_SETUP, "currency", ""),
        (SUBMIT + "Invalid Country Code XX.", Code.ADDRESS_INVALID, "delivery.country_code", ""),
        (SUBMIT + "Line1 is required.", Code.ADDRESS_INVALID, "delivery.line1", ""),
        (SUBMIT + "City is required.", Code.ADDRESS_INVALID, "delivery.city", ""),
        (SUBMIT + "County is required.", Code.ADDRESS_INVALID, "delivery.county", ""),
        (SUBMIT + "PostcodeZip is required.", Code.ADDRESS_INVALID, "delivery.postcode", ""),
        (SUBMIT + "CountryCode is required.", Code.ADDRESS_INVALID, "delivery.country_code", ""),
        (SUBMIT + "PhoneNumber exceeds the maximum length of 20.", Code.ADDRESS_INVALID, "delivery.phone", ""),
        (SUBMIT + "EmailAddress is too long", Code.ADDRESS_INVALID, "delivery.email", ""),
        (SUBMIT + "FirstName is mandatory", Code.ADDRESS_INVALID, "delivery.first_name", ""),
        (SUBMIT + "LastName is mandatory", Code.ADDRESS_INVALID, "delivery.last_name", ""),
        (SUBMIT + "Billing address is incomplete.", Code.ADDRESS_INVALID, "", ""),
        (SUBMIT + "ProductCode is required.", Code.LINE_INVALID, "", ""),
        (
            "Cannot process json receipt A JSONObject text must begin with '{' at character 1",
            Code.UNCLASSIFIED,
            "",
            "",
        ),
        (SUBMIT + "Something that nobody has seen.", Code.UNCLASSIFIED, "", ""),
        ("Object reference not set to an instance of an object.", Code.UNCLASSIFIED, "", ""),
        ("", Code.UNCLASSIFIED, "", ""),
        # The order number stands in the text too, and must not be read as the cause.
        ("Error Submitting SalesOrder: CITY is required - Error. Unheard of.", Code.UNCLASSIFIED, "", ""),
    ],
)
def test_every_known_text_finds_its_meaning(text: str, code: Code, field: str, product: str) -> None:
    failure = classify(text, ORDER)
    assert (failure.code, failure.field, failure.facts.get("product", "")) == (code, field, product)
    assert failure.text == text or not text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Error Submitting Sales Order Cancellation: JL-1 - Error. Sales Order does not exist.", Code.CANCEL_REFUSED),
        ("Error. Dispatch assigned to a pick wave cannot be cancelled", Code.CANCEL_REFUSED),
        (
            "Error Submitting Sales Order Cancellation: JL-1 - Error. Sales Order cannot be cancelled.",
            Code.CANCEL_REFUSED,
        ),
        ("something new", Code.CANCEL_REFUSED),
        ("", Code.CANCEL_REFUSED),
        ("Cannot process json order", Code.UNCLASSIFIED),
    ],
)
def test_a_cancel_that_seko_refuses_is_always_a_refused_cancel(text: str, code: Code) -> None:
    assert classify(text, CANCEL).code == code


def test_the_refused_value_is_told() -> None:
    assert classify(SUBMIT + "Invalid Country Code ZZ.", ORDER).value == "ZZ"
    assert classify(SUBMIT + "Product P-1 has no free stock.", ORDER).value == "P-1"


def test_endless_words_are_cut() -> None:
    assert len(classify("x" * 100_000, STOCK).text) == 500
