"""Builds whose desk loses or doubles something."""

from __future__ import annotations

from typing import Any
from unittest import mock

from django.contrib.auth.models import Group, User
from django.db import connection as database
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from exceptions import services
from exceptions.models import Entry, ExceptionRecord
from exceptions.services import changing, opening
from exceptions.services.errors import DeskError
from jlseko.clock import business_now
from sync import corrections as overlay
from sync import intake, pipeline
from sync.failures import Code
from sync.models import Correction, Item
from sync.sandbox.scenarios import chance
from tests.campaign.builds.build import Build, Patches, SmallDay

INDEXES = ("record_one_leading_per_order", "record_one_leading_per_item", "record_one_leading_per_partner")
DEATHS = 0.3
BETTER = {
    "delivery.line1": "1 Mended Street", "delivery.line2": "", "delivery.city": "Leeds",
    "delivery.postcode": "LS6 1AA", "delivery.first_name": "Mended", "delivery.last_name": "Customer",
}  # fmt: skip


class Clerk:
    """Somebody of operations who sends back what stands in the queue, an address mended before."""

    def __init__(self, day: SmallDay, *, mends: bool) -> None:
        self.day, self.mends = day, mends
        self.seen: set[tuple[int, int]] = set()
        self.done: list[dict[str, Any]] = []
        self.user: User | None = None

    def act(self) -> None:
        """One look at the queue; each record is sent back at most twice."""
        if self.user is None:
            self.user = User.objects.create_user("clerk", first_name="Clerk", last_name="Person")
            self.user.groups.add(Group.objects.get(name="Operations"))
        for record in ExceptionRecord.objects.open().exclude(order_key="").order_by("id"):
            if (record.pk, record.occurrences) in self.seen or record.occurrences > 2:
                continue
            self.seen.add((record.pk, record.occurrences))
            try:
                paths = self._mend(record) if self.mends else []
                services.resubmit(record, by=self.user)
            except DeskError:
                continue
            self.done.append(
                {"at": self.day.clock.now.isoformat(), "who": "clerk", "act": "fix", "order": record.order_key,
                 "paths": paths}
            )  # fmt: skip
        self.day.told["people"] = self.done

    def _mend(self, record: ExceptionRecord) -> list[str]:
        wrong = record.faults.outstanding().filter(code=Code.ADDRESS_INVALID).values_list("field", flat=True)
        given = {path: BETTER[path] for path in wrong if path in BETTER}
        if given and record.item is not None:
            overlay.save(record.item, given, by=self.user)
        return sorted(given)


def sends_back(day: SmallDay) -> Patches:
    """Somebody sends back what stands in the queue."""
    day.each_round.append(Clerk(day, mends=False).act)
    return ()


def mends(day: SmallDay) -> Patches:
    """Somebody mends addresses and sends the orders back."""
    day.each_round.append(Clerk(day, mends=True).act)
    return ()


def opens_anew(day: SmallDay) -> Patches:
    """Every stop is a new exception."""
    with database.cursor() as cursor:
        for name in INDEXES:
            cursor.execute(f"DROP INDEX IF EXISTS {name}")
    return [mock.patch.object(opening, "_current", return_value=None)]


def writes_later(day: SmallDay) -> Patches:
    """The line of history is written when the change is durable, in a transaction of its own."""

    def write(kind: Any, text: str, *, record: Any = None, cause: Any = None, by: Any = None, data: Any = None) -> Any:
        told = dict(data or {})
        if record is not None:
            told[changing.AFTER] = changing.standing(record)
        line = Entry(record=record, cause=cause, kind=kind, text=text, actor=by, at=business_now(), data=told)
        transaction.on_commit(line.save)
        return line

    return [mock.patch.object(changing, "write", write)]


def dies_after_commit(day: SmallDay) -> Patches:
    """Many a process ends right after a commit: what it wanted to do then is never done."""
    sound, commits = BaseDatabaseWrapper.run_and_clear_commit_hooks, [0]

    def run(self: BaseDatabaseWrapper) -> None:
        commits[0] += 1
        if chance(day.plan.seed, "dies after commit", commits[0]) < DEATHS:
            self.run_on_commit = []
        sound(self)

    return [mock.patch.object(BaseDatabaseWrapper, "run_and_clear_commit_hooks", run)]


def forgets_corrections(day: SmallDay) -> Patches:
    """The next reading of an order wipes what people have laid over it."""
    sound = intake.store

    def store(connection: Any, orders: Any, **told: Any) -> Any:
        found = sound(connection, orders, **told)
        items = Item.objects.filter(connection=connection, order_key__in=[order.order_id for order in orders])
        Correction.objects.filter(item__in=items, reverted_at=None).update(reverted_at=business_now())
        return found

    return [mock.patch.object(intake, "store", store)]


def stalls_unseen(day: SmallDay) -> Patches:
    """An order stops and the desk does not hear of it."""
    return [mock.patch.object(pipeline, "fault_reported", mock.Mock())]


BUILDS = (
    Build("two exceptions per cause", "every stop opens another exception", frozenset({"I8", "I1"}), opens_anew,
          world=sends_back, mix={"unknown_sku": 0.5}),
    Build("audit row outside the transaction", "history has holes", frozenset({"I10"}), writes_later,
          world=lambda day: [*sends_back(day), *dies_after_commit(day)], mix={"unknown_sku": 0.4, "bad_address": 0.3}),
    Build("override dropped on re-poll", "what a person has mended is lost", frozenset({"I13"}), forgets_corrections,
          world=mends, mix={"bad_address": 0.6}),
    Build("stalled without an exception", "an order stands still and nobody knows", frozenset({"I1"}), stalls_unseen,
          mix={"unknown_sku": 0.5}),
)  # fmt: skip
