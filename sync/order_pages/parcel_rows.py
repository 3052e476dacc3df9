"""The parcels of an order on its page: what SEKO packed, what John Lewis was told, and where each stands."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from jlseko.ui.badges import state_badge
from sync.links import safe_href
from sync.models import Dispatch, OrderLine
from sync.states import Stage, Status


@dataclass(frozen=True, slots=True)
class ParcelRow:
    """One dispatch. ``packed`` and ``told`` are pieces in words; ``told`` is empty where John Lewis heard nothing."""

    dispatch: Dispatch
    href: str
    state: SafeString
    packed: str
    told: str


def rows(dispatches: Iterable[Any], lines: Sequence[OrderLine]) -> list[ParcelRow]:
    """A row for each dispatch of :func:`sync.order_pages.reading.parcels`."""
    skus = {line.line_id: line.sku for line in lines}
    return [
        ParcelRow(
            dispatch=each,
            href=safe_href(each.tracking_url),
            state=_state(each),
            packed=_pieces((part["dispatched"], part["product_code"]) for part in each.parts),
            told=_told(each, skus),
        )
        for each in dispatches
    ]


def _told(dispatch: Dispatch, skus: Mapping[str, str]) -> str:
    """Lines that are only held for a shipment that was not taken yet are not told."""
    told = dispatch.told_lines.items() if dispatch.shipment_id else ()
    return _pieces((quantity, skus.get(line_id, line_id)) for line_id, quantity in told)


def _pieces(parts: Iterable[tuple[int, str]]) -> str:
    return ", ".join(f"{quantity} × {name}" for quantity, name in parts)


def _state(dispatch: Dispatch) -> SafeString:
    item = dispatch.item
    if dispatch.confirmed_at:
        return state_badge("Confirmed at John Lewis", "success", "circle-check")
    if item.status == Status.STALLED:
        return state_badge("Stalled", "danger", "octagon-alert")
    if item.status == Status.CANCELLED:
        return state_badge("Not told: the order is cancelled", "neutral", "ban")
    if item.status == Status.DONE:
        return state_badge("Nothing in it to tell", "neutral", "ban")
    if item.status == Status.UNKNOWN:
        return state_badge("Being read back", "warning", "search-check")
    if dispatch.shipment_id:
        return state_badge("Shipment created, not confirmed yet", "warning", "circle-alert")
    if item.stage == Stage.VALIDATED:
        return state_badge("Held until the whole order has left", "info", "hourglass")
    return state_badge("Not told to John Lewis yet", "info", "arrow-right")
