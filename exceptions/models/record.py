"""One stalled order, as work for a person."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models
from django.db.models import F, Q

from exceptions.models.cause import Cause
from exceptions.states import AWAKE, LIVE, OPEN, Blame, OwnerRole, Severity, State
from jlseko.clock import business_now
from sync.models import Connection, Item
from sync.states import Kind

_LIVE = Q(state__in=sorted(LIVE))
SENDING = Q(state=State.RESUBMITTED, accepted_at__isnull=True)
NEAR = timedelta(hours=1)  # a partner's deadline as close as this is a person's matter, outage or not


def not_swallowed(now: datetime) -> Q:
    """Records that are work at the business time ``now``: no child of an outage, or one whose deadline is near."""
    return Q(parent=None) | Q(deadline_is_ours=False, deadline__lt=now + NEAR)


def swallowed(now: datetime) -> Q:
    """The others: children of an outage that nobody has to look at yet."""
    return Q(parent__isnull=False) & (Q(deadline_is_ours=True) | Q(deadline=None) | Q(deadline__gte=now + NEAR))


class RecordQuerySet(models.QuerySet["ExceptionRecord"]):
    """Named selections; every page and export starts from :meth:`visible_to`."""

    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> RecordQuerySet:
        """What this person may see: all records with the right to view exceptions, else none."""
        allowed = user.is_active and getattr(user, "has_perm")("exceptions.view_exception")  # noqa: B009
        return self.all() if allowed else self.none()

    def open(self) -> RecordQuerySet:
        """Those that a person has to act on, snoozed and waiting ones included."""
        return self.filter(state__in=sorted(OPEN))

    def in_queue(self) -> RecordQuerySet:
        """The queue as people see it: what waits for a person now, and what was sent back and is not accepted yet."""
        return self.filter(Q(state__in=sorted(AWAKE)) & not_swallowed(business_now()) | SENDING)

    def live(self) -> RecordQuerySet:
        """Those that are not closed: open, or sent back and not yet proved."""
        return self.filter(state__in=sorted(LIVE))

    def overdue(self, now: datetime) -> RecordQuerySet:
        """Open ones whose deadline has passed at the business time ``now``."""
        return self.open().filter(deadline__lt=now)

    def by_urgency(self) -> RecordQuerySet:
        """Most urgent first: by deadline, brought forward by impact (see :func:`exceptions.clocks.act_by`)."""
        return self.order_by(F("act_by").asc(nulls_last=True), "id")


class ExceptionRecord(models.Model):
    """The leading exception of one order, one pushed message or one partner connection. Times are business time.

    ``item`` is the one that stalled first; the faults may belong to several items of the same order. Connection-wide
    records have no item, and ``partner`` names the side that does not answer; ``parent`` is such a record, where this
    one exists only because of it. ``act_by`` is the sort key of the queue. ``version`` rises with each change that a
    person at another screen must know of before acting.
    """

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="exceptions")
    order_key = models.CharField(max_length=200, blank=True, db_index=True)
    item = models.ForeignKey(Item, null=True, blank=True, on_delete=models.PROTECT, related_name="exceptions")
    partner = models.CharField(max_length=20, blank=True)
    category = models.CharField(max_length=60, db_index=True)
    cause = models.ForeignKey(Cause, null=True, on_delete=models.PROTECT, related_name="records")
    follows = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="followed_by")
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    state = models.CharField(max_length=20, choices=State, default=State.OPEN)
    owner_role = models.CharField(max_length=20, choices=OwnerRole)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="owned_exceptions"
    )
    side = models.CharField(max_length=20, choices=Blame)
    severity = models.PositiveSmallIntegerField(choices=Severity, default=Severity.NORMAL)
    deadline = models.DateTimeField(null=True, blank=True)
    deadline_is_ours = models.BooleanField(default=False)
    act_by = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    resubmitted_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)  # the other side took what was sent back
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_reason = models.CharField(max_length=300, blank=True)
    occurrences = models.PositiveIntegerField(default=1)
    headline = models.CharField(max_length=300)
    value = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    order_number = models.CharField(max_length=200, blank=True)
    skus = models.TextField(blank=True)
    tracking_number = models.CharField(max_length=200, blank=True)
    courier = models.CharField(max_length=400, blank=True)
    waiting_whom = models.CharField(max_length=200, blank=True)
    chase_at = models.DateTimeField(null=True, blank=True)
    snoozed_until = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = RecordQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        default_permissions = ()
        permissions = [
            ("view_exception", "See exceptions and orders"),
            ("claim_exception", "Take, hand back, note, wait on and snooze exceptions"),
            ("assign_exception", "Assign exceptions to other people"),
            ("fix_exception", "Save fixes"),
            ("resubmit_exception", "Send orders back"),
            ("run_resubmission", "Send many orders back in one run"),
            ("dismiss_exception", "Dismiss exceptions"),
            ("sort_causes", "Merge and split causes"),
            ("share_views", "Share views of the list and set what a role starts with"),
            ("edit_mapping", "Edit the carrier mapping"),
            ("edit_alias", "Edit SKU aliases"),
            ("assign_owners", "Decide who owns each category"),
            ("manage_connections", "Change partner addresses, keys and settings"),
            ("view_connections", "See the state of the connections"),
            ("reveal_personal_data", "See customer names and addresses"),
            ("export_exceptions", "Download lists"),
            ("push_stock", "Tell John Lewis a stock level at once"),
            ("hold_stock", "Show none of a SKU, or freeze it, and end that"),
            ("rule_stock", "Keep stock back, and make rules for a category or everything"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "order_key"],
                condition=_LIVE & ~Q(order_key=""),
                name="record_one_leading_per_order",
            ),
            models.UniqueConstraint(
                fields=["item"],
                condition=_LIVE & Q(order_key="", item__isnull=False),
                name="record_one_leading_per_item",
            ),
            models.UniqueConstraint(
                fields=["connection", "category", "partner"],
                condition=_LIVE & Q(order_key="", item__isnull=True),
                name="record_one_leading_per_partner",
            ),
        ]
        indexes = [
            models.Index(fields=["act_by", "id"], condition=Q(state__in=sorted(OPEN)), name="record_queue"),
            models.Index(fields=["state", "snoozed_until"], name="record_sleeping"),
            models.Index(fields=["-closed_at"], name="record_closed"),
        ]

    def __str__(self) -> str:
        return self.headline

    @property
    def is_open(self) -> bool:
        """Whether a person has to act."""
        return self.state in OPEN

    @property
    def is_sending(self) -> bool:
        """Whether it was sent back and the other side has not accepted it yet."""
        return self.state == State.RESUBMITTED and self.accepted_at is None

    @property
    def is_live(self) -> bool:
        """Whether it is not closed yet."""
        return self.state in LIVE

    @property
    def subject(self) -> str:
        """What it is about, in a word: the order number, the SKU, a stock file; empty for a partner or a message."""
        if self.order_number or self.item is None:
            return self.order_number
        if self.item.kind == Kind.LISTING:
            return self.item.external_key
        return "Stock file" if self.item.kind == Kind.STOCK_FILE else ""

    @property
    def owner_label(self) -> str:
        """The person, or the queue while nobody has taken it."""
        if self.owner is not None:
            return self.owner.get_full_name() or self.owner.get_username()
        return OwnerRole(self.owner_role).label
