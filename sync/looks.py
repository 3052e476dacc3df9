"""How the engine's own words look on screen: the tone and the icon of a stage, a status, an outcome."""

from typing import Final

from django.utils.safestring import SafeString

from jlseko.ui.badges import state_badge
from sync.models import Item, Outcome
from sync.states import Stage, Status

STAGES: Final[dict[str, str]] = {
    Stage.RECEIVED: "Received",
    Stage.VALIDATED: "Checked",
    Stage.INJECTED: "At SEKO",
    Stage.DISPATCHED: "Dispatched",
    Stage.TRACKED: "Tracking stored",
    Stage.CONFIRMED: "Confirmed",
    Stage.DELIVERED: "Delivered",
    Stage.PROCESSED: "Read",
}
STATUSES: Final[dict[str, tuple[str, str, str]]] = {
    Status.READY: ("Moving", "info", "arrow-right"),
    Status.LEASED: ("Moving", "info", "arrow-right"),
    Status.WAITING: ("Moving", "info", "arrow-right"),
    Status.UNKNOWN: ("Being read back", "warning", "search-check"),
    Status.STALLED: ("Stalled", "danger", "octagon-alert"),
    Status.DONE: ("Done", "success", "circle-check"),
    Status.CANCELLED: ("Cancelled", "neutral", "ban"),
}
OUTCOMES: Final[dict[str, tuple[str, str]]] = {
    "": ("No answer yet", "warning"),
    Outcome.UNKNOWN: ("Outcome unknown", "warning"),
    Outcome.APPLIED: ("Accepted", "success"),
    Outcome.REJECTED: ("Refused", "danger"),
    Outcome.NOT_APPLIED: ("Not applied", "neutral"),
}
OPERATIONS: Final[dict[str, str]] = {
    "OR21": "Accept the order lines",
    "OR23": "Set carrier and tracking number",
    "OR24": "Confirm the dispatch",
    "websubmit": "Load the order",
    "cancel": "Cancel the order",
}


def stage_of(item: Item) -> str:
    """The stage in words."""
    return STAGES.get(item.stage, item.stage)


def status_of(item: Item, *, stalled: bool = False) -> SafeString:
    """The status as a badge; ``stalled`` = one of the order's dispatches waits for a person."""
    label, tone, icon = STATUSES[Status.STALLED if stalled else item.status]
    return state_badge(label, tone, icon)
