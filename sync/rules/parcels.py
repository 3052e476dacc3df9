"""What is in a parcel in the marketplace's terms: SEKO counts products, John Lewis counts order lines."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import QuerySet

from sync import skus
from sync.models import Correction, Dispatch, DispatchLine, Order, OrderLine

SURPLUS, TELL_NOTHING = "parcel.surplus", "nothing"


@dataclass(frozen=True, slots=True)
class Filling:
    """A parcel shared out over the order lines.

    ``lines`` = order line id to quantity; ``surplus`` = product code to the pieces that no order line has room for.
    """

    lines: dict[str, int]
    surplus: dict[str, int]


@dataclass(frozen=True, slots=True)
class Shortfall:
    """An order line of which less was sent than is wanted; ``sent`` counts every dispatch of the order.

    ``is_told`` = a dispatch names the product, with too few or with none: a short pick. A product that no dispatch
    names has only not left yet.
    """

    line: OrderLine
    sent: int
    is_told: bool

    @property
    def missing(self) -> int:
        """How many pieces have not left."""
        return self.line.open_quantity - self.sent


def fill(dispatch: Dispatch, order: Order, *, elsewhere: Mapping[str, int]) -> Filling:
    """Share a parcel out over the order lines, in line order, by what is left of each.

    ``elsewhere`` = order line id to what the marketplace was told of it in other shipments. Never more is put on a line
    than was ordered, minus what was cancelled, minus that (John Lewis contract 2.6).
    """
    wanted = _by_product(order)
    lines: dict[str, int] = {}
    surplus: dict[str, int] = {}
    for part in dispatch.lines.order_by("pk"):
        rest = part.dispatched
        for line in wanted.get(part.product_key, ()):
            taken = min(rest, max(line.open_quantity - elsewhere.get(line.line_id, 0), 0))
            if taken:
                lines[line.line_id] = taken
            rest -= taken
        if rest:
            surplus[part.product_code] = rest
    return Filling(lines, surplus)


def told_in_sisters(dispatch: Dispatch, order: Order) -> Counter[str]:
    """What the marketplace was told, or is being told, of the other parcels of the order: line id to quantity."""
    told: Counter[str] = Counter()
    for lines in order.dispatches.exclude(pk=dispatch.pk).values_list("told_lines", flat=True):
        told.update(lines)
    return told


def pieces(number: int) -> str:
    """A number of pieces in words."""
    return "1 piece" if number == 1 else f"{number} pieces"


def _counted(order: Order) -> QuerySet[DispatchLine]:
    """What all dispatches of an order hold. One that a person said to tell nothing of was told already: it counts for
    nothing by itself.
    """
    decided = Correction.objects.filter(item__dispatch__order=order, path=SURPLUS, reverted_at=None)
    told_already = [each.item_id for each in decided if each.value == TELL_NOTHING]
    return DispatchLine.objects.filter(dispatch__order=order).exclude(dispatch__item__in=told_already)


def shortfalls(order: Order) -> list[Shortfall]:
    """The order lines that all dispatches together do not cover; empty = everything has left."""
    left: Counter[str] = Counter()
    for key, quantity in _counted(order).values_list("product_key", "dispatched"):
        left[key] += quantity
    told = set(left)
    found = []
    for key, lines in _by_product(order).items():
        for line in lines:
            sent = min(left[key], line.open_quantity)
            left[key] -= sent
            if sent < line.open_quantity:
                found.append(Shortfall(line, sent, is_told=key in told))
    return found


def surplus(order: Order) -> dict[str, int]:
    """What all dispatches together hold beyond what the order still wants: product code to pieces."""
    wanted = {key: sum(line.open_quantity for line in lines) for key, lines in _by_product(order).items()}
    found: dict[str, int] = {}
    for part in _counted(order).order_by("pk"):
        over = part.dispatched - wanted.get(part.product_key, 0)
        wanted[part.product_key] = max(-over, 0)
        if over > 0:
            found[part.product_code] = found.get(part.product_code, 0) + over
    return found


def _by_product(order: Order) -> dict[str, list[OrderLine]]:
    """The order lines of each product that SEKO knows, in line order."""
    lines = list(order.lines.all())
    resolved = skus.resolve(order.connection, [line.sku for line in lines])
    found: dict[str, list[OrderLine]] = {}
    for line in lines:
        found.setdefault(skus.key_of(resolved[line.sku].product_code or line.sku), []).append(line)
    return found
