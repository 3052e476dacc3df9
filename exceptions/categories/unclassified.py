"""The floor: what no other category claims. It must trend to empty."""

from __future__ import annotations

from exceptions.category import Category
from exceptions.states import Blame, OwnerRole, Severity
from sync.failures import Code, Failure
from sync.models import Item


class Unclassified(Category):
    """A partner's words that nobody has sorted yet."""

    slug = "unclassified"
    title = "Unclassified"
    detect_text = "A partner refused with words that no rule knows."
    next_move = "read what the partner answered, and decide"
    ask = "Please tell us what this answer means and what has to be changed."
    codes = frozenset({Code.UNCLASSIFIED})
    side = Blame.NETWORK
    owner_role = OwnerRole.OPERATIONS
    rank = 90
    base_severity = Severity.HIGH
    scenario = "unknown_reply"
    alike = "The same words of a partner"
    runbook = """
A partner refused with words that are new to us. They are shown exactly as they came.

## First check
Read the words and the request beside them. Is a field named?

## Steps
1. The reason is plain: put it right at its source, and send back.
2. It is not: copy the call and the answer to the partner, and set *waiting on* them.
3. Tell an admin in either case, so that the next one gets a category of its own.

## Who to call
The partner that answered. Quote the order number, the time and their own words.

## How you know it is fixed
The order goes on and the partner shows it when it is read back.
"""

    def claims(self, failure: Failure) -> bool:
        """Whatever is left."""
        return True

    def fingerprint(self, failure: Failure, item: Item | None) -> str:
        """The partner's words, the order's own number taken out, are the cause."""
        words = failure.text.replace(item.order_key, "…") if item and item.order_key else failure.text
        return words[:300]

    def headline(self, failure: Failure, item: Item | None) -> str:
        """The partner's words."""
        return f"Not sorted yet: {failure.text}"
