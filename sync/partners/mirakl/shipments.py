"""Shipments: several parcels of one order, where the platform knows them (John Lewis contract 2.6)."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from sync.partners.answers import Reply
from sync.partners.mirakl.client import MiraklClient, Query, key_of
from sync.partners.mirakl.fields import (
    LARGEST_QUANTITY,
    Identity,
    NullIsEmpty,
    Positive,
    Short,
    Text,
    Wire,
    Word,
    at_most,
    read,
)
from sync.partners.mirakl.paging import seek
from sync.partners.mirakl.verdicts import Judge, Verdict, by_id, keys_sent
from sync.shapes import ItemToShip, Prepared, Shipment, ShipmentDraft, ShipmentLine


class _Line(Wire):
    order_line_id: Short = ""
    package_reference: Short = ""
    quantity: Positive


class _Tracking(Wire):
    carrier_code: Short = ""
    carrier_name: Short = ""
    tracking_number: Short = ""
    validity_status: Short = ""


class _Shipment(Wire):
    id: Identity
    order_id: Identity
    status: Word
    shipment_lines: Annotated[list[_Line], NullIsEmpty] = []
    tracking: _Tracking | None = None

    def to_shipment(self, raw: Mapping[str, Any]) -> Shipment:
        tracking = self.tracking or _Tracking()
        return Shipment(
            shipment_id=self.id,
            order_id=self.order_id,
            status=self.status,
            carrier_code=tracking.carrier_code,
            carrier_name=tracking.carrier_name,
            tracking_number=tracking.tracking_number,
            lines=tuple(
                ShipmentLine(line_id=line.order_line_id, quantity=line.quantity, package=line.package_reference)
                for line in self.shipment_lines
            ),
            tracking_validity=tracking.validity_status,
            raw=raw,
        )


class _ToShip(Wire):
    order_id: Identity
    shipment_lines: Annotated[list[_Line], NullIsEmpty] = []

    def to_items(self) -> list[ItemToShip]:
        """One item per order line.

        A line that comes several times with names of packages is one article in several boxes (inferred from the
        vendor's example): its quantity is not their sum.
        """
        quantities: dict[str, list[_Line]] = {}
        for line in self.shipment_lines:
            quantities.setdefault(line.order_line_id, []).append(line)
        return [
            ItemToShip(order_id=self.order_id, line_id=line_id, quantity=_left(lines))
            for line_id, lines in quantities.items()
        ]


def _left(lines: Sequence[_Line]) -> int:
    quantities = [line.quantity for line in lines]
    in_boxes = len({line.package_reference for line in lines}) == len(lines)
    return max(quantities) if in_boxes else sum(quantities)


class Shipments:
    """The part of :class:`sync.ports.Marketplace` that is about shipments."""

    _client: MiraklClient

    def shipments(self, order_ids: Sequence[str]) -> list[Shipment]:
        """Read every shipment of up to 100 orders (ST11; John Lewis contract 2.6).

        One that cannot be understood raises ``Unclear``: left out, it would look as if it had never been created.
        """
        if not order_ids:
            return []
        found = seek(self._client, "ST11", "/api/shipments", _of(order_ids), _Shipment)
        return [shipment.to_shipment(raw) for shipment, raw in found if shipment.order_id in order_ids]

    def items_to_ship(self, order_ids: Sequence[str]) -> list[ItemToShip]:
        """Read what is left to ship of up to 100 orders (ST12; John Lewis contract 2.6)."""
        if not order_ids:
            return []
        found = seek(self._client, "ST12", "/api/shipments/items_to_ship", _of(order_ids), _ToShip)
        return [item for entry, _ in found if entry.order_id in order_ids for item in entry.to_items()]

    def prepare_shipment(self, draft: ShipmentDraft) -> Prepared:
        """Create one shipment that is not yet shipped (ST01); the answer's reference is its id.

        The natural key is the order with the name of the parcel, or with its tracking number when it has no name.
        """
        if not draft.lines or not all(0 < line.quantity <= LARGEST_QUANTITY for line in draft.lines):
            raise ValueError("A shipment holds at least one line, and at least one piece of each.")
        shipment: dict[str, Any] = {
            "order_id": draft.order_id,
            "shipped": False,
            "shipment_lines": [_sent_line(line) for line in draft.lines],
            "tracking": _sent_tracking(draft.carrier_code, draft.tracking_number),
        }
        packages = dict.fromkeys(line.package for line in draft.lines if line.package)
        natural_key = key_of(draft.order_id, *(packages or [draft.tracking_number]))
        body = {"shipments": [shipment]}
        return self._client.prepare("ST01", "POST", "/api/shipments", natural_key=natural_key, body=body)

    def prepare_shipment_tracking(self, shipment_id: str, *, carrier_code: str, tracking_number: str) -> Prepared:
        """Replace carrier and tracking number of a shipment (ST23)."""
        tracking = _sent_tracking(carrier_code, tracking_number)
        return _about(self._client, "ST23", "POST", "tracking", {"id": shipment_id, "tracking": tracking})

    def prepare_shipment_ship(self, shipment_id: str) -> Prepared:
        """Confirm that a shipment has left (ST24)."""
        return _about(self._client, "ST24", "PUT", "ship", {"id": shipment_id})

    def prepare_shipment_delete(self, shipment_id: str) -> Prepared:
        """Take back a shipment that has not left (ST06)."""
        return _about(self._client, "ST06", "PUT", "delete", {"id": shipment_id})


def _about(client: MiraklClient, operation: str, method: str, action: str, shipment: Mapping[str, Any]) -> Prepared:
    path, body = f"/api/shipments/{action}", {"shipments": [shipment]}
    return client.prepare(operation, method, path, natural_key=shipment["id"], body=body)


def _of(order_ids: Sequence[str]) -> Query:
    return {"order_id": at_most(order_ids, name="order ids")}


class _Created(Wire):
    id: Identity
    order_id: Identity


class _Refused(Wire):
    order_id: Text = ""
    message: Text = ""


class _Creation(Wire):
    shipment_success: Annotated[list[_Created], NullIsEmpty] = []
    shipment_errors: Annotated[list[_Refused], NullIsEmpty] = []


def _judge_creation(prepared: Prepared, reply: Reply) -> Verdict:
    """ST01 names the order where the others name the shipment."""
    answer = read(_Creation, reply)
    return Verdict(
        sent=keys_sent(prepared, "shipments", "order_id"),
        done={each.order_id: each.id for each in answer.shipment_success},
        refused={each.order_id: each.message for each in answer.shipment_errors},
    )


def _sent_line(line: ShipmentLine) -> dict[str, Any]:
    package = {"package_reference": line.package} if line.package else {}
    return {"order_line_id": line.line_id, "quantity": line.quantity, **package}


def _sent_tracking(carrier_code: str, tracking_number: str) -> dict[str, str]:
    number = {"tracking_number": tracking_number} if tracking_number else {}
    return {"carrier_code": carrier_code, **number}


JUDGES: Mapping[str, Judge] = {
    "ST01": _judge_creation,
    "ST06": by_id("shipments"),
    "ST23": by_id("shipments"),
    "ST24": by_id("shipments"),
}
