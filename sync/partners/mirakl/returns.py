"""Returns and refunds (John Lewis contract 2.7 and 5.1)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import AliasChoices, Field

from sync.partners.answers import Reply
from sync.partners.mirakl.client import MiraklClient, Query, key_of
from sync.partners.mirakl.fields import (
    Identity,
    Moment,
    NullIsEmpty,
    NumberedIdentity,
    Quantity,
    Short,
    Text,
    Wire,
    Word,
    as_date,
    as_number,
    as_taxes,
    at_most,
    read,
)
from sync.partners.mirakl.paging import each_of, seek, seek_page
from sync.partners.mirakl.verdicts import Judge, Verdict, by_id, keys_sent
from sync.shapes import (
    CustomerReturn,
    Inspection,
    LineRefund,
    Prepared,
    ReturnableLine,
    ReturnDecision,
    ReturnDetails,
    ReturnLine,
    ReturnPage,
)

_RETURNS = "/api/returns"
_LONGEST_NOTE = 2000


class _Compliance(Wire):
    compliant: bool
    non_compliance_reason_code: Short = ""


class _Line(Wire):
    order_line_id: Identity
    quantity: Quantity
    reason_code: Short = ""
    compliance: Annotated[list[_Compliance], NullIsEmpty] = []

    def to_line(self) -> ReturnLine:
        faults = [each.non_compliance_reason_code for each in self.compliance if not each.compliant]
        return ReturnLine(
            line_id=self.order_line_id,
            quantity=self.quantity,
            reason_code=self.reason_code,
            compliant=not faults if self.compliance else None,
            faults=tuple(dict.fromkeys(fault for fault in faults if fault)),
        )


class _Tracking(Wire):
    """The vendor's schema and the vendor's example spell the carrier differently."""

    carrier_code: Annotated[Short, Field(validation_alias=AliasChoices("carrier_code", "carrierCode"))] = ""
    carrier_name: Annotated[Short, Field(validation_alias=AliasChoices("carrier_name", "carrierName"))] = ""
    tracking_number: Short = ""


class _Return(Wire):
    id: Identity
    order_id: Identity
    order_commercial_id: Identity
    state: Word
    date_created: Moment
    last_updated: Moment
    return_lines: Annotated[list[_Line], NullIsEmpty] = []
    reason_code: Short = ""
    rejection_reason_code: Short = ""
    rma: Short = ""
    method_code: Short = ""
    label_url: Text = ""
    tracking: _Tracking | None = None

    def to_return(self, raw: Mapping[str, Any]) -> CustomerReturn:
        tracking = self.tracking or _Tracking()
        return CustomerReturn(
            return_id=self.id,
            order_id=self.order_id,
            commercial_id=self.order_commercial_id,
            state=self.state,
            created_at=self.date_created,
            updated_at=self.last_updated,
            lines=tuple(line.to_line() for line in self.return_lines),
            reason_code=self.reason_code,
            rejection_code=self.rejection_reason_code,
            rma=self.rma,
            method_code=self.method_code,
            label_url=self.label_url,
            carrier_code=tracking.carrier_code,
            carrier_name=tracking.carrier_name,
            tracking_number=tracking.tracking_number,
            raw=raw,
        )


class _Returnable(Wire):
    order_commercial_id: Identity
    order_line_id: Identity
    returnable_quantity: Quantity
    available_return_reasons: Annotated[list[Word], NullIsEmpty] = []
    available_return_methods: Annotated[list[Word], NullIsEmpty] = []


class MiraklReturns:
    """Implements :class:`sync.ports.Returns`."""

    def __init__(self, client: MiraklClient) -> None:
        self._client = client

    def page(self, *, updated_since: datetime | None = None, states: Sequence[str] = (), token: str = "") -> ReturnPage:
        """Read one page of returns (RT11); ``unreadable`` counts entries that are none."""
        query: dict[str, str | Sequence[str]] = {}
        if updated_since is not None:
            query["return_last_updated_from"] = as_date(updated_since, name="updated_since")
        if states:
            query["return_state"] = at_most(states, name="states")
        page, reply = seek_page(self._client, "RT11", _RETURNS, query, token=token)
        found, unreadable = each_of(_Return, page.data)
        return ReturnPage(
            returns=tuple(each.to_return(raw) for each, raw in found),
            next_token=page.next_page_token,
            remote_now=reply.date,
            unreadable=unreadable,
        )

    def by_id(self, return_ids: Sequence[str]) -> list[CustomerReturn]:
        """Read up to 100 returns by id (RT11); one that cannot be understood raises ``Unclear``."""
        if not return_ids:
            return []
        query: Query = {"return_id": at_most(return_ids, name="return ids")}
        found = seek(self._client, "RT11", _RETURNS, query, _Return)
        return [each.to_return(raw) for each, raw in found if each.id in return_ids]

    def returnable(self, commercial_ids: Sequence[str]) -> list[ReturnableLine]:
        """Read what may still come back of up to 100 customers' orders (RT12)."""
        if not commercial_ids:
            return []
        query: Query = {"order_commercial_id": at_most(commercial_ids, name="commercial ids")}
        found = seek(self._client, "RT12", f"{_RETURNS}/items_to_return", query, _Returnable)
        return [
            ReturnableLine(
                commercial_id=each.order_commercial_id,
                line_id=each.order_line_id,
                quantity=each.returnable_quantity,
                reason_codes=tuple(each.available_return_reasons),
                method_codes=tuple(each.available_return_methods),
            )
            for each, _ in found
            if each.order_commercial_id in commercial_ids
        ]

    def prepare_details(self, details: Sequence[ReturnDetails]) -> Prepared:
        """Add our number, a label or a tracking number to up to 100 returns (RT04)."""
        return self._listed("RT04", "", [_details(each) for each in details])

    def prepare_decisions(self, decisions: Sequence[ReturnDecision]) -> Prepared:
        """Accept or refuse up to 100 returns (RT21); raises ``ValueError`` for a refusal without its code."""
        if any(bool(each.rejection_code) == each.accepted for each in decisions):
            raise ValueError("A refused return needs a rejection code, an accepted one has none.")
        entries = [
            {
                "id": each.return_id,
                "accepted": each.accepted,
                **({"rejection_reason_code": each.rejection_code} if each.rejection_code else {}),
            }
            for each in decisions
        ]
        return self._listed("RT21", "/accept", entries)

    def prepare_received(self, return_ids: Sequence[str]) -> Prepared:
        """Say that up to 100 returns have arrived (RT25)."""
        return self._listed("RT25", "/receive", [{"id": return_id} for return_id in return_ids])

    def prepare_inspected(self, inspections: Mapping[str, Sequence[Inspection]]) -> Prepared:
        """Say whether what came back is as it should be, for every line of up to 100 returns, by return id (RT26)."""
        entries = [
            {"id": return_id, "return_lines": [_inspection(line) for line in lines]}
            for return_id, lines in inspections.items()
        ]
        return self._listed("RT26", "/compliance", entries)

    def prepare_closed(self, return_ids: Sequence[str]) -> Prepared:
        """Close up to 100 returns (RT27)."""
        return self._listed("RT27", "/close", [{"id": return_id} for return_id in return_ids])

    def prepare_refund(self, order_id: str, refunds: Sequence[LineRefund], *, currency: str = "") -> Prepared:
        """Give money back after the dispatch (OR28); the answer's reference holds the ids, divided by commas.

        Raises ``ValueError`` for no line, an amount below zero, or nothing to give back.
        """
        if not refunds:
            raise ValueError("Name at least one line to refund.")
        entries = [{**_refund(each), **({"currency_iso_code": currency} if currency else {})} for each in refunds]
        natural_key = key_of(order_id, *(f"{each.line_id} {each.amount + each.shipping_amount}" for each in refunds))
        return self._client.prepare(
            "OR28", "PUT", "/api/orders/refund", natural_key=natural_key, body={"refunds": entries}
        )

    def _listed(self, operation: str, action: str, entries: Sequence[Mapping[str, Any]]) -> Prepared:
        return_ids = at_most([entry["id"] for entry in entries], name="return ids")
        if not return_ids or len(set(return_ids)) != len(return_ids):
            raise ValueError("Name at least one return, and each only once.")
        path, body = f"{_RETURNS}{action}", {"returns": entries}
        return self._client.prepare(operation, "PUT", path, natural_key=key_of(*return_ids), body=body)


def _details(details: ReturnDetails) -> dict[str, Any]:
    tracking = {
        "carrier_code": details.carrier_code,
        "carrier_name": details.carrier_name,
        "tracking_number": details.tracking_number,
        "tracking_url": details.tracking_url,
    }
    told = {key: value for key, value in tracking.items() if value}
    entry: dict[str, Any] = {"id": details.return_id, "rma": details.rma, "label_url": details.label_url}
    return {key: value for key, value in {**entry, "tracking": told}.items() if value}


def _inspection(line: Inspection) -> dict[str, Any]:
    if line.compliant == bool(line.fault_code):
        raise ValueError("A line that is not as it should be needs a code, one that is has none.")
    if len(line.note) > _LONGEST_NOTE:
        raise ValueError(f"A note about a return has at most {_LONGEST_NOTE} characters.")
    entry = {"order_line_id": line.line_id, "compliant": line.compliant}
    more = {"non_compliance_reason_code": line.fault_code, "non_compliance_additional_info": line.note}
    return {**entry, **{key: value for key, value in more.items() if value}}


def _refund(refund: LineRefund) -> dict[str, Any]:
    if refund.amount < 0 or refund.shipping_amount < 0 or refund.amount + refund.shipping_amount == 0:
        raise ValueError(f"Line {refund.line_id}: refund an amount above zero.")
    if refund.quantity < 0:
        raise ValueError(f"Line {refund.line_id}: the quantity cannot be below zero.")
    return {
        "order_line_id": refund.line_id,
        "amount": as_number(refund.amount),
        "shipping_amount": as_number(refund.shipping_amount),
        "quantity": refund.quantity,
        "reason_code": refund.reason_code,
        **as_taxes(refund.taxes, refund.shipping_taxes),
    }


class _RefundMade(Wire):
    order_line_id: Identity
    refund_id: NumberedIdentity


class _RefundsMade(Wire):
    refunds: list[_RefundMade]


def _judge_refunds(prepared: Prepared, reply: Reply) -> Verdict:
    return Verdict(
        sent=keys_sent(prepared, "refunds", "order_line_id"),
        done={each.order_line_id: each.refund_id for each in read(_RefundsMade, reply).refunds},
    )


JUDGES: Mapping[str, Judge] = {
    "OR28": _judge_refunds,
    **dict.fromkeys(("RT04", "RT21", "RT25", "RT26", "RT27"), by_id("returns")),
}
