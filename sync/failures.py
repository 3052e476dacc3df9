"""The closed vocabulary of what can go wrong, and how a partner call can end badly.

Imports no Django: the partner adapters speak it too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from enum import StrEnum

from sync.shapes import Exchange


class Code(StrEnum):
    """Why an item cannot go on. A category of the desk claims each of them."""

    UNKNOWN_SKU = "unknown_sku"
    SKU_CASE_CLASH = "sku_case_clash"
    LINE_INVALID = "line_invalid"
    ADDRESS_INVALID = "address_invalid"
    NO_FREE_STOCK = "no_free_stock"
    NOT_INJECTED = "not_injected"
    DUPLICATE_ORDER = "duplicate_order"
    WAREHOUSE_SETUP = "warehouse_setup"
    NO_DISPATCH_NEWS = "no_dispatch_news"
    CANCELLED_BY_WAREHOUSE = "cancelled_by_warehouse"
    UNMAPPED_CARRIER = "unmapped_carrier"
    CARRIER_NOT_APPROVED = "carrier_not_approved"
    CARRIER_REJECTED = "carrier_rejected"
    TRACKING_MISSING = "tracking_missing"
    TRACKING_INVALID = "tracking_invalid"
    SHORT_DISPATCH = "short_dispatch"
    OVER_DISPATCH = "over_dispatch"
    DISPATCH_UNMATCHED = "dispatch_unmatched"
    NOT_CONFIRMED = "not_confirmed"
    CONFIRMATION_REJECTED = "confirmation_rejected"
    CANCELLED_LIVE = "cancelled_live"
    CANCEL_REFUSED = "cancel_refused"
    OUTCOME_UNKNOWN = "outcome_unknown"
    PARTNER_UNAVAILABLE = "partner_unavailable"
    CREDENTIALS_REFUSED = "credentials_refused"
    MESSAGE_UNREADABLE = "message_unreadable"
    UNKNOWN_VALUE = "unknown_value"
    PUSH_GAP = "push_gap"
    CLOCKS_DIFFER = "clocks_differ"
    STOCK_UPDATE_FAILED = "stock_update_failed"
    STOCK_STALE = "stock_stale"
    STOCK_DIVERGENCE = "stock_divergence"
    OVERSELL_RISK = "oversell_risk"
    LISTING_UNKNOWN = "listing_unknown"
    STOCK_UNLISTED = "stock_unlisted"
    UNCLASSIFIED = "unclassified"


@dataclass(frozen=True, slots=True)
class Failure:
    """One fault.

    ``text`` is a sentence for a person or the partner's raw words; ``field`` names the offending place in the
    item's own terms (``delivery.city``, ``lines.<order line id>.sku``, ``carrier``, ``tracking_number``); ``value`` is
    what stands there; ``rule`` the rule that found it; ``facts`` are plain strings for the fix form and the runbook.
    Never put a name, an address or a key into ``facts``.
    """

    code: Code
    text: str
    field: str = ""
    value: str = ""
    rule: str = ""
    facts: Mapping[str, str] = dataclass_field(default_factory=dict)


class Reach(StrEnum):
    """How the way to a partner can fail."""

    NAME = "name"  # the host name is not known
    TLS = "tls"
    PRIVATE = "private"  # the host name points into a private network
    REFUSED = "refused"
    TIMEOUT = "timeout"
    BUSY = "busy"  # all our own connections are in use
    BROKEN = "broken"


class PartnerError(Exception):
    """A partner call that did not end in a usable answer.

    ``reason`` is a short class of result fit for a person; ``exchange`` is what was sent and received, with keys
    redacted; ``reach`` says how the way to the partner failed, None where an answer came.
    """

    reach: Reach | None = None

    def __init__(self, reason: str, *, exchange: Exchange | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.exchange = exchange


class NotSent(PartnerError):
    """Refused connection, DNS or TLS failure before the request left: certainly not applied."""


class Throttled(PartnerError):
    """HTTP 429: certainly not applied. ``retry_after`` in real seconds."""

    def __init__(self, reason: str, *, retry_after: float, exchange: Exchange | None = None) -> None:
        super().__init__(reason, exchange=exchange)
        self.retry_after = retry_after


class Unauthorised(PartnerError):
    """HTTP 401 or 403: the key is refused for the whole connection."""


class Unclear(PartnerError):
    """Time-out, reset, 5xx, HTML, empty or truncated answer: a write may have been applied, a read may be repeated."""


class Unreadable(Unclear):
    """A whole answer to a reading in which nothing has a form that we understand: the partner is there, and will most
    likely say the same again.
    """


class Refused(PartnerError):
    """The partner understood the request and said no: certainly not applied. ``failure`` carries the classified
    cause.
    """

    def __init__(self, failure: Failure, *, exchange: Exchange | None = None) -> None:
        super().__init__(failure.text, exchange=exchange)
        self.failure = failure
