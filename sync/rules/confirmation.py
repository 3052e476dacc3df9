"""What must hold before John Lewis is told that a parcel has left: an approved carrier, a tracking number, no more than
was ordered.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from carriers import resolve as carrier_map
from carriers import tracking as tracking_formats
from carriers.models import Carrier
from sync.failures import Code, Failure
from sync.models import Dispatch, Order
from sync.rules import parcels
from sync.shapes import ShipmentDraft, ShipmentLine

PROBLEMS = {
    "unmapped": (Code.UNMAPPED_CARRIER, "{carrier} has no John Lewis carrier code."),
    "not_approved": (Code.CARRIER_NOT_APPROVED, "{carrier} is mapped to {code}, not on John Lewis's approved list."),
    "list_unread": (Code.CARRIER_NOT_APPROVED, "John Lewis's approved carrier list has not been read yet."),
}  # fmt: skip
TELL_ORDERED = "ordered"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The result of the rules: the faults, and what would be sent to John Lewis."""

    failures: list[Failure]
    carrier_code: str
    tracking_number: str


def draft(dispatch: Dispatch, corrections: Mapping[str, str]) -> Confirmation:
    """Run the rules on carrier and tracking number; ``corrections`` may name another of either for this one parcel."""
    code, failures = _carrier(dispatch, corrections.get("carrier_code", ""))
    number = (corrections.get("tracking_number") or dispatch.tracking_number).strip()
    failures += _tracking(dispatch, code, number)
    return Confirmation(failures, code, number)


def lines_of(
    dispatch: Dispatch, order: Order, corrections: Mapping[str, str], *, elsewhere: Mapping[str, int]
) -> tuple[dict[str, int], list[Failure]]:
    """What may be told of a parcel (order line id to quantity), and the fault when SEKO sent more than was ordered.

    A person may have said that only what was ordered shall be told. ``elsewhere``: see :func:`sync.rules.parcels.fill`.
    """
    filling = parcels.fill(dispatch, order, elsewhere=elsewhere)
    return filling.lines, _too_much(filling.surplus, corrections)


def whole_of(order: Order, corrections: Mapping[str, str]) -> list[Failure]:
    """The same fault where one confirmation tells all parcels of an order; ``corrections`` are those of the parcel that
    stands for them.
    """
    return _too_much(parcels.surplus(order), corrections)


def _too_much(surplus: Mapping[str, int], corrections: Mapping[str, str]) -> list[Failure]:
    if not surplus or corrections.get(parcels.SURPLUS) == TELL_ORDERED:
        return []
    words = ", ".join(f"{parcels.pieces(quantity)} of {code}" for code, quantity in surplus.items())
    text = f"SEKO sent {words} more than this order still wants."
    facts = {f"surplus.{code}": str(quantity) for code, quantity in surplus.items()}
    return [Failure(Code.OVER_DISPATCH, text, field="lines", rule="surplus", facts=facts)]


def shipment(dispatch: Dispatch, order: Order, found: Confirmation, lines: Mapping[str, int]) -> ShipmentDraft:
    """One parcel as ST01 tells it; SEKO's dispatch id in ``package`` is how the shipment is recognised as ours."""
    told = tuple(ShipmentLine(line_id, quantity, dispatch.dispatch_id) for line_id, quantity in lines.items())
    return ShipmentDraft(order.order_id, found.carrier_code, found.tracking_number, told)


def _carrier(dispatch: Dispatch, chosen: str) -> tuple[str, list[Failure]]:
    shop = dispatch.connection.name
    if chosen:
        if Carrier.objects.filter(shop=shop, code=chosen, removed_at__isnull=True).exists():
            return chosen, []
        problem, code = "not_approved", chosen
    else:
        found = carrier_map.resolve(shop, dispatch.courier, dispatch.service)
        if not found.problem:
            return found.code, []
        problem, code = found.problem, found.code
    failure_code, words = PROBLEMS[problem]
    facts = {"courier": dispatch.courier, "service": dispatch.service, "carrier_code": code}
    text = words.format(carrier=carrier_name(dispatch), code=code)
    return code, [Failure(failure_code, text, field="carrier", value=code, rule=f"carrier.{problem}", facts=facts)]


def carrier_name(dispatch: Dispatch) -> str:
    """Courier and service as SEKO names them, for a sentence."""
    return " ".join(part for part in (dispatch.courier, dispatch.service) if part) or "A courier without a name"


def _tracking(dispatch: Dispatch, code: str, number: str) -> list[Failure]:
    facts = {"courier": dispatch.courier}
    if not number:
        text = f"{carrier_name(dispatch)} was dispatched without a tracking number."
        return [Failure(Code.TRACKING_MISSING, text, field="tracking_number", rule="tracking.missing", facts=facts)]
    problem = tracking_formats.check(dispatch.courier, code, number)
    if problem:
        found = Failure(
            Code.TRACKING_INVALID, problem, field="tracking_number", value=number, rule="tracking.format", facts=facts
        )
        return [found]
    return []
