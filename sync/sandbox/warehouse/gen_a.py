"""The older generation of the interface: polling by GUID and by period (SEKO contract 5, 6.7, 7.1 and 7.2).

Its answers are XML turned into JSON: a list of one entry is the entry, an empty text is ``{}``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ..clock import parse_instant
from ..gate import Mark
from ..quirk import collapse
from ..store import Document
from .events import ADJUSTMENT, MOVEMENT, RECEIPT
from .lifecycle import DISPATCHED, ORDER, departure, has_left, moment
from .messages import told_time
from .replies import call_status, respond
from .stock_messages import adjustment_lines, movement_fields
from .world import REASONS, World

NOTHING_FOUND = "No results found for search criteria"
UNKNOWN_ORDER = "Sales Order does not exist."
WRONG_DC = "Error. Invalid Mapping - DC"
Parts = Mapping[str, str]


class GenA:
    """Answers the polling calls of generation A."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.settings = world.settings

    async def status(self, request: Request, parts: Parts, mark: Mark) -> Response:
        """The status of an order by its GUID, once it can be seen (SEKO contract 5)."""
        order = self._seen(parts["key"])
        if order is None:
            return _failed(UNKNOWN_ORDER)
        return _told({"Status": self.world.status(order), "GUID": order["guid"]})

    async def tracking(self, request: Request, parts: Parts, mark: Mark) -> Response:
        """Courier and tracking number by GUID; empty, as ``{}``, before dispatch (SEKO contract 5).

        The answer has room for one parcel: of several dispatches it tells the first.
        """
        order = self._seen(parts["key"])
        if order is None:
            return _failed(UNKNOWN_ORDER)
        shipment = {"courier": "", "tracking_number": ""}
        if self.world.status(order) == DISPATCHED and order["dispatches"]:
            shipment = order["dispatches"][0]
        return _told(
            {"Courier": shipment["courier"], "GUID": order["guid"], "TrackingNumber": shipment["tracking_number"]}
        )

    async def release(self, request: Request, parts: Parts, mark: Mark) -> Response:
        """Release an order that is on hold (SEKO contract 4.1); a label exception cannot be released this way."""
        order = self.world.latest(parts["key"])
        if order is None:
            return _failed(UNKNOWN_ORDER)
        held = order["held"]
        if held is None or held["why"] != "on hold" or not self.world.release(parts["key"]):
            return _failed("Sales Order is not on hold.")
        mark.applied = True
        return _told({"GUID": order["guid"]})

    async def cancel_held(self, request: Request, parts: Parts, mark: Mark) -> Response:
        """Cancel an order instead of releasing it from hold (SEKO contract 4.1)."""
        order = self.world.latest(parts["key"])
        if order is None or order["held"] is None or order["held"]["why"] != "on hold":
            return _failed("Sales Order is not on hold." if order else UNKNOWN_ORDER)
        refused = self.world.cancel(parts["key"], reason="")
        mark.applied = refused is None
        return _failed(refused) if refused else _told({"GUID": order["guid"]})

    async def cancel(self, request: Request, parts: Parts, mark: Mark) -> Response:
        """Cancel an order by its GUID, with the reason in the path (SEKO contract 7.2)."""
        order = self.world.by_guid.get(parts["key"].casefold())
        if order is None:
            return _failed(UNKNOWN_ORDER)
        if parts["reason"] not in REASONS:
            return _failed(f"Invalid Reason Code {parts['reason']}.")
        refused = self.world.cancel(order["number"], reason=parts["reason"])
        if refused:
            return _failed(refused)
        mark.applied = True
        return _told({"GUID": order["guid"]})

    async def dispatches(self, request: Request, parts: Parts, mark: Mark) -> Response:
        """GUIDs of orders that reached a status within a period, one entry for each dispatch (SEKO contract 7.2)."""
        span = _span(parts)
        if span is None:
            return _failed("Invalid Date.")
        wanted = request.query_params.get("status", DISPATCHED).casefold()
        status = next((known for known in ORDER if known.casefold() == wanted), None)
        if status is None:
            return _failed(f"Invalid Status {wanted}.")
        now, found = self.world.now(), []
        for order in self.world.orders.values():
            found += [order for at in self._reached(order, status, now) if span[0] <= at < span[1]]
        rows = [{"DCCode": order["dc"], "GUID": order["guid"]} for order in found]
        return self._listed(request, "DispatchLineItem", rows)

    async def adjustments(self, request: Request, parts: Parts, mark: Mark) -> Response:
        """Lines of the adjustments of a period (SEKO contract 7.2)."""
        span, eans = _span(parts), self.world.stock.eans
        if span is None:
            return _failed("Invalid Date.")
        rows = [
            {
                "InternalId": event["id"],
                "StockAdjustmentType": event["type"],
                "StockAdjustmentDate": told_time(event["at"], self.settings),
                "DCCode": self.settings.dc,
                "LocationType": event["location"],
                **line,
            }
            for event in self.world.events.between(ADJUSTMENT, *span)
            for line in adjustment_lines(event, eans=eans)
        ]
        return self._listed(request, "StockAdjustmentLineItem", rows)

    async def movements(self, request: Request, parts: Parts, mark: Mark) -> Response:
        """The movements of a period (SEKO contract 7.2)."""
        span, eans = _span(parts), self.world.stock.eans
        if span is None:
            return _failed("Invalid Date.")
        events = self.world.events.between(MOVEMENT, *span)
        rows = [movement_fields(event, eans=eans, settings=self.settings) for event in events]
        return self._listed(request, "StockMovementLineItem", rows)

    async def stock(self, request: Request, parts: Parts, mark: Mark) -> Response:
        """Free quantities of every product, or of the one in the path, zero rows among them (SEKO contract 7.1)."""
        stock, unseen = self.world.stock, self.world.unseen()
        one = stock.find(parts["key"]) if "key" in parts else None
        codes = stock.codes() if "key" not in parts else [one] if one else []
        rows = [
            {
                "DCCode": self.settings.dc,
                "EAN": stock.eans.get(code, ""),
                "FreeQuantity": stock.shown_raw(code, default=max(0, stock.free(code) + unseen[code])),
                "LocationType": "Available",
                "ProductCode": code,
            }
            for code in codes
        ]
        xml = request.url.path.endswith(".xml")
        return self._listed(request, "StockQuantityLineItem", rows, dc=parts.get("dc", ""), xml=xml)

    async def grn(self, request: Request, parts: Parts, mark: Mark) -> Response:
        """What was received of a delivery, by the GUID of its load (SEKO contract 6.7)."""
        wanted = parts["key"].casefold()
        events = [event for event in self.world.events.all if "delivery" in event]
        events = [event for event in events if event["delivery"]["guid"].casefold() == wanted]
        received = [event for event in events if event["kind"] == RECEIPT]
        if not received:
            return _failed(NOTHING_FOUND)
        [receipt, *_] = received
        return self._listed(request, "GRNResponseItem", self._grn_rows(receipt, arrived_at=events[0]["at"]))

    async def echo(self, request: Request, parts: Parts, mark: Mark) -> Response:
        """Echo a text: the connection test (SEKO contract 1.1)."""
        return _told({"Echo": parts["key"]})

    def _grn_rows(self, receipt: Document, *, arrived_at: str) -> list[dict[str, Any]]:
        delivery = receipt["delivery"]
        arrived, confirmed = (told_time(at, self.settings) for at in (arrived_at, receipt["at"]))
        return [
            {
                "ArrivalTimestamp": arrived, "ReceivingStartTimestamp": arrived, "ConfirmedTimestamp": confirmed,
                "CurrentStatus": "Confirmed", "DCCode": self.settings.dc, "GRNQuantity": line["quantity"],
                "GRNType": "Return" if delivery["rma"] else "Standard",
                "GUID": delivery["guid"], "HBRef": delivery["reference"],
                "InternalId": receipt["id"], "LineInternalId": f"{receipt['id']}-{line['line']}", "LineItemGUID": "",
                "LineItemNumber": line["line"], "ProductCode": line["product"],
            }
            for line in delivery["lines"]
        ]  # fmt: skip

    def _reached(self, order: Document, status: str, now: datetime) -> list[datetime]:
        """When an order reached a status; several times where it leaves in several dispatches."""
        if status == DISPATCHED:
            return [departure(order, told) for told in order["dispatches"] if has_left(order, told, now)]
        if status not in order["timeline"] or ORDER.index(status) > self._place(order):
            return []
        return [moment(order["timeline"][status])]

    def _place(self, order: Document) -> int:
        status = self.world.status(order)
        return ORDER.index(status) if status in ORDER else -1

    def _listed(
        self, request: Request, name: str, rows: list[dict[str, Any]], *, dc: str = "", xml: bool = False
    ) -> Response:
        dc = dc or request.query_params.get("dc", "")
        if dc and dc != self.settings.dc:
            return _failed(WRONG_DC)
        if not rows and self.settings.empty_period == "refusal":
            return _failed(NOTHING_FOUND)
        return _told({"List": {name: rows} if rows else {}}, xml=xml)

    def _seen(self, guid: str) -> Document | None:
        order = self.world.by_guid.get(guid.casefold())
        if order is None or self.world.now() < moment(order["accepted_at"]) + self.settings.status_lag:
            return None
        return order


def _span(parts: Parts) -> tuple[datetime, datetime] | None:
    try:
        return parse_instant(parts["begin"]), parse_instant(parts["end"])
    except ValueError:
        return None


def _told(content: dict[str, Any], *, xml: bool = False) -> Response:
    return respond(collapse({"Response": {"CallStatus": call_status(True), **content}}), xml=xml)


def _failed(message: str) -> Response:
    return respond({"Response": {"CallStatus": call_status(False, message), "GUID": {}}}, xml=False)
