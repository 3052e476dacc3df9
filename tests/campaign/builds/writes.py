"""Builds that write to a partner as they should not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from unittest import mock

from sync import effects, lanes, limits
from sync.budgets import LOAD_ORDER, TRACKING
from sync.failures import Code, PartnerError, Refused, Unclear
from sync.flows import readback
from sync.loop import work
from sync.models import Attempt, Item, Outcome
from sync.partners import answers
from sync.partners.transport import Transport
from sync.rules import address, parcels
from sync.sandbox.faults import Rule
from sync.states import Lane
from tests.campaign.builds.build import Build, Patches, SmallDay
from tests.campaign.days.seeds import Plan

FROZEN = timedelta(seconds=100)
ZOMBIES = 4


def _naive(plan: Plan) -> bool:
    return plan.naive


def _careful(plan: Plan) -> bool:
    return not plan.naive


def _whole_orders(plan: Plan) -> bool:
    return not plan.several


def _lost(operation: str, kind: str, share: float = 0.5) -> Rule:
    return Rule(operation, kind, effect="after", times=0, share=share, seconds=20.0)


def guesses(day: SmallDay) -> Patches:
    """What was lost is taken for not applied, and so sent again."""

    def resolve(item: Item, order: Any, attempt: Attempt, context: Any) -> None:
        readback._settle(item, attempt, applied=False, reading="Nobody looked")

    return [mock.patch.object(readback, "_resolve_load", resolve)]


def repeats(day: SmallDay) -> Patches:
    """The client itself sends a write again after a 500."""
    once = Transport.write

    def twice(self: Transport, *told: Any, **named: Any) -> Any:
        try:
            return once(self, *told, **named)
        except Unclear as error:
            if error.exchange is None or error.exchange.status != 500:
                raise
            return once(self, *told, **named)

    return [mock.patch.object(Transport, "write", twice)]


def no_fence(day: SmallDay) -> Patches:
    """Nobody asks whether the lease is still theirs."""

    @contextmanager
    def unfenced(item: Item) -> Iterator[Any]:
        yield item.lease_token or Item.new_lease_token()

    return [mock.patch.object(lanes, "renew"), mock.patch.object(lanes, "fenced", unfenced)]


def zombies(day: SmallDay) -> Patches:
    """A worker stands still beyond its lease just before it announces a load; another one does the work meanwhile."""
    perform, left = effects.perform, [ZOMBIES]
    inside = [False]

    def frozen(item: Item, **told: Any) -> Any:
        if told["prepared"].operation == LOAD_ORDER and left[0] and not inside[0]:
            left[0] -= 1
            inside[0] = True
            day.clock.move_to(day.clock.now + FROZEN)
            lanes.sweep()
            work.drain(Lane.ORDERS, seconds=20.0)
            inside[0] = False
        return perform(item, **told)

    return [mock.patch.object(effects, "perform", frozen)]


def impatient(day: SmallDay) -> Patches:
    """``Retry-After`` is read by nobody."""
    return [
        mock.patch.object(answers, "retry_after", return_value=1.0),
        mock.patch.object(limits, "_sleep"),
    ]  # fmt: skip


def _perform(otherwise: Callable[..., Any]) -> Patches:
    sound = effects.perform

    def performed(item: Item, **told: Any) -> Any:
        return otherwise(sound, item, **told)

    return [mock.patch.object(effects, "perform", performed)]


def gullible(day: SmallDay) -> Patches:
    """A number that exists already passes for our own load, whatever is in it."""

    def taken_for_ours(sound: Callable[..., Any], item: Item, **told: Any) -> Any:
        try:
            return sound(item, **told)
        except Refused as refused:
            if refused.failure.code != Code.DUPLICATE_ORDER:
                raise
            Attempt.objects.filter(item=item, outcome=Outcome.REJECTED).update(outcome=Outcome.APPLIED)
            return None

    return _perform(taken_for_ours)


def hasty(day: SmallDay) -> Patches:
    """The shipment is confirmed although its tracking was not taken."""

    def goes_on(sound: Callable[..., Any], item: Item, **told: Any) -> Any:
        try:
            return sound(item, **told)
        except PartnerError:
            if told["prepared"].operation != TRACKING:
                raise
            Attempt.objects.filter(item=item, operation=TRACKING).update(outcome=Outcome.NOT_APPLIED)
            return None

    return _perform(goes_on)


def rounds_up(day: SmallDay) -> Patches:
    """Nothing is ever short."""
    return [mock.patch.object(parcels, "shortfalls", return_value={})]


def cuts(day: SmallDay) -> Patches:
    """Addresses are cut so that they fit."""
    sound = address.printable
    return [mock.patch.object(address, "printable", lambda text: sound(text)[:9])]


def unannounced(day: SmallDay) -> Patches:
    """The bytes leave first; that they would is written down afterwards."""

    def first_the_bytes(item: Item, *, side: Any, port: Any, prepared: Any) -> Any:
        with limits.calling(item.connection, side, prepared.operation):
            answer = port.send(prepared)
        attempt = effects._announce(item, side=side, prepared=prepared)
        effects._settle(attempt, Outcome.APPLIED, exchange=answer.exchange, reference=answer.reference)
        effects._tell_taken(attempt)
        return answer

    return [mock.patch.object(effects, "perform", first_the_bytes)]


BUILDS = (
    Build("no read-back", "a lost answer is taken for a no", frozenset({"I2", "I3"}), guesses,
          rules=[("warehouse", _lost("websubmit", "timeout"))], seeds=_naive),
    Build("retry on 500 in the client", "a write is sent again by the client", frozenset({"I2", "I3"}), repeats,
          rules=[("warehouse", _lost("websubmit", "500"))], seeds=_naive),
    Build("lease check removed", "a worker that lost its lease goes on", frozenset({"I2", "I10"}), no_fence,
          world=zombies, seeds=_naive),
    Build("Retry-After ignored", "a partner's wish to wait is not heard", frozenset({"I12"}), impatient,
          rules=[("warehouse", Rule("websubmit", "429", times=0, share=0.4, retry_after=120))]),
    Build("duplicate treated as success", "a stranger's order passes for ours", frozenset({"I4"}), gullible,
          mix={"duplicate_number": 0.5}, seeds=_careful),
    Build("OR24 sent when OR23 failed", "an order is confirmed without its tracking", frozenset({"I5"}), hasty,
          rules=[("marketplace", Rule("OR23", "500", times=0, share=0.5))], seeds=_whole_orders, hours=4.5),
    Build("short order confirmed whole", "what was not sent is told as sent", frozenset({"I5"}), rounds_up,
          mix={"partial_dispatch": 0.5, "short_dispatch": 0.5}, seeds=_whole_orders, hours=6.0),
    Build("address cut to fit", "the parcel goes elsewhere", frozenset({"I4"}), cuts),
    Build("bytes before the announcement", "nobody knows what had left", frozenset({"I2", "I3", "I10"}), unannounced,
          rules=[("warehouse", _lost("websubmit", "timeout"))], seeds=_naive),
)  # fmt: skip
