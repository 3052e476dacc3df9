"""Who did what with an exception. Append-only."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models

from exceptions.models.cause import Cause
from exceptions.models.record import ExceptionRecord


class EntryKind(models.TextChoices):
    """What a line of the history tells."""

    OPENED = "opened", "Opened"
    FAULT_JOINED = "fault_joined", "Another fault joined"
    CAME_BACK = "came_back", "Came back"
    CLAIMED = "claimed", "Taken"
    ASSIGNED = "assigned", "Assigned"
    HANDED_BACK = "handed_back", "Put back in the queue"
    REASSIGNED = "reassigned", "Moved to another queue"
    NOTE = "note", "Note"
    FIX_SAVED = "fix_saved", "Fix saved"
    RESUBMITTED = "resubmitted", "Sent back"
    PROGRESS = "progress", "Partly proved"
    VERIFIED = "verified", "Verified"
    SUPERSEDED = "superseded", "Replaced"
    DISMISSED = "dismissed", "Dismissed"
    WAITING = "waiting", "Waiting on others"
    SNOOZED = "snoozed", "Snoozed"
    WOKEN = "woken", "Back in the queue"
    REVEALED = "revealed", "Customer data shown"
    ACCEPTED = "accepted", "Accepted by the other side"
    FIX_REVERTED = "fix_reverted", "Correction taken back"
    STEP_DONE = "step_done", "Runbook step done"
    STEP_UNDONE = "step_undone", "Runbook step not done after all"
    MERGED = "merged", "Causes merged"
    SPLIT = "split", "Put under a cause of its own"
    PROOF_MADE = "proof_made", "Proof pack made"
    OWNER_RULE = "owner_rule", "Owner of a category changed"


class Entry(models.Model):
    """One line of history, written in the transaction that it tells of. ``at`` is business time.

    Holds no personal data: names of fields and codes, never what a customer wrote. ``actor`` None = the machine.
    """

    record = models.ForeignKey(ExceptionRecord, null=True, on_delete=models.PROTECT, related_name="entries")
    cause = models.ForeignKey(Cause, null=True, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=20, choices=EntryKind)
    text = models.TextField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    data = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["id"]
        default_permissions = ()
        triggers = [
            pgtrigger.Protect(name="entry_append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.text
