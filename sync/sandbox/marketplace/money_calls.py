"""Money in the seller API: TL02, SBC11, IV01, IV02 (John Lewis contract 4)."""

from __future__ import annotations

from math import inf

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from .call import Call, path_key, query_key
from .cycles import Cycle, Cycles
from .money import STATES, MoneyBook
from .paging import (
    Row,
    choices,
    moment,
    offset_of,
    offset_reply,
    seek_query,
    seek_reply,
    seek_sort,
    values,
)
from .refusal import Refusal
from .world import MarketWorld

MOST_LINES, MOST_CYCLES = 2000, 1000
PAY_OUTS = ("TO_PAY", "PAID", "FAILED")
INVOICE_TYPES = ("ALL", "AUTO_INVOICE", "MANUAL_INVOICE", "MANUAL_CREDIT")
PAYMENTS = ("PENDING", "PAID", "FAILED")


class MoneyCalls:
    """The handlers."""

    def __init__(self, world: MarketWorld, money: MoneyBook, cycles: Cycles) -> None:
        self._world = world
        self._money = money
        self._cycles = cycles

    def calls(self) -> list[Call]:
        """Every call on money."""
        invoices = "/api/invoices"
        return [
            Call("TL02", "GET", "/api/sellerpayment/transactions_logs", self._lines,
                 query_key("order_id", "seller_billing_cycle_id")),
            Call("SBC11", "GET", "/api/seller-billing-cycles", self._list_cycles, query_key("id")),
            Call("IV01", "GET", invoices, self._invoices, query_key("invoice_id", "seller_billing_cycle_id")),
            Call("IV02", "GET", invoices + "/{accounting_document_id}", self._file, path_key("accounting_document_id")),
        ]  # fmt: skip

    async def _lines(self, request: Request) -> Response:
        query = seek_query(request)
        criterion, descending = seek_sort(query, ("dateCreated", "lastUpdated"), descending=True)
        by = "created" if criterion == "dateCreated" else "updated"
        kept, windows = self._kept(query), _windows(query)
        rows: list[Row] = [
            ((line[by], line["number"]), line)
            for line in self._money.all()
            if all(line[name] in wanted for name, wanted in kept.items())
            and all(since <= line[name] <= until for name, since, until in windows)
        ]
        return seek_reply(request, rows, self._money.json, largest=MOST_LINES, descending=descending)

    def _kept(self, query: QueryParams) -> dict[str, frozenset[str]]:
        """The values that each field of a line may have, for the fields that are filtered."""
        filters = {
            "cycle": frozenset(values(query, "seller_billing_cycle_id")),
            "state": choices(query, "payment_state", STATES),
            "type": frozenset(values(query, "transaction_type")),
            "order_id": frozenset(values(query, "order_id")),
            "line_id": frozenset(values(query, "order_line_id")),
        }
        kept = {name: wanted for name, wanted in filters.items() if wanted}
        references = values(query, "order_reference_for_seller")
        if references:
            named = {o["order_id"] for o in self._world.listed() if o.get("reference") in references}
            kept["order_id"] = kept.get("order_id", frozenset(named)) & named
        nothing = ("accounting_document_number", "accounting_document_id", "other_reference",
                   "order_reference_for_customer")  # fmt: skip
        models, codes = values(query, "shop_model"), values(query, "pay_out_psp_codes")
        elsewhere = (models and "MARKETPLACE" not in models) or (codes and "NOT_SPECIFIED" not in codes)
        if elsewhere or any(query.get(name) for name in nothing):
            kept["state"] = frozenset()
        return kept

    async def _list_cycles(self, request: Request) -> Response:
        query = seek_query(request)
        ids, states = values(query, "id"), choices(query, "pay_out_state", PAY_OUTS)
        currencies, codes = values(query, "currency"), values(query, "pay_out_psp_code")
        _, descending = seek_sort(query, ("dateCreated",), descending=False)
        elsewhere = (currencies and "GBP" not in currencies) or (codes and "NOT_SPECIFIED" not in codes)
        rows: list[Row] = [
            ((cycle["created"], cycle["number"]), cycle)
            for cycle in ([] if elsewhere else self._cycles.all())
            if (not ids or cycle["id"] in ids)
            and (not states or ("TO_PAY" if cycle["paid"] is None else "PAID") in states)
            and _between(query, cycle)
        ]
        return seek_reply(request, rows, self._cycles.cycle_json, largest=MOST_CYCLES, descending=descending)

    async def _invoices(self, request: Request) -> Response:
        query = request.query_params
        kinds = choices(query, "type", INVOICE_TYPES) or {"AUTO_INVOICE"}
        states, numbers = choices(query, "payment_status", PAYMENTS), values(query, "invoice_id")
        cycles, users = values(query, "seller_billing_cycle_id"), values(query, "issuing_user_types")
        elsewhere = query.get("currency", "GBP") != "GBP" or (users and "BATCH" not in users)
        found = [
            cycle
            for cycle in ([] if elsewhere or not kinds & {"ALL", "AUTO_INVOICE"} else self._cycles.all())
            if (not cycles or cycle["id"] in cycles)
            and (not numbers or str(cycle["number"]) in numbers)
            and (not states or ("PENDING" if cycle["paid"] is None else "PAID") in states)
            and _between(query, cycle)
        ]
        if query.get("order") == "desc":
            found.reverse()
        offset, size = offset_of(query)
        page = [self._cycles.invoice_json(cycle) for cycle in found[offset : offset + size]]
        return offset_reply(request, "invoices", len(found), page)

    async def _file(self, request: Request) -> Response:
        told = request.path_params["accounting_document_id"]
        if not told.isascii() or not told.isdigit():
            raise Refusal(400, "Invalid value for parameter 'accounting_document_id'")
        cycle = self._cycles.find(int(told))
        return Response(
            self._cycles.invoice_file(cycle),
            media_type="application/octet-stream",
            headers={"Content-Disposition": f'attachment; filename="invoice-{cycle["number"]}.pdf"'},
        )


def _windows(query: QueryParams) -> list[tuple[str, float, float]]:
    """The windows of time that are asked for: the field of a line, from when, until when."""
    names = (("date_created", "created"), ("transaction_date", "created"), ("last_updated", "updated"))
    windows = []
    for name, field in names:
        since, until = moment(query, f"{name}_from"), moment(query, f"{name}_to")
        windows.append((field, -inf if since is None else since, inf if until is None else until))
    return windows


def _between(query: QueryParams, cycle: Cycle) -> bool:
    since, until = moment(query, "start_date"), moment(query, "end_date")
    return (since is None or cycle["created"] >= since) and (until is None or cycle["created"] <= until)
