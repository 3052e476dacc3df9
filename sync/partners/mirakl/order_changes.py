"""What the shop says about whole orders and their lines (John Lewis contract 2.1, 2.3 to 2.5 and 2.7)."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from sync.partners.answers import Reply
from sync.partners.mirakl.client import MiraklClient, key_of
from sync.partners.mirakl.fields import (
    LARGEST_QUANTITY,
    Identity,
    NullIsEmpty,
    NumberedIdentity,
    Text,
    Wire,
    as_number,
    as_taxes,
    at_most,
    read,
)
from sync.partners.mirakl.verdicts import Judge, Verdict, keys_sent
from sync.partners.transport import segment
from sync.shapes import LineCancelation, Prepared


class OrderChanges:
    """The part of :class:`sync.ports.Marketplace` that changes orders."""

    _client: MiraklClient

    def prepare_accept(self, order_id: str, line_ids: Sequence[str]) -> Prepared:
        """Accept all lines (OR21; John Lewis contract 2.3)."""
        body = {"order_lines": [{"accepted": True, "id": line_id} for line_id in line_ids]}
        return _about(self._client, "OR21", order_id, "accept", body)

    def prepare_tracking(self, order_id: str, *, carrier_code: str, tracking_number: str) -> Prepared:
        """Set carrier and tracking number (OR23; John Lewis contract 2.4)."""
        body = {"carrier_code": carrier_code}
        if tracking_number:
            body["tracking_number"] = tracking_number
        return _about(self._client, "OR23", order_id, "tracking", body)

    def prepare_ship(self, order_id: str) -> Prepared:
        """Confirm the dispatch of the whole order (OR24; John Lewis contract 2.5)."""
        return _about(self._client, "OR24", order_id, "ship")

    def prepare_cancel_order(self, order_id: str) -> Prepared:
        """Cancel a whole order before it is shipped, where it says ``can_cancel`` (OR29; John Lewis contract 2.7)."""
        return _about(self._client, "OR29", order_id, "cancel")

    def prepare_references(self, references: Mapping[str, str]) -> Prepared:
        """Store our number for up to 100 orders, order id to seller reference (OR04; John Lewis contract 2.1)."""
        order_ids = at_most(list(references), name="order ids")
        if not order_ids or not all(0 < len(reference) <= 2000 for reference in references.values()):
            raise ValueError("A seller reference has 1 to 2000 characters, and at least one must be given.")
        orders = [
            {"order_id": order_id, "references": {"order_reference_for_seller": reference}}
            for order_id, reference in references.items()
        ]
        return self._client.prepare(
            "OR04", "PUT", "/api/orders", natural_key=key_of(*order_ids), body={"orders": orders}
        )

    def prepare_cancel_lines(self, order_id: str, lines: Sequence[LineCancelation]) -> Prepared:
        """Cancel quantities of an order before they are shipped (OR30; John Lewis contract 2.7).

        Raises ``ValueError`` for a quantity below one or an amount below zero.
        """
        body = {"cancelations": [_cancelation(line) for line in lines]}
        if not lines:
            raise ValueError("Name at least one line to cancel.")
        natural_key = key_of(order_id, *(f"{line.line_id} x{line.quantity}" for line in lines))
        return self._client.prepare("OR30", "PUT", "/api/orders/cancel", natural_key=natural_key, body=body)

    def prepare_resolve_incident(self, order_id: str, line_id: str, *, reason_code: str) -> Prepared:
        """Say that an incident is resolved, with a reason of kind INCIDENT_CLOSE (OR64; John Lewis contract 2.7)."""
        path = f"/api/orders/{segment(order_id)}/lines/{segment(line_id)}/resolve_incident"
        return self._client.prepare("OR64", "PUT", path, natural_key=line_id, body={"reason_code": reason_code})


def _about(
    client: MiraklClient, operation: str, order_id: str, action: str, body: Mapping[str, Any] | None = None
) -> Prepared:
    path = f"/api/orders/{segment(order_id)}/{action}"
    return client.prepare(operation, "PUT", path, natural_key=order_id, body=body)


def _cancelation(line: LineCancelation) -> dict[str, Any]:
    if not 0 < line.quantity <= LARGEST_QUANTITY or line.amount < 0 or line.shipping_amount < 0:
        raise ValueError(f"Line {line.line_id}: cancel at least one piece, and no amount below zero.")
    return {
        "order_line_id": line.line_id,
        "quantity": line.quantity,
        "amount": as_number(line.amount),
        "shipping_amount": as_number(line.shipping_amount),
        "reason_code": line.reason_code,
        **as_taxes(line.taxes, line.shipping_taxes),
    }


class _PatchError(Wire):
    code: Text = ""
    field: Text = ""
    message: Text = ""


class _Patched(Wire):
    order_id: Text = ""
    errors: Annotated[list[_PatchError], NullIsEmpty] = []


class _PatchedList(Wire):
    updated_orders: list[_Patched]


def _judge_patch(prepared: Prepared, reply: Reply) -> Verdict:
    answer = read(_PatchedList, reply).updated_orders
    return Verdict(
        sent=keys_sent(prepared, "orders", "order_id"),
        done={each.order_id: "" for each in answer if not each.errors},
        refused={
            each.order_id: "; ".join(f"{error.message} ({error.field or error.code})" for error in each.errors)
            for each in answer
            if each.errors
        },
    )


class _CancelationMade(Wire):
    order_line_id: Identity
    cancelation_id: NumberedIdentity


class _CancelationsMade(Wire):
    cancelations: list[_CancelationMade]


def _judge_cancelations(prepared: Prepared, reply: Reply) -> Verdict:
    made = read(_CancelationsMade, reply).cancelations
    return Verdict(
        sent=keys_sent(prepared, "cancelations", "order_line_id"),
        done={each.order_line_id: each.cancelation_id for each in made},
    )


JUDGES: Mapping[str, Judge] = {"OR04": _judge_patch, "OR30": _judge_cancelations}
