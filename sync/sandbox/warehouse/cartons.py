"""Push Dispatch Cartons: what of a dispatch lies in which carton (SEKO contract 6.2, the only multi-parcel data)."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from .lifecycle import BEING_PICKED, PICK_COMPLETE, TO_DISPATCH, departure, stamp
from .messages import told_time, weight_of
from .replies import share
from .settings import WarehouseSettings
from .shipping import tracking_number

CARTONS = "PushDispatchCartons"
SECOND_CARTON = 0.5


def cartons(
    order: Mapping[str, Any], shipment: Mapping[str, Any], *, settings: WarehouseSettings, **part: int
) -> dict[str, Any]:
    """The cartons of one dispatch. What was not found is packed nowhere, so it has no line here."""
    delivery, timeline = order["delivery"], shipment["timeline"] or order["timeline"]
    begun, picked, packed = (told_time(timeline[step], settings) for step in (BEING_PICKED, PICK_COMPLETE, TO_DISPATCH))
    return {"DispatchCartons": {
        "IntegrationId": settings.integration_id, "MessageGroupId": "", "MessagePart": part["part"],
        "MessageTotal": part["total"], "SequenceNo": part["sequence"], "InterfaceRecordId": order["guid"],
        "SalesOrderNumber": order["number"], "SalesOrderReference": order["reference"],
        "SalesInvoiceNumber": order["invoice"], "DispatchNumber": shipment["dispatch_number"], "DcCode": order["dc"],
        "CarrierName": shipment["courier"], "CarrierService": shipment["service"],
        "PrimaryTrackingNumber": shipment["tracking_number"], "PrimaryTrackingUrl": shipment["tracking_url"],
        "ShipToCompanyCode": "", "ShipToCompanyName": "Web Order", "ShipToFirstName": delivery["FirstName"],
        "ShipToLastName": delivery["LastName"], "DeliveryAddressLine1": delivery["Line1"],
        "DeliveryAddressLine2": delivery["Line2"], "DeliveryAddressLine3": delivery["Line3"],
        "DeliveryAddressLine4": delivery["Line4"], "DeliveryAddressCity": delivery["City"],
        "DeliveryAddressCountyState": delivery["County"], "DeliveryAddressPostCodeZip": delivery["PostcodeZip"],
        "DeliveryAddressCountry": delivery["CountryCode"], "DeliveryPhoneNumber": delivery["PhoneNumber"],
        "DeliveryEmailAddress": delivery["EmailAddress"], "PickStartDate": begun, "PickCompleteDate": picked,
        "PackCompleteDate": packed, "DispatchDate": stamp(departure(order, shipment) + settings.skew),
        "TotalWeightUom": "KG", "TotalWeight": weight_of(shipment), "OrderType": "Web", "Gs1Prefix": "",
        "RoutedDate": "", "RoutingId": "", "CartonLineItems": _lines(shipment),
    }}  # fmt: skip


def _lines(shipment: Mapping[str, Any]) -> list[dict[str, Any]]:
    packed = [row for row in shipment["lines"] if row["sent"]]
    return [
        line
        for place, rows in enumerate(_packing(packed, shipment["dispatch_id"]))
        for line in _carton(shipment, rows, place)
    ]


def _carton(shipment: Mapping[str, Any], rows: list[dict[str, Any]], place: int) -> list[dict[str, Any]]:
    weight = weight_of({"dispatch_id": shipment["dispatch_id"], "lines": rows})
    return [
        {
            "SsccNumber": _sscc(shipment["dispatch_id"], place), "CartonWeightUom": "KG", "CartonWeight": weight,
            "CartonTrackingNumber": _tracking(shipment, place), "LineNo": row["line"], "ProductCode": row["product"],
            "ProductDescription": "", "EAN": "", "StyleCode": "", "BestBeforeDate": "", "LotNo": row["lot"],
            "PackedQty": row["sent"], "BuildKit": False, "IsComponentSku": False,
        }
        for row in rows
    ]  # fmt: skip


def _packing(rows: list[dict[str, Any]], dispatch_id: str) -> list[list[dict[str, Any]]]:
    """One carton, or, for half of the dispatches of several units, two."""
    units = sum(row["sent"] for row in rows)
    if units < 2 or share("carton", dispatch_id) >= SECOND_CARTON:
        return [rows] if rows else []
    if len(rows) > 1:
        return [rows[:1], rows[1:]]
    [row] = rows
    return [[row | {"sent": row["sent"] - 1}], [row | {"sent": 1}]]


def _tracking(shipment: Mapping[str, Any], place: int) -> str:
    """The first carton goes under the dispatch's own number, every other under a number of its own."""
    if place == 0 or not shipment["tracking_number"]:
        return str(shipment["tracking_number"])
    return tracking_number(shipment["courier"], random.Random(f"{shipment['dispatch_id']} {place}"))


def _sscc(dispatch_id: str, place: int) -> str:
    """An 18-digit serial shipping container code."""
    return f"050{int(share('sscc', dispatch_id, str(place)) * 10**15):015d}"
