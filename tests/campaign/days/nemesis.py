"""Who breaks things: decides for each request whether it goes wrong, and how; always the same for the same seed.

Faults are bounded, so that what they must lead to is known beforehand: no key is struck more than twice for the same
call, and no partner fails more than a few times on end outside its outages.
"""

from __future__ import annotations

import socket
import ssl
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import httpx

from sync import lanes
from sync.loop import work
from sync.sandbox.faults import Rule
from sync.sandbox.gate import Question
from sync.states import Lane
from tests.campaign.days.clock import VirtualClock
from tests.campaign.days.partners import Partners
from tests.campaign.days.seeds import SIDES, Plan

SHARE = 0.06  # of all requests
MOST_ON_END = 3
MOST_FOR_A_KEY = 2
FROZEN = timedelta(seconds=150)
ABSURD_WAIT = "9e9"
LONG_WAITS: tuple[int | str | None, ...] = (5, None, "-1", ABSURD_WAIT, "Wed, 21 Oct 2015 07:28:00 GMT", "in a while")
WRITES = frozenset({"OR04", "OR21", "OR23", "OR24", "OR30", "ST01", "ST23", "ST24", "STO01", "websubmit", "cancel"})
MARKED = frozenset({"websubmit", "OR24", "ST01", "ST24"})  # where it hurts most when a worker dies or freezes

# Before anything reaches the partner.
LINE = ("refused", "name", "tls", "connect timeout", "reset before")
# The request is turned away, or done and its answer lost or spoilt: (kind, effect) of the partners' own faults.
ANSWERS = (
    ("500", "before"), ("503", "before"), ("html", "before"), ("timeout", "before"), ("429", "before"),
    ("timeout", "after"), ("hang", "after"), ("reset", "after"), ("500", "after"), ("503", "after"), ("html", "after"),
    ("truncated", "after"), ("empty", "after"), ("drip", "after"), ("slow", "after"), ("collapsed", "after"),
    ("unknown_field", "after"), ("big", "after"),
)  # fmt: skip
HARMLESS = frozenset({"slow", "unknown_field", "429"})
INSIDE = (("import_failed", 0.06), ("import_stuck", 0.03), ("line_errors", 0.03))  # shares of imports, and of lines
KILLED_BEFORE, KILLED_AFTER = "worker killed before the request left", "worker killed before the answer came"
FROZEN_WORKER = "worker frozen beyond its lease"
PUSH_LOST, PUSH_UNHEARD = "push: not delivered", "push: answer lost"
WINDOWS = {"away": "a partner away", "refuses": "a key refused"}
SHOWN_LATE = "order shown late"
EVERY_FAULT = (
    *(f"line: {kind}" for kind in LINE), *(f"{kind} {effect} effect" for kind, effect in ANSWERS),
    *(f"campaign {kind}" for kind, _ in INSIDE), *WINDOWS.values(), SHOWN_LATE, KILLED_BEFORE, KILLED_AFTER,
    FROZEN_WORKER, PUSH_LOST, PUSH_UNHEARD,
)  # fmt: skip


class Killed(BaseException):
    """The worker ends at this very point, as by SIGKILL: nothing of its own runs any more."""


@dataclass(frozen=True)
class Call:
    """One request as the partner will name it."""

    side: str
    operation: str
    key: str
    number: int


class Nemesis:
    """Counts what it armed and what took effect."""

    def __init__(self, plan: Plan, clock: VirtualClock) -> None:
        self.plan, self.clock = plan, clock
        self.ends = plan.start + plan.troubled
        self.armed: Counter[str] = Counter()
        self.fired: Counter[str] = Counter()
        self._calls: Counter[tuple[str, str]] = Counter()
        self._struck: Counter[tuple[str, str, str]] = Counter()
        self._on_end: Counter[str] = Counter()
        self._within = False
        self.asked_for_an_absurd_wait = self.was_away = False
        self.disturbed: set[tuple[str, str]] = set()  # operation and key of what was asked and perhaps not answered
        self.unheard: dict[str, list[int]] = {"marketplace": [], "warehouse": []}  # lines of the ledgers

    def partners(self, partners: Partners) -> None:
        """Get to know the worlds, and put in force what goes on inside them."""
        self._partners = partners
        faults = partners.market.ground.faults
        if self.plan.faults:
            # The share of line errors is one of lines: that rule takes every import, so that it comes last
            for kind, share in INSIDE:
                faults.arm(f"campaign {kind}", Rule("STO01", kind, times=0, share=share))
        self.armed[SHOWN_LATE] += self.plan.shows_late
        for what, name in WINDOWS.items():
            self.armed[name] += sum(len(self.plan.windows(what, side).spans) for side in SIDES)

    def before(self, side: str, request: httpx.Request) -> Call:
        """Break the line, or arm the partner. Raises an error of httpx, or :class:`Killed`."""
        call = self._name(side, request)
        window = self._partners.window(side)
        if window:
            self.fired[WINDOWS[window]] += 1
            self.was_away = True
        if not self.plan.faults or self.clock.now >= self.ends or window:
            return call
        if call.operation in MARKED and self._draws(0.012, "killed before", call):
            self.disturbed.add((call.operation, call.key))
            self._note(KILLED_BEFORE)
            raise Killed
        if not self._draws(SHARE, "strike", call) or not self._may(call):
            self._on_end[side] = 0
            return call
        draw = self.plan.draw("kind", call.side, call.operation, call.number)
        kinds: list[tuple[str, str]] = [(kind, "line") for kind in LINE]
        kind, effect = draw.choice([*kinds, *ANSWERS])
        if kind not in HARMLESS:
            self.disturbed.add((call.operation, call.key))
            self._struck[call.side, call.operation, call.key] += 1
            self._on_end[side] += 1
        if effect == "line":
            self._note(f"line: {kind}")
            raise _broken_line(kind, request)
        self._arm(side, Rule("*", kind, effect=effect, retry_after=draw.choice(LONG_WAITS), status=502))
        return call

    def after(self, call: Call) -> None:
        """What became of it; and whoever asked may die or freeze before the answer is read."""
        faults = self._partners.faults(call.side)
        rule = faults.disarm("campaign")
        if rule is not None:
            name = f"{rule.kind} {rule.effect} effect"
            self.fired[name] += rule.fired
            if rule.fired and rule.kind == "429" and rule.retry_after == ABSURD_WAIT:
                self.asked_for_an_absurd_wait = True
        if not self.plan.faults or self.clock.now >= self.ends or self._within or call.operation not in MARKED:
            return
        if self._draws(0.012, "killed after", call):
            self._answer_reaches_nobody(call, KILLED_AFTER)
            raise Killed
        if self._draws(0.02, "frozen", call):
            self._answer_reaches_nobody(call, FROZEN_WORKER)
            self._freeze()

    def held_back(self) -> None:
        """The marketplace's list lacked an order."""
        self.fired[SHOWN_LATE] += 1

    def push(self, request: httpx.Request, taken: bool) -> None:
        """Lose one of SEKO's pushes, or the answer to it."""
        number = self._calls["push", str(taken)] = self._calls["push", str(taken)] + 1
        if not self.plan.faults or self.clock.now >= self.ends or self.plan.chance("push", taken, number) >= 0.04:
            return
        self._note(PUSH_UNHEARD if taken else PUSH_LOST)
        raise httpx.ReadError("reset", request=request) if taken else httpx.ConnectError("refused", request=request)

    def _answer_reaches_nobody(self, call: Call, what: str) -> None:
        self.disturbed.add((call.operation, call.key))
        self.unheard[call.side].append(self._partners.lengths()[call.side])
        self._note(what)

    def _freeze(self) -> None:
        """The worker stands still for longer than its lease; another one does its work; then it goes on."""
        self._within, patience = True, self.clock.patience
        self.clock.patience = None
        try:
            self.clock.sleep(FROZEN.total_seconds())
            lanes.sweep()
            for lane in (Lane.ORDERS, Lane.DISPATCHES):
                work.drain(lane, seconds=20.0)
        finally:
            self._within, self.clock.patience = False, patience

    def _name(self, side: str, request: httpx.Request) -> Call:
        query = dict(request.url.params.items())
        operation, key = self._partners.identify(side)(
            Question(request.method, request.url.path, query, request.content)
        )
        self._calls[side, operation] += 1
        return Call(side, operation, key, self._calls[side, operation])

    def _draws(self, share: float, what: str, call: Call) -> bool:
        return self.plan.chance(what, call.side, call.operation, call.number) < share

    def _may(self, call: Call) -> bool:
        known = self._struck[call.side, call.operation, call.key] < MOST_FOR_A_KEY
        return known and self._on_end[call.side] < MOST_ON_END

    def _arm(self, side: str, rule: Rule) -> None:
        self.armed[f"{rule.kind} {rule.effect} effect"] += 1
        self._partners.faults(side).arm("campaign", rule)

    def _note(self, name: str) -> None:
        self.armed[name] += 1
        self.fired[name] += 1

    def report(self) -> dict[str, dict[str, int]]:
        """Every fault with what was armed and what fired."""
        for name, rule in self._partners.rules():
            self.armed[name] += 1
            self.fired[name] += rule["fired"]
        return {name: {"armed": self.armed[name], "fired": self.fired[name]} for name in sorted(self.armed)}


def _broken_line(kind: str, request: httpx.Request) -> httpx.TransportError:
    """The error that a socket would have led to, with its cause."""
    makers: dict[str, Callable[[], httpx.TransportError]] = {
        "refused": lambda: httpx.ConnectError("refused", request=request),
        "name": lambda: httpx.ConnectError("no such name", request=request),
        "tls": lambda: httpx.ConnectError("certificate", request=request),
        "connect timeout": lambda: httpx.ConnectTimeout("no connection", request=request),
        "reset before": lambda: httpx.WriteError("reset", request=request),
    }
    error = makers[kind]()
    causes: dict[str, Exception] = {"name": socket.gaierror("unknown"), "tls": ssl.SSLError("bad certificate")}
    error.__cause__ = causes.get(kind)
    return error
