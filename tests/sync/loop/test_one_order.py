"""One order lives through whatever Hypothesis can think of, between two partners that keep a world.

The warehouse is naive: it takes an order twice if it is sent twice. ``--hypothesis-profile=campaign`` tries far more
lives.
"""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from exceptions.accounting import balance
from exceptions.models import ExceptionRecord
from exceptions.states import OPEN
from sync import lanes, pipeline
from sync.failures import Code, Failure, NotSent, Refused, Throttled, Unclear
from sync.flows import readback
from sync.loop import work
from sync.models import Attempt, Item, Outcome, PartnerState
from sync.shapes import DispatchNewsLine, Prepared, WarehouseStatus
from sync.states import FINAL, Kind, Lane, Status
from tests.sync.conftest import Engine, between_doubles
from tests.sync.doubles import HOME, an_order

ORDER = "JL1-A"
WRITES = ("OR21", "websubmit", "OR23", "OR24", "cancel")
CITIES = st.sampled_from(["Leeds", "Leeds", "Leeds", ""])
FEW = 8  # lives in an ordinary run
CONFIRMED = frozenset({"OR23", "OR24"})


def refusal() -> Refused:
    return Refused(Failure(Code.ADDRESS_INVALID, "The partner says no.", field="delivery.city"))


BEFORE = {
    "refused": lambda: NotSent("connection refused"), "reset": lambda: Unclear("reset before the body"),
    "throttled": lambda: Throttled("HTTP 429", retry_after=5), "said no": refusal,
}  # fmt: skip


class OneOrder(RuleBasedStateMachine):
    """What may happen to one order; the engine is the real one, on the real database."""

    engine: Engine

    def __init__(self) -> None:
        super().__init__()
        self.life = transaction.atomic()
        self.life.__enter__()
        engine = self.engine
        engine.marketplace.orders, engine.marketplace.sent = {}, []
        engine.warehouse.orders, engine.warehouse.sent, engine.warehouse.statuses = [], [], {}
        for side in (engine.marketplace, engine.warehouse):
            side.before, side.after, side.hook = {}, {}, None
        engine.marketplace.read_fault = engine.warehouse.status_fault = None
        self.applied: Counter[str] = Counter()
        self.must_read = ""
        self.broken: list[str] = []
        self.parcels = 0
        self._watch()

    def _watch(self) -> None:
        """Note what each partner applies, and what it is asked after an answer was lost."""
        warehouse, marketplace = self.engine.warehouse, self.engine.marketplace
        warehouse.hook = self._warehouse_took
        marketplace.hook = lambda prepared: self.applied.update([prepared.operation])
        status, send = type(warehouse).status, type(warehouse).send

        def read(guid: str) -> WarehouseStatus:
            found = status(warehouse, guid)
            self.must_read = ""
            return found

        def sent(prepared: Prepared):
            if prepared.operation == self.must_read:
                self.broken.append(f"{prepared.operation} was sent again without a reading")
            try:
                return send(warehouse, prepared)
            except Unclear:
                self.must_read = prepared.operation
                raise

        warehouse.status, warehouse.send = read, sent

    def _warehouse_took(self, prepared: Prepared) -> None:
        self.applied.update([prepared.operation])
        if prepared.operation == "websubmit" and self.engine.marketplace.orders[ORDER].state != "SHIPPING":
            self.broken.append("an order that was not to be shipped any more was injected")

    def teardown(self) -> None:
        try:
            self._heal()
        finally:
            transaction.set_rollback(True)
            self.life.__exit__(None, None, None)

    # The customer and John Lewis

    @initialize(
        state=st.sampled_from(["WAITING_ACCEPTANCE", "SHIPPING"]), quantity=st.integers(1, 3), city=CITIES,
        far=st.integers(0, 3),
    )  # fmt: skip
    def bought(self, state: str, quantity: int, city: str, far: int) -> None:
        """An order comes in, and goes so far before anything happens to it."""
        self.engine.marketplace.put(an_order(ORDER, state=state, address=replace(HOME, city=city), BAG=quantity, HAT=1))
        self.engine.poll()
        if far:
            self.engine.run(1 if far == 1 else 4)
            self.engine.poll()
            self.engine.run(1 if far == 1 else 4)
        if far == 3 and self._can_dispatch():
            self.seko_dispatches_all(courier="DPD")

    @rule()
    def poll(self) -> None:
        self.engine.poll()

    @precondition(lambda self: self._state() in ("WAITING_ACCEPTANCE", "SHIPPING"))
    @rule()
    def customer_cancels(self) -> None:
        self.engine.marketplace.change(ORDER, state="CANCELED")

    @precondition(lambda self: self._state() == "SHIPPING")
    @rule()
    def customer_moves(self) -> None:
        self.engine.marketplace.change(ORDER, delivery=replace(HOME, line1="2 Other Road"))

    @precondition(lambda self: self._state() == "SHIPPED")
    @rule()
    def delivered(self) -> None:
        self.engine.marketplace.change(ORDER, state="RECEIVED")

    # Faults

    @rule(operation=st.sampled_from(WRITES), kind=st.sampled_from(sorted(BEFORE)))
    def next_write_does_not_arrive(self, operation: str, kind: str) -> None:
        self._side(operation).before[operation] = [BEFORE[kind]()]

    @rule(operation=st.sampled_from(WRITES))
    def next_answer_is_lost(self, operation: str) -> None:
        self._side(operation).after[operation] = [Unclear("no answer in time")]

    @rule()
    def seko_cannot_be_read_for_a_while(self) -> None:
        self.engine.warehouse.status_fault = Unclear("HTTP 500")
        self.engine.run(2)
        self.engine.warehouse.status_fault = None

    @rule()
    def john_lewis_cannot_be_read_for_a_while(self) -> None:
        self.engine.marketplace.read_fault = Unclear("HTTP 502")
        self.engine.run(2)
        self.engine.marketplace.read_fault = None

    # Our own loop

    @rule()
    def one_round(self) -> None:
        self.engine.run(1)

    @rule()
    def a_quiet_while(self) -> None:
        self.engine.run(4)
        self.engine.poll()

    @rule()
    def a_long_quiet_while(self) -> None:
        self.engine.outlive(minutes=10)
        self.engine.run(4)
        self.engine.poll()
        self.engine.run(3)

    @rule(lane=st.sampled_from([Lane.ORDERS, Lane.DISPATCHES]))
    def a_worker_dies_with_what_it_leased(self, lane: Lane) -> None:
        self._make_due()
        lanes.claim(lane, limit=5)
        self._expire()

    @rule(operation=st.sampled_from(WRITES))
    def a_worker_dies_in_the_middle_of_a_call(self, operation: str) -> None:
        """The write arrives; nobody is left to note the answer."""
        side = self._side(operation)
        kept = side.hook
        side.hook = lambda prepared: self._die(kept, prepared, operation)
        try:
            self.engine.run(1)
        except Killed:
            self._expire()
        finally:
            side.hook = kept

    @rule(lane=st.sampled_from([Lane.ORDERS, Lane.DISPATCHES]))
    def a_worker_comes_back_after_its_lease(self, lane: Lane) -> None:
        self._make_due()
        old = lanes.claim(lane, limit=5)
        self._expire()
        self.engine.run(1)
        for item in old:
            work.take_step(item, replace(self.engine.context(), fresh=dict(self.engine.marketplace.orders)))

    @rule(minutes=st.sampled_from([3, 10]))
    def time_passes(self, minutes: int) -> None:
        self.engine.outlive(minutes=minutes)

    @rule()
    def the_breaker_is_asked_again(self) -> None:
        PartnerState.objects.update(is_open=False, failures_in_a_row=0)

    # SEKO

    @precondition(lambda self: self._can_dispatch())
    @rule(courier=st.sampled_from(["DPD", "Donkey"]))
    def seko_dispatches_all(self, courier: str) -> None:
        self.parcels += 1
        self.engine.dispatch(ORDER, number=f"1550123456789{self.parcels}", courier=courier)
        guid = self.engine.order().warehouse_guid
        self.engine.warehouse.statuses[guid] = WarehouseStatus(True, "Dispatched")

    @precondition(lambda self: self._can_dispatch())
    @rule()
    def seko_dispatches_a_part(self) -> None:
        self.parcels += 1
        self.engine.dispatch(ORDER, number=f"1550123456789{self.parcels}", lines=(DispatchNewsLine("HAT", 1),))

    @precondition(lambda self: self.parcels > 0)
    @rule()
    def seko_says_it_twice(self) -> None:
        self.engine.dispatch(ORDER, number=f"1550123456789{self.parcels}")

    @precondition(lambda self: bool(self.engine.warehouse.orders) and not self.parcels)
    @rule()
    def seko_cancels(self) -> None:
        for order in self.engine.warehouse.orders:
            self.engine.warehouse.statuses[order.guid] = WarehouseStatus(True, "Cancelled")

    # People

    @rule()
    def somebody_sends_it_back(self) -> None:
        for item in Item.objects.filter(status=Status.STALLED):
            pipeline.resubmit(item)
            pipeline.resubmit(item)

    @rule()
    def somebody_mends_it(self) -> None:
        for item in Item.objects.filter(status=Status.STALLED):
            pipeline.resubmit(item, corrections={"delivery.city": "Leeds"} if item.kind == Kind.ORDER else None)

    # What must hold at any time

    @invariant()
    def nothing_is_done_twice(self) -> None:
        assert len(self.engine.warehouse.orders) <= 1
        assert self.applied["OR24"] <= 1
        assert self.broken == []

    @invariant()
    def nothing_is_told_that_did_not_happen(self) -> None:
        order = self.engine.marketplace.orders.get(ORDER)
        if self.applied["OR24"]:
            assert self.parcels
        if self.applied["OR23"] and order:
            assert order.carrier_code == "DPD_UK"

    @invariant()
    def it_is_accounted_for(self) -> None:
        books = balance(self.engine.connection)
        assert books.faults == []
        stalled = set(Item.objects.filter(status=Status.STALLED).values_list("order_key", flat=True))
        leading = ExceptionRecord.objects.filter(state__in=sorted(OPEN)).exclude(order_key="")
        assert leading.count() == len(stalled)

    @invariant()
    def no_attempt_is_open_twice(self) -> None:
        rows = Attempt.objects.filter(outcome__in=["", Outcome.UNKNOWN])
        keys = [(row.item_id, row.operation, row.natural_key) for row in rows]
        assert len(keys) == len(set(keys))

    # What the rules use

    def _state(self) -> str:
        order = self.engine.marketplace.orders.get(ORDER)
        return order.state if order else ""

    def _side(self, operation: str):
        return self.engine.warehouse if operation in ("websubmit", "cancel") else self.engine.marketplace

    def _can_dispatch(self) -> bool:
        known = Item.objects.filter(order_key=ORDER).exists()
        shown = self.engine.warehouse.statuses.values()
        return bool(known and self.engine.warehouse.orders and not self.parcels) and all(
            status.status == "To Be Picked" for status in shown
        )

    def _make_due(self) -> None:
        Item.objects.filter(status__in=["ready", "waiting", "unknown"]).update(due_at=timezone.now())

    def _expire(self) -> None:
        Item.objects.filter(status=Status.LEASED).update(lease_until=timezone.now() - timedelta(seconds=1))
        lanes.sweep()

    @staticmethod
    def _die(kept, prepared: Prepared, operation: str) -> None:
        kept(prepared)
        if prepared.operation == operation:
            raise Killed

    def _heal(self) -> None:
        """Everything works again: then nothing may be left half-done, and what waits for a person says so."""
        engine = self.engine
        if ORDER not in engine.marketplace.orders:
            return
        for side in (engine.marketplace, engine.warehouse):
            side.before, side.after = {}, {}
        engine.marketplace.read_fault = engine.warehouse.status_fault = None
        self.the_breaker_is_asked_again()
        self._expire()
        for _ in range(3):
            engine.poll()
            engine.outlive(minutes=10)
            engine.run(4)
        for check in (self.nothing_is_done_twice, self.nothing_is_told_that_did_not_happen, self.it_is_accounted_for):
            check()
        left = Item.objects.exclude(status__in=[Status.WAITING, Status.STALLED, *FINAL])
        assert [(item.kind, item.stage, item.status) for item in left] == []
        assert (
            not Attempt.objects.filter(outcome__in=["", Outcome.UNKNOWN]).exclude(item__status=Status.STALLED).exists()
        )


class Killed(BaseException):
    """The process is gone in the middle of a call: nothing of ours may catch it."""


@pytest.fixture
def inside_one_transaction(db: None, monkeypatch: pytest.MonkeyPatch):
    """The engine in a transaction that is taken back after each life."""
    yield from between_doubles(monkeypatch)


@pytest.mark.timeout(3600)
def test_one_order_is_never_lost_and_never_done_twice(inside_one_transaction: Engine) -> None:
    OneOrder.engine = inside_one_transaction
    wanted = settings().max_examples
    run_state_machine_as_test(
        OneOrder,
        settings=settings(
            max_examples=wanted if wanted > 100 else FEW, stateful_step_count=20, deadline=None,
            suppress_health_check=list(HealthCheck), print_blob=True,
        ),
    )  # fmt: skip


def _lose_the_answer_to_the_load() -> None:
    """One life by hand, with what must hold checked at its end."""
    machine = OneOrder()
    try:
        machine.bought(state="SHIPPING", quantity=1, city="Leeds", far=0)
        machine.next_answer_is_lost("websubmit")
        machine.a_long_quiet_while()
        machine.nothing_is_done_twice()
    finally:
        machine.teardown()


def test_a_life_says_no_to_an_engine_that_guesses(inside_one_transaction: Engine, monkeypatch) -> None:
    """The same life is fine with the sound engine, and not with one that takes a lost answer for a no."""
    OneOrder.engine = inside_one_transaction
    _lose_the_answer_to_the_load()

    def guess(item: Item, order, attempt: Attempt, context) -> None:
        readback._settle(item, attempt, applied=False, reading="Nobody looked")

    monkeypatch.setattr(readback, "_resolve_load", guess)
    with pytest.raises(AssertionError):
        _lose_the_answer_to_the_load()
