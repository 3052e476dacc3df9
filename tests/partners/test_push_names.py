"""How a push says what it is and what its fields are called: key, path, aliases (SEKO contract 6.1 and 6.2)."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.partners.seko.push import SERVICES, read_push
from sync.partners.seko.push_fields import NAMES, FieldNames
from sync.shapes import DispatchNews, PushMessage, StockAdjustment

HEAD = {"SequenceNumber": 7, "StockAdjustmentType": "Increase", "InternalId": "A-1"}
LINES = {"StockAdjustmentLineItem": [{"ProductCode": "A", "Quantity": 1}]}


def read(entity: Any, **told: Any) -> PushMessage:
    (message,) = read_push(json.dumps({"Responses": [{"Response": entity}]}).encode(), **told)
    return message


@pytest.mark.parametrize(
    "path",
    ["PushStockAdjustment", "/push/shop/secret/PushStockAdjustment", "x/pushstockadjustment/", "StockAdjustment"],
)
@pytest.mark.parametrize(
    "entity",
    [
        {"Renamed": HEAD, "List": LINES},
        {**HEAD, "List": LINES},
        {**HEAD, "Note": {}, **LINES},
        {"StockAdjustment": HEAD, "List": {"Renamed": LINES["StockAdjustmentLineItem"]}},
    ],
)
def test_the_path_tells_the_service_where_the_body_does_not(path: str, entity: dict[str, Any]) -> None:
    message = read(entity, path=path)
    assert (message.service, message.sequence, message.problem) == ("StockAdjustment", 7, "")
    assert isinstance(message.news, StockAdjustment)
    assert [line.product_code for line in message.news.lines] == ["A"]


def test_the_body_is_believed_before_the_path() -> None:
    assert read({"StockAdjustment": HEAD, "List": LINES}, path="PushTrackingDetails").service == "StockAdjustment"


def test_an_unknown_path_tells_nothing() -> None:
    assert read({"BrandNew": HEAD}, path="PushSomething").service == "BrandNew"
    with pytest.raises(ValueError, match="no service"):
        read(HEAD, path="PushSomething")


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_every_service_is_known_with_and_without_push(service: str) -> None:
    for key in (service, f"Push{service}", service.upper()):
        assert read({key: {"SequenceNumber": 1}}).service == SERVICES[service]


def test_a_connection_may_have_names_of_its_own() -> None:
    names = FieldNames({"dispatchedquantity": ("QtySent", "Sent"), "Courier": ("Haulier",)})
    entity = {
        "Dispatch": {"SequenceNumber": 1, "Haulier": "DPD", "Courier": "X"},
        "List": {
            "DispatchLineItem": [{"ProductCode": "A", "QTYSENT": 2, "Quantity": 5}, {"ProductCode": "B", "Sent": 1}]
        },
    }
    message = read(entity, names=names)
    assert isinstance(message.news, DispatchNews)
    assert message.news.courier == "DPD"
    assert [line.dispatched for line in message.news.lines] == [2, 1]


def test_a_name_that_is_no_field_is_refused_with_those_that_are() -> None:
    with pytest.raises(
        ValueError, match=r"'Colour' is no push field that we read\. Known fields: SequenceNumber, "
    ) as told:
        FieldNames({"Colour": ("Hue",)})
    assert all(name in str(told.value) for name in NAMES)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [*NAMES, "List", "Response", "Dispatch", "StockAdjustment", "GRN", "DispatchLineItem", "x"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=25,
)


@given(document=ANYTHING, path=st.sampled_from(["", "PushGRN", "PushStockOvernightSummary", "/", "//x"]))
def test_whatever_comes_is_read_or_refused_with_a_reason(document: Any, path: str) -> None:
    try:
        messages = read_push(json.dumps(document).encode(), path=path)
    except ValueError as error:
        reason = str(error)
    else:
        reason = "read."
        assert all(message.service for message in messages if not message.problem)
    assert reason.endswith((".", ")"))
