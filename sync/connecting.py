"""Making and changing a connection: addresses checked, keys stored encrypted, a push URL of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings as configuration
from django.db import transaction

from sync import feeds
from sync.models import Connection
from sync.partners import registry
from sync.partners_of import warehouse_with
from sync.policy import Policy


@dataclass(frozen=True, slots=True)
class Address:
    """Which kind of partner is where."""

    kind: str
    url: str


@transaction.atomic
def connect(
    name: str,
    *,
    marketplace: Address,
    warehouse: Address,
    status_url: str,
    marketplace_key: str,
    warehouse_key: str,
    settings_text: Sequence[str] = (),
) -> Connection:
    """Create the connection ``name``, or change it. Its push secret is made once and kept.

    An empty key keeps the stored one, unless the address changed: a key never follows to another host. Raises
    ``ValueError`` with a sentence that says what to set.
    """
    known = Connection.objects.select_for_update(no_key=True).filter(name=name).first()
    kept_marketplace = known.marketplace_key if known and known.marketplace_url == marketplace.url else ""
    kept_warehouse = known.warehouse_key if known and known.warehouse_url == warehouse.url else ""
    keys = {
        "JLSEKO_MARKETPLACE_KEY": marketplace_key or kept_marketplace,
        "JLSEKO_WAREHOUSE_KEY": warehouse_key or kept_warehouse,
    }
    for variable, key in keys.items():
        if not key:
            raise ValueError(f"Set {variable} to the key that the partner gave you, then run this again.")
    status = status_url or warehouse.url
    chosen = (known.settings if known else {}) | _read_settings(settings_text)
    _check_addresses(marketplace, warehouse, status, keys, Policy.of(chosen))
    values: dict[str, Any] = {
        "marketplace_kind": marketplace.kind,
        "marketplace_url": marketplace.url,
        "marketplace_key": keys["JLSEKO_MARKETPLACE_KEY"],
        "warehouse_kind": warehouse.kind,
        "warehouse_url": warehouse.url,
        "warehouse_status_url": status,
        "warehouse_key": keys["JLSEKO_WAREHOUSE_KEY"],
        "settings": chosen,
    }
    if known is None:
        values["push_secret"] = Connection.new_push_secret()
    connection, _ = Connection.objects.update_or_create(name=name, defaults=values)
    feeds.ensure_states()
    return connection


def _check_addresses(
    marketplace: Address, warehouse: Address, status_url: str, keys: dict[str, str], policy: Policy
) -> None:
    """Building the clients runs the same host guard as every later call."""
    hosts, loopback = configuration.ALLOWED_REMOTE_HOSTS, configuration.ALLOW_LOOPBACK_PARTNERS
    registry.marketplace(
        marketplace.kind,
        marketplace.url,
        keys["JLSEKO_MARKETPLACE_KEY"],
        allowed_hosts=hosts,
        allow_loopback=loopback,
    ).close()
    warehouse_with(
        policy, kind=warehouse.kind, url=warehouse.url, status_url=status_url, key=keys["JLSEKO_WAREHOUSE_KEY"]
    ).close()


def _read_settings(texts: Sequence[str]) -> dict[str, Any]:
    values = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise ValueError(f"A setting is given as name=value, not {text!r}.")
        values[name.strip()] = Policy.parse(name.strip(), value.strip())
    return values


def push_path(connection: Connection) -> str:
    """The path that SEKO pushes to; it holds the secret, so it is shown to admins only."""
    return f"/push/{connection.name}/{connection.push_secret}/"
