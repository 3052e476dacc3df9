"""The names of push fields, and reading one object by them (SEKO contract 6).

SEKO can rename fields per client and the public copies of its tables end early, so every field is looked up by a list
of names. Nothing of it is trusted: lengths are capped and quantities must be whole.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from sync.partners.seko.wire import loose_text, many, whole_number

# Names in lower case, the first that holds something wins.
NAMES: dict[str, tuple[str, ...]] = {
    "SequenceNumber": ("sequencenumber", "sequenceno"),
    "MessageGroupId": ("messagegroupid",),
    "MessagePart": ("messagepart",),
    "MessageTotal": ("messagetotal",),
    "SalesOrderNumber": ("salesordernumber", "salesorderno", "ordernumber"),
    "SalesOrderReference": ("salesorderreference", "orderreference"),
    "InterfaceRecordId": ("interfacerecordid", "guid"),
    "DispatchId": ("dispatchid",),
    "DispatchNumber": ("dispatchnumber", "dispatchno"),
    "Courier": ("courier", "couriername", "carriername", "carrier"),
    "CourierService": ("courierservice", "carrierservice"),
    "TrackingNumber": ("trackingnumber", "primarytrackingnumber", "trackingno"),
    "TrackingUrl": ("trackingurl", "primarytrackingurl"),
    "CartonTrackingNumber": ("cartontrackingnumber",),
    "DispatchDate": ("dispatchdate", "dispatcheddate"),
    "LineNumber": ("linenumber", "lineno"),
    "ProductCode": ("productcode", "sku"),
    "DispatchedQuantity": ("quantitydispatched", "dispatchedquantity", "dispatchquantity", "packedqty", "quantity"),
    "OrderedQuantity": ("quantityordered", "orderedquantity", "orderquantity"),
    "LotNo": ("lotno", "lotnumber"),
    "DCCode": ("dccode",),
    "LocationType": ("locationtype",),
    "InternalId": ("internalid",),
    "StockAdjustmentType": ("stockadjustmenttype", "adjustmenttype"),
    "StockAdjustmentDate": ("stockadjustmentdate", "adjustmentdate"),
    "ReasonCode": ("reasoncode",),
    "ReasonDescription": ("reasondescription",),
    "Quantity": ("quantity", "qty"),
    "MovementID": ("movementid",),
    "UtcDate": ("utcdate",),
    "FromLocationType": ("fromlocationtype",),
    "ToLocationType": ("tolocationtype",),
    "AtEndOfDate": ("atendofdate",),
    "QuantityOnHand": ("quantityonhand", "qtyonhand"),
    "DeliveryNumber": ("deliverynumber", "asnnumber"),
    "HBRef": ("hbref", "hbreference"),
    "RMA": ("rma",),
    "ReceivedQuantity": ("quantity", "grnquantity", "quantityreceived", "receivedquantity"),
}
_BY_LOWER_CASE = {name.lower(): name for name in NAMES}
_LONGEST = {"TrackingUrl": 4000}
_LONGEST_TEXT = 200
_LARGEST_SEQUENCE = 2**63 - 1
_LINE_ENDINGS = ("lineitem", "lineitems", "lines")


class PushFault(ValueError):
    """Why one entity of a push cannot be read; ``line`` counts from 1, None = not about a line."""

    def __init__(self, text: str, *, line: int | None = None) -> None:
        super().__init__(text)
        self.line = line


class FieldNames:
    """Under which names the fields come: those of the contract, and those of one connection, which win.

    Args:
        aliases: our name of a field to the names that SEKO gives it, in any letter case.

    Raises:
        ValueError: a field is not one of ours; the sentence names those that are.
    """

    def __init__(self, aliases: Mapping[str, tuple[str, ...]] | None = None) -> None:
        self._names = dict(NAMES)
        for given, others in (aliases or {}).items():
            name = _BY_LOWER_CASE.get(given.strip().lower())
            if name is None:
                raise ValueError(f"{given!r} is no push field that we read. Known fields: {', '.join(NAMES)}.")
            told = tuple(other.strip().lower() for other in others)
            self._names[name] = tuple(dict.fromkeys((*told, *self._names[name])))

    def of(self, name: str) -> tuple[str, ...]:
        """The names of one field, in lower case, the most likely first."""
        return self._names[name]


class Fields:
    """The fields of one object, whatever their letter case. ``line`` is its place among the lines of an entity."""

    def __init__(self, fields: Mapping[str, Any], names: FieldNames, *, line: int | None = None) -> None:
        self._by_name = {name.lower(): value for name, value in fields.items()}
        self._names = names
        self._line = line

    def fault(self, text: str) -> PushFault:
        """A fault of this object."""
        return PushFault(text, line=self._line)

    def text(self, name: str, *, cut: bool = False) -> str:
        """A text; empty where nothing is said. A longer one than we keep is a fault, or is ``cut``."""
        for alias in self._names.of(name):
            text = loose_text(self._by_name.get(alias))
            if text:
                longest = _LONGEST.get(name, _LONGEST_TEXT)
                if len(text) > longest and not cut:
                    raise self.fault(f"{name} is longer than {longest} characters")
                return text[:longest]
        return ""

    def needed(self, name: str) -> str:
        """A text that must be there."""
        text = self.text(name)
        if not text:
            raise self.fault(f"{name} is missing")
        return text

    def quantity(self, name: str) -> int | None:
        """A whole number from 0 to a million, None where nothing is said."""
        text = self.text(name)
        if not text:
            return None
        try:
            return whole_number(text)
        except ValueError as error:
            raise self.fault(f"{name} {error}") from None

    def needed_quantity(self, name: str) -> int:
        """A whole number that must be there."""
        quantity = self.quantity(name)
        if quantity is None:
            raise self.fault(f"{name} is missing")
        return quantity

    def sequence(self) -> int | None:
        """SEKO's running number of this service."""
        text = self.text("SequenceNumber")
        if not text:
            return None
        if not (text.isascii() and text.isdigit() and int(text) <= _LARGEST_SEQUENCE):
            raise self.fault("SequenceNumber is not a number")
        return int(text)

    def url(self, name: str) -> str:
        """A web address; anything else is left out, since it will be shown as a link."""
        text = self.text(name)
        return text if text.lower().startswith(("https://", "http://")) else ""

    def moment(self, name: str) -> datetime | None:
        """A time; SEKO's are UTC, written with or without the Z. None where nothing readable is said."""
        try:
            moment = datetime.fromisoformat(self.text(name))
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, OverflowError):
            return None

    def knows(self, name: str) -> bool:
        """Whether a field is there at all, filled or not."""
        return any(alias in self._by_name for alias in self._names.of(name))

    def lists(self) -> Iterator[list[Any]]:
        """What may be the lines: lists named like lines, here or inside ``List``; there a sole list of any name."""
        for held in many(self._by_name.get("list")):
            if isinstance(held, dict):
                entries = [value for name, value in held.items() if name.lower().endswith(_LINE_ENDINGS)]
                yield from (many(value) for value in entries or (held.values() if len(held) == 1 else ()))
        yield from (many(value) for name, value in self._by_name.items() if name.endswith(_LINE_ENDINGS))


def lines_of(head: Fields, beside: Fields, names: FieldNames) -> list[Fields]:
    """The lines of an entity, which stand in ``List`` beside its head, inside it, or in the head itself."""
    entries = next((found for holder in (beside, head) for found in holder.lists() if found), [])
    for place, entry in enumerate(entries, start=1):
        if not isinstance(entry, dict):
            raise PushFault("it is no object", line=place)
    return [Fields(entry, names, line=place) for place, entry in enumerate(entries, start=1)]
