"""Something came in that cannot be read."""

from __future__ import annotations

from exceptions.category import Category
from exceptions.states import Blame, OwnerRole, Severity
from sync.failures import Code, Failure
from sync.models import Item


class MessageUnreadable(Category):
    """The body is kept; reading it again after a repair loses nothing."""

    slug = "message_unreadable"
    title = "Message not readable"
    detect_text = "A push from SEKO or an order from John Lewis does not have the agreed form."
    next_move = "repair how the message is read, then read it again"
    ask = "Please tell us what changed in this message, and send it again in the agreed form."
    codes = frozenset({Code.MESSAGE_UNREADABLE})
    side = Blame.WAREHOUSE
    owner_role = OwnerRole.SYSTEM
    rank = 48
    base_severity = Severity.HIGH
    scenario = ""
    alike = "The same fault in a message"
    runbook = """
A partner sent something that we cannot read. It may hide a dispatch or an order, so it is kept as it came.

## First check
The reason, and the raw message. Is it cut off, an HTML page, or a form that is new to us?

## Steps
1. Cut off or garbled: ask SEKO to push it again from the Activity Monitor, then dismiss this one.
2. A new form: tell the developers; after their change, send back and it is read again.
3. An order of John Lewis: a manager looks it up there, so that it is not late meanwhile. What is cancelled there is
   stopped at SEKO; what has left is confirmed there by hand.

## Who to call
SEKO client services for a push; John Lewis partner support for an order.

## How you know it is fixed
The message has been read, and its news is in the timeline of the order; an order or a dispatch that waited for the
reading has gone on.
"""

    def fingerprint(self, failure: Failure, item: Item | None) -> str:
        """One reason is one cause."""
        return f"{failure.rule} {failure.text}"[:300]

    def headline(self, failure: Failure, item: Item | None) -> str:
        """What came, and why it cannot be read."""
        return failure.text
