"""Storing what the warehouse says it sent, whoever brought the news; and what a complete dispatch would hold."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.db.models import Q

from jlseko.clock import business_now
from sync import corrections as overlay
from sync import doorbell, pipeline, skus, timeline
from sync.budgets import LOAD_ORDER
from sync.database_clock import DatabaseNow
from sync.failures import Code
from sync.models import Connection, Dispatch, DispatchLine, EventLane, Item, Order, Outcome
from sync.rules import parcels, preflight
from sync.rules.told import Told
from sync.shapes import DispatchNews, TrackingNews, WarehouseLine
from sync.states import FINAL, Kind, Lane, Stage, Status

CORRECTED, TOO_LATE = "dispatch_corrected", "dispatch_corrected_late"
CORRECTIONS = (CORRECTED, TOO_LATE)


def find_order(connection: Connection, *, number: str, guid: str) -> Order | None:
    """The order that SEKO names: by our GUID, else by its number there, which may be the marketplace order id.

    SEKO may hold an order of somebody else's under a number of ours; only the GUID tells them apart for sure.
    """
    named = Q(warehouse_number=number) | Q(order_id=number) if number else Q(pk__in=[])
    by_guid = Q(warehouse_guid=guid) if guid else Q(pk__in=[])
    rows = Order.objects.filter(connection=connection).filter(named | by_guid).select_related("item__connection")
    found = list(rows.order_by("pk"))
    proved = [order for order in found if guid and guid in (order.warehouse_guid, preflight.guid_of(order, number))]
    return next(iter(proved), None) or next((order for order in found if _is_ours_at_seko(order, number)), None)


def _is_ours_at_seko(order: Order, number: str) -> bool:
    """Whether SEKO's order of this number is this one: taken from us, or taken as ours by a person; or it may be, since
    the number is in force and SEKO has not said that it holds another order under it.
    """
    if not number:
        return False
    if order.injected_at and number == order.warehouse_number:
        return True
    loads = order.item.attempt_log.filter(operation=LOAD_ORDER, natural_key=number)
    if loads.filter(outcome__in=["", Outcome.UNKNOWN, Outcome.APPLIED]).exists():
        return True
    in_force = overlay.live(order.item).get("warehouse.number") or order.order_id
    return number == in_force and not _is_stopped_by(order.item, Code.DUPLICATE_ORDER)


def is_known_number(connection: Connection, number: str) -> bool:
    """Whether an order of ours bears this number, though SEKO's order of that number may be another one."""
    rows = Order.objects.filter(connection=connection)
    return bool(number) and rows.filter(Q(warehouse_number=number) | Q(order_id=number)).exists()


def match_again(order: Order, number: str, *, why: str) -> None:
    """Let the parcels look for their order once more that came under a number which is this order's only now."""
    unmatched = Dispatch.objects.filter(connection_id=order.connection_id, order=None, order_number=number)
    for dispatch in unmatched.select_related("item__connection").order_by("item_id"):
        pipeline.resubmit(dispatch.item, why=why)


def expected_lines(order: Order) -> list[WarehouseLine]:
    """The order's open lines as SEKO knows them, one per product."""
    lines = [line for line in order.lines.all() if line.open_quantity]
    resolved = skus.resolve(order.connection, [line.sku for line in lines])
    quantities: dict[str, int] = defaultdict(int)
    for line in lines:
        quantities[resolved[line.sku].product_code or line.sku.strip()] += line.open_quantity
    return [
        WarehouseLine(number, code, quantity, unit_price=lines[0].unit_price, tax=lines[0].tax)
        for number, (code, quantity) in enumerate(quantities.items(), start=1)
    ]


@transaction.atomic
def store(connection: Connection, news: DispatchNews, *, source: str = "push") -> bool:
    """Keep one dispatch; a repeat changes nothing, and another message about the same one corrects it. Returns whether
    it was new.

    Lots of one product are summed; zero lines are kept, they are how a short pick shows (SEKO contract 6.2). An account
    may push the dispatch and its cartons: goods that one of them told are not counted again when the other comes.
    """
    identity = news.dispatch_id or _name_of(news)
    known = Dispatch.objects.filter(connection=connection, dispatch_id=identity).select_related("order").first()
    if known:
        _correct(known, news)
        return False
    order = find_order(connection, number=news.order_number, guid=news.guid)
    if order:  # the two messages about one dispatch may come at the same moment
        pipeline.hold([order.item_id])
    told = _told_otherwise(connection, news)
    if told:
        _fill_in(told, news)
        return False
    now = business_now()
    dispatched_at = news.dispatched_at or now
    item, created = Item.objects.get_or_create(
        connection=connection, kind=Kind.DISPATCH, external_key=identity,
        defaults={
            "order_key": order.order_id if order else "", "lane": Lane.DISPATCHES, "stage": Stage.RECEIVED,
            "status": Status.READY, "due_at": DatabaseNow(), "entered_stage_at": now, "created_at": now, "priority": 2,
            "deadline": dispatched_at + timedelta(hours=connection.policy.confirm_hours),
        },
    )  # fmt: skip
    if not created:
        return False
    dispatch = Dispatch.objects.create(
        item=item, connection=connection, order=order, dispatch_id=identity, dispatch_number=news.dispatch_number,
        order_number=news.order_number, courier=news.courier, service=news.service,
        tracking_number=news.tracking_number, tracking_url=news.tracking_url, dispatched_at=dispatched_at,
        source=source,
    )  # fmt: skip
    _keep_lines(dispatch, news)
    by = " ".join(part for part in (news.courier, news.service) if part)
    title = f"SEKO dispatched the order{f' by {by}' if by else ''}"
    timeline.record(item, "dispatched", title, lane=EventLane.WAREHOUSE, tone="good")
    if order:
        wake_order(order, why="SEKO has dispatched the order")
    doorbell.ring_after_commit(Lane.DISPATCHES)
    return True


def _correct(known: Dispatch, news: DispatchNews) -> None:
    """Take what a later message says otherwise, while that can still be told; the story of the parcel keeps the rest.

    Neither a repeat nor one of the message that was corrected changes anything: SEKO may send each of them again.
    """
    order = known.order
    pipeline.hold([known.item_id, *([order.item_id] if order else [])])
    known = Dispatch.objects.select_related("item__connection").get(pk=known.pk)
    item, before = known.item, Told.by(known)
    after = before.corrected_by(news)
    if after == before or item.events.filter(kind__in=CORRECTIONS, detail=str(after)).exists():
        return
    other_goods = after.goods != before.goods
    if known.confirmed_at or item.is_final or (other_goods and _may_be_told(item)):
        title = "SEKO corrected the dispatch too late for John Lewis to be told of it"
        timeline.record(item, TOO_LATE, title, lane=EventLane.WAREHOUSE, detail=str(after), tone="warn")
        return
    title = "SEKO has corrected its message about the dispatch"
    timeline.record(item, CORRECTED, title, lane=EventLane.WAREHOUSE, detail=str(before))
    url = news.tracking_url if after.number != before.number else known.tracking_url
    Dispatch.objects.filter(pk=known.pk).update(
        courier=after.courier, service=after.service, tracking_number=after.number, tracking_url=url
    )
    if other_goods:
        known.lines.all().delete()
        _keep_lines(known, news)
    _look_again(item, why=title)
    if order and other_goods:
        order.item.refresh_from_db()
        wake_order(order, why=title)


def _may_be_told(item: Item) -> bool:
    """Whether the marketplace knows of the parcel already, or may do so."""
    return item.attempt_log.exclude(outcome__in=[Outcome.NOT_APPLIED, Outcome.REJECTED]).exists()


def _keep_lines(dispatch: Dispatch, news: DispatchNews) -> None:
    sums: dict[str, DispatchLine] = {}
    for line in news.lines:
        key = skus.key_of(line.product_code)
        row = sums.setdefault(
            key, DispatchLine(dispatch=dispatch, product_code=line.product_code, product_key=key, dispatched=0)
        )
        row.dispatched += line.dispatched
        row.ordered = max(row.ordered or 0, line.ordered) if line.ordered is not None else row.ordered
    DispatchLine.objects.bulk_create(sums.values())


def _name_of(news: DispatchNews) -> str:
    return f"{news.order_number}/{news.dispatch_number}"


def _told_otherwise(connection: Connection, news: DispatchNews) -> list[Dispatch]:
    """The parcels of this very dispatch as the other message told it: one names it by an id, the cartons by the numbers
    of order and dispatch only.
    """
    if not (news.order_number and news.dispatch_number):
        return []
    name = _name_of(news)

    def is_by_numbers(identity: str) -> bool:
        return identity in ("", name) or identity.startswith(f"{name}/")

    rows = Dispatch.objects.filter(
        connection=connection, order_number=news.order_number, dispatch_number=news.dispatch_number
    )
    rows = rows.exclude(source="person").select_related("item__connection").order_by("pk")
    return [row for row in rows if is_by_numbers(row.dispatch_id) != is_by_numbers(news.dispatch_id)]


def _fill_in(parcels: Iterable[Dispatch], news: DispatchNews) -> None:
    """Take from the other message what the first one left out of courier and tracking number; the goods stay."""
    parcels = list(parcels)
    pipeline.hold([parcel.item_id for parcel in parcels])
    numbers = {parcel.tracking_number for parcel in parcels}
    for parcel in parcels:
        given: dict[str, str] = {}
        if not parcel.courier and news.courier:
            given |= {"courier": news.courier, "service": news.service}
        if not parcel.tracking_number and news.tracking_number not in numbers:
            given |= {"tracking_number": news.tracking_number, "tracking_url": news.tracking_url}
            numbers.add(news.tracking_number)
        if given and not parcel.confirmed_at:
            Dispatch.objects.filter(pk=parcel.pk).update(**given)
            _note_filled(parcel.item, "SEKO's other message about the dispatch has completed it")


def _note_filled(item: Item, title: str) -> None:
    timeline.record(item, "tracking", title, lane=EventLane.WAREHOUSE, tone="good")
    _look_again(item, why=title)


def _look_again(item: Item, *, why: str) -> None:
    if item.status == Status.STALLED:
        pipeline.resubmit(item, why=why)
    else:  # somebody may be at it, with the parcel as it was
        pipeline.wake([item.pk])


def hold(order: Order) -> None:
    """Lock the items of an order and of all its parcels until the caller's transaction ends; see ``pipeline.hold``."""
    pipeline.hold([order.item_id, *order.dispatches.values_list("item_id", flat=True)])


def wake_order(order: Order, *, why: str) -> None:
    """Let the order item notice the news; a stalled one goes back through the loop, because its fault may be
    pointless.
    """
    if order.item.status == Status.STALLED:
        pipeline.resubmit(order.item, why=why)
    else:
        pipeline.wake([order.item_id])
        doorbell.ring_after_commit(Lane.ORDERS)


def parcel_ended(order: Order, *, why: str) -> None:
    """Let the order item notice that a parcel has come to its end; what is short of the order may be so still."""
    order.item.refresh_from_db()
    if not is_short(order.item) or not parcels.shortfalls(order):
        wake_order(order, why=why)


def is_short(item: Item) -> bool:
    """Whether an order item was stopped because less was sent than is wanted."""
    return _is_stopped_by(item, Code.SHORT_DISPATCH)


def _is_stopped_by(item: Item, code: Code) -> bool:
    failures = item.failures if item.status == Status.STALLED else []
    return any(failure["code"] == code for failure in failures)


def first_to_tell(order: Order) -> Dispatch | None:
    """The parcel whose carrier and tracking number stand for the whole order: the first that left with something in
    it and is not settled yet.
    """
    rows = order.dispatches.filter(confirmed_at=None, lines__dispatched__gt=0).exclude(item__status__in=FINAL)
    return rows.select_related("item__connection").order_by("dispatched_at", "pk").first()


def held_parcels(order: Order) -> list[Dispatch]:
    """The parcels of which nothing was told yet."""
    rows = order.dispatches.filter(item__stage__in=[Stage.RECEIVED, Stage.VALIDATED], confirmed_at=None)
    return list(rows.exclude(item__status__in=FINAL).select_related("item__connection"))


def wake_held(parcels: Iterable[Dispatch], *, why: str) -> None:
    """Let parcels look again that wait for the rest of their order; so do those that the clock alone has stopped."""
    items = [parcel.item for parcel in parcels]
    pipeline.wake([item.pk for item in items])
    for item in items:
        if item.status == Status.STALLED and all(failure["code"] == Code.NOT_CONFIRMED for failure in item.failures):
            pipeline.resubmit(item, why=why)
    doorbell.ring_after_commit(Lane.DISPATCHES)


@transaction.atomic
def add_tracking(connection: Connection, news: TrackingNews) -> bool:
    """Fill in a tracking number that a dispatch came without; returns whether anything changed.

    A repeat, or news of another dispatch of the order, never gives a parcel the number of its sister.
    """
    of_order = Q(order_number=news.order_number) if news.order_number else Q(order__warehouse_guid=news.guid)
    if not news.tracking_number or not (news.order_number or news.guid):
        return False
    parcels = Dispatch.objects.filter(of_order, connection=connection)
    pipeline.hold(parcels.values_list("item_id", flat=True))
    rows = parcels.select_for_update(of=("self",), no_key=True).filter(tracking_number="", confirmed_at=None)
    untold = list(rows.select_related("item__connection").order_by("pk"))
    if news.dispatch_number:
        untold = [each for each in untold if each.dispatch_number in ("", news.dispatch_number)]
    if not untold or parcels.filter(tracking_number=news.tracking_number).exists():
        return False
    dispatch = max(untold, key=lambda each: each.dispatch_number == news.dispatch_number)
    Dispatch.objects.filter(pk=dispatch.pk).update(tracking_number=news.tracking_number, tracking_url=news.tracking_url)
    _note_filled(dispatch.item, "SEKO has sent the tracking number")
    return True
