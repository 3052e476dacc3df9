"""Bodies of the pushes about stock (SEKO contract 6.4 to 6.7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ..store import Document
from .messages import header, told_time
from .settings import WarehouseSettings

ADJUSTMENT = "PushStockAdjustment"
MOVEMENT = "PushStockStatusMovement"
OVERNIGHT = "PushStockOvernightSummary"
ARRIVE = "PushDeliveryArrive"


def adjustment(
    event: Mapping[str, Any], *, eans: Mapping[str, str], settings: WarehouseSettings, **part: int
) -> dict[str, Any]:
    """A stock adjustment: one direction only, every value a text as in SEKO's sample (SEKO contract 6.4)."""
    body = header("", settings=settings, **part) | {
        "InternalId": event["id"],
        "StockAdjustmentType": event["type"],
        "StockAdjustmentDate": told_time(event["at"], settings),
        "DCCode": settings.dc,
        "LocationType": event["location"],
    }
    texts = {name: str(value) for name, value in body.items()}
    return {"StockAdjustment": texts, "List": {"StockAdjustmentLineItem": adjustment_lines(event, eans=eans)}}


def adjustment_lines(event: Mapping[str, Any], *, eans: Mapping[str, str]) -> list[dict[str, str]]:
    """The lines of an adjustment (SEKO contract 6.4)."""
    code, reason = event["reason"]
    return [
        {
            "LineInternalId": f"{event['id']}-{place}",
            "LineNumber": str(place),
            "ProductCode": line["product"],
            "EAN": eans.get(line["product"], ""),
            "Quantity": str(line["quantity"]),
            "ReasonCode": code,
            "ReasonDescription": reason,
            "LotNumber": "",
        }
        for place, line in enumerate(event["lines"], start=1)
    ]


def movement(
    event: Mapping[str, Any], *, eans: Mapping[str, str], settings: WarehouseSettings, **part: int
) -> dict[str, Any]:
    """A movement of one product from one location type to another (SEKO contract 6.5)."""
    fields = movement_fields(event, eans=eans, settings=settings)
    return {"StockStatusMovement": header("", settings=settings, **part) | fields}


def movement_fields(event: Mapping[str, Any], *, eans: Mapping[str, str], settings: WarehouseSettings) -> Document:
    """What is told of one movement, without the header of a push (SEKO contract 6.5)."""
    return {
        "DcCode": settings.dc,
        "UtcDate": told_time(event["at"], settings),
        "FromLocationType": event["origin"],
        "ToLocationType": event["to"],
        "FromChannel": "",
        "ToChannel": "",
        "ProductCode": event["product"],
        "Ean": eans.get(event["product"], ""),
        "Quantity": event["quantity"],
        "MovementID": event["id"],
        "BestBeforeDate": "",
        "LotNo": "",
    }


def goods_received(delivery: Mapping[str, Any], *, settings: WarehouseSettings, **part: int) -> dict[str, Any]:
    """Goods received: a delivery, a return, or what is put back of a cancelled order (SEKO contract 4.4 and 6.7).

    It does not say to which location type the goods went.
    """
    body = header(delivery["guid"], settings=settings, **part) | {
        "RMA": delivery["rma"],
        "DeliveryNumber": delivery["number"],
        "HBRef": delivery["reference"],
        "ReturnService": "",
        "DCCode": settings.dc,
    }
    lines = [
        {"LineNumber": line["line"], "ProductCode": line["product"], "Quantity": line["quantity"], "LotNo": ""}
        for line in delivery["lines"]
    ]
    return {"GRN": body, "List": {"GRNLineItem": lines}}


def arrive(event: Mapping[str, Any], *, settings: WarehouseSettings, **part: int) -> dict[str, Any]:
    """A delivery stands at the door (SEKO contract 6.7): a flat list of fields without parts or lines."""
    delivery = event["delivery"]
    return {
        "DeliveryArrive": {
            "ArrivedDate": told_time(event["at"], settings),
            "DCCode": settings.dc,
            "DeliveryNumber": delivery["number"],
            "HBRef": delivery["reference"],
            "IntegrationId": settings.integration_id,
            "InterfaceRecordId": delivery["guid"],
            "RMA": delivery["rma"],
            "ReturnService": "",
            "SequenceNumber": part["sequence"],
        }
    }


def overnight(rows: Sequence[Document], *, end: datetime, settings: WarehouseSettings, **part: int) -> dict[str, Any]:
    """One part of the overnight summary (SEKO contract 6.6). `end` is the end of the day in the centre's own time."""
    hour = end.strftime("%I").lstrip("0")
    group = f"{settings.dc}-{end.month}/{end.day}/{end.year} {hour}:{end:%M:%S %p}"
    body = header("", settings=settings, **part) | {"MessageGroupId": group, "DCCode": settings.dc}
    day = {
        "SummaryStockHeaderId": f"{settings.dc}-{end:%Y%m%d}",
        "AtEndOfDate": told_time(end.isoformat(), settings),
    }
    return {"StockOvernightSummary": body, "List": {"StockOvernightSummaryLineItem": [day | row for row in rows]}}
