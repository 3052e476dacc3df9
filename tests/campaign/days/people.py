"""The people at the desk: they take, put aside, put right and send back, often twice and sometimes at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import Group, User

from carriers.services import save_mapping
from exceptions import services
from exceptions.models import ExceptionRecord
from exceptions.services.errors import DeskError
from tests.campaign.days.clock import VirtualClock
from tests.campaign.days.seeds import SHOP, Plan

EVERY = timedelta(minutes=45)
MOST_AT_A_TIME = 4
FIRST = timedelta(hours=2)
# The courier that nobody has mapped in the morning, and what it is mapped to in mid-flight.
UNMAPPED = ("Fagans Freight", "Pallet 48", "FEDEX_UK")
# What a person can set right without asking anybody, with what is entered where the first values are wrong.
FIXABLE: dict[str, dict[str, str]] = {
    "address_not_acceptable": {
        "line1": "1 Mended Street", "line2": "", "city": "Leeds", "postcode": "LS6 1AA", "first_name": "Mended",
        "last_name": "Customer", "county": "", "company": "",
    },
    "unclassified": {}, "dispatch_not_confirmed": {"way": "again"},
}  # fmt: skip
PUT_ASIDE = frozenset({"no_dispatch_news", "short_dispatch", "duplicate_order", "order_not_injected"})


class People:
    """Two of operations and a manager; ``done`` tells what they did, ``carriers`` what they mapped and when."""

    def __init__(self, plan: Plan, clock: VirtualClock) -> None:
        self.plan, self.clock = plan, clock
        self.next = plan.start + FIRST
        self.done: list[dict[str, Any]] = []
        self.mapped_at: datetime | None = None
        self.refused = 0
        self._turns = 0
        self.users = {
            name: self._person(name, group)
            for name, group in (("olivia", "Operations"), ("oscar", "Operations"), ("mara", "Manager"))
        }

    @staticmethod
    def _person(name: str, group: str) -> User:
        user = User.objects.create_user(name, first_name=name.title(), last_name="Person")
        user.groups.add(Group.objects.get(name=group))
        return user

    def act(self) -> None:
        """One look at the queue."""
        self.next = self.clock.now + EVERY
        self._turns += 1
        if self._turns == 4:
            self._map()
        rows = ExceptionRecord.objects.open().exclude(order_key="").order_by("id")
        for record in rows[: MOST_AT_A_TIME * 3]:
            self._look_at(record)

    def _look_at(self, record: ExceptionRecord) -> None:
        draw = self.plan.draw("person", record.pk, self._turns)
        who = draw.choice(["olivia", "oscar", "mara"])
        if record.category in FIXABLE:
            self._send_back(record, who, FIXABLE[record.category])
        elif record.category == "unmapped_carrier" and self.mapped_at:
            self._send_back(record, "mara", {})
        elif record.owner_id is None:
            self._do("claim", who, record, lambda: services.claim(record, by=self.users[who]))
        elif record.category in PUT_ASIDE and draw.random() < 0.3:
            until = self.clock.now + timedelta(minutes=30)
            self._do("snooze", who, record, lambda: services.snooze(record, until=until, by=self.users[who]))

    def _send_back(self, record: ExceptionRecord, who: str, values: dict[str, str]) -> None:
        """Pressed twice, the second time by a colleague who still sees the old page."""
        version = record.version
        for presser in (who, "oscar" if who != "oscar" else "olivia"):
            fresh = ExceptionRecord.objects.get(pk=record.pk)
            user = self.users[presser]
            entered, changed = self._entered(fresh, values)
            given = services.parts(fresh, entered) if values else []
            if given:
                press: Callable[[], Any] = lambda fresh=fresh, given=given, user=user: services.fix_and_resubmit(  # noqa: E731
                    fresh, given, by=user, expected_version=version
                )
            else:
                press = lambda fresh=fresh, user=user: services.resubmit(  # noqa: E731
                    fresh, by=user, expected_version=version
                )
            if self._do("fix" if given else "resubmit", presser, record, press) and given:
                self.done[-1]["paths"] = changed

    @staticmethod
    def _entered(record: ExceptionRecord, values: dict[str, str]) -> tuple[dict[str, str], list[str]]:
        """The form as a browser sends it: what stands there, put right where a field is known to be wrong; and which
        places of an address are other ones now.
        """
        entered: dict[str, str] = {}
        changed = []
        for part in services.parts(record):
            for name, field in part.form.fields.items():
                first = field.initial() if callable(field.initial) else field.initial
                now = entered[part.form.add_prefix(name)] = values.get(name, str(first or ""))
                if part.category.slug == "address_not_acceptable" and now != str(first or ""):
                    changed.append(f"delivery.{name}")
        return entered, changed

    def _map(self) -> None:
        courier, service, code = UNMAPPED
        self.mapped_at = self.clock.now
        save_mapping(SHOP, courier, service, code, by=self.users["mara"])
        self._tell("map carrier", "mara", "")

    def _do(self, act: str, who: str, record: ExceptionRecord, press: Callable[[], Any]) -> bool:
        try:
            press()
        except DeskError:
            self.refused += 1
            return False
        self._tell(act, who, record.order_key)
        return True

    def _tell(self, act: str, who: str, order: str) -> None:
        self.done.append({"at": self.clock.now.isoformat(), "who": who, "act": act, "order": order})
