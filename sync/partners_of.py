"""The two ports of a connection: one long-lived client per partner and process, rebuilt when its address or key
changes.
"""

import threading
from dataclasses import dataclass

from django.conf import settings

from sync.models import Connection
from sync.partners import registry
from sync.policy import Policy, read_aliases, read_versions
from sync.ports import Marketplace, Warehouse


@dataclass(frozen=True, slots=True)
class Partners:
    """Both sides of one connection."""

    marketplace: Marketplace
    warehouse: Warehouse


_open: dict[int, tuple[tuple[str, ...], Partners]] = {}
_lock = threading.Lock()


def partners_of(connection: Connection) -> Partners:
    """The clients of a connection. Raises ``ValueError`` with a plain sentence when an address is not allowed."""
    identity = (
        connection.marketplace_kind, connection.marketplace_url, connection.marketplace_key,
        connection.warehouse_kind, connection.warehouse_url, connection.warehouse_status_url, connection.warehouse_key,
        *_warehouse_settings(connection.policy),
    )  # fmt: skip
    with _lock:
        known = _open.get(connection.pk)
        if known and known[0] == identity:
            return known[1]
        partners = _build(connection)
        if known:
            known[1].marketplace.close()
            known[1].warehouse.close()
        _open[connection.pk] = (identity, partners)
        return partners


def _build(connection: Connection) -> Partners:
    hosts, loopback = settings.ALLOWED_REMOTE_HOSTS, settings.ALLOW_LOOPBACK_PARTNERS
    return Partners(
        marketplace=registry.marketplace(
            connection.marketplace_kind,
            connection.marketplace_url,
            connection.marketplace_key,
            allowed_hosts=hosts,
            allow_loopback=loopback,
        ),
        warehouse=warehouse_with(
            connection.policy,
            kind=connection.warehouse_kind,
            url=connection.warehouse_url,
            status_url=connection.warehouse_status_url,
            key=connection.warehouse_key,
        ),
    )


def warehouse_with(policy: Policy, *, kind: str, url: str, status_url: str, key: str) -> Warehouse:
    """A warehouse client with the settings of a connection; close it after use.

    Raises ``ValueError`` with a plain sentence when an address, the key or a setting cannot be used.
    """
    return registry.warehouse(
        kind,
        url,
        key,
        status_url=status_url,
        allowed_hosts=settings.ALLOWED_REMOTE_HOSTS,
        allow_loopback=settings.ALLOW_LOOPBACK_PARTNERS,
        key_parameter=policy.warehouse_key_parameter,
        status_key_parameter=policy.warehouse_status_key_parameter,
        dc_code=policy.dc_code,
        push_aliases=read_aliases(policy.push_aliases),
        versions=read_versions(policy.warehouse_versions),
        wrapped=policy.warehouse_wrapped,
    )


def _warehouse_settings(policy: Policy) -> tuple[str, ...]:
    """The settings that a warehouse client is made with."""
    return (
        policy.warehouse_key_parameter, policy.warehouse_status_key_parameter, policy.dc_code, policy.push_aliases,
        policy.warehouse_versions, str(policy.warehouse_wrapped),
    )  # fmt: skip
