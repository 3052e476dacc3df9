"""Writes to a partner: announced before they leave, settled after, never sent twice on a guess."""

import hashlib
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from jlseko import failpoints
from jlseko.clock import business_now
from sync import lanes, limits, pipeline
from sync.budgets import FIRST_HALVES
from sync.failures import PartnerError, Refused, Unclear
from sync.models import Attempt, Item, Outcome, Side
from sync.ports import Port
from sync.shapes import Answer, Exchange, Prepared
from sync.states import Milestone


def perform(item: Item, *, side: Side, port: Port, prepared: Prepared) -> Answer:
    """Announce a write, send it once, settle what became of it.

    Raises the typed errors of the call after settling, :class:`sync.limits.Postponed` before anything was announced,
    and :class:`sync.lanes.FencedOut` when the lease is gone.
    """
    with limits.calling(item.connection, side, prepared.operation):
        attempt = _announce(item, side=side, prepared=prepared)
        failpoints.reach("attempt.announced")
        try:
            answer = port.send(prepared)
        except PartnerError as error:
            _settle(attempt, _outcome_of(error), exchange=error.exchange, reason=error.reason)
            raise
        failpoints.reach("http.answered")
        with transaction.atomic():
            _settle(attempt, Outcome.APPLIED, exchange=answer.exchange, reference=answer.reference)
            _tell_taken(attempt)
        failpoints.reach("outcome.committed")
    return answer


def suspect(item: Item, *, side: Side, prepared: Prepared, why: str) -> None:
    """Announce a write that may have been made already, without making it: its outcome is to be read back."""
    attempt = _announce(item, side=side, prepared=prepared)
    _settle(attempt, Outcome.UNKNOWN, exchange=None, reason=why)


def _tell_taken(attempt: Attempt) -> None:
    if attempt.operation not in FIRST_HALVES:
        pipeline.announce(attempt.item, Milestone.TAKEN)


def _outcome_of(error: PartnerError) -> Outcome:
    if isinstance(error, Refused):
        return Outcome.REJECTED
    return Outcome.UNKNOWN if isinstance(error, Unclear) else Outcome.NOT_APPLIED


def _announce(item: Item, *, side: Side, prepared: Prepared) -> Attempt:
    body = prepared.body or b""
    with lanes.fenced(item) as token:
        return Attempt.objects.create(
            item=item,
            side=side,
            operation=prepared.operation,
            natural_key=prepared.natural_key,
            request_hash=_hash_of(prepared),
            request_path=f"{prepared.method} {prepared.path}"[:500],
            request_body=body.decode("utf-8", "replace"),
            announced_at=business_now(),
            announced_real=timezone.now(),
            lease_token=token,
        )


def _settle(
    attempt: Attempt, outcome: Outcome, *, exchange: Exchange | None, reason: str = "", reference: str = ""
) -> None:
    Attempt.objects.filter(pk=attempt.pk, outcome__in=["", Outcome.UNKNOWN]).update(
        outcome=outcome,
        settled_at=business_now(),
        settled_by="answer",
        http_status=exchange.status if exchange else None,
        response=exchange.response_body if exchange else "",
        reason=reason[:500],
        reference=reference[:200],
        seconds=exchange.seconds if exchange else None,
    )


def open_attempt(item: Item) -> Attempt | None:
    """The announced write of an item of which nobody knows yet whether it was applied."""
    return item.attempt_log.filter(outcome__in=["", Outcome.UNKNOWN]).order_by("id").first()


@transaction.atomic
def settle_by_reading(attempt: Attempt, outcome: Outcome, *, by: str, reason: str) -> None:
    """Note what a read-back (``by`` = "read-back") or a person's evidence (``by`` = "person") says of an open
    attempt.
    """
    Attempt.objects.filter(pk=attempt.pk, outcome__in=["", Outcome.UNKNOWN]).update(
        outcome=outcome, settled_at=business_now(), settled_by=by, reason=reason[:500]
    )
    if outcome == Outcome.APPLIED:
        _tell_taken(attempt)


def was_applied(item: Item, operation: str, natural_key: str) -> bool:
    """Whether a write of this natural key was accepted before: then it is never sent again."""
    return item.attempt_log.filter(operation=operation, natural_key=natural_key, outcome=Outcome.APPLIED).exists()


def last_applied(item: Item, operation: str, natural_key: str = "") -> Attempt | None:
    """The latest write of an operation that was accepted; of one natural key, or of any."""
    rows = item.attempt_log.filter(operation=operation, outcome=Outcome.APPLIED)
    return (rows.filter(natural_key=natural_key) if natural_key else rows).order_by("id").last()


def is_last_word(item: Item, prepared: Prepared) -> bool:
    """Whether the latest accepted write of this natural key said exactly this."""
    latest = last_applied(item, prepared.operation, prepared.natural_key)
    return latest is not None and latest.request_hash == _hash_of(prepared)


def _hash_of(prepared: Prepared) -> str:
    return hashlib.sha256(prepared.body or b"").hexdigest()


def open_attempts(items: Iterable[Item]) -> dict[int, list[Attempt]]:
    """As :func:`open_attempt` for a whole batch: every announced write of unknown outcome, the oldest first."""
    known = {item.pk: item for item in items}
    found: dict[int, list[Attempt]] = {}
    rows = Attempt.objects.filter(item__in=known, outcome__in=["", Outcome.UNKNOWN]).order_by("id")
    for attempt in rows.defer("request_body", "response"):  # sealed: one that cannot be opened is its own item's fault
        attempt.item = known[attempt.item_id]
        found.setdefault(attempt.item_id, []).append(attempt)
    return found
