"""Today: what is stalled, what is due, is the loop healthy, and is every order accounted for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.generic import TemplateView

from exceptions import reading
from exceptions.models import ExceptionRecord
from exceptions.practice.walk import is_offered
from exceptions.states import LIVE, OPEN
from exceptions.triage.quick_views import conditions
from jlseko.clock import business_now, factor
from jlseko.navigation import place
from jlseko.ui.access import RoleRequired
from jlseko.ui.times import LONDON, span
from sync.loop.feeds import FEEDS
from sync.models import FlowState, Heartbeat, Item
from sync.states import CLAIMABLE, FINAL, Kind, Status
from sync.stock_pages import reading as stock_pages

DAY_ENDS: Final = 17  # o'clock in London: the carriers have left
ROWS: Final = 6
MISSED: Final = 3  # intervals without a good run make a flow late
LEAST: Final = timedelta(minutes=3)  # real time
SILENT: Final = timedelta(minutes=2)  # real time; every process beats far more often
BACKLOG: Final = timedelta(minutes=5)  # real time that due work may wait


def horizon(now: datetime) -> tuple[datetime, str]:
    """The end of the working day that counts now, and its name: today's until it has passed, then tomorrow's."""
    local = now.astimezone(LONDON)
    end = local.replace(hour=DAY_ENDS, minute=0, second=0, microsecond=0)
    if local < end:
        return end, f"{DAY_ENDS}:00"
    return end + timedelta(days=1), f"{DAY_ENDS}:00 tomorrow"


NUMBERS: Final = ("no", "one", "two")


def sentence(by_cause: list[int], until: str, *, late: int, what: tuple[str, str] = ("order is", "orders are")) -> str:
    """What the day looks like, in one sentence.

    Args:
        by_cause: how many exceptions each cause has that are due before ``until``, largest first.
        until: the end of the day in words.
        late: how many of them are past their deadline.
        what: one and several of them, with their verbs.
    """
    total = sum(by_cause)
    if not total:
        return f"Nothing is at risk before {until}."
    subject = f"{total} {what[total != 1]} at risk before {until}"
    causes = len(by_cause)
    if total > 1:
        if causes <= 2:
            subject += f", {'all' if total > 2 else 'both'} from {NUMBERS[causes]} cause{'' if causes == 1 else 's'}"
        else:
            rest = total - sum(by_cause[:2])
            subject += f", all but {rest} from two causes" if rest <= total / 2 else f", from {causes} causes"
    return f"{subject}. {late} {'is' if late == 1 else 'are'} late already." if late else f"{subject}."


@dataclass(frozen=True, slots=True)
class Conservation:
    """Every order once. ``loose`` are stalled ones without an open exception: there must be none."""

    moving: int
    done: int
    stalled: int
    loose: int
    oldest_due: datetime | None  # real time

    @property
    def total(self) -> int:
        """All orders that we know of."""
        return self.moving + self.done + self.stalled


def conservation() -> Conservation:
    """Count all orders by where they are, in one query."""
    stalled = Item.objects.filter(
        connection=OuterRef("connection"), order_key=OuterRef("order_key"), status=Status.STALLED
    )
    kept = ExceptionRecord.objects.filter(
        connection=OuterRef("connection"), order_key=OuterRef("order_key"), state__in=sorted(LIVE)
    )
    order = Q(kind=Kind.ORDER)
    found = Item.objects.annotate(stuck=Exists(stalled), kept=Exists(kept)).aggregate(
        total=Count("pk", filter=order),
        stalled=Count("pk", filter=order & Q(stuck=True)),
        done=Count("pk", filter=order & Q(stuck=False, status__in=sorted(FINAL))),
        loose=Count("pk", filter=order & Q(stuck=True, kept=False)),
        oldest=Min("due_at", filter=Q(status__in=sorted(CLAIMABLE))),
    )
    moving = found["total"] - found["stalled"] - found["done"]
    return Conservation(moving, found["done"], found["stalled"], found["loose"], found["oldest"])


@dataclass(frozen=True, slots=True)
class Dot:
    """One flow of the loop in one line."""

    title: str
    tone: str
    word: str
    last_good: datetime | None
    why: str = ""


def dots(now: datetime) -> tuple[list[Dot], bool]:
    """Every recurring flow, the ones in trouble first, and whether any process is alive (true without a flow).

    ``now`` is business time; signs of life are real time.
    """
    found = []
    beats = Heartbeat.objects.filter(at__gte=timezone.now() - SILENT)
    rows = FlowState.objects.filter(connection__active=True, flow__in=FEEDS).select_related("connection")
    turn = list(FEEDS)
    states = sorted(rows.annotate(is_running=Exists(beats)), key=lambda state: turn.index(state.flow))
    several = len({state.connection_id for state in states}) > 1
    for state in states:
        feed = FEEDS[state.flow]
        title = f"{feed.title} · {state.connection.name}" if several else feed.title
        found.append(_dot(title, state, feed.every(state.connection.policy), now))
    order = {"danger": 0, "warning": 1, "neutral": 2, "success": 3}
    found.sort(key=lambda dot: order[dot.tone])  # and within one tone as the loop turns: orders first
    return found, all(state.is_running for state in states)


def _dot(title: str, state: FlowState, every: timedelta, now: datetime) -> Dot:
    good = state.last_good_at
    # A fast clock makes short intervals shorter than any machine: some real minutes are always allowed
    patience = max(every * MISSED, LEAST * factor())
    if good is None:
        tone, word = ("danger", "never ran well") if state.last_error else ("neutral", "not run yet")
    elif now - good > patience:
        tone, word = "danger", f"late by {span(now - good - every)}"
    elif state.last_error:
        tone, word = "warning", "last run failed"
    else:
        tone, word = "success", "fine"
    return Dot(title, tone, word, good, state.last_error)


class HomeView(RoleRequired, TemplateView):
    """The first page of the day. People without a role see how to get one."""

    template_name = "home/today.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Numbers, causes, what is due, the loop."""
        if not self.request.user.has_perm("exceptions.view_exception"):
            return super().get_context_data(title="Today", has_role=False, **kwargs)
        now = business_now()
        rows = ExceptionRecord.objects.visible_to(self.person)
        today = reading.today(self.person)
        books = conservation()
        flows, is_running = dots(now)
        behind = timezone.now() - books.oldest_due if books.oldest_due else timedelta(0)
        health = place("sync:health")
        return super().get_context_data(
            title="Today", has_role=True, now=now, today=today, sentence=self._sentence(rows, now), books=books,
            due_next=self._due_next(rows, now), dots=flows, is_running=is_running,
            backlog=behind if behind > BACKLOG else None, health_url=health[0] if health else "",
            stats=self._stats(today), stock=stock_pages.strip(), practice=is_offered(self.person), **kwargs,
        )  # fmt: skip

    def _sentence(self, rows: QuerySet[ExceptionRecord], now: datetime) -> str:
        end, until = horizon(now)
        due = rows.filter(state__in=sorted(OPEN), deadline__lte=end).order_by().values("cause")
        found = due.annotate(
            number=Count("pk"), late=Count("pk", filter=Q(deadline__lt=now)), bare=Count("pk", filter=Q(order_key=""))
        )
        cells = list(found.order_by("-number"))
        what = ("exception is", "exceptions are") if any(cell["bare"] for cell in cells) else ("order is", "orders are")
        late = sum(cell["late"] for cell in cells)
        return sentence([cell["number"] for cell in cells], until, late=late, what=what)

    def _due_next(self, rows: QuerySet[ExceptionRecord], now: datetime) -> list[ExceptionRecord]:
        wanted = conditions(self.person, now)
        mine = wanted["my-queue"] & (Q(owner__isnull=True) | Q(owner=self.person)) | wanted["mine"]
        soonest = rows.select_related("owner", "item").order_by(F("deadline").asc(nulls_last=True), "id")
        return list(soonest.filter(mine)[:ROWS]) or list(soonest.filter(wanted["open"])[:ROWS])

    def _stats(self, today: reading.Today) -> list[dict[str, Any]]:
        """The figures of the strip, each leading to its rows."""

        def stat(label: str, number: int, view: str, icon: str, tone: str = "neutral", **more: str) -> dict[str, Any]:
            query = urlencode({"view": view, **more})
            alert = bool(number) and tone == "danger"
            return {"label": label, "value": number, "icon": icon, "tone": tone, "alert": alert,
                    "url": f"{reverse('exceptions:list')}?{query}"}  # fmt: skip

        return [
            stat("Late", today.overdue, "open", "alarm-clock-off", "danger", due="late"),
            stat("Within 4 hours", today.due_soon, "open", "alarm-clock", "warning", due="4h"),
            stat("Mine", today.mine, "mine", "user-round-check"),
            stat("Unowned", today.unowned, "unowned", "user-round-x"),
            stat("Waiting on others", today.waiting, "waiting", "hourglass", "waiting"),
            stat("Sent back", today.proving, "proving", "send", "info"),
            stat("Verified today", today.verified_today, "closed-today", "circle-check", "success"),
        ]
