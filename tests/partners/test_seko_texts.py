import pytest

from sync.failures import Code
from sync.partners.seko.texts import CANCEL, NOTHING_FOUND, ORDER, PRODUCT, STOCK, classify

SUBMIT = "Error Submitting SalesOrder: JL-1000231 - Error. "
UNDO = "Error Submitting Sales Order Cancellation: JL-1000231 - Error. "
LOAD = "Error Submitting Product Master: P-1 - Error. "

# Every text of contract 3.1, then every condition of 3.2 with the text that its table proposes. E8 is an answer, not a
# failure, and E9 comes with HTTP 401: both have tests of their own.
DOCUMENTED = [
    pytest.param(ORDER, SUBMIT + "Product P-1 has no free stock.", Code.NO_FREE_STOCK, "", {"product": "P-1"}, id="E1"),
    pytest.param(
        CANCEL, UNDO + "Sales Order does not exist.", Code.CANCEL_REFUSED, "", {"cause": "not_known"}, id="E2"
    ),
    pytest.param(
        CANCEL, "Error. Dispatch assigned to a pick wave cannot be cancelled", Code.CANCEL_REFUSED, "",
        {"cause": "picking"}, id="E3",
    ),
    pytest.param(
        ORDER, "Cannot process json receipt A JSONObject text must begin with '{' at character 1",
        Code.UNCLASSIFIED, "", {"cause": "malformed"}, id="E4",
    ),
    pytest.param(ORDER, "Error. Invalid Mapping - DC", Code.WAREHOUSE_SETUP, "dc_code", {}, id="E5"),
    pytest.param(
        ORDER, "Error Submitting Receipt: ASN1 - Error. Product P-1 does not exist.", Code.UNKNOWN_SKU, "",
        {"product": "P-1"}, id="E6",
    ),
    pytest.param(
        PRODUCT, LOAD + "Product Code already exists.", Code.WAREHOUSE_SETUP, "product_code", {"product": "P-1"},
        id="E7",
    ),
    pytest.param(ORDER, SUBMIT + "Product P-1 does not exist.", Code.UNKNOWN_SKU, "", {"product": "P-1"}, id="product"),
    pytest.param(ORDER, SUBMIT + "Sales Order Number already exists.", Code.DUPLICATE_ORDER, "", {}, id="number"),
    pytest.param(
        ORDER, SUBMIT + "Sales Invoice Number already exists.", Code.DUPLICATE_ORDER, "invoice_number", {}, id="invoice"
    ),
    pytest.param(
        ORDER, SUBMIT + "Duplicate Product Code P-1.", Code.LINE_INVALID, "", {"product": "P-1"}, id="product twice"
    ),
    pytest.param(ORDER, SUBMIT + "Invalid Currency Code ZZZ.", Code.WAREHOUSE_SETUP, "currency", {}, id="currency"),
    pytest.param(
        ORDER, SUBMIT + "Invalid Country Code XX.", Code.ADDRESS_INVALID, "delivery.country_code", {}, id="country"
    ),
    pytest.param(ORDER, SUBMIT + "Line1 is required.", Code.ADDRESS_INVALID, "delivery.line1", {}, id="line 1"),
    pytest.param(ORDER, SUBMIT + "City is required.", Code.ADDRESS_INVALID, "delivery.city", {}, id="city"),
    pytest.param(ORDER, SUBMIT + "County is required.", Code.ADDRESS_INVALID, "delivery.county", {}, id="county"),
    pytest.param(
        ORDER, SUBMIT + "PostcodeZip is required.", Code.ADDRESS_INVALID, "delivery.postcode", {}, id="postcode"
    ),
    pytest.param(
        ORDER, SUBMIT + "CountryCode is required.", Code.ADDRESS_INVALID, "delivery.country_code", {}, id="country code"
    ),
    pytest.param(ORDER, SUBMIT + "Billing address is incomplete.", Code.ADDRESS_INVALID, "", {}, id="billing"),
    pytest.param(ORDER, "Error. Invalid Mapping - Courier", Code.WAREHOUSE_SETUP, "courier", {}, id="courier"),
    pytest.param(ORDER, "SalesOrderDate has a wrong format", Code.WAREHOUSE_SETUP, "order_date", {}, id="date"),
    pytest.param(
        CANCEL, UNDO + "Sales Order cannot be cancelled.", Code.CANCEL_REFUSED, "", {"cause": "too_late"}, id="too late"
    ),
    pytest.param(
        ORDER, SUBMIT + "PhoneNumber exceeds the maximum length of 20.", Code.ADDRESS_INVALID, "delivery.phone", {},
        id="too long",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("operation", "text", "code", "field", "facts"), DOCUMENTED)
def test_every_documented_text_finds_its_meaning(
    operation: str, text: str, code: Code, field: str, facts: dict[str, str]
) -> None:
    failure = classify(text, operation)
    assert (failure.code, failure.field, dict(failure.facts)) == (code, field, facts)
    assert failure.text == text


@pytest.mark.parametrize(
    ("text", "code", "field", "product"),
    [
        (SUBMIT + "product RED dress - M HAS NO FREE STOCK", Code.NO_FREE_STOCK, "", "RED dress - M"),
        ("Error. Invalid Mapping - Something new", Code.WAREHOUSE_SETUP, "", ""),
        (SUBMIT + "EmailAddress is too long", Code.ADDRESS_INVALID, "delivery.email", ""),
        (SUBMIT + "FirstName is mandatory", Code.ADDRESS_INVALID, "delivery.first_name", ""),
        (SUBMIT + "LastName is mandatory", Code.ADDRESS_INVALID, "delivery.last_name", ""),
        (SUBMIT + "ProductCode is required.", Code.LINE_INVALID, "", ""),
        (LOAD + "Product Code already exists.", Code.UNCLASSIFIED, "", ""),
        (SUBMIT + "Something that nobody has seen.", Code.UNCLASSIFIED, "", ""),
        ("Object reference not set to an instance of an object.", Code.UNCLASSIFIED, "", ""),
        ("", Code.UNCLASSIFIED, "", ""),
        # The order number stands in the text too, and must not be read as the cause.
        ("Error Submitting SalesOrder: CITY is required - Error. Unheard of.", Code.UNCLASSIFIED, "", ""),
    ],
)
def test_other_words_are_read_by_what_is_stable_in_them(text: str, code: Code, field: str, product: str) -> None:
    failure = classify(text, ORDER)
    assert (failure.code, failure.field, failure.facts.get("product", "")) == (code, field, product)
    assert failure.text == text or not text


@pytest.mark.parametrize("operation", [ORDER, CANCEL, PRODUCT, STOCK])
def test_a_message_that_seko_could_not_read_is_marked_whatever_was_sent(operation: str) -> None:
    failure = classify("Cannot process json order A JSONObject text must begin with '{'", operation)
    assert (failure.code, failure.facts) == (Code.UNCLASSIFIED, {"cause": "malformed"})


@pytest.mark.parametrize("text", ["something new", ""])
def test_a_cancel_that_seko_refuses_is_always_a_refused_cancel(text: str) -> None:
    assert classify(text, CANCEL).code == Code.CANCEL_REFUSED


def test_a_product_that_exists_is_named_also_without_the_prefix() -> None:
    failure = classify("Product Code already exists", PRODUCT)
    assert (failure.code, failure.field, failure.value) == (Code.WAREHOUSE_SETUP, "product_code", "")
    assert classify(LOAD + "Something new.", PRODUCT).code == Code.UNCLASSIFIED
    unknown = classify(LOAD + "Product does not exist.", PRODUCT)
    assert (unknown.code, unknown.facts) == (Code.UNKNOWN_SKU, {"product": "P-1"})


def test_nothing_found_is_told_apart() -> None:
    assert NOTHING_FOUND.search("No results found for search criteria")
    assert not NOTHING_FOUND.search("Sales Order does not exist.")


def test_the_refused_value_is_told() -> None:
    assert classify(SUBMIT + "Invalid Country Code ZZ.", ORDER).value == "ZZ"
    assert classify(SUBMIT + "Product P-1 has no free stock.", ORDER).value == "P-1"


def test_endless_words_are_cut() -> None:
    assert len(classify("x" * 100_000, STOCK).text) == 500
