"""What must hold before John Lewis is told that an order has left: an approved carrier, a tracking number, every
line.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from carriers import resolve as carrier_map
from carriers import tracking as tracking_formats
from carriers.models import Carrier
from sync import skus
from sync.failures import Code, Failure
from sync.models import Dispatch, DispatchLine, Order

PROBLEMS = {
    "unmapped": (Code.UNMAPPED_CARRIER, "{carrier} has no John Lewis carrier code."),
    "not_approved": (Code.CARRIER_NOT_APPROVED, "{carrier} is mapped to {code}, not on John Lewis's approved list."),
    "list_unread": (Code.CARRIER_NOT_APPROVED, "John Lewis's approved carrier list has not been read yet."),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The result of the rules: the faults, and what would be sent to John Lewis."""

    failures: list[Failure]
    carrier_code: str
    tracking_number: str


def draft(dispatch: Dispatch, order: Order, corrections: Mapping[str, str]) -> Confirmation:
    """Run every rule on a dispatch; ``corrections`` may name another carrier code or tracking number for this one
    parcel.
    """
    code, failures = _carrier(dispatch, corrections.get("carrier_code", ""))
    number = (corrections.get("tracking_number") or dispatch.tracking_number).strip()
    failures += _tracking(dispatch, code, number)
    failures += _completeness(order)
    return Confirmation(failures, code, number)


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


def _completeness(order: Order) -> list[Failure]:
    """Never round up: what all dispatches of the order sent together must cover every line."""
    lines = [line for line in order.lines.all() if line.open_quantity]
    resolved = skus.resolve(order.connection, [line.sku for line in lines])
    needed: Counter[str] = Counter()
    for line in lines:
        needed[skus.key_of(resolved[line.sku].product_code or line.sku)] += line.open_quantity
    sent: Counter[str] = Counter()
    for part in DispatchLine.objects.filter(dispatch__order=order):
        sent[part.product_key] += part.dispatched
    short = {key: (sent[key], quantity) for key, quantity in needed.items() if sent[key] < quantity}
    if not short:
        return []
    facts = {key: f"{got} of {wanted}" for key, (got, wanted) in short.items()}
    words = ", ".join(f"{text} {key}" for key, text in facts.items())
    return [Failure(Code.SHORT_DISPATCH, f"SEKO sent {words}.", field="lines", rule="complete", facts=facts)]
