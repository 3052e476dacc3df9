"""The views that people keep coming back to: which exceptions each shows, and how many there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Count, Q, QuerySet

from exceptions.models.record import SENDING, not_swallowed
from exceptions.notes.mentions import mentioning
from exceptions.roles import ROLE_GROUPS, groups_of
from exceptions.states import AWAKE, CLOSED, OPEN, State
from jlseko.ui.times import LONDON

Person = AbstractBaseUser | AnonymousUser


@dataclass(frozen=True, slots=True)
class QuickView:
    """One tab over the list. ``sort`` orders it where nobody asked for another order."""

    slug: str
    label: str
    icon: str
    sort: str = "act_by"
    empty_title: str = "Nothing here"
    empty_text: str = ""
    good: bool = False


TO_WORK: Final = QuickView(
    "open", "Open", "inbox",
    empty_title="Nothing is stalled",
    empty_text="Every order is moving or done. New exceptions appear here within a minute of the fault.",
    good=True,
)  # fmt: skip
ANY: Final = QuickView("all", "All", "library", sort="-opened_at")

VIEWS: Final = (
    TO_WORK,
    QuickView("due-today", "Due today", "alarm-clock", empty_title="Nothing more is due today",
              empty_text="No open exception has a deadline before midnight, London time.", good=True),
    QuickView("mine", "Mine", "user-round-check", empty_title="You have taken nothing",
              empty_text="Open “My queue” and take the first one: it is the most urgent."),
    QuickView("my-queue", "My queue", "users-round", empty_title="Your queue is empty",
              empty_text="Nothing waits for the people of your role.", good=True),
    QuickView("mentions", "Mentions", "at-sign", empty_title="Nobody asks for you",
              empty_text="Exceptions with a note that names you appear here until you have opened them.", good=True),
    QuickView("unowned", "Unowned", "user-round-x", empty_title="Everything has an owner",
              empty_text="Somebody has taken each open exception.", good=True),
    QuickView("waiting", "Waiting on others", "hourglass", empty_title="Nobody owes us an answer",
              empty_text="Exceptions that wait for SEKO, John Lewis or a customer appear here with their chase date."),
    QuickView("snoozed", "Snoozed", "moon", sort="snoozed_until", empty_title="Nothing sleeps",
              empty_text="Snoozed exceptions come back by themselves at the time that was set."),
    QuickView("proving", "Sent back", "send", sort="-opened_at", empty_title="Nothing is under way",
              empty_text="Orders that were sent back stay here until the other side has been read back."),
    QuickView("closed-today", "Closed today", "circle-check", sort="-closed_at", empty_title="Nothing closed yet today",
              empty_text="An exception closes by itself once the effect was read back at the other side."),
    ANY,
)  # fmt: skip
BY_SLUG: Final = {view.slug: view for view in VIEWS}


def end_of_day(now: datetime) -> datetime:
    """Midnight in London after a business time."""
    local = now.astimezone(LONDON)
    return (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)


def queues_of(user: Person) -> list[str]:
    """The queues that the groups of a person work."""
    groups = groups_of(user)
    return [role for role, group in ROLE_GROUPS.items() if group in groups]


def conditions(user: Person, now: datetime) -> dict[str, Q]:
    """What each view shows, by its slug. ``now`` is business time.

    What waits for an outage to end is nobody's work yet: it counts as open, but stands in no queue.
    """
    opened = Q(state__in=sorted(OPEN))
    awake = Q(state__in=sorted(AWAKE)) & not_swallowed(now)
    tomorrow = end_of_day(now)
    midnight = tomorrow - timedelta(days=1)
    return {
        "open": awake | SENDING,
        "due-today": opened & Q(deadline__lt=tomorrow),
        "mine": opened & Q(owner_id=user.pk),
        "my-queue": awake & Q(owner_role__in=queues_of(user)),
        "mentions": mentioning(user),
        "unowned": awake & Q(owner__isnull=True),
        "waiting": Q(state=State.WAITING_ON),
        "snoozed": Q(state=State.SNOOZED),
        "proving": Q(state=State.RESUBMITTED, accepted_at__isnull=False),
        "closed-today": Q(state__in=sorted(CLOSED), closed_at__gte=midnight),
        "all": Q(),
    }


def chosen(view: str, *, searching: bool) -> QuickView:
    """The view that an address asks for; a search without one looks everywhere."""
    return BY_SLUG.get(view) or (ANY if searching else TO_WORK)


def counts(rows: QuerySet[Any], user: Person, now: datetime, *, more: dict[str, Q] | None = None) -> dict[str, int]:
    """How many each view holds, and each of ``more`` conditions by its name, in one query; the view of everything is
    not counted.
    """
    wanted = {slug: shown for slug, shown in conditions(user, now).items() if slug != ANY.slug} | (more or {})
    found = rows.order_by().aggregate(**{f"n{place}": Count("pk", filter=q) for place, q in enumerate(wanted.values())})
    return dict(zip(wanted, found.values(), strict=True))
