"""How the desk's own words look on screen: the tone and the icon of a state, a severity, a side, a queue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.safestring import SafeString

from exceptions.models import ExceptionRecord, Fault
from exceptions.states import Blame, OwnerRole, Severity, State
from jlseko.ui.badges import state_badge
from jlseko.ui.times import short_london


@dataclass(frozen=True, slots=True)
class Look:
    """A tone of the design and a Lucide icon."""

    tone: str
    icon: str
    short: str = ""


STATES: Final[dict[str, Look]] = {
    State.OPEN: Look("danger", "circle-alert", "Open"),
    State.CLAIMED: Look("info", "user-round-check", "In work"),
    State.WAITING_ON: Look("waiting", "hourglass", "Waiting"),
    State.SNOOZED: Look("neutral", "moon", "Snoozed"),
    State.RESUBMITTED: Look("info", "send", "Sent back"),
    State.VERIFIED: Look("success", "circle-check", "Verified"),
    State.DISMISSED: Look("neutral", "circle-slash", "Dismissed"),
    State.SUPERSEDED: Look("neutral", "copy-check", "Replaced"),
}
SENDING: Final = Look("info", "loader", "Sending back…")
SEVERITIES: Final[dict[int, Look]] = {
    Severity.LOW: Look("neutral", "signal-low"),
    Severity.NORMAL: Look("neutral", "signal-medium"),
    Severity.HIGH: Look("warning", "signal-high"),
    Severity.CRITICAL: Look("danger", "octagon-alert"),
}
SIDES: Final[dict[str, str]] = {
    Blame.MARKETPLACE_FEED: "store",
    Blame.WAREHOUSE: "warehouse",
    Blame.OUR_MAPPING: "route",
    Blame.PRODUCT_DATA: "tags",
    Blame.NETWORK: "unplug",
}
QUEUES: Final[dict[str, str]] = {
    OwnerRole.OPERATIONS: "store",
    OwnerRole.WAREHOUSE: "warehouse",
    OwnerRole.CATALOGUE: "tags",
    OwnerRole.CUSTOMER_CARE: "headset",
    OwnerRole.MAPPING: "route",
    OwnerRole.FINANCE: "pound-sterling",
    OwnerRole.SYSTEM: "server-cog",
}


def state_of(record: ExceptionRecord) -> SafeString:
    """The state of a record as a badge; the long word is its title."""
    look = STATES[record.state]
    if record.is_sending:
        return state_badge(
            SENDING.short, SENDING.tone, SENDING.icon, "Sent back; the other side has not accepted it yet"
        )
    if record.state == State.RESUBMITTED and record.accepted_at:
        title = f"Accepted {short_london(record.accepted_at)}, not yet verified"
        return state_badge(look.short, look.tone, look.icon, title)
    return state_badge(look.short, look.tone, look.icon, str(State(record.state).label))


def severity_of(record: ExceptionRecord, why: str = "") -> SafeString:
    """The severity of a record as a badge, with the rule that decided it as title."""
    look = SEVERITIES.get(record.severity, SEVERITIES[Severity.NORMAL])
    return state_badge(str(Severity(record.severity).label), look.tone, look.icon, why)


def word_of(fault: Fault, *, is_open: bool) -> tuple[str, str]:
    """How far one line of a checklist is, and its tone; ``is_open`` says whether its record waits for a person."""
    if fault.cleared_at:
        return "gone", "success"
    if fault.resubmitted_at and not is_open:
        return "sent back", "info"
    return ("fix saved", "info") if fault.fixed_at else ("to fix", "danger")
