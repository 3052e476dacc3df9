"""What people do to levels from the screens: rules over one or several SKUs, each with a sentence about what came."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from django.db import transaction

from jlseko.ui.times import short_london
from sync.models import Connection, Listing, RuleKind, RuleScope, StockRule
from sync.stock import files, rules
from sync.stock_pages.reading import rule_words, subject_words

if TYPE_CHECKING:
    from django.contrib.auth.models import User

REASONS: Final[dict[str, str]] = {
    RuleKind.ZERO: "Shown as none until somebody has looked.",
    RuleKind.FREEZE: "Frozen until somebody has looked.",
}
NEXT_FILE: Final = "John Lewis is told with the next file."


def fingerprint(listing: Listing, live: Sequence[StockRule]) -> str:
    """A short text that differs when a rule over the listing, or whether it is offered at all, does."""
    seen = (listing.pk, listing.active, sorted(rule.pk for rule in live))
    return sha256(repr(seen).encode()).hexdigest()[:16]


@transaction.atomic
def lay(
    listings: Sequence[Listing], kind: str, *, quantity: int = 0, reason: str, ends_at: datetime | None, by: "User"
) -> str:
    """Lay the same rule over each of some SKUs, in place of an earlier one of its kind, and say so.

    ``ends_at`` in business time, None = until somebody ends it. Raises ``ValueError`` with a sentence for a rule that
    makes no sense; then none is made.
    """
    for listing in listings:
        _replace(listing.connection, kind, RuleScope.SKU, listing.sku, by)
        rules.make(
            listing.connection, RuleKind(kind), RuleScope.SKU, listing.sku, quantity=quantity, reason=reason,
            ends_at=ends_at, by=by,
        )  # fmt: skip
    what = listings[0].sku.strip() if len(listings) == 1 else f"{len(listings)} SKUs"
    return said(kind, what, quantity, ends_at)


@transaction.atomic
def lay_wide(
    shop: Connection, kind: str, scope: str, subject: str, *, quantity: int, reason: str, ends_at: datetime | None,
    by: "User",
) -> StockRule:  # fmt: skip
    """Lay one rule over a SKU, a category or everything of a shop, in place of an earlier one of its kind."""
    _replace(shop, kind, scope, subject, by)
    return rules.make(
        shop, RuleKind(kind), RuleScope(scope), subject, quantity=quantity, reason=reason, ends_at=ends_at, by=by
    )


def _replace(shop: Connection, kind: str, scope: str, subject: str, by: "User") -> None:
    for rule in rules.live(shop).filter(kind=kind, scope=scope, subject=subject).select_related("connection"):
        rules.end(rule, by)


def said(kind: str, what: str, quantity: int, ends_at: datetime | None) -> str:
    """What a rule that was just made does."""
    until = f" until {short_london(ends_at)}" if ends_at else " until somebody ends it"
    does = {
        RuleKind.ZERO: f"John Lewis will show none of {what}{until}.",
        RuleKind.FREEZE: f"The level of {what} may fall but not rise{until}.",
        RuleKind.BUFFER: f"{quantity:,} of {what} are kept back{until}.",
    }
    return f"{does[RuleKind(kind)]} {NEXT_FILE}"


def end(rule: StockRule, by: "User") -> tuple[bool, str]:
    """End a rule; whether it still worked, and a sentence."""
    about = subject_words(rule).strip()
    if rules.end(rule, by):
        return True, f"Ended: “{rule_words(rule)}” for {about}. {NEXT_FILE}"
    rule.refresh_from_db()
    who = f" by {rule.ended_by.get_full_name() or rule.ended_by}" if rule.ended_by else ""
    when = f", {short_london(rule.ended_at)}" if rule.ended_at else ""
    return False, f"The rule for {about} had been ended already{who}{when}. Nothing was changed."


def push(listings: Sequence[Listing], by: "User") -> tuple[bool, str]:
    """Have the present levels of some listings told again; whether any will be, and a sentence."""
    told = files.push_now(listings, by)
    if not told:
        return False, "There is no level to tell: SEKO has given no figure, or the offer is no longer listed."
    what = f"The level of {listings[0].sku.strip()}" if len(listings) == 1 else f"{told} of {len(listings)} levels"
    return True, f"{what} will be told to John Lewis again with the next file."
