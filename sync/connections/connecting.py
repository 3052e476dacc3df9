"""Making and changing a connection: addresses checked, keys stored encrypted, a push URL of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings as configuration
from django.db import transaction

from jlseko.clock import business_now
from sync import limits, timeline
from sync.loop import feeds
from sync.models import Connection, Side
from sync.partners import registry
from sync.partners_of import warehouse_with
from sync.policy import Policy
from sync.ports import Port

if TYPE_CHECKING:
    from django.contrib.auth.models import User

OVERLAP = timedelta(hours=24)
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


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
    status = status_url or warehouse.url
    stays = known is not None and (known.warehouse_url, known.warehouse_status_url) == (warehouse.url, status)
    kept_warehouse = known.warehouse_key if known and stays else ""
    keys = {
        "JLSEKO_MARKETPLACE_KEY": marketplace_key or kept_marketplace,
        "JLSEKO_WAREHOUSE_KEY": warehouse_key or kept_warehouse,
    }
    for variable, key in keys.items():
        if not key:
            raise ValueError(f"Set {variable} to the key that the partner gave you, then run this again.")
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
    for side, given in ((Side.MARKETPLACE, marketplace_key), (Side.WAREHOUSE, warehouse_key)):
        values |= {f"{side}_key_set_at": business_now(), f"{side}_key_set_by": None} if given else {}
    connection, _ = Connection.objects.update_or_create(name=name, defaults=values)
    _note_command(connection, known, marketplace_key=marketplace_key, warehouse_key=warehouse_key)
    feeds.ensure_states()
    return connection


def _note_command(
    connection: Connection, known: Connection | None, *, marketplace_key: str, warehouse_key: str
) -> None:
    """What the command line did, for the history: never a key, never a value."""
    given = {Side.MARKETPLACE: marketplace_key, Side.WAREHOUSE: warehouse_key}
    keys = ", ".join(str(side.label) for side in Side if given[side])
    title = "Connected from the command line" if known is None else "Changed from the command line"
    timeline.record(connection, "connect", title, detail=f"New key: {keys}." if keys else "Keys kept.")
    for side in Side:
        if known and given[side]:
            limits.ask_again(connection, side)


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


def addresses(connection: Connection, side: Side) -> list[str]:
    """What may be chosen as the address of a side: the hosts that the deployment allows, and the present address."""
    path = "" if side == Side.MARKETPLACE else "/api/"
    present: str = connection.marketplace_url if side == Side.MARKETPLACE else connection.warehouse_url
    return list(dict.fromkeys([present, *(f"{_origin(host)}{path}" for host in configuration.ALLOWED_REMOTE_HOSTS)]))


def status_addresses(connection: Connection) -> list[str]:
    """What may be chosen for SEKO's status readings; the services of either generation (SEKO contract 0)."""
    paths = [f"{_origin(host)}{path}" for host in configuration.ALLOWED_REMOTE_HOSTS for path in ("/api/", "/hub/api/")]
    return list(dict.fromkeys([connection.warehouse_status_url, connection.warehouse_url, *paths]))


def _origin(host: str) -> str:
    here = host.rpartition(":")[0] in LOOPBACK and configuration.ALLOW_LOOPBACK_PARTNERS
    return f"http://{host}" if here else f"https://{host}"


@dataclass(frozen=True, slots=True)
class Entered:
    """What a person entered for one side. An empty key keeps the stored one; ``status_url`` is SEKO's alone."""

    side: Side
    url: str
    key: str
    status_url: str = ""

    def moves(self, connection: Connection) -> bool:
        """Whether anything that receives the key lies elsewhere than before."""
        if self.side == Side.MARKETPLACE:
            return bool(connection.marketplace_url != self.url)
        return (connection.warehouse_url, connection.warehouse_status_url) != (self.url, self.status_url)


def client_with(connection: Connection, entered: Entered) -> Port:
    """A client with what was entered; close it after use. Runs the host guard.

    Raises ``ValueError`` with a sentence: an address that may not be chosen, a key that is missing or cannot be sent.
    """
    if entered.url not in addresses(connection, entered.side):
        raise ValueError("Choose one of the addresses that this deployment allows.")
    if entered.side == Side.WAREHOUSE and entered.status_url not in ["", *status_addresses(connection)]:
        raise ValueError("Choose one of the status addresses that this deployment allows.")
    if entered.moves(connection) and not entered.key:
        raise ValueError("A key never follows to another address. Enter the key that belongs to the new one.")
    if entered.side == Side.MARKETPLACE:
        return registry.marketplace(
            connection.marketplace_kind, entered.url, entered.key or connection.marketplace_key,
            allowed_hosts=configuration.ALLOWED_REMOTE_HOSTS, allow_loopback=configuration.ALLOW_LOOPBACK_PARTNERS,
        )  # fmt: skip
    return warehouse_with(
        connection.policy, kind=connection.warehouse_kind, url=entered.url, status_url=entered.status_url,
        key=entered.key or connection.warehouse_key,
    )  # fmt: skip


@transaction.atomic
def change_side(connection: Connection, entered: Entered, *, by: "User | None") -> bool:
    """Store the key and the addresses of one side; False when nothing was entered that differs.

    Raises ``ValueError`` as :func:`client_with`.
    """
    known = Connection.objects.select_for_update(no_key=True).get(pk=connection.pk)
    moved = entered.moves(known)
    if not moved and not entered.key:
        return False
    client_with(known, entered).close()
    side = entered.side
    values: dict[str, Any] = {f"{side}_url": entered.url}
    if side == Side.WAREHOUSE:
        values["warehouse_status_url"] = entered.status_url
    if entered.key:
        values |= {f"{side}_key": entered.key, f"{side}_key_set_at": business_now(), f"{side}_key_set_by": by}
    for name, value in values.items():
        setattr(known, name, value)
    known.save(update_fields=list(values))
    title = f"New {'address and key' if moved else 'key'} for {side.label}"
    timeline.record(known, "key_set", title, detail=f"Address: {entered.url}" if moved else "", actor=by)
    return True


@transaction.atomic
def renew_push_secret(connection: Connection, *, by: "User | None") -> Connection:
    """Make the push secret anew; the old one opens the door for another day, until SEKO has changed over."""
    known = Connection.objects.select_for_update(no_key=True).get(pk=connection.pk)
    known.push_secret_before, known.push_secret = known.push_secret, Connection.new_push_secret()
    known.push_secret_before_until = business_now() + OVERLAP
    known.save(update_fields=["push_secret", "push_secret_before", "push_secret_before_until"])
    timeline.record(
        known, "push_url_renewed", "The push URL was made anew", detail="The old one works for 24 h.", actor=by
    )
    return known


def push_path(connection: Connection) -> str:
    """The path that SEKO pushes to; it holds the secret, so it is shown to admins only."""
    return f"/push/{connection.name}/{connection.push_secret}/"
