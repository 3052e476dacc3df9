import copy
from typing import Any

import httpx
import pytest

from sync.failures import Unauthorised, Unclear
from sync.shapes import ApprovedCarrier, Reason
from tests.partners.doubles import Script
from tests.partners.sample_shop import shop

ACCOUNT = {
    "shop_id": 2000, "shop_name": "Acme", "currency_iso_code": "GBP", "shop_state": "OPEN", "model": "DROPSHIP",
}  # fmt: skip
CONFIGURATION: dict[str, Any] = {
    "features": {
        "order_workflows": {"order_acceptance": "NOT_AUTOMATIC"},
        "shipment": {"multi_shipment": True, "multi_part_item_shipment": False},
        "disable_seller_alternative_carrier": True,
        "returns": {"marketplace": False, "drop_ship": True, "one_creditor": False},
        "order_tax_mode": "TAX_INCLUDED",
        "operator_csv_delimiter": "COMMA",
    },
    "timezone": "Europe/London",
}
ZONES = {"shipping_zones": [{"code": "GB", "label": "United Kingdom", "description": ""}]}
TYPES = {"shipping_types": [{"code": "STD", "mandatory_tracking": True}, {"code": "CLC", "mandatory_tracking": False}]}
REASONS = {
    "reasons": [
        {"code": "15", "label": "Out of stock", "type": "CANCELATION", "is_shop_right": True},
        {"code": "1", "label": "Not received", "type": "INCIDENT_OPEN", "is_shop_right": False},
    ]
}


def test_the_profile_gathers_five_calls() -> None:
    script = Script(ACCOUNT, CONFIGURATION, ZONES, TYPES, REASONS)
    profile = shop(script).profile()
    assert [request.url.path for request in script.requests] == [
        "/api/account",
        "/api/platform/configuration",
        "/api/shipping/zones",
        "/api/shipping/types",
        "/api/reasons",
    ]
    assert (profile.shop_id, profile.shop_name, profile.currency) == ("2000", "Acme", "GBP")
    assert (profile.shop_state, profile.shop_model, profile.acceptance) == ("OPEN", "DROPSHIP", "NOT_AUTOMATIC")
    assert (profile.multi_shipment, profile.multi_part_items, profile.alternative_carriers_refused) == (
        True,
        False,
        True,
    )
    assert (profile.order_tax_mode, profile.csv_delimiter, profile.timezone) == ("TAX_INCLUDED", ",", "Europe/London")
    assert (profile.shipping_types, profile.tracking_mandatory_for) == (("STD", "CLC"), ("STD",))
    assert profile.shipping_zones == ("GB",)
    assert profile.reasons == (
        Reason("15", "Out of stock", "CANCELATION", ours=True),
        Reason("1", "Not received", "INCIDENT_OPEN", ours=False),
    )


def test_what_the_platform_does_not_say_stays_unsaid() -> None:
    script = Script({"shop_id": 1}, {}, {"shipping_zones": []}, {"shipping_types": []}, {"reasons": []})
    profile = shop(script).profile()
    assert (profile.multi_shipment, profile.alternative_carriers_refused, profile.acceptance) == (None, None, "")
    assert (profile.returns, profile.multi_part_items, profile.csv_delimiter) == (None, None, ";")


@pytest.mark.parametrize("refused", range(5))
@pytest.mark.parametrize("status", [404, 400])
def test_a_refused_call_does_not_hide_the_rest(refused: int, status: int) -> None:
    answers: list[Any] = [ACCOUNT, CONFIGURATION, ZONES, TYPES, REASONS]
    answers[refused] = httpx.Response(status, json={"message": "no", "status": status})
    profile = shop(Script(*answers)).profile()
    told = [
        profile.shop_id == "2000",
        profile.multi_shipment is True,
        profile.shipping_zones == ("GB",),
        profile.shipping_types == ("STD", "CLC"),
        len(profile.reasons) == 2,
    ]
    assert told == [place != refused for place in range(5)]


def test_a_refused_key_ends_the_reading_of_the_profile() -> None:
    with pytest.raises(Unauthorised):
        shop(Script(ACCOUNT, httpx.Response(401))).profile()


@pytest.mark.parametrize(
    ("model", "told", "returns"),
    [
        ("MARKETPLACE", {"marketplace": True, "drop_ship": False}, True),
        ("DROPSHIP", {"marketplace": True, "drop_ship": False}, False),
        ("ONE_CREDITOR", {"marketplace": True}, None),
        ("", {"marketplace": True, "drop_ship": True}, True),
        ("", {"marketplace": True, "drop_ship": False}, None),
        ("A_NEW_MODEL", {}, None),
        ("MARKETPLACE", {"marketplace": True, "a_new_model": {"new": True}}, True),
    ],
)
def test_returns_follow_the_model_of_the_shop(model: str, told: dict[str, Any], returns: bool | None) -> None:
    configuration = copy.deepcopy(CONFIGURATION)
    configuration["features"]["returns"] = told
    script = Script({**ACCOUNT, "model": model}, configuration, ZONES, TYPES, REASONS)
    assert shop(script).profile().returns is returns


def test_the_carrier_list_is_read() -> None:
    rows = [{"code": "DPD", "label": "DPD UK", "standard_code": None, "tracking_url": "https://t/{trackingId}"}]
    assert shop(Script({"carriers": rows})).carriers() == [
        ApprovedCarrier("DPD", "DPD UK", "", "https://t/{trackingId}")
    ]


def test_a_damaged_carrier_list_is_unclear_instead_of_shorter() -> None:
    with pytest.raises(Unclear):
        shop(Script({"carriers": [{"code": "DPD", "label": "DPD"}, {"label": "no code"}]})).carriers()


def test_a_ping_proves_the_key() -> None:
    script = Script({"shop_id": 2000})
    shop(script).ping()
    assert script.request.url.path == "/api/account"
    with pytest.raises(Unauthorised):
        shop(Script(httpx.Response(401))).ping()
    with pytest.raises(Unclear):
        shop(Script(httpx.Response(200, text="<html>log in</html>"))).ping()
