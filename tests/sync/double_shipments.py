"""The marketplace double with shipments and cancelations: as strict about quantities and states as John Lewis."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sync.failures import Code, Failure, Refused
from sync.models import Connection
from sync.shapes import LineCancelation, Prepared, Shipment, ShipmentDraft, ShipmentLine, ShopProfile
from tests.sync.doubles import MarketplaceDouble

OVER = ("SHIPPED", "RECEIVED", "CLOSED")


def refused(text: str, *, status: int = 400, code: Code = Code.CONFIRMATION_REJECTED) -> Refused:
    """A no, with its HTTP status."""
    return Refused(Failure(code, text, facts={"http_status": str(status)}))


@dataclass
class ShippingMarketplace(MarketplaceDouble):
    """Orders and their shipments. ``multi_shipment`` False = the shipment calls answer 404."""

    multi_shipment: bool = False
    shipments_by_id: dict[str, Shipment] = field(default_factory=dict)
    references: dict[str, str] = field(default_factory=dict)
    shows_packages: bool = True
    is_net: bool = False
    unshown: int = 0

    def open_shop(self, connection: Connection) -> None:
        """Several shipments for an order, and the profile says so."""
        self.multi_shipment = True
        Connection.objects.filter(pk=connection.pk).update(profile={"multi_shipment": True})

    def profile(self) -> ShopProfile:
        """A shop as it is now."""
        return replace(super().profile(), multi_shipment=self.multi_shipment)

    def shipments(self, order_ids: Sequence[str]) -> list[Shipment]:
        """ST11."""
        self._check_there()
        if self.unshown:
            self.unshown -= 1
            return []
        found = [each for each in self.shipments_by_id.values() if each.order_id in order_ids]
        if self.shows_packages:
            return found
        return [replace(each, lines=tuple(replace(line, package="") for line in each.lines)) for each in found]

    def prepare_shipment(self, draft: ShipmentDraft) -> Prepared:
        """ST01."""
        lines = [[line.line_id, line.quantity, line.package] for line in draft.lines]
        body = [draft.order_id, draft.carrier_code, draft.tracking_number, lines]
        key = f"{draft.order_id}/{draft.lines[0].package}"
        return Prepared("ST01", "POST", "/api/shipments", key, json.dumps(body).encode())

    def prepare_shipment_tracking(self, shipment_id: str, *, carrier_code: str, tracking_number: str) -> Prepared:
        """ST23."""
        body = json.dumps([carrier_code, tracking_number]).encode()
        return Prepared("ST23", "POST", "/api/shipments/tracking", shipment_id, body)

    def prepare_shipment_ship(self, shipment_id: str) -> Prepared:
        """ST24."""
        return Prepared("ST24", "PUT", "/api/shipments/ship", shipment_id, shipment_id.encode())

    def prepare_cancel_lines(self, order_id: str, lines: Sequence[LineCancelation]) -> Prepared:
        """OR30."""
        told = [[line.line_id, line.quantity, str(line.amount), line.reason_code] for line in lines]
        return Prepared("OR30", "PUT", "/api/orders/cancel", order_id, json.dumps([order_id, told]).encode())

    def prepare_references(self, references: Mapping[str, str]) -> Prepared:
        """OR04."""
        return Prepared("OR04", "PUT", "/api/orders", ",".join(references), json.dumps(dict(references)).encode())

    def apply(self, prepared: Prepared) -> str:
        """What each write does."""
        told = {
            "ST01": self._create,
            "ST23": self._track,
            "ST24": self._ship,
            "OR30": self._cancel,
            "OR04": self._refer,
        }
        if prepared.operation in told:
            return told[prepared.operation](prepared)
        if prepared.operation == "OR24" and self.orders[prepared.natural_key].state != "SHIPPING":
            raise refused(f"Current status is {self.orders[prepared.natural_key].state}")
        return super().apply(prepared)

    def _check_there(self) -> None:
        if not self.multi_shipment:
            raise refused("Not found", status=404, code=Code.UNCLASSIFIED)

    def _create(self, prepared: Prepared) -> str:
        self._check_there()
        order_id, carrier, number, told = json.loads(prepared.body or b"")
        if self.orders[order_id].state != "SHIPPING":
            raise refused(f"The order status must be 'SHIPPING' but it is '{self.orders[order_id].state}'.")
        lines = tuple(ShipmentLine(*line) for line in told)
        left = self.left(order_id)
        if not lines or any(line.quantity < 1 or line.quantity > left[line.line_id] for line in lines):
            raise refused("Shipment quantity is invalid.")
        shipment_id = f"S{len(self.shipments_by_id) + 1}"
        self.shipments_by_id[shipment_id] = Shipment(
            shipment_id, order_id, "SHIPPING", carrier, "", number, lines=lines
        )
        return shipment_id

    def _track(self, prepared: Prepared) -> str:
        self._check_there()
        carrier, number = json.loads(prepared.body or b"")
        self.alter(prepared.natural_key, carrier_code=carrier, tracking_number=number)
        return ""

    def _ship(self, prepared: Prepared) -> str:
        self._check_there()
        shipment = self.shipments_by_id.get(prepared.natural_key)
        if shipment is None or shipment.status != "SHIPPING":
            raise refused(f"No shipment to ship with id '{prepared.natural_key}'.", status=200)
        self.alter(shipment.shipment_id, status="SHIPPED")
        self._close(shipment.order_id)
        return ""

    def alter(self, shipment_id: str, **changes) -> None:
        """Change one shipment, as John Lewis or a person would."""
        self.shipments_by_id[shipment_id] = replace(self.shipments_by_id[shipment_id], **changes)

    def put_by_hand(self, order_id: str, number: str, lines: dict[str, int], *, status: str = "SHIPPED") -> str:
        """A shipment that somebody made on John Lewis's own pages."""
        shipment_id = f"H{len(self.shipments_by_id) + 1}"
        told = tuple(ShipmentLine(line_id, quantity) for line_id, quantity in lines.items())
        self.shipments_by_id[shipment_id] = Shipment(shipment_id, order_id, status, "DPD_UK", "", number, lines=told)
        self._close(order_id)
        return shipment_id

    def left(self, order_id: str, *, shipped_only: bool = False) -> Counter[str]:
        """What is still to be told of each line."""
        left = Counter(
            {line.line_id: line.quantity - (0 if self.is_net else line.cancelled_quantity)
             for line in self.orders[order_id].lines}
        )  # fmt: skip
        for shipment in self.shipments_by_id.values():
            if shipment.order_id == order_id and shipment.status != "CANCELED":
                if shipped_only and shipment.status not in OVER:
                    continue
                left.subtract({line.line_id: line.quantity for line in shipment.lines})
        return left

    def _close(self, order_id: str) -> None:
        if not any(self.left(order_id, shipped_only=True).values()):
            lines = self.orders[order_id].lines
            everything = all(line.cancelled_quantity == line.quantity for line in lines)
            self.change(order_id, state="CANCELED" if everything and not self.is_net else "SHIPPED")

    def _cancel(self, prepared: Prepared) -> str:
        order_id, told = json.loads(prepared.body or b"")
        quantities = {line_id: quantity for line_id, quantity, *_ in told}
        left = self.left(order_id)
        if any(quantity > left[line_id] for line_id, quantity in quantities.items()):
            raise refused("The quantity to cancel is invalid.")
        lines = tuple(
            replace(
                line,
                cancelled_quantity=line.cancelled_quantity + quantities.get(line.line_id, 0),
                quantity=line.quantity - (quantities.get(line.line_id, 0) if self.is_net else 0),
            )
            for line in self.orders[order_id].lines
        )
        self.change(order_id, lines=lines)
        self._close(order_id)
        return ""

    def _refer(self, prepared: Prepared) -> str:
        for order_id, reference in json.loads(prepared.body or b"").items():
            self.references[order_id] = reference
            self.change(order_id, seller_reference=reference)
        return ""
