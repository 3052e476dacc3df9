"""Which partner systems we can talk to, by the name of their kind."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from sync.partners.mirakl.adapter import MiraklMarketplace
from sync.partners.seko.adapter import SekoWarehouse
from sync.partners.seko.paths import Paths
from sync.partners.seko.push_fields import FieldNames
from sync.ports import Marketplace, Warehouse

Adapter = TypeVar("Adapter")
MARKETPLACES = {"mirakl": MiraklMarketplace}
WAREHOUSES = {"seko": SekoWarehouse}
PUSH_FIELDS = {"seko": FieldNames}
SERVICES = {"seko": Paths}


def marketplace(
    kind: str, url: str, key: str, *, allowed_hosts: Iterable[str], allow_loopback: bool, shop_id: str = ""
) -> Marketplace:
    """Make a marketplace of ``kind``; close it after use.

    Args:
        kind: ``mirakl``.
        url: the instance, without ``/api``.
        key: the API key.
        allowed_hosts: ``host`` or ``host:port`` entries that the deployment allows.
        allow_loopback: whether this computer itself may be a partner.
        shop_id: only where the key's user can see several shops.

    Raises:
        ValueError: the kind is unknown, the address is not allowed or the key cannot be sent.
    """
    adapter = _known(kind, MARKETPLACES)
    return adapter(url, key, shop_id=shop_id, allowed_hosts=allowed_hosts, allow_loopback=allow_loopback)


def warehouse(
    kind: str,
    url: str,
    key: str,
    *,
    status_url: str,
    allowed_hosts: Iterable[str],
    allow_loopback: bool,
    key_parameter: str = "api_key",
    status_key_parameter: str = "token",
    dc_code: str = "",
    push_aliases: Mapping[str, tuple[str, ...]] | None = None,
    versions: Mapping[str, str] | None = None,
    wrapped: bool = False,
) -> Warehouse:
    """Make a warehouse of ``kind``; close it after use.

    Args:
        kind: ``seko``.
        url: the base address with ``/api/``.
        key: the account's key.
        status_url: the address of status readings with ``/api/``; empty = outcomes cannot be read back.
        allowed_hosts: ``host`` or ``host:port`` entries that the deployment allows.
        allow_loopback: whether this computer itself may be a partner.
        key_parameter: name of the query parameter that carries the key.
        status_key_parameter: its name at ``status_url``.
        dc_code: distribution centre of stock readings, where the account has several.
        push_aliases: further names of push fields, by ours.
        versions: versions of services that differ from the published ones.
        wrapped: whether requests go inside a wrapper of their own.

    Raises:
        ValueError: the kind is unknown, an address is not allowed, the key cannot be sent, or an alias or a version
            is for nothing that exists.
    """
    adapter = _known(kind, WAREHOUSES)
    return adapter(
        url,
        key,
        status_url=status_url,
        key_parameter=key_parameter,
        status_key_parameter=status_key_parameter,
        dc_code=dc_code,
        push_aliases=push_aliases,
        versions=versions,
        wrapped=wrapped,
        allowed_hosts=allowed_hosts,
        allow_loopback=allow_loopback,
    )


def check_push_aliases(kind: str, aliases: Mapping[str, tuple[str, ...]]) -> None:
    """Whether a warehouse of ``kind`` reads the push fields that get further names.

    Raises:
        ValueError: it does not; the sentence names those that it reads.
    """
    _known(kind, PUSH_FIELDS)(aliases)


def check_versions(kind: str, versions: Mapping[str, str]) -> None:
    """Whether a warehouse of ``kind`` has the services whose versions are told.

    Raises:
        ValueError: it does not; the sentence names those that it has.
    """
    _known(kind, SERVICES)(versions)


def _known(kind: str, adapters: Mapping[str, Adapter]) -> Adapter:
    if kind not in adapters:
        raise ValueError(f"Unknown kind of partner {kind!r}. Known kinds: {', '.join(sorted(adapters))}.")
    return adapters[kind]
