"""Stock as SEKO pushes it: adjustments, movements, the overnight summary, goods received (SEKO contract 6.4 to 6.7)."""

import re
from collections.abc import Sequence

from sync.partners.seko.push_fields import Fields
from sync.shapes import (
    GoodsReceived,
    StockAdjustment,
    StockMoveLine,
    StockMovement,
    StockSummary,
    StockSummaryLine,
)

_DIRECTIONS = {"increase": True, "decrease": False}
# DCCL01-4/8/2020 11:59:59 PM
_GROUP_OF_A_DC = re.compile(r"(?P<dc>\S+?)-\d")


def read_adjustment(head: Fields, lines: Sequence[Fields]) -> StockAdjustment:
    """Read a stock adjustment (SEKO contract 6.4); lines of nothing are left out."""
    direction = head.needed("StockAdjustmentType")
    if direction.lower() not in _DIRECTIONS:
        raise head.fault("StockAdjustmentType is neither Increase nor Decrease")
    return StockAdjustment(
        internal_id=head.text("InternalId"),
        increase=_DIRECTIONS[direction.lower()],
        at=head.moment("StockAdjustmentDate"),
        dc_code=head.text("DCCode"),
        location_type=head.text("LocationType"),
        lines=_moved(_some(head, lines), "Quantity"),
    )


def read_movement(head: Fields) -> StockMovement | None:
    """Read a movement between location types (SEKO contract 6.5); None when nothing moved."""
    line = _move_line(head, "Quantity")
    if not line.quantity:
        return None
    return StockMovement(
        movement_id=head.text("MovementID"),
        at=head.moment("UtcDate"),
        dc_code=head.text("DCCode"),
        from_location=head.text("FromLocationType"),
        to_location=head.text("ToLocationType"),
        line=line,
    )


def read_summary(head: Fields, lines: Sequence[Fields]) -> StockSummary:
    """Read one part of the overnight summary (SEKO contract 6.6).

    What is in none of the parts has nothing, so a part whose place among them is not told cannot be used.
    """
    group, part, total = head.text("MessageGroupId"), _counted(head, "MessagePart"), _counted(head, "MessageTotal")
    if part > total:
        raise head.fault("MessagePart is larger than MessageTotal")
    if total > 1 and not group:
        raise head.fault("MessageGroupId is missing")
    first = _some(head, lines)[0]
    named = _GROUP_OF_A_DC.match(group)
    return StockSummary(
        group=group,
        part=part,
        total=total,
        at=head.moment("AtEndOfDate") or first.moment("AtEndOfDate"),
        dc_code=head.text("DCCode") or first.text("DCCode") or (named["dc"] if named else ""),
        lines=tuple(
            StockSummaryLine(fields.needed("ProductCode"), fields.needed_quantity("QuantityOnHand")) for fields in lines
        ),
    )


def read_goods_received(head: Fields, lines: Sequence[Fields]) -> GoodsReceived:
    """Read a goods received notice (SEKO contract 6.7); lines of nothing are left out."""
    return GoodsReceived(
        delivery_number=head.text("DeliveryNumber"),
        reference=head.text("HBRef"),
        rma=head.text("RMA"),
        dc_code=head.text("DCCode"),
        lines=_moved(lines, "ReceivedQuantity"),
    )


def _some(head: Fields, lines: Sequence[Fields]) -> Sequence[Fields]:
    """The lines, which must be there: an empty summary would say that nothing is left of anything."""
    if not lines:
        raise head.fault("it has no lines")
    return lines


def _moved(lines: Sequence[Fields], quantity: str) -> tuple[StockMoveLine, ...]:
    moved = [_move_line(fields, quantity) for fields in lines]
    return tuple(line for line in moved if line.quantity)


def _move_line(fields: Fields, quantity: str) -> StockMoveLine:
    reasons = (fields.text("ReasonCode", cut=True), fields.text("ReasonDescription", cut=True))
    return StockMoveLine(
        product_code=fields.needed("ProductCode"),
        quantity=fields.needed_quantity(quantity),
        reason=" ".join(filter(None, reasons)),
    )


def _counted(head: Fields, name: str) -> int:
    number = head.needed_quantity(name)
    if number < 1:
        raise head.fault(f"{name} is below 1")
    return number
