"""The tests cannot leave this machine, and this proves that the guard is on."""

import socket

import pytest
from pytest_socket import SocketConnectBlockedError

from jlseko import embedded


@pytest.mark.filterwarnings("ignore:A test tried to use")
@pytest.mark.parametrize("address", ["192.0.2.1", "198.51.100.7"])
def test_connecting_to_another_machine_is_refused_at_once(address: str) -> None:
    with socket.socket() as client, pytest.raises(SocketConnectBlockedError):
        client.connect((address, 443))


def test_connecting_to_this_machine_is_allowed() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        with socket.create_connection(server.getsockname(), timeout=5) as client:
            assert client.getpeername() == server.getsockname()


def test_the_servers_of_the_tests_listen_on_no_network_address() -> None:
    if embedded.missing():
        place = embedded.home(embedded.data_dir())
        arguments = (place / "postgres" / "postmaster.opts").read_text()
        assert '"listen_addresses="' in arguments
