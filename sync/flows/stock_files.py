"""The way of a stock file: told once (STO01), asked after (STO02, STO03), read back (OF21); never told twice."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet

from jlseko import failpoints
from jlseko.clock import business_now, real_delay
from sync import effects, lanes, limits, pipeline, timeline
from sync.budgets import STOCK_FILE, STOCK_FILE_ERRORS, STOCK_FILE_STATUS
from sync.failures import Refused
from sync.flows.context import Context
from sync.models import Attempt, EventLane, FlowState, Item, LineOutcome, Outcome, Side, StockFile, StockFileLine
from sync.shapes import StockError, StockImport
from sync.states import Stage, Status
from sync.stock import files, offers, outcomes, trouble

FRESH_FOR = timedelta(minutes=1)
ASK_AGAIN = (timedelta(seconds=15), timedelta(seconds=15), timedelta(seconds=30))
SLOWEST = timedelta(minutes=1)
READ_BACK_AFTER = timedelta(seconds=30)
SINGLY = 100  # up to so many offers are read one by one, more by a reading of all
PORTION = 20
SAMPLE = 10
READ_OFFERS = "read-offers"


def advance(item: Item, context: Context) -> None:
    """Take a stock file one step further. The caller handles the typed errors that a step lets through."""
    file = item.stock_file
    attempt = context.open_attempt(item)
    if attempt:
        _resolve(item, file, attempt, context)
    elif item.stage == Stage.RECEIVED:
        _tell(item, file, context)
    elif item.stage == Stage.SUBMITTED:
        _ask(item, file, context)
    else:
        _look(item, file, context)


def _tell(item: Item, file: StockFile, context: Context) -> None:
    """Send the file, unless what it says is no longer what we believe: then a new one with fresh figures follows."""
    done = item.attempt_log.filter(operation=STOCK_FILE, outcome=Outcome.APPLIED).first()
    if done is not None:  # the answer came, and the worker stopped before it could go on
        _told(item, file, done.reference, at=done.announced_at)
        return
    if StockFile.objects.filter(connection=file.connection, pk__gt=file.pk).exists():
        _end(item, file, files.DROPPED, "Not sent: a later file was made before this one could leave")
        return
    if business_now() - file.created_at > FRESH_FOR and not _leave_out_outdated(item, file):
        _end(item, file, files.DROPPED, "Not sent: the figures changed, or orders were not read, before it could leave")
        return
    sent_at = business_now()
    delimiter = str(context.connection.profile.get("csv_delimiter") or ";")
    prepared = context.marketplace.prepare_stock(
        files.levels_of(file), batch=item.external_key, delimiter=delimiter if delimiter in (";", ",") else ";"
    )
    try:
        answer = effects.perform(item, side=Side.MARKETPLACE, port=context.marketplace, prepared=prepared)
    except Refused as refused:
        _refused_whole(item, file, "REFUSED", refused.reason)
        return
    failpoints.reach("stock.submitted")
    _told(item, file, answer.reference, at=sent_at)


def _leave_out_outdated(item: Item, file: StockFile) -> int:
    with lanes.fenced(item):  # a worker that lost the file may not take lines out of what another one has sent
        return files.leave_out_outdated(file)


@transaction.atomic
def _told(item: Item, file: StockFile, import_id: str, *, at: datetime) -> None:
    StockFile.objects.filter(pk=file.pk).update(import_id=import_id[:100], submitted_at=at)
    title = f"Sent {file.lines} {'level' if file.lines == 1 else 'levels'} to John Lewis"
    timeline.record(item, "stock_sent", title, lane=EventLane.MARKETPLACE, detail=f"Import {import_id}")
    pipeline.wait(item, stage=Stage.SUBMITTED, look_again=ASK_AGAIN[0])


def _ask(item: Item, file: StockFile, context: Context) -> None:
    """Ask where the import stands, ever more rarely, until it is over or has taken too long."""
    sent_at, longest = file.submitted_at or file.created_at, context.policy.minutes("stock_import_minutes")
    usual = sent_at + context.policy.minutes("visibility_minutes")
    if file.finished_at is not None:
        _read_back(item, file, context, since=file.finished_at, why="John Lewis refused levels without saying which")
        return
    if not file.import_id or business_now() - sent_at > longest:
        since = sent_at + longest if file.import_id else usual
        _read_back(item, file, context, since=since, why="John Lewis never said what became of the file")
        return
    try:
        with limits.calling(context.connection, Side.MARKETPLACE, STOCK_FILE_STATUS):
            status = context.marketplace.stock_import(file.import_id)
    except Refused as refused:
        _read_back(item, file, context, since=usual, why=f"John Lewis cannot tell of the import: {refused.reason}")
        return
    failpoints.reach("stock.import_polled")
    with lanes.fenced(item):
        StockFile.objects.filter(pk=file.pk).update(import_status=status.status[:40], polls=F("polls") + 1)
    if not status.is_over:
        pipeline.wait(item, look_again=ASK_AGAIN[file.polls] if file.polls < len(ASK_AGAIN) else SLOWEST)
    elif status.status == "FAILED":
        _failed(item, file, status, context)
    else:
        _complete(item, file, status, context)


def _complete(item: Item, file: StockFile, status: StockImport, context: Context) -> None:
    """Settle each line by the report; where that does not add up, by what the offers show."""
    if not status.failed and not status.has_report:
        if _adds_up(file, status, refused=0):
            _settle(item, file, {})
        else:
            _doubtful(item, file, context)
        return
    reasons, unnamed = _reasons(file, _errors(file, status, context))
    if unnamed or not reasons or not _adds_up(file, status, refused=len(reasons)):
        _refuse(file, reasons)
        _doubtful(item, file, context)
        return
    _settle(item, file, reasons)


def _adds_up(file: StockFile, status: StockImport, *, refused: int) -> bool:
    """Whether the counts of an import, as far as it gives any, fit the lines that were told and those in its report."""
    failed = refused if status.failed is None else status.failed
    succeeded = file.lines - refused if status.succeeded is None else status.succeeded
    return failed == refused and succeeded + refused == file.lines


def _doubtful(item: Item, file: StockFile, context: Context) -> None:
    """The import is over, and its counts or its report do not say what became of each line: the offers do."""
    file.finished_at = business_now()
    StockFile.objects.filter(pk=file.pk).update(finished_at=file.finished_at)
    _read_back(item, file, context, since=file.finished_at, why="John Lewis refused levels without saying which")


def _errors(file: StockFile, status: StockImport, context: Context) -> list[StockError]:
    if not status.has_report:
        return []
    try:
        with limits.calling(context.connection, Side.MARKETPLACE, STOCK_FILE_ERRORS):
            return context.marketplace.stock_errors(file.import_id)
    except Refused:
        return []


def _reasons(file: StockFile, errors: list[StockError]) -> tuple[dict[str, str], bool]:
    """Reason by SKU, and whether an error names no SKU of this file."""
    named = {error.sku: error.reason for error in errors if error.sku}
    known = set(file.rows.filter(listing__sku__in=named).values_list("listing__sku", flat=True))
    unnamed = len(known) != len(named) or any(not error.sku for error in errors)
    return {sku: reason or "no reason given" for sku, reason in named.items() if sku in known}, unnamed


def _refuse(file: StockFile, reasons: dict[str, str]) -> None:
    if reasons:
        outcomes.refuse(file, reasons)


@transaction.atomic
def _settle(item: Item, file: StockFile, reasons: dict[str, str]) -> None:
    _refuse(file, reasons)
    outcomes.accept(file)
    outcomes.count(file)
    pipeline.wait(item, stage=Stage.PROCESSED, look_again=READ_BACK_AFTER)


def _failed(item: Item, file: StockFile, status: StockImport, context: Context) -> None:
    """A file that failed as a whole: the named lines are to blame, or nobody knows which."""
    reasons, _ = _reasons(file, _errors(file, status, context))
    if not reasons:
        _refused_whole(item, file, status.status, "John Lewis failed the whole file without a report")
        return
    with transaction.atomic():
        _refuse(file, reasons)
        _end(item, file, status.status, "The file failed for other lines")


@transaction.atomic
def _refused_whole(item: Item, file: StockFile, status: str, reason: str) -> None:
    outcomes.refuse_whole(file, reason)
    _finish(item, file, status)


@transaction.atomic
def _end(item: Item, file: StockFile, status: str, reason: str) -> None:
    """The open lines were not applied: they are due again, in a new file."""
    outcomes.drop(file, reason)
    _finish(item, file, status)


def _finish(item: Item, file: StockFile, status: str) -> None:
    StockFile.objects.filter(pk=file.pk).update(import_status=status[:40])
    outcomes.count(file)
    pipeline.must_move(item, to=Status.DONE, stage=Stage.PROCESSED)


def _resolve(item: Item, file: StockFile, attempt: Attempt, context: Context) -> None:
    """The answer to the file was lost: after the usual time of an import its offers tell whether it arrived."""
    usual = context.policy.minutes("visibility_minutes")
    waited = business_now() - attempt.announced_at
    if waited < usual:
        pipeline.postpone(item, due_in=real_delay(usual - waited, floor_seconds=1.0), outcome_open=True)
        return
    if _superseded(file):
        with transaction.atomic():
            reading = "Later files have told every level anew, so that nothing shows any more what became of this one"
            effects.settle_by_reading(attempt, Outcome.NOT_APPLIED, by="read-back", reason=reading)
            _end(item, file, "SUPERSEDED", "A later file has told this level anew")
        return
    if not _all_shown(item, file, context, since=attempt.announced_at + usual, outcome_open=True):
        return
    shown = _shown_as_told(file)
    moot = file.rows.filter(previous=F("quantity")).count()
    outcome = Outcome.APPLIED if len(shown) > moot or len(shown) == file.lines else Outcome.NOT_APPLIED
    reading = f"{len(shown)} of {file.lines} offers show what the file told"
    with transaction.atomic():
        effects.settle_by_reading(attempt, outcome, by="read-back", reason=reading)
        title = f"Read back {STOCK_FILE}: {'it was applied' if outcome == Outcome.APPLIED else 'it was not applied'}"
        timeline.record(item, "read_back", title, lane=EventLane.MARKETPLACE, detail=reading, attempt=attempt)
        StockFile.objects.filter(pk=file.pk).update(submitted_at=attempt.announced_at)
        file.submitted_at = attempt.announced_at
        _settle_by_shown(item, file, "The answer was lost, and the offer does not show it")


def _read_back(item: Item, file: StockFile, context: Context, *, since: datetime, why: str) -> None:
    """Nobody can say what became of the lines: what their offers show from ``since`` on decides."""
    wait = since - business_now()
    if wait > timedelta(0):
        pipeline.postpone(item, due_in=real_delay(wait, floor_seconds=0.5))
    elif _all_shown(item, file, context, since=since, outcome_open=False):
        with transaction.atomic():
            _settle_by_shown(item, file, why)


def _settle_by_shown(item: Item, file: StockFile, reason: str) -> None:
    outcomes.accept(file, _shown_as_told(file), verified=True)
    _end(item, file, file.import_status or "READ BACK", reason)


def _open_lines(file: StockFile) -> QuerySet[StockFileLine]:
    return file.rows.filter(outcome=LineOutcome.SENT)


def _shown_as_told(file: StockFile) -> list[int]:
    """The open lines whose offer was read since the file left and shows what they told."""
    since = file.submitted_at or file.created_at
    rows = _open_lines(file).filter(listing__shown=F("quantity"), listing__shown_at__gte=since)
    return list(rows.values_list("pk", flat=True))


def _all_shown(item: Item, file: StockFile, context: Context, *, since: datetime, outcome_open: bool) -> bool:
    """Whether every open line's offer was read since; else some more are read, and the item comes back soon."""
    unread = _open_lines(file).filter(Q(listing__shown_at=None) | Q(listing__shown_at__lt=since))
    skus = list(unread.order_by("id").values_list("listing__sku", flat=True)[: SINGLY + 1])
    if not skus or _superseded(file):
        return True
    if len(skus) > SINGLY:
        FlowState.bring_forward(context.connection, READ_OFFERS)
        due_in = real_delay(timedelta(minutes=1), floor_seconds=1.0)
    elif len(offers.read_singly(context.connection, context.marketplace, skus[:PORTION])) == len(skus):
        return True
    else:
        due_in = real_delay(timedelta(seconds=5), floor_seconds=0.5)
    pipeline.postpone(item, due_in=due_in, outcome_open=outcome_open)
    return False


def _superseded(file: StockFile) -> bool:
    """Whether every open line's listing has been told anew since, with success: then this file is of no interest."""
    taken = StockFileLine.objects.filter(
        file_id__gt=file.pk, outcome__in=[LineOutcome.ACCEPTED, LineOutcome.VERIFIED]
    ).values("listing")
    return not _open_lines(file).exclude(listing__in=taken).exists()


def _look(item: Item, file: StockFile, context: Context) -> None:
    """Read a sample of the accepted lines back, those in trouble first; the reading of all offers sees the rest."""
    newer = StockFileLine.objects.filter(file_id__gt=file.pk).values("listing")
    rows = file.rows.filter(outcome=LineOutcome.ACCEPTED).exclude(listing__in=newer)
    rows = rows.order_by(F("listing__trouble_since").asc(nulls_last=True), "-quantity", "pk")
    skus = list(rows.values_list("listing__sku", flat=True)[:SAMPLE])
    read = offers.read_singly(context.connection, context.marketplace, skus)
    with transaction.atomic():
        file.rows.filter(
            outcome=LineOutcome.ACCEPTED, listing__sku__in=read, listing__confirmed_at__gte=file.submitted_at
        ).update(outcome=LineOutcome.VERIFIED)
        told = file.rows.filter(listing__trouble_since__isnull=False).select_related("listing__item__connection")
        for row in told:
            if trouble.proved(row.listing):
                trouble.right(row.listing, "John Lewis shows the right level")
        pipeline.must_move(item, to=Status.DONE)
