import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from sync.failures import Unclear
from sync.shapes import Attachment, Message, Prepared
from tests.partners.doubles import Script
from tests.partners.forms import parts_of
from tests.partners.sample_shop import shop

MESSAGE = {
    "id": "M1", "body": "Where is it?", "date_created": "2026-11-20T08:36:36.479Z", "to": [],
    "from": {"display_name": "Ada", "type": "CUSTOMER_USER"},
    "attachments": [{"id": "a", "name": "photo.jpg", "size": 2}],
}  # fmt: skip
THREAD: dict[str, Any] = {
    "id": "T1", "topic": {"type": "FREE_TEXT", "value": "Delivery"}, "entities": [{"id": "JL1-A", "type": "MMP_ORDER"}],
    "date_created": "2026-11-20T08:36:36.479Z", "date_updated": "2026-11-21T08:00:00Z",
    "metadata": {"shop_reply_needed_since": "2026-11-21T08:00:00Z", "total_count": 2},
}  # fmt: skip
POSTED = {"message_id": "M2", "thread_id": "T1"}


def test_conversations_are_read_for_orders() -> None:
    script = Script({"data": [THREAD, {"id": "?"}], "next_page_token": "n"})
    page = shop(script).messages.page(
        order_ids=["JL1-A", "JL2-A"], updated_since=datetime(2026, 11, 20, tzinfo=UTC), with_messages=True
    )
    assert script.request.url.path == "/api/inbox/threads"
    assert script.request.url.params.multi_items() == [
        ("entity_type", "MMP_ORDER"), ("entity_id", "JL1-A"), ("entity_id", "JL2-A"),
        ("updated_since", "2026-11-20T00:00:00Z"), ("with_messages", "true"), ("limit", "100"),
    ]  # fmt: skip
    assert (page.next_token, page.unreadable) == ("n", 1)
    (thread,) = page.threads
    assert (thread.thread_id, thread.topic, thread.message_count) == ("T1", "Delivery", 2)
    assert thread.reply_needed_since == datetime(2026, 11, 21, 8, tzinfo=UTC)
    assert (thread.entities, thread.messages) == ((("MMP_ORDER", "JL1-A"),), ())


def test_a_conversation_is_read_with_its_messages() -> None:
    quiet = {**THREAD, "metadata": {"shop_reply_needed_since": None, "total_count": 1}, "messages": [MESSAGE]}
    script = Script(quiet)
    thread = shop(script).messages.thread("T/1")
    assert script.request.url.raw_path == b"/api/inbox/threads/T%2F1"
    assert thread.reply_needed_since is None
    sent_at = datetime(2026, 11, 20, 8, 36, 36, 479_000, tzinfo=UTC)
    assert thread.messages == (Message("M1", sent_at, "CUSTOMER_USER", "Where is it?", ("photo.jpg",)),)


def test_a_conversation_that_cannot_be_read_is_unclear() -> None:
    with pytest.raises(Unclear):
        shop(Script({**THREAD, "messages": [{}]})).messages.thread("T1")


def test_a_conversation_is_opened_with_its_files() -> None:
    script = Script(httpx.Response(201, json=POSTED))
    market = shop(script, shop_id="7")
    files = [Attachment('a "b".pdf', b"%PDF\r\n--x\r\n\x00", "application/pdf"), Attachment("c.txt", b"", "text/plain")]
    write = market.messages.prepare_thread(
        "JL1-A", topic="Delivery", body="Sorry, it is late. \u20ac", to=["CUSTOMER"], attachments=files
    )
    answer = market.send(write)
    assert script.request.url.raw_path == b"/api/orders/JL1-A/threads?shop_id=7"
    first, second, third = parts_of(script.request.headers["Content-Type"], script.request.content)
    assert (first.name, first.content_type, first.file_name) == ("thread_input", "application/json", "")
    assert json.loads(first.content) == {
        "body": "Sorry, it is late. \u20ac",
        "to": ["CUSTOMER"],
        "topic": {"type": "FREE_TEXT", "value": "Delivery"},
    }
    assert (second.name, second.content, second.content_type) == ("files", b"%PDF\r\n--x\r\n\x00", "application/pdf")
    assert second.file_name == "a %22b%22.pdf"
    assert (third.name, third.content) == ("files", b"")
    assert (answer.reference, write.natural_key.split()[0]) == ("T1", "JL1-A")


def test_an_answer_is_posted_into_its_conversation() -> None:
    script = Script(httpx.Response(201, json=POSTED))
    market = shop(script)
    one = market.messages.prepare_reply("T1", body="It left today.", to=["CUSTOMER", "OPERATOR"])
    assert market.send(one).reference == "M2"
    assert script.request.url.path == "/api/inbox/threads/T1/message"
    (part,) = parts_of(script.request.headers["Content-Type"], script.request.content)
    assert part.name == "message_input"
    assert json.loads(part.content) == {
        "body": "It left today.", "to": [{"type": "CUSTOMER"}, {"type": "OPERATOR"}],
    }  # fmt: skip
    other = market.messages.prepare_reply("T1", body="It left yesterday.", to=["CUSTOMER"])
    assert other.natural_key != one.natural_key


@pytest.mark.parametrize("answer", [{}, [], {"thread_id": "T1"}])
def test_a_message_without_an_id_is_unclear(answer: Any) -> None:
    market = shop(Script(httpx.Response(201, json=answer)))
    with pytest.raises(Unclear):
        market.send(market.messages.prepare_reply("T1", body="Hello", to=["CUSTOMER"]))


@pytest.mark.parametrize(
    "prepare",
    [
        lambda port: port.prepare_reply("T1", body="Hi", to=["CUSTOMER"]),
        lambda port: port.prepare_reply("T1", body="x" * 50_001, to=["CUSTOMER"]),
        lambda port: port.prepare_reply("T1", body="Hello", to=[]),
        lambda port: port.prepare_thread("A", topic="", body="Hello", to=["CUSTOMER"]),
        lambda port: port.prepare_thread("A", topic="x", body="Hello", to=[]),
        lambda port: port.prepare_thread("A", topic="x", body="Hello", to=["SHOP"]),
        lambda port: port.prepare_reply(
            "T1", body="Hello", to=["CUSTOMER"], attachments=[Attachment("big", b"x" * (30 * 1024 * 1024 + 1))]
        ),
    ],
)
def test_a_message_that_the_platform_would_refuse_is_not_prepared(prepare: Callable[[Any], Prepared]) -> None:
    with pytest.raises(ValueError):
        prepare(shop(Script({})).messages)
