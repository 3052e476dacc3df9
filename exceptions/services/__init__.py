"""The sole writers of exception records. Every call writes its line of history in the same transaction."""

from exceptions.services.errors import ChangedMeanwhile, DeskError, NotAllowed, Refused
from exceptions.services.fixing import Part, Rehearsed, cause_parts, fix, look_ahead, parts, try_out
from exceptions.services.looking_up import looked_up
from exceptions.services.noting import check_may_export, mark_seen, note, proof_made
from exceptions.services.opening import open_from_failures
from exceptions.services.outages import claim_children
from exceptions.services.owning import open_of_category, reassign, reassign_category
from exceptions.services.planning import Kept, Plan, Reason, items_of, plan, plan_cause, plan_fix, plan_rows
from exceptions.services.proving import progress
from exceptions.services.releasing import Released, fix_and_resubmit, fix_cause, resubmit, resubmit_cause
from exceptions.services.reverting import take_back
from exceptions.services.running import (
    cancel_run,
    failures_of,
    go_on_with_run,
    left_over_of,
    pause_run,
    start_run,
    work_off,
)
from exceptions.services.sorting import may_sort, merge, split, split_off, why_not_mergeable
from exceptions.services.stepping import tick_step, untick_step
from exceptions.services.working import assign, claim, dismiss, hand_back, reveal, snooze, wait_on, wake

__all__ = [
    "ChangedMeanwhile",
    "DeskError",
    "Kept",
    "NotAllowed",
    "Part",
    "Plan",
    "Reason",
    "Refused",
    "Rehearsed",
    "Released",
    "assign",
    "cancel_run",
    "cause_parts",
    "check_may_export",
    "claim",
    "claim_children",
    "dismiss",
    "failures_of",
    "fix",
    "fix_and_resubmit",
    "fix_cause",
    "go_on_with_run",
    "hand_back",
    "items_of",
    "left_over_of",
    "look_ahead",
    "looked_up",
    "mark_seen",
    "may_sort",
    "merge",
    "note",
    "open_from_failures",
    "open_of_category",
    "parts",
    "pause_run",
    "plan",
    "plan_cause",
    "plan_fix",
    "plan_rows",
    "progress",
    "proof_made",
    "reassign",
    "reassign_category",
    "resubmit",
    "resubmit_cause",
    "reveal",
    "snooze",
    "split",
    "split_off",
    "start_run",
    "take_back",
    "tick_step",
    "try_out",
    "untick_step",
    "wait_on",
    "wake",
    "why_not_mergeable",
    "work_off",
]
