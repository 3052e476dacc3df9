"""How the engine's own words look on screen: the tone and the icon of a stage, a status, an outcome."""

from typing import Final

from django.utils.html import format_html
from django.utils.safestring import SafeString

from jlseko.ui.badges import state_badge
from sync.models import Item, Order, Outcome
from sync.states import Stage, Status

STAGES: Final[dict[str, str]] = {
    Stage.RECEIVED: "Received",
    Stage.VALIDATED: "Checked",
    Stage.INJECTED: "At SEKO",
    Stage.DISPATCHED: "Dispatched",
    Stage.TRACKED: "Tracking stored",
    Stage.CONFIRMED: "Confirmed",
    Stage.DELIVERED: "Delivered",
    Stage.SUBMITTED: "Sent to John Lewis",
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
# John Lewis contract 2.2; a state that is new to us is shown as it came
MARKETPLACE_STATES: Final[dict[str, str]] = {
    "STAGING": "Being checked",
    "WAITING_ACCEPTANCE": "Waits for acceptance",
    "WAITING_DEBIT": "Accepted, not yet paid",
    "WAITING_DEBIT_PAYMENT": "Waits for payment",
    "SHIPPING": "To be shipped",
    "SHIPPED": "Shipped",
    "TO_COLLECT": "To be collected",
    "RECEIVED": "Received",
    "CLOSED": "Closed",
    "REFUSED": "Refused",
    "CANCELED": "Cancelled",
}
OPERATIONS: Final[dict[str, str]] = {
    "OR21": "Accept the order lines",
    "OR23": "Set carrier and tracking number",
    "OR24": "Confirm the dispatch",
    "OR04": "Store our order number",
    "OR30": "Cancel a quantity",
    "ST01": "Create a shipment",
    "ST23": "Change a shipment's tracking",
    "ST24": "Confirm a shipment",
    "ST06": "Take a shipment back",
    "STO01": "Send stock levels",
    "websubmit": "Load the order",
    "cancel": "Cancel the order",
}

# Reads and checks, for the allowances; what is not named here is shown as it is called
CALLS: Final[dict[str, str]] = OPERATIONS | {
    "OR11": "List orders",
    "OR11 by id": "Read single orders",
    "SH21": "Read the approved carriers",
    "ST11": "Read shipments",
    "ST12": "Read what is left to ship",
    "STO02": "Read where a stock file stands",
    "STO03": "Read refused stock levels",
    "OF21": "Read offers",
    "dispatches": "Read what was dispatched",
    "profile": "Read what the shop may do",
    "status": "Read the state of an order",
    "stock": "Read stock",
    "test": "Test the connection",
}


def stage_of(item: Item) -> str:
    """The stage in words."""
    return STAGES.get(item.stage, item.stage)


def marketplace_state(order: Order) -> SafeString:
    """John Lewis's state in words; its own word is the title."""
    state = order.marketplace_state
    return format_html('<span title="{}">{}</span>', state, MARKETPLACE_STATES.get(state, state))


def status_of(item: Item, *, stalled: bool = False) -> SafeString:
    """The status as a badge; ``stalled`` = one of the order's dispatches waits for a person."""
    label, tone, icon = STATUSES[Status.STALLED if stalled else item.status]
    return state_badge(label, tone, icon)
