"""The fault proxy does to a connection what it is told, and nothing otherwise."""

from __future__ import annotations

import socket
import socketserver
import struct
import threading
import time
from collections.abc import Iterator

import pytest

from tests.campaign.processes.proxy import FAIR, Proxy, Weather


class _Echo(socketserver.BaseRequestHandler):
    """Answers every piece with the same piece; notes all that came."""

    def handle(self) -> None:
        while piece := self.request.recv(65536):
            self.server.heard.append(piece)  # type: ignore[attr-defined]
            self.request.sendall(piece)
        self.server.ended += 1  # type: ignore[attr-defined]


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A cut connection is what is wanted here."""


@pytest.fixture
def server() -> Iterator[_Server]:
    with _Server(("127.0.0.1", 0), _Echo) as found:
        found.ended = 0  # type: ignore[attr-defined]
        found.heard = []  # type: ignore[attr-defined]
        threading.Thread(target=found.serve_forever, daemon=True).start()
        yield found
        found.shutdown()


@pytest.fixture
def proxy(server: _Server) -> Iterator[Proxy]:
    found = Proxy(port=server.server_address[1])
    yield found
    found.close()


@pytest.fixture
def client(proxy: Proxy) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", proxy.listen), timeout=5) as found:
        assert _said(found, b"first") == b"first"
        yield found


def _said(client: socket.socket, piece: bytes) -> bytes:
    client.sendall(piece)
    return client.recv(65536)


def _ask_newly(proxy: Proxy) -> None:
    with socket.create_connection(("127.0.0.1", proxy.listen), timeout=5) as client:
        client.sendall(b"?")
        client.recv(1)
        client.recv(1)


def test_by_itself_it_hands_everything_on(proxy: Proxy, client: socket.socket) -> None:
    assert _said(client, b"x" * 10_000)[:1] == b"x"
    assert proxy.counts["connections"] == 1


def test_a_cut_ends_what_is_open_and_the_next_connection_is_well(proxy: Proxy, client: socket.socket) -> None:
    assert proxy.cut() == 1
    assert client.recv(1) == b""
    with socket.create_connection(("127.0.0.1", proxy.listen), timeout=5) as again:
        assert _said(again, b"again") == b"again"


def test_a_reset_is_felt_as_one(proxy: Proxy, client: socket.socket) -> None:
    assert proxy.reset() == 1
    with pytest.raises(ConnectionResetError):
        client.recv(1)


def test_a_half_closed_line_still_carries_what_the_client_says(
    proxy: Proxy, client: socket.socket, server: _Server
) -> None:
    assert proxy.half_close() == 1
    assert client.recv(1) == b""
    client.sendall(b"still here")
    ends = time.monotonic() + 5
    while b"still here" not in server.heard and time.monotonic() < ends:  # type: ignore[attr-defined]
        time.sleep(0.01)
    assert b"still here" in server.heard  # type: ignore[attr-defined]


def test_a_delay_holds_each_piece(proxy: Proxy, client: socket.socket) -> None:
    proxy.set(Weather(delay=0.2))
    began = time.monotonic()
    assert _said(client, b"slow") == b"slow"
    assert time.monotonic() - began >= 0.4
    proxy.set(FAIR)
    began = time.monotonic()
    assert _said(client, b"fast") == b"fast"
    assert time.monotonic() - began < 0.2


def test_a_dripping_line_gives_one_byte_at_a_time(proxy: Proxy, client: socket.socket) -> None:
    proxy.set(Weather(drip=0.1))
    began = time.monotonic()
    client.sendall(b"abcd")
    found = b""
    while len(found) < 4:
        piece = client.recv(65536)
        assert len(piece) == 1
        found += piece
    assert found == b"abcd"
    assert time.monotonic() - began >= 0.25


def test_refusing_resets_whoever_comes_and_leaves_who_is_there(proxy: Proxy, client: socket.socket) -> None:
    proxy.set(Weather(refuse=True))
    with pytest.raises(ConnectionResetError):
        _ask_newly(proxy)
    assert _said(client, b"old") == b"old"
    assert proxy.counts["refused"] == 1


def test_a_silent_line_passes_nothing_until_it_is_fair_again(proxy: Proxy, client: socket.socket) -> None:
    proxy.set(Weather(silent=True))
    client.sendall(b"waits")
    client.settimeout(0.3)
    with pytest.raises(TimeoutError):
        client.recv(1)
    proxy.set(FAIR)
    client.settimeout(5)
    assert client.recv(65536) == b"waits"


def test_a_tripped_line_has_said_it_and_hears_no_answer(proxy: Proxy, client: socket.socket, server: _Server) -> None:
    proxy.trip(b"COMMIT")
    assert _said(client, b"BEGIN") == b"BEGIN"
    client.sendall(b"COMMIT")
    with pytest.raises(ConnectionResetError):
        assert client.recv(65536) == b"an answer"
    ends = time.monotonic() + 5
    while b"COMMIT" not in server.heard and time.monotonic() < ends:  # type: ignore[attr-defined]
        time.sleep(0.01)
    assert b"COMMIT" in server.heard  # type: ignore[attr-defined]
    assert proxy.tripped


def test_the_server_hears_of_a_client_that_is_gone(proxy: Proxy, client: socket.socket, server: _Server) -> None:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # as a killed process ends
    client.close()
    ends = time.monotonic() + 5
    while not server.ended and time.monotonic() < ends:  # type: ignore[attr-defined]
        time.sleep(0.01)
    assert server.ended == 1  # type: ignore[attr-defined]


def test_without_a_server_the_client_is_reset(proxy: Proxy) -> None:
    alone = Proxy(port=1)
    with pytest.raises(ConnectionResetError):
        _ask_newly(alone)
    alone.close()
