"""The two ports of a connection: one long-lived client per partner and process, rebuilt when its address or key
changes.
"""

import threading
from dataclasses import dataclass

from django.conf import settings

from sync.models import Connection
from sync.partners import registry
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
        connection.policy.dc_code,
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
        warehouse=registry.warehouse(
            connection.warehouse_kind,
            connection.warehouse_url,
            connection.warehouse_key,
            status_url=connection.warehouse_status_url,
            allowed_hosts=hosts,
            allow_loopback=loopback,
            dc_code=connection.policy.dc_code,
        ),
    )
