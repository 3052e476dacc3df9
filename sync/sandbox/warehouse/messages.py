"""Bodies of the push services: what the warehouse tells by itself (SEKO contract 6)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ..quirk import collapse
from .lifecycle import departure, moment, stamp
from .replies import share, to_xml
from .settings import WarehouseSettings

DISPATCH = "PushDispatchConfirmation"
TRACKING = "PushTrackingDetails"


def header(guid: str, *, sequence: int, part: int, total: int, settings: WarehouseSettings) -> dict[str, Any]:
    """What every push entity begins with (SEKO contract 6.1); `guid` is that of the call that loaded the record."""
    return {
        "IntegrationId": settings.integration_id,
        "MessageGroupId": "",
        "MessagePart": part,
        "MessageTotal": total,
        "SequenceNumber": sequence,
        "InterfaceRecordId": guid,
    }


def told_time(instant: str, settings: WarehouseSettings) -> str:
    """A time as the warehouse's own clock tells it, which may be wrong by so many seconds."""
    return stamp(moment(instant) + settings.skew)


def _numbers(order: Mapping[str, Any], *, dispatch_number: str) -> dict[str, Any]:
    return {
        "SalesOrderNumber": order["number"],
        "SalesOrderReference": order["reference"],
        "DispatchNumber": dispatch_number,
    }


def dispatch_lines(shipment: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Lines of a dispatch push; a line dispatched with 0 is in it, without a lot number (SEKO contract 6.2)."""
    rows = []
    for line in shipment["lines"]:
        row = {
            "LineNumber": line["line"],
            "ProductCode": line["product"],
            "OrderedQuantity": line["ordered"],
            "DispatchedQuantity": line["sent"],
        }
        rows.append(row | {"LotNo": line["lot"]} if line["sent"] else row)
    return rows


def dispatch(
    order: Mapping[str, Any], shipment: Mapping[str, Any], *, settings: WarehouseSettings, **part: int
) -> dict[str, Any]:
    """One dispatch (SEKO contract 6.2). ``part`` is sequence, part and total."""
    timeline, delivery = shipment["timeline"] or order["timeline"], order["delivery"]
    name = f"{delivery['FirstName']} {delivery['LastName']}".strip()
    body = header(order["guid"], settings=settings, **part) | _numbers(
        order, dispatch_number=shipment["dispatch_number"]
    )
    body |= {
        "DispatchId": shipment["dispatch_id"],
        "DCCode": order["dc"],
        "ToBePackedDate": told_time(timeline["Pick Complete"], settings),
        "ToDispatchDate": told_time(timeline["To Dispatch"], settings),
        "DispatchDate": stamp(departure(order, shipment) + settings.skew),
        "Courier": shipment["courier"],
        "CourierService": shipment["service"],
        "TrackingNumber": shipment["tracking_number"],
        "TrackingUrl": shipment["tracking_url"],
        "Weight": weight_of(shipment),
        "WeightUOM": "KG",
        "ShipToAttention": name[:200],
        "DeliveryAddressLine1": delivery["Line1"],
        "DeliveryAddressCity": delivery["City"],
        "DeliveryAddressPostCodeZip": delivery["PostcodeZip"],
        "DeliveryAddressCountry": delivery["CountryCode"],
    }
    return {"Dispatch": body, "List": {"DispatchLineItem": dispatch_lines(shipment)}}


def weight_of(shipment: Mapping[str, Any]) -> float:
    """A made-up weight in kilograms: a box, and so much for every unit."""
    units: int = sum(line["sent"] for line in shipment["lines"])
    return round(0.2 + units * (0.1 + share("weight", shipment["dispatch_id"]) * 0.4), 4)


def tracking(
    order: Mapping[str, Any], shipment: Mapping[str, Any], *, settings: WarehouseSettings, **part: int
) -> dict[str, Any]:
    """Tracking of one dispatch; its sequence number is a text, as in SEKO's sample (SEKO contract 6.3)."""
    body = header(order["guid"], settings=settings, **part) | _numbers(
        order, dispatch_number=shipment["dispatch_number"]
    )
    body |= {
        "SequenceNumber": str(part["sequence"]),
        "Courier": shipment["courier"],
        "TrackingNumber": shipment["tracking_number"],
        "TrackingUrl": shipment["tracking_url"],
    }
    return {"TrackingDetails": body}


def encode(bodies: Sequence[Mapping[str, Any]], *, settings: WarehouseSettings) -> tuple[bytes, str]:
    """Bytes and content type of one call that carries ``bodies`` (SEKO contract 6.1)."""
    entries: list[Any] = [{"Response": body} for body in bodies]
    if settings.push_format == "xml":
        text = "".join(to_xml("Response", body) for body in bodies)
        return f"<Responses>{text}</Responses>".encode(), "application/xml"
    document = {"Responses": entries}
    return json.dumps(
        collapse(document) if settings.quirks else document, ensure_ascii=False
    ).encode(), "application/json"
