"""Dispatches and tracking as SEKO pushes them (SEKO contract 6.2 and 6.3)."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import NAMESPACE_OID, uuid5

from sync.partners.seko.push_fields import Fields
from sync.shapes import DispatchNews, DispatchNewsLine, TrackingNews

_LONGEST_ID = 200


def read_tracking(head: Fields) -> TrackingNews:
    """Read tracking details (SEKO contract 6.3)."""
    return TrackingNews(
        order_number=head.text("SalesOrderNumber"),
        dispatch_number=head.text("DispatchNumber"),
        guid=head.text("InterfaceRecordId"),
        courier=head.text("Courier"),
        tracking_number=head.text("TrackingNumber"),
        tracking_url=head.url("TrackingUrl"),
    )


def read_dispatch(head: Fields, lines: Sequence[Fields]) -> list[DispatchNews]:
    """Read a dispatch into its parcels: one for each tracking number that its cartons carry, else one in all.

    Several lines of one product are kept (lots), and so are lines of quantity zero (short picks).
    """
    whole = DispatchNews(
        dispatch_id=head.text("DispatchId"),
        dispatch_number=head.text("DispatchNumber"),
        order_number=head.text("SalesOrderNumber"),
        order_reference=head.text("SalesOrderReference"),
        guid=head.text("InterfaceRecordId"),
        courier=head.text("Courier"),
        service=head.text("CourierService"),
        tracking_number=head.text("TrackingNumber"),
        tracking_url=head.url("TrackingUrl"),
        dispatched_at=head.moment("DispatchDate"),
        lines=tuple(_line(fields) for fields in lines),
    )
    numbers = [fields.text("CartonTrackingNumber") for fields in lines]
    return _parcels(whole, numbers) if any(numbers) else [whole]


def _line(fields: Fields) -> DispatchNewsLine:
    return DispatchNewsLine(
        product_code=fields.needed("ProductCode"),
        dispatched=fields.needed_quantity("DispatchedQuantity"),
        ordered=fields.quantity("OrderedQuantity"),
        line_number=fields.quantity("LineNumber"),
        lot=fields.text("LotNo"),
    )


def _parcels(whole: DispatchNews, numbers: Sequence[str]) -> list[DispatchNews]:
    """The dispatch by tracking number. ``numbers`` is the carton's own number of each line, empty = it has none.

    A line without a number travels under the dispatch's number. One that sent nothing is in no carton, makes no parcel
    and stays with the first one, so that the short pick is told once.
    """
    parcels: dict[str, list[DispatchNewsLine]] = {}
    for line, number in zip(whole.lines, numbers, strict=True):
        if line.dispatched:
            parcels.setdefault(number or whole.tracking_number, []).append(line)
    if not parcels:
        return [whole]
    first, *others = parcels
    parcels[first] += [line for line in whole.lines if not line.dispatched]
    return [
        replace(
            whole,
            dispatch_id=_parcel_id(whole, number) if others else whole.dispatch_id,
            tracking_number=number,
            tracking_url=whole.tracking_url if number == whole.tracking_number else "",
            lines=tuple(lines),
        )
        for number, lines in parcels.items()
    ]


def _parcel_id(whole: DispatchNews, number: str) -> str:
    """The same parcel of the same dispatch always has the same id."""
    text = f"{whole.dispatch_id or f'{whole.order_number}/{whole.dispatch_number}'}/{number}"
    return text if len(text) <= _LONGEST_ID else str(uuid5(NAMESPACE_OID, text))
