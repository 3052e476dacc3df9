"""Which states of both sides go together: every pair has a verdict and a reason, new words are never called illegal."""

from datetime import UTC, datetime, timedelta

import pytest

from sync.models import Order
from sync.policy import Policy
from sync.rules.state_pairs import MARKETPLACE, MATRIX, WAREHOUSE, Legality, Side, judge

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def verdict(marketplace: str, warehouse: str = "", *, injected: bool = False, left: timedelta | None = None):
    """What is said of an order with these states."""
    order = Order(marketplace_state=marketplace, warehouse_state=warehouse)
    order.injected_at = NOW if injected or warehouse else None
    order.dispatched_at = NOW - left if left is not None else None
    return judge(order, now=NOW, policy=Policy())


def test_every_pair_of_known_states_has_a_verdict_and_a_sentence() -> None:
    for marketplace in MARKETPLACE:
        for warehouse in ("", *WAREHOUSE):
            assert verdict(marketplace, warehouse).reason.endswith(".")
        assert verdict(marketplace, injected=True).reason
    assert len(MATRIX) == len({*MARKETPLACE.values()}) * (len({*WAREHOUSE.values()}) + 2)
    assert Side.NEW not in {side for pair in MATRIX for side in pair}


@pytest.mark.parametrize(
    ("marketplace", "warehouse", "wanted"),
    [
        ("WAITING_ACCEPTANCE", "", "legal"), ("WAITING_DEBIT", "To Be Picked", "illegal"), ("SHIPPING", "", "legal"),
        ("SHIPPING", "Being Picked", "legal"), ("SHIPPING", "CANCELLED", "illegal"), ("SHIPPED", "", "unusual"),
        ("SHIPPED", "To Be Picked", "illegal"), ("RECEIVED", "Dispatched", "legal"), ("CANCELED", "", "legal"),
        ("CANCELED", "to be picked", "illegal"), ("CANCELED", "Dispatched", "illegal"),
        ("CANCELED", "To Cancel", "unusual"), ("REFUSED", "Cancelled", "legal"), ("BEAMED_UP", "Dispatched", "unusual"),
        ("SHIPPING", "Gone Fishing", "unusual"),
    ],
)  # fmt: skip
def test_the_verdict_of_pairs_that_people_meet(marketplace: str, warehouse: str, wanted: str) -> None:
    assert verdict(marketplace, warehouse).legality == wanted


def test_a_parcel_that_left_is_legal_until_john_lewis_should_have_been_told() -> None:
    hours = Policy().confirm_hours
    assert verdict("SHIPPING", "Dispatched", left=timedelta(hours=hours)).legality == Legality.LEGAL
    late = verdict("SHIPPING", "Dispatched", left=timedelta(hours=hours, minutes=1))
    assert late.legality == Legality.UNUSUAL
    assert f"{hours:g} hours" in late.reason
