"""Every category from its opening to its proof."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import pytest

from exceptions import services
from exceptions.category import Resubmit, registry
from exceptions.models import EntryKind, ExceptionRecord
from exceptions.states import State
from sync import corrections, limits
from sync.failures import Code, Failure, Unauthorised
from sync.models import Side
from sync.states import Kind, Milestone


@dataclass(frozen=True)
class Case:
    """How one category comes about, what a person enters, and what proves it."""

    failure: Failure
    kind: Kind = Kind.ORDER
    data: dict[str, str] = field(default_factory=dict)
    proof: Milestone = Milestone.INJECTION_VERIFIED
    known: bool = True


CARRIER = {"courier": "Fagans Freight", "service": "Pallet 48", "carrier_code": ""}
SHORT = {"lines.JL1-A-1.ordered": "2", "lines.JL1-A-1.sent": "1"}
CASES = {
    "unknown_sku": Case(Failure(Code.UNKNOWN_SKU, "x", facts={"sku": "BAG"}), data={"product_1": "BAG-01"}),
    "sku_case_clash": Case(Failure(Code.SKU_CASE_CLASH, "x", facts={"sku": "BAG"}), data={"product_1": "BAG-01"}),
    "address_not_acceptable": Case(
        Failure(Code.ADDRESS_INVALID, "Town is missing.", field="delivery.city", rule="address.missing"),
        data={"city": "Leeds"},
    ),
    "line_not_acceptable": Case(Failure(Code.LINE_INVALID, "The order has no line left to send.")),
    "no_free_stock": Case(
        Failure(Code.NO_FREE_STOCK, "x", facts={"product": "BAG"}), proof=Milestone.INJECTION_VERIFIED
    ),
    "order_not_injected": Case(Failure(Code.NOT_INJECTED, "Ready for an hour.", rule="waiting.SHIPPING")),
    "duplicate_order": Case(
        Failure(Code.DUPLICATE_ORDER, "already exists"), data={"way": "renumber", "number": "JL1-A-2"}
    ),
    "warehouse_setup": Case(Failure(Code.WAREHOUSE_SETUP, "Invalid Mapping - DC", field="dc_code")),
    "no_dispatch_news": Case(
        Failure(Code.NO_DISPATCH_NEWS, "x", facts={"status": "Dispatched"}),
        data={"way": "sent", "courier": "DPD", "service": "Next Day", "tracking_number": "15501234567890"},
        proof=Milestone.DISPATCH_SEEN,
    ),
    "cancelled_by_warehouse": Case(Failure(Code.CANCELLED_BY_WAREHOUSE, "x"), data={"number": "JL1-A-2"}),
    "unmapped_carrier": Case(
        Failure(Code.UNMAPPED_CARRIER, "x", field="carrier", facts=CARRIER),
        kind=Kind.DISPATCH, data={"carrier_code": "DPD_UK"}, proof=Milestone.CONFIRMED,
    ),
    "carrier_rejected": Case(
        Failure(Code.CARRIER_REJECTED, "x", field="carrier", value="RM24"),
        kind=Kind.DISPATCH, data={"carrier_code": "DPD_UK"}, proof=Milestone.CONFIRMED,
    ),
    "dispatch_not_confirmed": Case(
        Failure(Code.CONFIRMATION_REJECTED, "no"), kind=Kind.DISPATCH, data={"way": "again"}, proof=Milestone.CONFIRMED
    ),
    "tracking_invalid": Case(
        Failure(Code.TRACKING_MISSING, "x", field="tracking_number"),
        kind=Kind.DISPATCH, data={"tracking_number": "FF-2201"}, proof=Milestone.CONFIRMED,
    ),
    "short_dispatch": Case(
        Failure(Code.SHORT_DISPATCH, "SEKO sent 1 of 2 BAG.", facts=SHORT),
        data={"way": "cancel", "reason": "15"}, proof=Milestone.CONFIRMED,
    ),
    "over_dispatch": Case(
        Failure(Code.OVER_DISPATCH, "SEKO sent 1 BAG more.", facts={"surplus.BAG": "1"}),
        kind=Kind.DISPATCH, data={"way": "ordered"}, proof=Milestone.CONFIRMED,
    ),
    "dispatch_unmatched": Case(
        Failure(Code.DISPATCH_UNMATCHED, "x", field="order_id"),
        kind=Kind.DISPATCH, data={"order_id": "JL1-A"}, proof=Milestone.CONFIRMED, known=False,
    ),
    "cancelled_live": Case(
        Failure(Code.CANCELLED_LIVE, "x"), data={"way": "cancel", "reason": "001"}, proof=Milestone.CANCELLED
    ),
    "outcome_unknown": Case(
        Failure(Code.OUTCOME_UNKNOWN, "x", facts={"side": "warehouse", "operation": "websubmit"}),
        data={"way": "applied", "evidence": "Sam at SEKO, ticket 7"},
    ),
    "message_unreadable": Case(
        Failure(Code.MESSAGE_UNREADABLE, "cut off"), kind=Kind.MESSAGE, proof=Milestone.PROCESSED
    ),
    "unknown_value": Case(Failure(Code.UNKNOWN_VALUE, "new state", field="order_state", value="PARKED")),
    "stock_update_failed": Case(
        Failure(Code.STOCK_UPDATE_FAILED, "x", rule="refused", facts={"sku": "BAG", "reason": "locked"}),
        kind=Kind.LISTING, proof=Milestone.LISTING_RIGHT,
    ),
    "stock_divergence": Case(
        Failure(Code.STOCK_DIVERGENCE, "x", rule="publish", facts={"sku": "BAG", "layer": "publish"}),
        kind=Kind.LISTING, proof=Milestone.LISTING_RIGHT,
    ),
    "oversell_risk": Case(
        Failure(Code.OVERSELL_RISK, "x", rule="velocity", facts={"sku": "BAG"}),
        kind=Kind.LISTING, data={"way": "buffer", "quantity": "3", "hours": "12"}, proof=Milestone.LISTING_RIGHT,
    ),
    "listing_unknown": Case(
        Failure(Code.LISTING_UNKNOWN, "x", rule="unknown", facts={"sku": "BAG"}),
        kind=Kind.LISTING, data={"product_1": "BAG-01"}, proof=Milestone.LISTING_RIGHT,
    ),
    "unclassified": Case(Failure(Code.UNCLASSIFIED, "Error. The moon is full.")),
}  # fmt: skip


CONNECTION_WIDE = {"clocks_differ", "partner_unavailable", "push_gap", "stock_stale", "stock_unlisted"}


def test_every_category_but_the_partners_own_has_a_case_here() -> None:
    assert {category.slug for category in registry.all()} - set(CASES) == CONNECTION_WIDE


def test_every_code_of_the_engine_is_claimed_by_one_category() -> None:
    for code in Code:
        claiming = [c.slug for c in registry.all() if c.slug != "unclassified" and code in c.codes]
        assert len(claiming) == (0 if code == Code.UNCLASSIFIED else 1), code


def test_every_category_says_what_people_need_to_know() -> None:
    for category in registry.all():
        assert category.title, category.slug
        assert category.detect_text, category.slug
        for heading in ("## First check", "## Steps", "## Who to call", "## How you know it is fixed"):
            assert heading in category.runbook, category.slug


def _item_of(case: Case, desk):
    if case.kind == Kind.MESSAGE:
        return desk.message()
    if case.kind == Kind.LISTING:
        return desk.listing()
    item = desk.order()
    if case.kind == Kind.DISPATCH:
        item = desk.dispatch("JL1-A" if case.known else "JL9-A")
    return item


@pytest.mark.parametrize("slug", sorted(CASES))
def test_it_opens_is_taken_fixed_sent_back_and_closes_only_when_proved(slug, desk, operations, manager, admin) -> None:
    case, category = CASES[slug], registry.get(slug)
    item = _item_of(case, desk)
    record = desk.stall(item, case.failure)
    assert (record.category, record.state, record.owner_role) == (slug, State.OPEN, category.owner_role)
    assert record.cause is not None
    assert record.headline
    person = {"mapping": manager, "system": admin}.get(record.owner_role, operations)

    services.claim(record, by=person)
    given = services.parts(record, _posted(record, case))
    assert bool(given) == bool(case.data)
    if given:
        assert given[0].form.is_valid(), given[0].form.errors
        done = services.fix_and_resubmit(record, given, by=person)
    else:
        done = services.resubmit(record, by=person)
    assert [r.pk for r in done.released] == [record.pk]
    record.refresh_from_db()
    assert record.state == State.RESUBMITTED
    item.refresh_from_db()
    assert item.status == "ready"

    desk.prove(item, Milestone.INJECTED)
    record.refresh_from_db()
    assert record.state == State.RESUBMITTED, "accepted is not proved"
    desk.prove(item, case.proof)
    record.refresh_from_db()
    assert record.state == State.VERIFIED
    assert re.search(r": accepted \d\d:\d\d, verified \d\d:\d\d$", record.closed_reason)
    assert not record.faults.outstanding().exists()
    kinds = list(record.entries.values_list("kind", flat=True))
    assert kinds[:2] == [EntryKind.OPENED, EntryKind.CLAIMED]
    assert kinds[-3:] == [EntryKind.RESUBMITTED, EntryKind.ACCEPTED, EntryKind.VERIFIED]


def _posted(record: ExceptionRecord, case: Case) -> dict[str, str]:
    """The data under the prefix of the form, as a browser sends it."""
    prefixes = [part.form.prefix for part in services.parts(record)]
    return {f"{prefix}-{name}": value for prefix in prefixes for name, value in case.data.items()}


def test_a_partner_that_is_away_is_one_exception_and_closes_when_it_is_back(desk, admin) -> None:
    limits.note_bad(desk.connection, Side.WAREHOUSE, Unauthorised("401"))
    record = ExceptionRecord.objects.get()
    assert (record.category, record.partner, record.owner_role) == ("partner_unavailable", "warehouse", "system")
    assert record.headline == "SEKO refuses our key"
    assert registry.get(record.category).resubmit == Resubmit.NONE
    services.claim(record, by=admin)
    with pytest.raises(services.Refused, match="goes on by itself"):
        services.resubmit(record, by=admin)
    limits.note_recovered(desk.connection, Side.WAREHOUSE)
    record.refresh_from_db()
    assert (record.state, record.closed_reason[:26]) == (State.VERIFIED, "The partner answers again,")


def test_an_outage_of_one_partner_stays_open_while_the_other_comes_back(desk) -> None:
    limits.note_bad(desk.connection, Side.WAREHOUSE, Unauthorised("401"))
    limits.note_bad(desk.connection, Side.MARKETPLACE, Unauthorised("401"))
    limits.note_recovered(desk.connection, Side.MARKETPLACE)
    states = dict(ExceptionRecord.objects.values_list("partner", "state"))
    assert states == {"warehouse": State.OPEN, "marketplace": State.VERIFIED}


def test_a_fix_becomes_a_correction_and_the_original_stays(desk, operations) -> None:
    case = CASES["address_not_acceptable"]
    item = desk.order()
    record = desk.stall(item, case.failure)
    [part] = services.parts(record, _posted(record, Case(case.failure, data={"city": "Otley"})))
    services.fix(record, [part], by=operations)
    record.refresh_from_db()
    item.refresh_from_db()
    assert (record.state, record.owner, item.status) == (State.CLAIMED, operations, "stalled")
    assert corrections.live(item) == {"delivery.city": "Otley"}
    assert desk.order_of(item).delivery().city == "Leeds"
    entry = record.entries.get(kind=EntryKind.FIX_SAVED)
    assert "Otley" not in entry.text + str(entry.data)


def test_a_form_asks_for_the_wrong_fields_only_and_refuses_what_carriers_cannot_print(desk) -> None:
    failures = [
        Failure(Code.ADDRESS_INVALID, "x", field=f"delivery.{name}", rule="address.length")
        for name in ("line1", "city")
    ]
    record = desk.stall(desk.order(), *failures)
    [part] = services.parts(record)
    assert list(part.form.fields) == ["line1", "city"]
    assert part.form.fields["line1"].max_length == 100
    assert part.form["city"].value() == "Leeds"
    [part] = services.parts(record, {f"{part.form.prefix}-line1": "x" * 101, f"{part.form.prefix}-city": "ليدز"})
    assert set(part.form.errors) == {"line1", "city"}


def test_the_reasons_of_a_cancelation_are_those_that_the_shop_may_give(desk) -> None:
    kinds = [
        ("15", "Out of stock", "CANCELATION", True),
        ("16", "Fraud", "CANCELATION", False),
        ("9", "Broken", "REFUND", True),
    ]
    desk.connection.profile = {
        "reasons": [dict(zip(("code", "label", "kind", "ours"), row, strict=True)) for row in kinds]
    }
    desk.connection.save()
    record = desk.stall(desk.order(), CASES["short_dispatch"].failure)
    [part] = services.parts(record)
    field = part.form.fields["reason"]
    assert field.choices == [("", "Choose a reason"), ("15", "Out of stock")]
    assert "1 × BAG (10.00 GBP)" in field.help_text


def test_waiting_for_the_rest_takes_a_decision_to_cancel_it_back(desk, operations) -> None:
    record = desk.stall(desk.order(), CASES["short_dispatch"].failure)
    case = CASES["short_dispatch"]
    [part] = services.parts(record, _posted(record, case))
    services.fix(record, [part], by=operations)
    later = {"way": "follows", "until": "2099-01-01T10:00"}
    [part] = services.parts(record, _posted(record, Case(case.failure, data=later)))
    assert part.form.is_valid(), part.form.errors
    assert part.corrections() == {"short.wait_until": "2099-01-01T10:00:00+00:00", "short.cancel": ""}
