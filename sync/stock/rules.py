"""The rules that people lay over the levels: keep back, freeze, show none. Each has an author, a reason and an end."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q, QuerySet

from jlseko.clock import business_now
from sync import timeline
from sync.models import Connection, Listing, RuleKind, RuleScope, StockRule
from sync.models.run import FlowState

if TYPE_CHECKING:
    from django.contrib.auth.models import User

PUBLISH = "publish-stock"


def live(connection: Connection) -> QuerySet[StockRule]:
    """The rules in force now, newest first. Where several keep something back, the largest quantity counts."""
    now = business_now()
    rows = StockRule.objects.filter(connection=connection, ended_at=None, starts_at__lte=now)
    return rows.filter(Q(ends_at=None) | Q(ends_at__gt=now)).order_by("-id")


def covers(rule: StockRule, listing: Listing) -> bool:
    """Whether a rule is about this listing."""
    if rule.scope == RuleScope.SKU:
        return rule.subject == listing.sku
    return rule.scope == RuleScope.ALL or rule.subject == listing.category


@transaction.atomic
def make(
    connection: Connection,
    kind: RuleKind,
    scope: RuleScope,
    subject: str,
    *,
    quantity: int,
    reason: str,
    ends_at: datetime | None,
    by: "User | None",
) -> StockRule:
    """Lay a new rule over the levels; it holds from the next computation on, which is asked for at once.

    ``quantity`` counts for a buffer only; ``ends_at`` None = until somebody ends it. Raises ``ValueError`` with a
    sentence when something is missing or makes no sense.
    """
    now = business_now()
    said = _problem(kind, scope, subject.strip(), quantity, reason.strip(), ends_at, now)
    if said:
        raise ValueError(said)
    rule = StockRule.objects.create(
        connection=connection, kind=kind, scope=scope, subject="" if scope == RuleScope.ALL else subject,
        quantity=quantity if kind == RuleKind.BUFFER else 0, reason=reason.strip()[:300], starts_at=now,
        ends_at=ends_at, made_by=by, made_at=now,
    )  # fmt: skip
    timeline.record(connection, "stock_rule", f"Stock rule made: {named(rule)}", detail=rule.reason, actor=by)
    FlowState.bring_forward(connection, PUBLISH)
    return rule


def _problem(
    kind: RuleKind, scope: RuleScope, subject: str, quantity: int, reason: str, ends_at: datetime | None, now: datetime
) -> str:
    if scope != RuleScope.ALL and not subject:
        return "Say which SKU or which category the rule is about."
    if kind == RuleKind.BUFFER and not 0 < quantity < 1_000_000:
        return "Say how many are kept back: a whole number above 0."
    if not reason:
        return "Give a reason, so that others know when the rule may go."
    if ends_at is not None and ends_at <= now:
        return "The end of the rule has passed already."
    return ""


@transaction.atomic
def end(rule: StockRule, by: "User | None") -> bool:
    """End a rule now; False when it has ended already. ``by`` None = its time was over."""
    ended = StockRule.objects.filter(pk=rule.pk, ended_at=None).update(ended_at=business_now(), ended_by=by)
    if ended:
        why = "by a person" if by else "because its time was over"
        timeline.record(rule.connection, "stock_rule", f"Stock rule ended: {named(rule)}", detail=why, actor=by)
        FlowState.bring_forward(rule.connection, PUBLISH)
    return bool(ended)


def end_expired(connection: Connection) -> int:
    """End the rules whose time is over; returns how many."""
    over = StockRule.objects.filter(connection=connection, ended_at=None, ends_at__lte=business_now())
    return sum(end(rule, by=None) for rule in over.select_related("connection"))


def named(rule: StockRule) -> str:
    """A rule in words: keep back 2 of SKU BAG."""
    about = {RuleScope.SKU: f"SKU {rule.subject}", RuleScope.CATEGORY: f"category {rule.subject}"}
    kept = f" {rule.quantity} of" if rule.kind == RuleKind.BUFFER else ""
    return f"{RuleKind(rule.kind).label.lower()}{kept} {about.get(RuleScope(rule.scope), 'everything')}"
