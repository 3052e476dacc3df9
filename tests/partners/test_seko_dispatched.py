"""What was dispatched in a period, as the older hub tells it (SEKO contract 7.2)."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import httpx
import pytest

from sync.failures import NotSent, Throttled, Unauthorised, Unclear
from tests.partners.doubles import Script
from tests.partners.sample_depot import KEY, refused, seko

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
END = datetime(2026, 3, 2, 11, 30, 15, 999, tzinfo=timezone(timedelta(hours=1)))


def told(held: Any) -> dict[str, Any]:
    return {"Response": {"CallStatus": {"Code": 0, "Message": {}, "Success": True}, "List": held}}


def entry(guid: Any) -> dict[str, Any]:
    return {"DCCode": "DCCL01", "GUID": guid}


@pytest.mark.parametrize(
    ("held", "guids"),
    [
        ({"DispatchLineItem": [entry("A"), entry("B"), entry("A")]}, ["A", "B"]),
        ({"DispatchLineItem": entry("A")}, ["A"]),
        ({"DispatchLineItem": {}}, []),
        ([entry("A")], ["A"]),
        ({}, []),
        (None, []),
        ({"DispatchLineItem": [entry({}), entry(None), "text", entry(" B ")]}, ["B"]),
    ],
)
def test_the_orders_are_named_once_each_whatever_the_shape(held: Any, guids: list[str]) -> None:
    script = Script(told(held))
    assert seko(script).dispatched_between(START, END) == guids
    assert script.request.url.raw_path.decode() == (
        f"/hub/api/dispatches/v1/status/2026-03-02T09:00:00Z/2026-03-02T10:30:15Z.json?status=Dispatched&token={KEY}"
    )


def test_the_distribution_centre_is_asked_for_where_it_is_set() -> None:
    script = Script(told({}))
    seko(script, dc_code="DC 1").dispatched_between(START, END)
    assert script.request.url.params["dc"] == "DC 1"


@pytest.mark.parametrize("wrapped", [True, False])
def test_nothing_found_is_an_empty_answer(wrapped: bool) -> None:
    script = Script(refused("No results found for search criteria", wrapped=wrapped))
    assert seko(script).dispatched_between(START, END) == []


@pytest.mark.parametrize(
    ("response", "error"),
    [
        (httpx.Response(200, json=refused({})), Unclear),
        (httpx.Response(200, json=refused("Database is busy", wrapped=True)), Unclear),
        (httpx.Response(200, content=b""), Unclear),
        (httpx.Response(200, text="<html>Server Error</html>"), Unclear),
        (httpx.Response(404, text="<html>404 - File or directory not found.</html>"), Unclear),
        (httpx.Response(500), Unclear),
        (httpx.Response(401), Unauthorised),
        (httpx.Response(429), Throttled),
    ],
)
def test_a_failed_reading_is_never_an_empty_one(response: httpx.Response, error: type[Exception]) -> None:
    with pytest.raises(error):
        seko(Script(response)).dispatched_between(START, END)


def test_without_an_older_hub_nothing_is_asked() -> None:
    script = Script(told({}))
    with pytest.raises(NotSent):
        seko(script, status_url="").dispatched_between(START, END)
    assert script.requests == []
