"""SEKO's push messages, JSON or XML (SEKO contract 6).

SEKO can rename fields per client and the public copies of its tables end early, so every field is looked up by a list
of names. Nothing of it is trusted: lengths are capped and quantities must be whole.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from sync.partners.seko.push_body import entities
from sync.partners.seko.wire import loose_text, many, whole_number
from sync.shapes import DispatchNews, DispatchNewsLine, PushMessage, TrackingNews

DISPATCH = "Dispatch"
TRACKING = "TrackingDetails"
# The key under which an entity comes, in lower case and without "push", and the name that we give its service.
SERVICES: dict[str, str] = {
    "dispatch": DISPATCH,
    "dispatchconfirmation": DISPATCH,
    "dispatchcarton": DISPATCH,
    "dispatchcartons": DISPATCH,
    "trackingdetails": TRACKING,
    "tracking": TRACKING,
    "stockadjustment": "StockAdjustment",
    "stockstatusmovement": "StockStatusMovement",
    "stockovernightsummary": "StockOvernightSummary",
    "stockovernightlocation": "StockOvernightLocation",
    "grn": "GRN",
    "grnconfirmation": "GRN",
    "goodsreceivednotice": "GRN",
    "deliveryarrive": "DeliveryArrive",
}

# Names in lower case, the first that holds something wins.
_NAMES: dict[str, tuple[str, ...]] = {
    "SequenceNumber": ("sequencenumber", "sequenceno"),
    "SalesOrderNumber": ("salesordernumber", "salesorderno", "ordernumber"),
    "SalesOrderReference": ("salesorderreference", "orderreference"),
    "InterfaceRecordId": ("interfacerecordid", "guid"),
    "DispatchId": ("dispatchid",),
    "DispatchNumber": ("dispatchnumber", "dispatchno"),
    "Courier": ("courier", "couriername", "carriername", "carrier"),
    "CourierService": ("courierservice", "carrierservice"),
    "TrackingNumber": ("trackingnumber", "primarytrackingnumber", "trackingno"),
    "TrackingUrl": ("trackingurl", "primarytrackingurl"),
    "DispatchDate": ("dispatchdate", "dispatcheddate"),
    "LineNumber": ("linenumber", "lineno"),
    "ProductCode": ("productcode", "sku"),
    "DispatchedQuantity": ("quantitydispatched", "dispatchedquantity", "dispatchquantity", "packedqty", "quantity"),
    "OrderedQuantity": ("quantityordered", "orderedquantity", "orderquantity"),
    "LotNo": ("lotno", "lotnumber"),
}
_LINE_LISTS = ("dispatchlineitem", "dispatchlineitems", "cartonlineitems", "cartonlineitem", "lineitems", "lineitem")
_LONGEST = {"TrackingUrl": 4000}
_LONGEST_TEXT = 200
_LARGEST_SEQUENCE = 2**63 - 1


def read_push(body: bytes) -> list[PushMessage]:
    """Read a pushed body into its entities, in the order in which they came.

    Several lines of one product are kept (lots), and so are lines of quantity zero (short picks).

    One entity that cannot be read does not hold up the others: it comes back with its ``problem``, which names it by
    its place, and the field.

    Raises:
        ValueError: a plain reason, when nothing in the body can be read.
    """
    messages = []
    for place, entity in enumerate(entities(body), start=1):
        try:
            messages.append(_message(entity))
        except ValueError as error:
            problem = f"Entity {place}: {error}."
            messages.append(PushMessage(service="", sequence=None, news=None, raw=entity, problem=problem))
    if messages and all(message.problem for message in messages):
        raise ValueError(messages[0].problem)
    return messages


def _message(entity: Mapping[str, Any]) -> PushMessage:
    keys = [name for name, value in entity.items() if name.lower() != "list" and isinstance(value, dict)]
    if not keys:
        raise ValueError("no service can be told from it")
    key = next((name for name in keys if _service(name)), keys[0])
    service = _service(key) or key[:60]
    head = _Fields(entity[key])
    news: DispatchNews | TrackingNews | None = None
    if service == DISPATCH:
        news = _dispatch(head, entity)
    elif service == TRACKING:
        news = _tracking(head)
    return PushMessage(service=service, sequence=head.sequence(), news=news, raw=entity)


def _service(key: str) -> str:
    """Our name of the service that sends its entities under ``key``; empty when it is new to us."""
    return SERVICES.get(key.lower().removeprefix("push"), "")


class _Fields:
    """The fields of one object, whatever their letter case."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self._by_name = {name.lower(): value for name, value in fields.items()}

    def text(self, name: str) -> str:
        for alias in _NAMES[name]:
            text = loose_text(self._by_name.get(alias))
            if text:
                longest = _LONGEST.get(name, _LONGEST_TEXT)
                if len(text) > longest:
                    raise ValueError(f"{name} is longer than {longest} characters")
                return text
        return ""

    def quantity(self, name: str) -> int | None:
        text = self.text(name)
        if not text:
            return None
        try:
            return whole_number(text)
        except ValueError as error:
            raise ValueError(f"{name} {error}") from None

    def sequence(self) -> int | None:
        text = self.text("SequenceNumber")
        if not text:
            return None
        if not (text.isascii() and text.isdigit() and int(text) <= _LARGEST_SEQUENCE):
            raise ValueError("SequenceNumber is not a number")
        return int(text)

    def url(self) -> str:
        """The tracking address; anything but a web address is left out, since it will be shown as a link."""
        text = self.text("TrackingUrl")
        return text if text.lower().startswith(("https://", "http://")) else ""

    def moment(self) -> datetime | None:
        """When it was dispatched; SEKO's times are UTC, written with or without the Z."""
        try:
            moment = datetime.fromisoformat(self.text("DispatchDate"))
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, OverflowError):
            return None

    def objects(self, names: tuple[str, ...]) -> Iterator[Any]:
        for name in names:
            held = self._by_name.get(name)
            if held:
                yield from many(held)
                return


def _dispatch(head: _Fields, entity: Mapping[str, Any]) -> DispatchNews:
    return DispatchNews(
        dispatch_id=head.text("DispatchId"),
        dispatch_number=head.text("DispatchNumber"),
        order_number=head.text("SalesOrderNumber"),
        order_reference=head.text("SalesOrderReference"),
        guid=head.text("InterfaceRecordId"),
        courier=head.text("Courier"),
        service=head.text("CourierService"),
        tracking_number=head.text("TrackingNumber"),
        tracking_url=head.url(),
        dispatched_at=head.moment(),
        lines=tuple(_line(entry) for entry in _line_entries(head, entity)),
    )


def _line_entries(head: _Fields, entity: Mapping[str, Any]) -> list[Any]:
    """The lines, which stand in ``List`` beside the dispatch, inside it, or in the dispatch itself (cartons)."""
    beside = _Fields(entity)
    for holder in (beside, head):
        for held in holder.objects(("list",)):
            found = list(_Fields(held).objects(_LINE_LISTS)) if isinstance(held, dict) else []
            if found:
                return found
    return list(head.objects(_LINE_LISTS)) or list(beside.objects(_LINE_LISTS))


def _line(entry: Any) -> DispatchNewsLine:
    if not isinstance(entry, dict):
        raise ValueError("a dispatch line is no object")
    fields = _Fields(entry)
    product, dispatched = fields.text("ProductCode"), fields.quantity("DispatchedQuantity")
    if not product:
        raise ValueError("ProductCode of a dispatch line is missing")
    if dispatched is None:
        raise ValueError("DispatchedQuantity of a dispatch line is missing")
    return DispatchNewsLine(
        product_code=product,
        dispatched=dispatched,
        ordered=fields.quantity("OrderedQuantity"),
        line_number=fields.quantity("LineNumber"),
        lot=fields.text("LotNo"),
    )


def _tracking(head: _Fields) -> TrackingNews:
    return TrackingNews(
        order_number=head.text("SalesOrderNumber"),
        dispatch_number=head.text("DispatchNumber"),
        guid=head.text("InterfaceRecordId"),
        courier=head.text("Courier"),
        tracking_number=head.text("TrackingNumber"),
        tracking_url=head.url(),
    )
