import csv
import io
from typing import Any

import httpx
import pytest

from sync.failures import Code, Refused, Unclear
from sync.shapes import StockError, StockImport, StockLevel
from tests.partners.doubles import Script
from tests.partners.forms import parts_of
from tests.partners.sample_shop import shop


def uploaded(*levels: StockLevel, delimiter: str = ";") -> list[list[str]]:
    write = shop(Script({})).prepare_stock(levels, batch="b", delimiter=delimiter)
    assert write.body is not None
    (part,) = parts_of(write.content_type, write.body)
    text = part.content.decode()
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


# The file


def test_a_stock_file_is_one_part_of_a_form() -> None:
    script = Script(httpx.Response(201, json={"import_id": "d2b1"}))
    market = shop(script, shop_id="7")
    write = market.prepare_stock([StockLevel("BAG-TAN-01", 4), StockLevel("HAT", 0)], batch="batch 12")
    answer = market.send(write)
    assert (script.request.method, script.request.url.path) == ("POST", "/api/offers/stock/imports")
    assert script.request.url.params["shop_id"] == "7"
    (part,) = parts_of(script.request.headers["Content-Type"], script.request.content)
    assert (part.name, part.file_name, part.content_type) == ("file", "stock.csv", "text/csv")
    assert part.content == (
        b'"offer-sku";"quantity";"warehouse-code";"update-delete"\n"BAG-TAN-01";"4";"";"update"\n"HAT";"0";"";"update"\n'
    )
    assert (write.natural_key, answer.reference) == ("batch 12", "d2b1")
    assert write.body == script.request.content


def test_the_same_levels_are_the_same_bytes() -> None:
    market = shop(Script({}))
    one, two = (market.prepare_stock([StockLevel("A", 1)], batch=batch) for batch in ("1", "2"))
    other = market.prepare_stock([StockLevel("A", 2)], batch="1")
    assert (one.body, one.content_type) == (two.body, two.content_type)
    assert other.content_type != one.content_type


@pytest.mark.parametrize(
    "sku", ['say "hi"', "=1+1", "+44", "-x", "@x", "a;b", "a,b", " padded ", "line\nbreak", "ö€", "007", "'quoted"]
)
@pytest.mark.parametrize("delimiter", [";", ","])
def test_a_sku_travels_as_it_is(sku: str, delimiter: str) -> None:
    assert uploaded(StockLevel(sku, 3), delimiter=delimiter)[1] == [sku, "3", "", "update"]


@pytest.mark.parametrize("quantity", [-1, 1.0, 1.5, "1", None, True, 10**9])
def test_a_quantity_is_a_whole_number_from_zero(quantity: Any) -> None:
    with pytest.raises(ValueError, match="whole number"):
        uploaded(StockLevel("A", quantity))


@pytest.mark.parametrize(
    ("levels", "delimiter"),
    [
        ([], ";"),
        ([StockLevel("", 1)], ";"),
        ([StockLevel("A", 1), StockLevel("A", 2)], ";"),
        ([StockLevel("A", 1)], "\t"),
    ],
)
def test_a_file_that_would_mean_nothing_is_not_prepared(levels: list[StockLevel], delimiter: str) -> None:
    with pytest.raises(ValueError):
        uploaded(*levels, delimiter=delimiter)


@pytest.mark.parametrize("answer", [{"import_id": "7"}, {"import_id": 7}])
def test_the_import_id_is_a_text_or_a_number(answer: dict[str, Any]) -> None:
    market = shop(Script(httpx.Response(202, json=answer)))
    assert market.send(market.prepare_stock([StockLevel("A", 1)], batch="b")).reference == "7"


@pytest.mark.parametrize("answer", [{}, {"import_id": None}, {"import_id": ""}, [], {"import_id": True}])
def test_an_upload_without_an_import_id_is_unclear(answer: Any) -> None:
    market = shop(Script(httpx.Response(201, json=answer)))
    with pytest.raises(Unclear):
        market.send(market.prepare_stock([StockLevel("A", 1)], batch="b"))


def test_a_refused_file_is_refused() -> None:
    market = shop(Script(httpx.Response(400, json={"message": "The file is not a CSV", "status": 400})))
    with pytest.raises(Refused) as caught:
        market.send(market.prepare_stock([StockLevel("A", 1)], batch="b"))
    assert caught.value.failure.code == Code.UNCLASSIFIED


# Where it stands


@pytest.mark.parametrize(
    ("answer", "status", "report", "counts", "over"),
    [
        ({"status": "WAITING", "has_error_report": False}, "WAITING", False, (None, None), False),
        ({"status": "QUEUED"}, "QUEUED", False, (None, None), False),
        ({"status": "RUNNING", "lines_in_success": None}, "RUNNING", False, (None, None), False),
        (
            {"status": "COMPLETE", "has_error_report": True, "lines_in_success": 118, "lines_in_error": 2},
            "COMPLETE",
            True,
            (118, 2),
            True,
        ),
        ({"status": "FAILED", "has_error_report": False}, "FAILED", False, (None, None), True),
    ],
)
def test_a_stock_file_tells_where_it_stands(
    answer: dict[str, Any], status: str, report: bool, counts: tuple[int | None, int | None], over: bool
) -> None:
    script = Script({"import_id": "d/1", "shop_id": 2001, "date_created": "2026-11-23T10:00:00Z", **answer})
    found = shop(script).stock_import("d/1")
    assert script.request.url.raw_path == b"/api/offers/stock/imports/d%2F1/status"
    assert found == StockImport("d/1", status, report, *counts)
    assert found.is_over is over


@pytest.mark.parametrize("answer", [{}, {"status": None}, {"status": "COMPLETE", "lines_in_error": -1}, []])
def test_a_status_that_cannot_be_read_is_unclear(answer: Any) -> None:
    with pytest.raises(Unclear):
        shop(Script(httpx.Response(200, json=answer))).stock_import("1")


# The report

ERROR = StockError(3, "GONE", "The offer does not exist")


@pytest.mark.parametrize(
    "report",
    [
        '"error-line";"error-message";"offer-sku";"quantity"\n"3";"The offer does not exist";"GONE";"5"\n',
        '\ufeff"error-line";"error-message";"offer-sku"\r\n"3";"The offer does not exist";"GONE"\r\n',
        "error-line,error-message,offer-sku\n3,The offer does not exist,GONE\n\n",
        "offer-sku;error_message;Error Line\nGONE;The offer does not exist;3\n",
        "Zeile;Grund;Artikel\n3;The offer does not exist;GONE\n",
        "3;The offer does not exist;GONE;5;;update\n",
        "Ligne;error-message;shop_sku\n3;The offer does not exist;GONE",
    ],
)
def test_refused_lines_are_read_whatever_the_columns_are_called(report: str) -> None:
    script = Script(httpx.Response(200, text=report, headers={"Content-Type": "text/csv"}))
    assert shop(script).stock_errors("7") == [ERROR]
    assert script.request.url.path == "/api/offers/stock/imports/7/error_report"
    assert script.request.headers["Accept"].startswith("text/csv")


def test_a_reason_over_several_lines_stays_one_reason() -> None:
    report = 'error-line;error-message;offer-sku\n"2";"first; part\nsecond ""part""";"A"\n4;"other";B\n'
    assert shop(Script(httpx.Response(200, text=report))).stock_errors("7") == [
        StockError(2, "A", 'first; part\nsecond "part"'),
        StockError(4, "B", "other"),
    ]


def test_a_line_that_is_short_or_unnumbered_keeps_what_it_says() -> None:
    report = "error-line;error-message;offer-sku\n?;no line\n5\n"
    assert shop(Script(httpx.Response(200, text=report))).stock_errors("7") == [
        StockError(None, "", "no line"),
        StockError(5, "", ""),
    ]


def test_a_report_of_its_header_alone_has_no_lines() -> None:
    assert shop(Script(httpx.Response(200, text="error-line;error-message\n"))).stock_errors("7") == []


@pytest.mark.parametrize(
    "report",
    [b"", b"\n\n", b"<html>sign in</html>", b"just words", b'{"message": "no"}', b"\xff\xfe;x", b'a;"b\n'],
)
def test_a_report_that_cannot_be_read_is_unclear(report: bytes) -> None:
    with pytest.raises(Unclear):
        shop(Script(httpx.Response(200, content=report))).stock_errors("7")


def test_a_report_that_is_not_there_is_refused() -> None:
    with pytest.raises(Refused):
        shop(Script(httpx.Response(404))).stock_errors("7")
