"""The life of an exception record and which moves are legal. One writer: :mod:`exceptions.services`."""

from __future__ import annotations

from django.db import models


class State(models.TextChoices):
    """Where a record stands. It is closed as verified only after the other side was read back."""

    OPEN = "open", "Open"
    CLAIMED = "claimed", "In work"
    WAITING_ON = "waiting_on", "Waiting on others"
    SNOOZED = "snoozed", "Snoozed"
    RESUBMITTED = "resubmitted", "Sent back, not yet proved"
    VERIFIED = "verified", "Fixed and verified"
    DISMISSED = "dismissed", "Dismissed"
    SUPERSEDED = "superseded", "Replaced by a later exception"


AWAKE = frozenset({State.OPEN, State.CLAIMED})
OPEN = AWAKE | {State.WAITING_ON, State.SNOOZED}
LIVE = OPEN | {State.RESUBMITTED}
CLOSED = frozenset({State.VERIFIED, State.DISMISSED, State.SUPERSEDED})

_ENDS = frozenset({State.RESUBMITTED, State.VERIFIED, State.DISMISSED, State.SUPERSEDED})

ALLOWED: dict[State, frozenset[State]] = {
    State.OPEN: OPEN | _ENDS,
    State.CLAIMED: OPEN | _ENDS,
    State.WAITING_ON: OPEN | _ENDS,
    State.SNOOZED: OPEN | _ENDS,
    State.RESUBMITTED: frozenset({State.OPEN, State.CLAIMED, State.VERIFIED, State.SUPERSEDED, State.RESUBMITTED}),
    State.VERIFIED: frozenset(),
    State.DISMISSED: frozenset(),
    State.SUPERSEDED: frozenset(),
}


class Severity(models.IntegerChoices):
    """How bad it is, the worse the higher."""

    LOW = 1, "Low"
    NORMAL = 2, "Normal"
    HIGH = 3, "High"
    CRITICAL = 4, "Critical"


class Blame(models.TextChoices):
    """On which side the fault lies; it drives the owner and whom to call."""

    MARKETPLACE_FEED = "marketplace_feed", "John Lewis feed"
    WAREHOUSE = "warehouse", "SEKO"
    OUR_MAPPING = "our_mapping", "Our mapping"
    PRODUCT_DATA = "product_data", "Product data"
    NETWORK = "network", "Network"


class OwnerRole(models.TextChoices):
    """The queues. Each is worked by a sign-in group (see :mod:`exceptions.roles`)."""

    OPERATIONS = "operations", "Marketplace operations"
    WAREHOUSE = "warehouse", "Warehouse liaison"
    CATALOGUE = "catalogue", "Product data"
    CUSTOMER_CARE = "customer_care", "Customer care"
    MAPPING = "mapping", "Mapping"
    FINANCE = "finance", "Finance"
    SYSTEM = "system", "System"
