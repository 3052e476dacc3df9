import socket

import pytest

from sync.partners import hosts
from sync.partners.hosts import allow, resolve

LIST = ("jl.mirakl.net", "ihub.supplystream.com:8081")


@pytest.mark.parametrize(
    "url",
    [
        "https://jl.mirakl.net",
        "https://JL.mirakl.net/",
        "https://jl.mirakl.net:443",
        "https://ihub.supplystream.com:8081/api/",
    ],
)
def test_a_listed_host_is_allowed(url: str) -> None:
    allow(url, LIST, allow_loopback=False)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9000", "http://localhost:9000/api/", "https://[::1]:9000", "http://127.9.9.9"]
)
def test_this_computer_is_allowed_only_where_it_was_asked_for(url: str) -> None:
    allow(url, (), allow_loopback=True)
    with pytest.raises(ValueError, match="JLSEKO_ALLOW_LOOPBACK_PARTNERS"):
        allow(url, (*LIST, "127.0.0.1:9000", "localhost:9000"), allow_loopback=False)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("https://elsewhere.example", "Add it to ALLOWED_REMOTE_HOSTS"),
        ("https://jl.mirakl.net:8443", "jl.mirakl.net:8443 is not an allowed"),
        ("https://ihub.supplystream.com/api/", "ihub.supplystream.com is not an allowed"),
        ("https://sub.jl.mirakl.net", "ALLOWED_REMOTE_HOSTS"),
        ("https://jl.mirakl.net.evil.example", "ALLOWED_REMOTE_HOSTS"),
        ("http://jl.mirakl.net", "https://"),
        ("ftp://jl.mirakl.net", "without user name"),
        ("https://user:pass@jl.mirakl.net", "without user name"),
        ("https://jl.mirakl.net?x=1", "without user name"),
        ("https://jl.mirakl.net/#x", "without user name"),
        ("https://jl.mirakl.net\\@evil.example", "without user name"),
        ("https://jl.mirakl.net ", "without user name"),
        ("https://jl.mirakl.net:99999", "Port"),
        ("https://jl.mirakl.net.", "not a host name"),
        ("https://2130706433", "unusual"),
        ("https://0x7f.0.0.1", "unusual|not a host"),
        ("https://127.0.0.0x1", "unusual"),
        ("https://127.1", "unusual"),
        ("https://0177.0.0.1", "unusual"),
        ("https://[::ffff:127.0.0.1]", "unusual|public"),
        ("https://10.0.0.5", "public"),
        ("https://169.254.169.254", "public"),
        ("", "without user name"),
    ],
)
def test_any_other_address_is_refused_with_a_sentence_that_helps(url: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        allow(url, (*LIST, "127.1", "10.0.0.5", "169.254.169.254", "2130706433"), allow_loopback=False)


@pytest.mark.parametrize(
    "url", ["https://127.1", "https://2130706433", "https://[::ffff:7f00:1]", "https://0177.0.0.1"]
)
def test_odd_spellings_of_this_computer_are_refused_even_where_it_is_allowed(url: str) -> None:
    with pytest.raises(ValueError, match=r"unusual|public"):
        allow(url, (), allow_loopback=True)


@pytest.mark.parametrize(
    "address", ["10.1.2.3", "192.168.0.1", "169.254.169.254", "127.0.0.1", "100.64.0.1", "0.0.0.0", "224.0.0.1",
                "::1", "fe80::1", "fd00::1", "::ffff:8.8.8.8", "64:ff9b::7f00:1", "2002:7f00:1::"],
)  # fmt: skip
def test_a_name_that_points_inside_is_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosts.socket, "getaddrinfo", _answering("93.184.216.34", address))
    with pytest.raises(PermissionError):
        resolve("jl.mirakl.net", 443, allow_loopback=False)


def test_a_name_that_points_outside_gives_its_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosts.socket, "getaddrinfo", _answering("93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"))
    assert resolve("jl.mirakl.net", 443, allow_loopback=False)[0] == "93.184.216.34"


def _answering(*addresses: str) -> object:
    def getaddrinfo(_host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    return getaddrinfo
