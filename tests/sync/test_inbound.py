"""The door for pushes: closed to strangers, open to anything that SEKO may send."""

import json

import pytest
from django.db import connection as database

from exceptions.models import ExceptionRecord
from sync.models import Dispatch, InboundMessage, SecurityEvent
from sync.shapes import DispatchNews, DispatchNewsLine, PushMessage
from tests.sync.doubles import an_order


def door(engine, *, secret: str | None = None, rest: str = "") -> str:
    return f"/push/{engine.connection.name}/{secret or engine.connection.push_secret}/{rest}"


def test_a_wrong_secret_is_refused_and_noted(engine, client):
    answer = client.post(door(engine, secret="wrong"), data=b"{}", content_type="application/json")
    assert answer.status_code == 401
    assert SecurityEvent.objects.get().subject == "shop"
    assert InboundMessage.objects.count() == 0


def test_an_unknown_connection_says_the_same_as_a_wrong_secret(engine, client):
    answer = client.post("/push/nobody/secret/", data=b"{}", content_type="application/json")
    assert answer.status_code == 401
    assert SecurityEvent.objects.count() == 1


def test_an_address_with_a_character_that_no_database_keeps_is_answered_like_any_other(engine, client):
    assert client.post("/push/sh%00op/secret/", data=b"{}", content_type="application/json").status_code == 401
    assert client.post(door(engine, rest="a%00b"), data=b"{}", content_type="application/json").status_code == 200
    assert InboundMessage.objects.get().path == "a\ufffdb"


@pytest.mark.parametrize("rest", ["", "PushDispatchConfirmation", "any/where/at/all"])
def test_anything_may_follow_the_secret(engine, client, rest):
    assert client.post(door(engine, rest=rest), data=b"<x/>", content_type="application/xml").status_code == 200


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"<a>", b"null", b'{"Responses": 3}'])
def test_what_cannot_be_read_is_stored_answered_with_200_and_becomes_an_exception(engine, client, body):
    assert client.post(door(engine), data=body, content_type="application/json").status_code == 200
    engine.run(2)
    assert ExceptionRecord.objects.get().category == "message_unreadable"
    assert InboundMessage.objects.count() == 1


def test_a_body_that_is_too_large_is_refused_before_it_is_read(engine, client, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    answer = client.post(door(engine), data=b"x" * 2000, content_type="application/json")
    assert answer.status_code == 413
    assert "MiB" in json.loads(answer.content)["message"]


def test_only_posting_is_possible(engine, client):
    assert client.get(door(engine)).status_code == 405


def test_the_same_push_twice_is_one_message_and_one_dispatch(engine, client):
    engine.marketplace.put(an_order())
    engine.poll()
    engine.run()
    order = engine.order()
    news = DispatchNews(
        "D1", "1", order.warehouse_number, "", order.warehouse_guid, "DPD", "Next Day", "15501234567890", "", None,
        (DispatchNewsLine("BAG", 1),),
    )  # fmt: skip
    engine.warehouse.pushes = [PushMessage("Dispatch", 7, news)]
    for body in (b'{"a": 1}', b'{"a": 1}', b'{"a": 2}'):
        assert client.post(door(engine), data=body, content_type="application/json").status_code == 200
    engine.run()
    assert InboundMessage.objects.count() == 2
    assert Dispatch.objects.count() == 1
    assert engine.marketplace.count("OR24") == 1


def test_a_gap_in_the_numbering_makes_the_waiting_orders_be_read(engine, client):
    engine.marketplace.put(an_order())
    engine.poll()
    engine.run(4)
    for number, body in ((1, b"1"), (5, b"5")):
        engine.warehouse.pushes = [PushMessage("StockAdjustment", number, None)]
        client.post(door(engine), data=body, content_type="application/json")
        engine.run(1)
    gap = engine.connection.events.get(kind="sequence_gap")
    assert "2 to 4" in gap.title


def test_the_secret_is_stored_encrypted(engine):
    with database.cursor() as cursor:
        cursor.execute("SELECT push_secret, marketplace_key FROM sync_connection")
        stored = cursor.fetchone()
    assert "s" * 40 not in stored[0]
