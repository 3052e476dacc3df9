"""One exception in short, for the panel beside the list. It holds no customer data, so nothing has to be masked."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User

from exceptions import clocks, roles, runbooks
from exceptions.category import Resubmit, registry
from exceptions.forms import MOMENTS
from exceptions.looks import severity_of, state_of
from exceptions.models import ExceptionRecord, Fault
from exceptions.tables import goes_back
from jlseko.clock import business_now


def peek(record: ExceptionRecord, user: User) -> dict[str, Any]:
    """What the panel shows, as template context; one query beside the record itself (see ``tables.for_list``)."""
    category, now = registry.get(record.category), business_now()
    reason = clocks.severity_reason(record, now)
    may = {
        name: record.is_open and roles.may(user, right, record)[0]
        for name, right in (
            ("take", "claim_exception"), ("assign", "assign_exception"), ("snooze", "claim_exception"),
            ("dismiss", "dismiss_exception"), ("fix", "fix_exception"), ("send", "resubmit_exception"),
        )
    }  # fmt: skip
    means = runbooks.sections(category)
    return {
        "record": record, "category": category, "state": state_of(record), "severity": severity_of(record, reason),
        "severity_reason": reason, "place_reason": clocks.place_reason(record) if record.is_open else "",
        "faults": [_fault(fault) for fault in record.faults.outstanding()], "meaning": means[0].html if means else "",
        "may": may | {"take": may["take"] and record.owner_id != user.pk, "send": may["send"] and goes_back(record)},
        "moments": MOMENTS[:3], "whole_cause": record.cause_id and category.resubmit == Resubmit.CAUSE,
    }  # fmt: skip


def _fault(fault: Fault) -> dict[str, str]:
    title = registry.get(fault.category).title
    if fault.fixed_at:
        return {"label": title, "word": "fix saved", "tone": "info"}
    return {"label": title, "word": "to fix", "tone": "danger"}
