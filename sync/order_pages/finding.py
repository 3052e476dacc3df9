"""Finding orders and parcels by the numbers that people have at hand, each through an index of its own."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import Cast
from django.db.models.lookups import Exact, StartsWith

from jlseko.ui.hits import Hit
from sync import postcodes
from sync.links import item_exception_url, order_number_url
from sync.looks import MARKETPLACE_STATES, STATUSES
from sync.models import Dispatch, Item, Order
from sync.models.numbers import plain, plainly
from sync.skus import key_of

SHORTEST: Final = 3  # characters; fewer begin too many numbers
LONGEST: Final = 200
NUMBERS: Final = {
    "order_id": "Order number",
    "commercial_id": "Customer order number",
    "warehouse_number": "SEKO number",
}
PARCEL_NUMBERS: Final = {"tracking_number": "Tracking number", "dispatch_number": "SEKO dispatch number"}
BY_SKU: Final = "SKU"
BY_POSTCODE: Final = "Delivery postcode"
BY_GUID: Final = "SEKO's own id"
SURE: Final = frozenset({*PARCEL_NUMBERS.values(), BY_GUID})  # compared whole
SHOWN: Final = ("connection__name", "order_id", "marketplace_state", "item__status", "item_id")


@dataclass(frozen=True, slots=True)
class FoundOrders:
    """The hits, and what else is known of them by: order numbers with their connections, items without an order."""

    hits: list[Hit]
    order_keys: frozenset[str]
    item_ids: frozenset[int]


def by_number(text: str) -> Q:
    """Orders with a number that begins so, a parcel or a SKU that is called so. Too short a text matches nothing."""
    wanted = plainly(text)
    if not SHORTEST <= len(wanted) <= LONGEST:
        return Q(pk__in=[])
    found = Q(pk__in=Order.objects.filter(lines__sku_key=key_of(text)).values("pk"))
    for name in NUMBERS:
        found |= Q(StartsWith(plain(name), wanted))
    parcels = Q(*(Q(Exact(plain(name), wanted)) for name in PARCEL_NUMBERS), _connector=Q.OR)
    return found | Q(pk__in=Dispatch.objects.filter(parcels).values("order"))


def find(text: str, *, limit: int, by_postcode: bool = False) -> FoundOrders:
    """Orders and parcels, in one query.

    Args:
        text: what somebody typed.
        limit: the most hits of each way to find one.
        by_postcode: the reader may see customer data, and asks for them.
    """
    wanted = plainly(text)
    if not SHORTEST <= len(wanted) <= LONGEST:
        return FoundOrders([], frozenset(), frozenset())
    ways = [_order_by(name, wanted, limit) for name in NUMBERS]
    ways += [_parcel_by(name, wanted, limit) for name in PARCEL_NUMBERS]
    ways.append(_told(Order.objects.filter(lines__sku_key=key_of(text)), BY_SKU, "lines__sku")[:limit])
    if guid := _guid(text):
        ways.append(_told(Order.objects.filter(warehouse_guid=guid), BY_GUID, "warehouse_guid")[:limit])
    if by_postcode and postcodes.is_one(text):
        rows = Order.objects.filter(postcode_key__in=postcodes.keys_of(text))
        ways.append(_told(rows, BY_POSTCODE, "")[:limit])
    return _as_hits(ways[0].union(*ways[1:], all=True), wanted)


def _told(rows: QuerySet[Any], way: str, field: str) -> QuerySet[Any]:
    """The newest of some orders, with the way that led there and what was found by it."""
    matched = Cast(F(field), CharField()) if field else Value("", CharField())
    told: QuerySet[Any] = rows.order_by("-pk").annotate(way=Value(way, CharField()), matched=matched)
    return told.values_list("way", "matched", *SHOWN)


def _order_by(name: str, wanted: str, limit: int) -> QuerySet[Any]:
    """In the order of the index: the number itself first, then longer ones."""
    key = plain(name)
    rows = Order.objects.filter(StartsWith(key, wanted))
    return _told(rows, NUMBERS[name], name).order_by(key)[:limit]


def _parcel_by(name: str, wanted: str, limit: int) -> QuerySet[Any]:
    """Parcels of orders, and those that nobody knows an order of."""
    rows = Dispatch.objects.filter(Exact(plain(name), wanted)).order_by("-pk")
    told: QuerySet[Any] = rows.annotate(
        way=Value(PARCEL_NUMBERS[name], CharField()), matched=Cast(F(name), CharField())
    )
    return told.values_list(
        "way", "matched", "connection__name", "order__order_id", "order__marketplace_state", "order__item__status",
        "item_id",
    )[:limit]  # fmt: skip


def _guid(text: str) -> str:
    """A GUID as we keep it; empty for anything else."""
    try:
        return str(UUID(text.strip()))
    except ValueError:
        return ""


def _as_hits(rows: Iterable[tuple[Any, ...]], wanted: str) -> FoundOrders:
    """One hit for each order: by the way that names it best, the exact ones before the rest."""
    hits: dict[str, Hit] = {}
    orders, items = set(), set()
    for way, matched, connection, order_id, state, status, item_id in rows:
        exact = way in SURE or (way in NUMBERS.values() and plainly(matched) == wanted)
        if order_id is None:
            items.add(item_id)
            url = item_exception_url(Item(pk=item_id))
            hit = Hit("dispatch", matched, url, "No order of ours is known for this parcel", way, exact)
        else:
            orders.add(order_id)
            url = order_number_url(connection, order_id)
            hit = Hit("order", order_id, url, _detail(state, status), _why(way, matched, order_id), exact)
        known = hits.get(hit.url)
        if hit.url and (known is None or (exact and not known.exact)):
            hits[hit.url] = hit
    ranked = sorted(hits.values(), key=lambda hit: not hit.exact)
    return FoundOrders(ranked, frozenset(orders), frozenset(items))


def _detail(state: str, status: str) -> str:
    return f"{MARKETPLACE_STATES.get(state, state)} · {STATUSES[status][0]}"


def _why(way: str, matched: str, order_id: str) -> str:
    """What matched, where it is not the order number itself."""
    return "" if matched == order_id else f"{way} {matched}".rstrip()
