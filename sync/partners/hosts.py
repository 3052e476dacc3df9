"""Where a partner may live: which addresses may be connected, and which network addresses may be reached.

The first check is of the written URL, before a client is built. The second is of the resolved address, at the moment of
connecting and on the very address that is then connected, so that a name cannot point elsewhere in between.
"""

import ipaddress
import re
import socket
from collections.abc import Iterable

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_URL = re.compile(r"(https?)://(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::([0-9]{1,5}))?(/[A-Za-z0-9._~/-]*)?", re.IGNORECASE)
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_NUMBER_LIKE = re.compile(r"[0-9]+|0x[0-9a-f]*")
_DEFAULT_PORT = {"https": 443, "http": 80}
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")  # IPv4 addresses behind a translator (RFC 6052)


def allow(url: str, allowed_hosts: Iterable[str], allow_loopback: bool) -> None:
    """Check that ``url`` may be a partner's base address.

    Args:
        url: scheme, host, optional port and plain path; no user, query or fragment.
        allowed_hosts: ``host`` (port 443) or ``host:port`` entries that the deployment allows.
        allow_loopback: whether this computer itself may be a partner, also over http and without an entry in the list.

    Raises:
        ValueError: with a sentence that says what to set.
    """
    match = _URL.fullmatch(url)
    if match is None:
        raise ValueError("Give the address as https://host/path, without user name, query or spaces.")
    scheme, host = match[1].lower(), match[2].lower()
    port = int(match[3]) if match[3] else _DEFAULT_PORT[scheme]
    if not 0 < port < 65_536:
        raise ValueError(f"Port {port} does not exist; use one from 1 to 65535.")
    address = _literal(host)
    if host == "localhost" or (address is not None and address.is_loopback):
        if not allow_loopback:
            raise ValueError(
                "The address points to this computer. Only the simulated partners live here; "
                "set JLSEKO_ALLOW_LOOPBACK_PARTNERS to use them."
            )
        return
    if scheme != "https":
        raise ValueError("The address must begin with https://.")
    if address is not None and not _is_public(address):
        raise ValueError(f"{host} is not a public address; a partner is reached by its public host name.")
    if (host, port) not in {_entry(entry) for entry in allowed_hosts}:
        wanted = host if port == 443 else f"{host}:{port}"
        raise ValueError(f"{wanted} is not an allowed partner host. Add it to ALLOWED_REMOTE_HOSTS.")


def resolve(host: str, port: int, *, allow_loopback: bool) -> list[str]:
    """Resolve a host name and return its addresses, in the resolver's order.

    The look-up itself cannot be given a time limit; the resolver's own applies.

    Raises:
        OSError: the name cannot be resolved.
        PermissionError: an address of the name is private, link-local, reserved or a mapped IPv4 address.
    """
    found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for text in addresses:
        address = ipaddress.ip_address(text.split("%")[0])
        if not (_is_public(address) or (allow_loopback and address.is_loopback)):
            raise PermissionError(f"{host} resolves to an address inside a private network.")
    return addresses


def _literal(host: str) -> IPAddress | None:
    """The IP address that ``host`` spells canonically, None for a name; other spellings raise ``ValueError``."""
    bare = host.strip("[]")
    if host.startswith("[") or _NUMBER_LIKE.fullmatch(host.rsplit(".", 1)[-1]):
        try:
            address = ipaddress.ip_address(bare)
        except ValueError:
            address = None
        if address is None or str(address) != bare:
            raise ValueError(f"{host} is an unusual way to write a network address; give the host name.")
        return address
    if len(host) > 253 or not _NAME.fullmatch(host):
        raise ValueError(f"{host} is not a host name.")
    return None


def _is_public(address: IPAddress) -> bool:
    """Whether the address is on the open internet, and not an IPv4 address in an IPv6 coat."""
    if isinstance(address, ipaddress.IPv6Address):
        embeds = address.ipv4_mapped or address.sixtofour or address.teredo or address in _TRANSLATED
        if embeds:
            return False
    return address.is_global and not address.is_multicast


def _entry(text: str) -> tuple[str, int]:
    """An allow-list entry as (host, port); a malformed one matches nothing."""
    host, colon, port = text.strip().lower().rpartition(":")
    if not colon or port.endswith("]"):
        return text.strip().lower(), 443
    return host, int(port) if port.isdigit() else 0
