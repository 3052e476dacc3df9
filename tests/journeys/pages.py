"""Every page that the application draws, on a desk that has one of everything; and which addresses draw none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from django.contrib.auth.models import Group, User
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from carriers.models import CarrierMapping
from carriers.services import save_mapping
from exceptions import services
from exceptions.models import Cause, ExceptionRecord, ResubmitRun
from exceptions.triage import saved_views
from sync import corrections, pipeline
from sync.connections.questions import QUESTIONS
from sync.failures import Code, Failure
from sync.loop import feeds, pausing
from sync.models import Connection, Listing, Order, StockFile
from tests.factories.engine import AttemptFactory
from tests.factories.stock import ListingFactory, StockFileFactory, StockFileLineFactory, StockReadingFactory
from tests.journeys import held

PLAIN: Final = (
    "home", "search", "glossary", "ui:gallery", "sign-in",
    "exceptions:list", "exceptions:views", "exceptions:owners", "exceptions:roles", "exceptions:runbooks",
    "exceptions:runs", "exceptions:practice", "exceptions:practice-order",
    "sync:order-list", "sync:stock-list", "sync:stock-unlisted", "sync:stock-files", "sync:stock-rules",
    "sync:stock-rule-new", "sync:health", "sync:connections",
    "carriers:mapping-list", "carriers:mapping-new", "carriers:coverage", "carriers:approved-list",
    "carriers:version-list", "carriers:try-it", "carriers:review",
)  # fmt: skip
OF_CONNECTION: Final = (
    "connection", "connection-discovered", "connection-checklist", "connection-settings",
    "connection-settings-change", "connection-keys", "connection-history", "connection-push-url-renew",
)  # fmt: skip
OF_RECORD: Final = ("detail", "would-send", "assign", "queue", "wait", "snooze", "dismiss", "note", "proof")
OF_CAUSE: Final = ("cause", "cause-merge", "cause-split")

_POSTED, _MACHINE = "only takes a form, and leads to a page that stands in the list", "answers a machine"
_LEADS, _FILE = "leads to a page that stands in the list", "answers with a file"
WITHOUT_A_PAGE: Final = {
    **dict.fromkeys(("live", "ready", "push", "exceptions:people"), _MACHINE),
    **dict.fromkeys(("exceptions:file", "sync:stock-file-csv"), _FILE),
    **dict.fromkeys(
        ("exceptions:for-order", "exceptions:for-item", "exceptions:peek", "exceptions:fix", "exceptions:bulk",
         "exceptions:run-plan", "exceptions:run-start", "exceptions:run-retry", "exceptions:take",
         "exceptions:hand-back", "exceptions:take-back", "exceptions:step", "exceptions:reveal",
         "exceptions:send-back"),
        _LEADS,
    ),
    **dict.fromkeys(
        ("sign-out", "ui:preferences", "exceptions:take-next", "exceptions:looked", "exceptions:view",
         "exceptions:shortcuts", "exceptions:practice-away", "exceptions:run-pause", "exceptions:run-go-on",
         "exceptions:run-cancel", "sync:revert", "sync:stock-rule-end", "sync:connection-test",
         "sync:connection-push-url", "sync:flow-resume", "sync:flow-run"),
        _POSTED,
    ),
    "palette": "is a part of every page, looked at with the palette open",
}  # fmt: skip


def names(patterns: list[URLPattern | URLResolver] | None = None, before: str = "") -> Iterator[str]:
    """The name of every address of the application."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{before}{pattern.namespace}:" if pattern.namespace else before
            yield from names(pattern.url_patterns, inner)
        else:
            yield f"{before}{pattern.name}" if pattern.name else "push"


def lay_out(admin: User) -> None:
    """One of everything that can be wrong, a pause in force, a run, a saved view; ``admin`` may open every page."""
    admin.groups.add(Group.objects.get(name="Manager"))
    admin.is_staff = True
    admin.save()
    admin = User.objects.get(pk=admin.pk)  # with the rights of both groups
    shop = held.shop()
    feeds.ensure_states()
    StockReadingFactory(connection=shop)
    listing = ListingFactory(connection=shop, refused=True)
    StockFileLineFactory(
        file=StockFileFactory(connection=shop), listing=listing, outcome="refused", reason="The offer is locked"
    )
    pipeline.stall(listing.item, [Failure(Code.STOCK_UPDATE_FAILED, "The offer is locked", facts={"sku": listing.sku})])
    record = held.address(shop, within=timedelta(hours=2))
    AttemptFactory(item=record.item)
    corrections.save(record.item, {"delivery.city": "Llanfair"}, by=admin)
    services.note(record, "Which town is it?", by=admin)
    sent = [held.stock(shop, within=timedelta(hours=3)) for _ in range(4)]
    for courier in (held.COURIER, held.COURIER, "Fagans Freight Ltd"):
        held.parcel(shop, within=timedelta(hours=4), courier=courier)
    main, other = Cause.objects.filter(category="unmapped_carrier").order_by("pk")
    services.merge(main, other, by=admin, why="The same haulier")
    services.start_run(sent, by=admin, words="All that wait for stock")
    save_mapping(shop.name, "DPD", "Next Day", "DPD_UK", by=admin, note="Always so")
    saved_views.save("Late addresses", "view=open&due=late", by=admin, shared=True)
    pausing.pause(shop, "publish-stock", reason="A count", until=None, by=admin)


def addresses() -> list[str]:
    """The address of every page of a desk that was laid out."""
    shop, order = Connection.objects.get(), Order.objects.order_by("pk")[0]
    record = ExceptionRecord.objects.get(order_key=order.order_id)
    cause, merged = Cause.objects.filter(category="unmapped_carrier").order_by("pk")
    listing, mapping = Listing.objects.get(), CarrierMapping.objects.get()
    triage = reverse("exceptions:list")
    asked = ("by=cause", "by=order", "by=sku", "by=carrier", "view=closed-today", f"view=open&peek={record.pk}")
    return [
        *(reverse(name) for name in PLAIN),
        f"{reverse('search')}?q=JL7",
        *(f"{triage}?{query}" for query in asked),
        *(reverse(f"exceptions:{name}", args=[record.pk]) for name in OF_RECORD),
        *(reverse(f"exceptions:{name}", args=[cause.pk]) for name in OF_CAUSE),
        reverse("exceptions:cause-split-off", args=[merged.pk]),
        reverse("exceptions:run", args=[ResubmitRun.objects.get().pk]),
        reverse("exceptions:runbook", args=[record.category]),
        reverse("exceptions:owner", args=[record.category]),
        *(reverse(f"sync:{name}", args=[shop.name]) for name in OF_CONNECTION),
        reverse("sync:connection-key", args=[shop.name, "warehouse"]),
        reverse("sync:connection-question", args=[shop.name, QUESTIONS[0].slug]),
        *(reverse(f"carriers:{name}", args=[mapping.pk]) for name in ("mapping-edit", "mapping-retire")),
        reverse("sync:flow-pause", args=[shop.name, "read-stock"]),
        reverse("sync:order", args=[shop.name, order.order_id]),
        reverse("sync:stock-listing", args=[listing.pk]),
        reverse("sync:stock-sku", args=[shop.name, listing.sku]),
        reverse("sync:stock-file", args=[StockFile.objects.get().pk]),
    ]
