import gzip
import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from sync.failures import NotSent, PartnerError, Throttled, Unauthorised, Unclear
from sync.partners.answers import retry_after
from sync.partners.transport import Limits, Transport, segment
from tests.partners.loopback import answer, loopback

KEY = "5e0a4c0e-6a1b-4a9e-9a3e-0f4f6d2b7a11"
QUICK = Limits(connect=0.5, read=0.4, write=0.5, total=0.8, reads_total=0.8, pause=0.01)


def transport(url: str, *, limits: Limits = QUICK, parameter: str = "", header: str = "Authorization") -> Transport:
    return Transport(url, key=KEY, header=header, parameter=parameter, allow_loopback=True, limits=limits)


def test_a_good_answer_is_handed_over_with_its_exchange() -> None:
    with loopback(answer(b'{"a": 1}', headers="Date: Mon, 23 Nov 2026 10:00:00 GMT\r\n")) as server:
        reply = transport(server.url).read("A01", "/api/account?x=1")
    assert reply.json() == {"a": 1}
    assert reply.date == datetime(2026, 11, 23, 10, tzinfo=UTC)
    assert (reply.exchange.method, reply.exchange.path, reply.exchange.status) == ("GET", "/api/account?x=1", 200)
    assert reply.exchange.response_body == '{"a": 1}'
    assert b"GET /api/account?x=1 HTTP/1.1" in server.received[0]
    assert f"Authorization: {KEY}".encode() in server.received[0]


def test_one_connection_serves_many_calls() -> None:
    with loopback(answer()) as server:
        client = transport(server.url)
        for _ in range(5):
            client.read("A01", "/api/account")
    assert server.connections == 1


def test_many_threads_share_one_client() -> None:
    with loopback(answer(b'{"ok": true}')) as server:
        client = transport(server.url, limits=Limits())
        replies: list[object] = []
        threads = [threading.Thread(target=lambda: replies.append(client.read("A01", "/x").json())) for _ in range(32)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert replies == [{"ok": True}] * 32


def _cut_off(connection: socket.socket, _: bytes) -> None:
    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"half": ')
    connection.shutdown(socket.SHUT_RDWR)


def _silent(_: socket.socket, __: bytes) -> None:
    time.sleep(2)


def _reset(connection: socket.socket, _: bytes) -> None:
    connection.shutdown(socket.SHUT_RDWR)


def _drip_body(connection: socket.socket, _: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(100):
        connection.sendall(b" ")
        time.sleep(0.1)


def _drip_headers(connection: socket.socket, _: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for number in range(100):
        connection.sendall(f"X-{number}: 1\r\n".encode())
        time.sleep(0.1)


def _not_http(connection: socket.socket, _: bytes) -> None:
    connection.sendall(b"SSH-2.0-OpenSSH\r\n\r\n")


def _bomb(connection: socket.socket, request: bytes) -> None:
    answer(gzip.compress(b" " * 30_000_000), headers="Content-Encoding: gzip\r\n")(connection, request)


def _cut_gzip(connection: socket.socket, request: bytes) -> None:
    answer(gzip.compress(b'{"a": "' + b"b" * 5000 + b'"}')[:-12], headers="Content-Encoding: gzip\r\n")(
        connection, request
    )


def _endless(connection: socket.socket, _: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(400):
        connection.sendall(b"10000\r\n" + b" " * 65_536 + b"\r\n")


@pytest.mark.parametrize(
    "behaviour",
    [
        _cut_off,
        _silent,
        _reset,
        _drip_body,
        _drip_headers,
        _not_http,
        _bomb,
        _cut_gzip,
        _endless,
        answer(b"{}" + b" " * 20_000_000),
        answer(b"x", headers="Content-Encoding: br\r\n"),
        answer(b"x", headers="Content-Encoding: gzip\r\n"),
        answer(b"<html>", status="500 Oops"),
        answer(b"", status="503 Busy"),
        answer(b"", status="504 Late"),
        answer(b"", status="302 Found", headers="Location: /elsewhere\r\n"),
        answer(b"", status="408 Slow"),
    ],
)
def test_a_write_whose_answer_did_not_arrive_is_unclear_and_was_sent_once(behaviour: Callable[..., None]) -> None:
    with loopback(behaviour) as server:
        began = time.monotonic()
        with pytest.raises(Unclear) as caught:
            transport(server.url).write("OR24", "PUT", "/api/orders/1/ship", None)
        assert time.monotonic() - began < 2.5
    assert len(server.received) == 1
    assert caught.value.exchange is not None
    assert caught.value.exchange.operation == "OR24"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"   ", "empty"),
        (b"<!DOCTYPE html><title>404</title>", "web page"),
        (b'{"a": ', "not JSON"),
        (b'{"a": NaN}', "NaN"),
        (b'{"a": 1e999}', "out of range"),
        (b'{"a": "\xff"}', "UTF-8"),
        (b'\xef\xbb\xbf{"a": 1}', "byte order mark"),
        (b"[" * 200 + b"]" * 200, "too deeply"),
        (b"[" * 100_000 + b"]" * 100_000, "too deeply"),
        (b"1" * 6000, "cannot be read"),
    ],
)
def test_a_body_that_is_no_plain_json_is_unclear(content: bytes, says: str) -> None:
    with loopback(answer(content)) as server:
        reply = transport(server.url).read("A01", "/api/account")
    with pytest.raises(Unclear, match=says) as caught:
        reply.json()
    assert caught.value.exchange is reply.exchange


def test_texts_that_no_database_stores_are_made_storable() -> None:
    with loopback(answer(rb'{"a": "x\u0000y\ud800z \ud83d\ude00"}')) as server:
        reply = transport(server.url).read("A01", "/")
    assert reply.json() == {"a": "x\ufffdy\ufffdz 😀"}


def test_a_refused_connection_was_certainly_not_sent() -> None:
    with loopback(answer()) as server:
        url = server.url
    with pytest.raises(NotSent, match="refused") as caught:
        transport(url).write("OR24", "PUT", "/ship", None)
    assert caught.value.exchange is not None
    assert caught.value.exchange.status is None


def test_a_failed_handshake_was_certainly_not_sent() -> None:
    with loopback(lambda connection, _: None) as server:
        url = server.url.replace("http://", "https://")
        with pytest.raises(NotSent):
            transport(url).write("OR24", "PUT", "/ship", None)


def test_a_name_that_points_to_a_private_network_is_not_connected(monkeypatch: pytest.MonkeyPatch) -> None:
    reached: list[object] = []
    monkeypatch.setattr(socket, "create_connection", lambda *args, **_: reached.append(args))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("10.0.0.7", 443))])
    client = Transport("https://jl.mirakl.net", key=KEY, allowed_hosts=["jl.mirakl.net"], limits=QUICK)
    with pytest.raises(NotSent, match="private network"):
        client.write("OR24", "PUT", "/ship", None)
    assert reached == []


def test_an_unknown_name_was_certainly_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    client = Transport("https://jl.mirakl.net", key=KEY, allowed_hosts=["jl.mirakl.net"], limits=QUICK)
    with pytest.raises(NotSent, match="could not be found"):
        client.write("OR24", "PUT", "/ship", None)


def test_a_certificate_that_nobody_signed_was_certainly_not_sent() -> None:
    def inner(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("x", request=request) from ssl.SSLCertVerificationError("self-signed")

    client = Transport(
        "https://jl.mirakl.net", key=KEY, allowed_hosts=["jl.mirakl.net"], inner=httpx.MockTransport(inner)
    )
    with pytest.raises(NotSent, match="certificate"):
        client.write("OR24", "PUT", "/ship", None)


def test_a_closed_client_sends_nothing() -> None:
    with loopback(answer()) as server:
        client = transport(server.url)
        client.close()
        with pytest.raises(NotSent):
            client.write("OR24", "PUT", "/ship", None)
    assert server.received == []


def test_a_read_is_tried_three_times_when_the_connection_breaks() -> None:
    with loopback(_reset) as server:
        with pytest.raises(Unclear):
            transport(server.url).read("A01", "/api/account")
        assert len(server.received) == 3


def test_a_read_succeeds_on_its_second_try() -> None:
    turns = iter([_reset, answer(b'{"a": 1}')])

    def take_turns(connection: socket.socket, request: bytes) -> None:
        next(turns)(connection, request)

    with loopback(take_turns) as server:
        assert transport(server.url).read("A01", "/").json() == {"a": 1}


def test_a_read_is_not_repeated_when_the_partner_itself_failed() -> None:
    with loopback(answer(b"", status="500 Oops")) as server:
        with pytest.raises(Unclear):
            transport(server.url).read("A01", "/")
        assert len(server.received) == 1


def test_all_tries_of_a_read_end_with_its_time() -> None:
    with loopback(_silent) as server:
        began = time.monotonic()
        with pytest.raises(Unclear, match="in time"):
            transport(server.url, limits=Limits(read=0.3, reads_total=0.5, pause=0.01)).read("A01", "/")
        assert time.monotonic() - began < 0.9


@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden"])
def test_a_refused_key_is_told_apart_even_without_a_body(status: str) -> None:
    with loopback(answer(b"", status=status)) as server, pytest.raises(Unauthorised):
        transport(server.url).write("OR24", "PUT", "/ship", None)


def test_too_many_calls_carry_the_time_to_wait() -> None:
    slow_down = answer(b"", status="429 Slow down", headers="Retry-After: 17\r\n")
    with loopback(slow_down) as server, pytest.raises(Throttled) as caught:
        transport(server.url).write("OR24", "PUT", "/ship", None)
    assert caught.value.retry_after == 17


NOW = datetime(2026, 11, 23, 10, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("", 2),
        ("30", 30),
        ("0", 1),
        ("-1", 1),
        ("9e9", 3600),
        ("inf", 3600),
        ("nan", 2),
        ("soon", 2),
        ("99999999999999999999", 3600),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90),
        (format_datetime(NOW - timedelta(days=1), usegmt=True), 1),
        (format_datetime(NOW + timedelta(days=9), usegmt=True), 3600),
        ("Mon, 99 Nov 2026 99:00:00 GMT", 2),
    ],
)
def test_the_time_to_wait_is_always_sensible(header: str, seconds: float) -> None:
    assert retry_after(header, now=NOW) == seconds


def test_the_key_never_stays_in_what_is_kept(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    echo = f'{{"message": "no {KEY} and {KEY.upper()} at /x?api_key={KEY}&token=abc"}}'.encode()
    with loopback(answer(echo, status="400 Bad")) as server:
        client = transport(server.url, header="", parameter="api_key")
        reply = client.write("websubmit", "POST", "/x?a=1", f"body {KEY}".encode(), content_type="application/json")
    kept = repr(reply.exchange)
    assert f"api_key={KEY}".encode() in server.received[0]
    assert KEY.lower() not in kept.lower()
    assert "token=abc" not in kept
    assert reply.exchange.path == "/x?a=1"
    assert KEY not in caplog.text


def test_a_key_across_the_cut_leaves_no_half() -> None:
    body = b"x" * 1990 + KEY.encode() + b"y" * 500
    with loopback(answer(body)) as server:
        reply = transport(server.url).read("A01", "/")
    assert KEY[:6] not in reply.exchange.response_body
    assert len(reply.exchange.response_body) == 2000


def test_cookies_are_not_kept() -> None:
    with loopback(answer(headers="Set-Cookie: session=1; Path=/\r\n")) as server:
        client = transport(server.url)
        client.read("A01", "/")
        client.read("A01", "/")
    assert b"session" not in server.received[1]


@pytest.mark.parametrize("key", ["", "two words", "line\nbreak", "schlüssel"])
def test_a_key_that_cannot_be_sent_is_refused_without_repeating_it(key: str) -> None:
    with pytest.raises(ValueError, match="key") as caught:
        Transport("http://127.0.0.1", key=key, allow_loopback=True)
    assert not key or key not in str(caught.value)


def test_environment_proxies_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    with loopback(answer()) as server:
        assert transport(server.url).read("A01", "/").is_success


def test_an_id_cannot_climb_out_of_its_path() -> None:
    assert segment("../../x y") == "..%2F..%2Fx%20y"
    assert segment("..") == "%2E%2E"


def test_every_failure_is_a_partner_error() -> None:
    for kind in (NotSent, Throttled, Unauthorised, Unclear):
        assert issubclass(kind, PartnerError)
