"""Logs carry no key, no token and no body, whoever writes them."""

import io
import logging
import logging.config

import pytest
import structlog

from jlseko.logs import HIDDEN, logger, logging_config, redact

SECRET = "s3cr3t-value"


@pytest.mark.parametrize(
    "text",
    [
        f"GET https://wms.example/api/x.json?api_key={SECRET}&q=1",
        f"GET https://wms.example/api/x.json?token={SECRET}",
        f"Authorization: Bearer {SECRET}",
        f"{{'authorization': '{SECRET}'}}",
        f"POST /push/demo/{SECRET}/PushDispatchConfirmation",
    ],
)
def test_a_secret_inside_a_text_is_hidden(text: str) -> None:
    assert SECRET not in redact(text)
    assert HIDDEN in redact(text)


def test_what_is_not_secret_stays() -> None:
    assert redact("order JL1 sent, token bucket empty, key=3") == "order JL1 sent, token bucket empty, key=3"


@pytest.fixture
def lines():
    """Everything that the configured logging writes."""
    stream = io.StringIO()
    before = logging.root.handlers[:], logging.root.level
    config = logging_config(level="INFO", as_json=True)
    config["handlers"]["stderr"]["stream"] = stream
    logging.config.dictConfig(config)
    yield stream
    logging.root.handlers[:], logging.root.level = before[0], before[1]
    structlog.reset_defaults()


def test_lines_of_the_product_and_of_libraries_are_cleaned(lines) -> None:
    logger("jlseko.test").info("order.sent", order_id="JL1", api_key=SECRET, body=SECRET, url=f"/push/demo/{SECRET}/x")
    logging.getLogger("library").warning("called %s", f"http://wms.example/?api_key={SECRET}")
    written = lines.getvalue()
    assert "JL1" in written
    assert "called" in written
    assert SECRET not in written
    assert len(written.splitlines()) == 2


def test_a_newline_in_a_value_cannot_forge_a_line(lines) -> None:
    logger("jlseko.test").info("order.sent", reference='a\n{"event": "forged"}')
    assert len(lines.getvalue().splitlines()) == 1


def test_httpx_does_not_log_addresses(lines) -> None:
    logging.getLogger("httpx").info("HTTP Request: GET https://wms.example")
    assert lines.getvalue() == ""
