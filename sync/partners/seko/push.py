"""SEKO's push messages, JSON or XML (SEKO contract 6): from a body to what each of its entities tells."""

from collections.abc import Mapping, Sequence
from typing import Any

from sync.partners.seko.push_body import entities
from sync.partners.seko.push_dispatch import read_dispatch, read_tracking
from sync.partners.seko.push_fields import FieldNames, Fields, PushFault, lines_of
from sync.partners.seko.push_stock import read_adjustment, read_goods_received, read_movement, read_summary
from sync.shapes import News, PushMessage

DISPATCH = "Dispatch"
CARTONS = "DispatchCartons"
TRACKING = "TrackingDetails"
ADJUSTMENT = "StockAdjustment"
MOVEMENT = "StockStatusMovement"
SUMMARY = "StockOvernightSummary"
GOODS_RECEIVED = "GRN"
# The key under which an entity comes, or the last segment of the path, in lower case and without "push"; and the name
# that we give its service. Each service has a numbering of its own.
SERVICES: dict[str, str] = {
    "dispatch": DISPATCH,
    "dispatchconfirmation": DISPATCH,
    "dispatchcarton": CARTONS,
    "dispatchcartons": CARTONS,
    "trackingdetails": TRACKING,
    "tracking": TRACKING,
    "stockadjustment": ADJUSTMENT,
    "stockstatusmovement": MOVEMENT,
    "stockmovement": MOVEMENT,
    "stockovernightsummary": SUMMARY,
    "stocksummary": SUMMARY,
    "stockovernightlocation": "StockOvernightLocation",
    "grn": GOODS_RECEIVED,
    "grnconfirmation": GOODS_RECEIVED,
    "goodsreceivednotice": GOODS_RECEIVED,
    "goodsreceivednoticeconfirmation": GOODS_RECEIVED,
    "deliveryarrive": "DeliveryArrive",
}
_BUILT_IN = FieldNames()


def read_push(body: bytes, *, path: str = "", names: FieldNames = _BUILT_IN) -> list[PushMessage]:
    """Read a pushed body into its entities, in the order in which they came.

    A dispatch in several parcels gives one message for each of them. One entity that cannot be read does not hold up
    the others: it comes back with its ``problem``, which names the entity and the line by their places, and the field.

    Args:
        body: as received.
        path: where it was sent; its last segment tells the service where the body does not.
        names: under which names fields come.

    Raises:
        ValueError: a plain reason, when no entity can even be told.
    """
    told = _service(path.rstrip("/").rpartition("/")[2])
    messages: list[PushMessage] = []
    for place, entity in enumerate(entities(body), start=1):
        messages += _messages(entity, place, told=told, names=names)
    if messages and all(message.problem and not message.service for message in messages):
        raise ValueError(messages[0].problem)
    return messages


def _messages(entity: Mapping[str, Any], place: int, *, told: str, names: FieldNames) -> list[PushMessage]:
    service, sequence = "", None
    try:
        service, held = _head(entity, told, names)
        head = Fields(held, names)
        sequence = head.sequence()
        found = _news(service, head, Fields(entity, names), names)
    except PushFault as fault:
        line = f", line {fault.line}" if fault.line else ""
        problem = f"Entity {place}{line}: {fault}."
        return [PushMessage(service=service, sequence=sequence, news=None, raw=entity, problem=problem)]
    return [PushMessage(service=service, sequence=sequence, news=news, raw=entity) for news in found]


def _head(entity: Mapping[str, Any], told: str, names: FieldNames) -> tuple[str, Mapping[str, Any]]:
    """The service and the object that holds the entity's fields: under its name, under another, or the entity."""
    keys = [name for name, value in entity.items() if name.lower() != "list" and isinstance(value, dict)]
    named = next((name for name in keys if _service(name)), None)
    if named:
        return _service(named), entity[named]
    if told and Fields(entity, names).knows("SequenceNumber"):
        return told, entity
    if keys:
        return told or keys[0][:60], entity[keys[0]]
    raise PushFault("no service can be told from it")


def _service(key: str) -> str:
    """Our name of the service that sends its entities under ``key``; empty when it is new to us."""
    return SERVICES.get(key.lower().removeprefix("push"), "")


def _news(service: str, head: Fields, beside: Fields, names: FieldNames) -> Sequence[News | None]:
    """What an entity tells; None for a service that nothing reads."""
    if service == TRACKING:
        return [read_tracking(head)]
    if service == MOVEMENT:
        return [read_movement(head)]
    if service in (DISPATCH, CARTONS):
        return read_dispatch(head, lines_of(head, beside, names))
    if service == ADJUSTMENT:
        return [read_adjustment(head, lines_of(head, beside, names))]
    if service == SUMMARY:
        return [read_summary(head, lines_of(head, beside, names))]
    if service == GOODS_RECEIVED:
        return [read_goods_received(head, lines_of(head, beside, names))]
    return [None]
