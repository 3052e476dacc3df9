"""Documents of orders: OR72 and OR73, the platform's own despatch note among them (John Lewis contract 5.3)."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ..clock import show_instant
from ..scenarios import order_id_for
from .call import Call, query_key
from .orders import Order, instant
from .paging import values
from .paper import pdf
from .refusal import Refusal
from .reply import json_reply
from .world import MarketWorld

DELIVERY_BILL = "SYSTEM_DELIVERY_BILL"
NUMBERS = 10  # document numbers per order


@dataclass(frozen=True)
class Document:
    """One document of an order; `uploaded` is in milliseconds."""

    number: int
    kind: str
    order_id: str
    name: str
    uploaded: int
    content: bytes

    def json(self) -> dict[str, Any]:
        """One entry of OR72."""
        return {
            "id": self.number,
            "type": self.kind,
            "order_id": self.order_id,
            "file_name": self.name,
            "file_size": len(self.content),
            "date_uploaded": show_instant(instant(self.uploaded)),
        }


def documents_of(order: Order) -> list[Document]:
    """The documents of an order: the despatch note, made by the platform once the order is paid."""
    paid = order["times"].get("debited")
    if paid is None:
        return []
    content = pdf([f"Despatch note for {order['order_id']}", *_lines(order)])
    name = f"delivery-{order['order_id']}.pdf"
    return [Document(order["number"] * NUMBERS + 1, DELIVERY_BILL, order["order_id"], name, paid, content)]


class DocumentCalls:
    """The handlers."""

    def __init__(self, world: MarketWorld) -> None:
        self._world = world

    def calls(self) -> list[Call]:
        """Every call on documents."""
        return [
            Call("OR72", "GET", "/api/orders/documents", self._list, query_key("order_ids")),
            Call("OR73", "GET", "/api/orders/documents/download", self._download,
                 query_key("document_ids", "order_ids")),
        ]  # fmt: skip

    async def _list(self, request: Request) -> Response:
        order_ids = values(request.query_params, "order_ids")
        if not order_ids:
            raise Refusal(400, "order_ids is mandatory", "VALIDATION_ERROR")
        found = [document.json() for document in self._of(order_ids)]
        return json_reply({"order_documents": found, "total_count": len(found)})

    async def _download(self, request: Request) -> Response:
        """OR73: one document by its number comes as it is, anything else in a ZIP archive with a folder per order."""
        query = request.query_params
        numbers, kinds = values(query, "document_ids"), values(query, "document_codes")
        order_ids = values(query, "order_ids")
        if numbers:
            owners = [order_id_for(int(number) // NUMBERS) for number in numbers if number.isdigit()]
            found = [each for each in self._of(owners) if str(each.number) in numbers]
        elif order_ids:
            found = [each for each in self._of(order_ids) if not kinds or each.kind in kinds]
        else:
            raise Refusal(400, "order_ids or document_ids is mandatory", "VALIDATION_ERROR")
        if not found:
            raise Refusal(404, "No document was found")
        single = len(numbers) == 1 and len(found) == 1
        name = found[0].name if single else f"documents-{self._world.ground.clock.now():%Y%m%d%H%M%S}.zip"
        return Response(
            found[0].content if single else _zipped(found),
            media_type="application/octet-stream",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    def _of(self, order_ids: list[str]) -> list[Document]:
        known = [
            self._world.orders[order_id] for order_id in dict.fromkeys(order_ids) if order_id in self._world.orders
        ]
        return [document for order in known for document in documents_of(order)]


def _lines(order: Order) -> list[str]:
    return [f"{line['quantity']} x {line['sku']}" for line in order["lines"]]


def _zipped(documents: list[Document]) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
        for document in documents:
            target.writestr(f"{document.order_id}/{document.name}", document.content)
    return archive.getvalue()
