import httpx
import pytest

from sync.failures import Code, Refused, Unclear
from tests.partners.doubles import Script
from tests.partners.sample_shop import KEY, shop


@pytest.mark.parametrize(
    ("operation", "status", "message", "code", "field", "value"),
    [
        ("OR23", 400, "Invalid value for field 'carrierCode'", Code.CARRIER_REJECTED, "carrier", "DPD"),
        ("OR23", 400, "Unregistered carriers are not allowed", Code.CARRIER_REJECTED, "carrier", "DPD"),
        (
            "OR23",
            400,
            "The tracking number is mandatory for carrier DPD",
            Code.TRACKING_MISSING,
            "tracking_number",
            "155",
        ),
        ("OR23", 400, "tracking is odd", Code.CONFIRMATION_REJECTED, "", ""),
        ("OR23", 400, "", Code.CONFIRMATION_REJECTED, "", ""),
        ("OR23", 404, "Order not found, carrier or not", Code.UNCLASSIFIED, "", ""),
        (
            "OR24",
            400,
            "Tracking details are mandatory for this shipping method",
            Code.TRACKING_MISSING,
            "tracking_number",
            "",
        ),
        ("OR24", 400, "The order cannot be shipped. Current status is SHIPPED", Code.CONFIRMATION_REJECTED, "", ""),
        ("OR24", 411, "Length Required", Code.UNCLASSIFIED, "", ""),
        ("OR24", 404, "Order not found", Code.UNCLASSIFIED, "", ""),
        ("OR21", 400, "ORDER_INVALID_STATE", Code.UNCLASSIFIED, "", ""),
    ],
)
def test_a_refusal_is_classified_by_its_call_and_code_before_its_words(
    operation: str, status: int, message: str, code: Code, field: str, value: str
) -> None:
    market = shop(Script(httpx.Response(status, json={"message": message, "status": status})))
    prepared = {
        "OR21": market.prepare_accept("A", ["1"]),
        "OR23": market.prepare_tracking("A", carrier_code="DPD", tracking_number="155"),
        "OR24": market.prepare_ship("A"),
    }[operation]
    with pytest.raises(Refused) as caught:
        market.send(prepared)
    failure = caught.value.failure
    assert (failure.code, failure.field, failure.value) == (code, field, value)
    assert message in failure.text
    assert failure.text
    assert failure.facts["http_status"] == str(status)
    assert caught.value.exchange is not None


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>Bad Request</html>", b"[1]", b'{"message": 7}', b"{", b'{"errors": [{"message": "said here"}]}'],
)
def test_a_refusal_without_readable_words_is_still_a_refusal(body: bytes) -> None:
    market = shop(Script(httpx.Response(400, content=body)))
    with pytest.raises(Refused) as caught:
        market.send(market.prepare_ship("A"))
    assert caught.value.failure.code == Code.CONFIRMATION_REJECTED
    assert "<" not in caught.value.failure.text


def test_a_key_that_the_marketplace_repeats_is_hidden() -> None:
    market = shop(Script(httpx.Response(400, json={"message": f"key {KEY} may not"})))
    with pytest.raises(Refused) as caught:
        market.send(market.prepare_ship("A"))
    assert KEY not in caught.value.failure.text + repr(caught.value.exchange)


@pytest.mark.parametrize(("status", "body"), [(200, b"{}"), (201, b""), (204, b""), (200, b'{"cut": ')])
def test_any_success_code_applies_a_write(status: int, body: bytes) -> None:
    market = shop(Script(httpx.Response(status, content=body)))
    assert market.send(market.prepare_ship("A")).exchange.status == status


def test_a_web_page_with_a_success_code_applies_nothing_for_certain() -> None:
    market = shop(Script(httpx.Response(200, text="<!doctype html><title>Sign in</title>")))
    with pytest.raises(Unclear, match="web page"):
        market.send(market.prepare_ship("A"))
