"""An order that SEKO has accepted: proving it, watching its age, asking where it is before anybody is bothered."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.dateparse import parse_datetime

from jlseko.clock import business_now
from sync import dispatching, gaps, pipeline
from sync.failures import Code, Failure
from sync.flows import parts, readback
from sync.flows.context import Context
from sync.gaps import DISPATCH_SERVICES
from sync.models import Item, Order
from sync.shapes import DispatchNews, DispatchNewsLine, WarehouseStatus
from sync.states import Milestone

READING_EVERY = timedelta(minutes=30)  # SEKO Fair Usage Policy, contract 1.1


def advance(item: Item, order: Order, context: Context, corrections: Mapping[str, str]) -> None:
    """Look at an injected order without dispatch news."""
    if corrections.get("dispatch.manual") and not order.dispatches.exists():
        _dispatch_by_word(item, order, corrections["dispatch.manual"])
        return
    cancelled = parts.cancelled_since(order, corrections)
    if cancelled:
        pipeline.stall(item, [cancelled])
        return
    since = _news_expected_since(item, order, corrections)
    overdue = business_now() - since > context.policy.minutes("no_dispatch_hours")
    if not context.warehouse.can_read_status:
        _without_reading(item, overdue=overdue)
        return
    try:
        status = readback.status_of(item, order, context, overdue=overdue)
    except readback.StatusUnread as unread:
        text = f"{unread}, and no dispatch news has come. Ask SEKO whether the order has left."
        _no_news(item, order, WarehouseStatus(found=False), text)
        return
    if status.found:
        _seen(item, order, context, status, since=since, overdue=overdue)
    elif overdue:
        _no_news(item, order, status, "SEKO does not know this order.")
    else:
        pipeline.wait(item, look_again=context.policy.minutes("visibility_minutes"))


def _news_expected_since(item: Item, order: Order, corrections: Mapping[str, str]) -> datetime:
    since = order.injected_at or item.entered_stage_at
    until = parse_datetime(corrections.get("dispatch.wait_until", ""))
    return max(since, until) if until else since


def _without_reading(item: Item, *, overdue: bool) -> None:
    if overdue:
        text = "SEKO accepted the order and has sent no dispatch news since."
        pipeline.stall(item, [Failure(Code.NO_DISPATCH_NEWS, text, rule="no_news")])
    else:
        pipeline.wait(item, look_again=READING_EVERY)


def _seen(
    item: Item, order: Order, context: Context, status: WarehouseStatus, *, since: datetime, overdue: bool
) -> None:
    with transaction.atomic():
        pipeline.hold([item.pk])
        readback.verified(item, order, status)
        if status.status.casefold() == "cancelled":
            text = "SEKO has cancelled the order; John Lewis still expects it."
            pipeline.stall(item, [Failure(Code.CANCELLED_BY_WAREHOUSE, text, value=status.status, rule="cancelled")])
        elif overdue:
            _no_news(item, order, status, f"SEKO says {status.status}, and no dispatch news has come.")
        elif status.status.casefold() == "dispatched" and _is_untold(item, context, since=since):
            _no_news(item, order, status, f"SEKO says {status.status}; the message about it has not come.")
        else:
            pipeline.wait(item, look_again=min(READING_EVERY, context.policy.minutes("no_dispatch_hours") / 4))
            pipeline.announce(item, Milestone.TAKEN)


def _is_untold(item: Item, context: Context, *, since: datetime) -> bool:
    """Whether the message about a dispatch will not come any more: it left behind the missing numbers, or SEKO has
    shown the order as dispatched for longer than its own tries take (SEKO contract 6.1). A person may have said to
    wait.
    """
    now = business_now()
    if since > now:
        return False
    reported = gaps.reported_since(item.connection, DISPATCH_SERVICES)
    if reported and item.events.filter(kind=gaps.UNTOLD, at__gte=reported).exists():
        return True
    shown = item.events.filter(kind="warehouse_state").order_by("-id").first()
    return shown is not None and now - max(shown.at, since) > context.policy.minutes("push_gap_minutes")


def _no_news(item: Item, order: Order, status: WarehouseStatus, text: str) -> None:
    facts = {
        "status": status.status,
        "courier": status.courier,
        "tracking_number": status.tracking_number,
        "number": order.warehouse_number,
    }
    pipeline.stall(item, [Failure(Code.NO_DISPATCH_NEWS, text, value=status.status, rule="no_news", facts=facts)])


def _dispatch_by_word(item: Item, order: Order, manual: str) -> None:
    """A person states, with SEKO's word, that the whole order left so: the same way as a push from here on."""
    given: dict[str, str] = json.loads(manual)
    lines = tuple(
        DispatchNewsLine(line.product_code, dispatched=line.quantity, ordered=line.quantity)
        for line in dispatching.expected_lines(order)
    )
    news = DispatchNews(
        dispatch_id=f"person-{order.pk}",
        dispatch_number="",
        order_number=order.warehouse_number,
        order_reference=order.commercial_id,
        guid=order.warehouse_guid,
        courier=given.get("courier", ""),
        service=given.get("service", ""),
        tracking_number=given.get("tracking_number", ""),
        tracking_url="",
        dispatched_at=business_now(),
        lines=lines,
    )
    dispatching.store(order.connection, news, source="person")
    pipeline.wait(item, look_again=timedelta(0))
