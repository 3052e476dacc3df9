"""One row of a record's checklist."""

from __future__ import annotations

from typing import TypeAlias

from django.db import models
from django.db.models import Q

from exceptions.models.cause import Cause
from exceptions.models.record import ExceptionRecord
from jlseko.encryption import EncryptedTextField
from sync.failures import Code, Failure
from sync.models import Item

# What a fix ends: the faults of a cause with a fingerprint, each pair the key of the cause and that of the origin.
# A mapping row ends one fingerprint, also where its cause was merged with others or an order was put elsewhere.
Reach: TypeAlias = frozenset[tuple[int | None, int | None]]


class FaultQuerySet(models.QuerySet["Fault"]):
    """Named selections."""

    def outstanding(self) -> FaultQuerySet:
        """Those whose end nobody has read back yet."""
        return self.filter(cleared_at__isnull=True)

    def unfixed(self) -> FaultQuerySet:
        """Those for which no fix was saved since they were last found."""
        return self.outstanding().filter(fixed_at__isnull=True)

    def ended_by(self, reach: Reach) -> FaultQuerySet:
        """Those that a fix ends."""
        either = Q(pk__in=[])
        for cause, origin in reach:
            either |= Q(cause=cause, origin=origin)
        return self.filter(either)


class Fault(models.Model):
    """A single thing that is wrong, as the engine told it (:class:`sync.failures.Failure`).

    ``origin`` is the cause that its fingerprint says; ``cause`` the one that it belongs to since people have merged and
    split causes, mostly the same.

    ``item`` is the item that stalled on it: an order and its dispatches share one record. ``fixed_at`` = a fix was
    saved, ``resubmitted_at`` = its item was sent back, ``accepted_at`` = the other side took it, ``cleared_at`` = the
    other side was read back. Business time.
    """

    record = models.ForeignKey(ExceptionRecord, on_delete=models.PROTECT, related_name="faults")
    item = models.ForeignKey(Item, null=True, on_delete=models.PROTECT, related_name="faults")
    cause = models.ForeignKey(Cause, null=True, on_delete=models.PROTECT, related_name="faults")
    origin = models.ForeignKey(Cause, null=True, on_delete=models.PROTECT, related_name="recognised")
    category = models.CharField(max_length=60)
    code = models.CharField(max_length=40)
    field = models.CharField(max_length=200, blank=True)
    text = models.TextField()
    rule = models.CharField(max_length=100, blank=True)
    value = EncryptedTextField(blank=True)
    facts = models.JSONField(default=dict, blank=True)
    occurrences = models.PositiveIntegerField(default=1)
    found_at = models.DateTimeField()
    fixed_at = models.DateTimeField(null=True, blank=True)
    resubmitted_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    cleared_at = models.DateTimeField(null=True, blank=True)

    objects = FaultQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["record", "item", "code", "field", "rule"],
                condition=Q(cleared_at__isnull=True),
                nulls_distinct=False,
                name="fault_once_while_outstanding",
            ),
        ]
        indexes = [
            models.Index(fields=["item"], condition=Q(cleared_at__isnull=True), name="fault_of_item"),
            models.Index(fields=["cause"], condition=Q(cleared_at__isnull=True), name="fault_of_cause"),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def reach(self) -> tuple[int | None, int | None]:
        """Its part of a :data:`Reach`."""
        return self.cause_id, self.origin_id

    def as_failure(self) -> Failure:
        """The same fault in the engine's terms; a code that the engine no longer knows becomes unclassified."""
        code = Code(self.code) if self.code in set(Code) else Code.UNCLASSIFIED
        return Failure(
            code=code, text=self.text, field=self.field, value=self.value, rule=self.rule, facts=dict(self.facts)
        )
