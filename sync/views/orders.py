"""The order list, one order, and the search box of the frame."""

from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import NoReverseMatch, reverse
from django.views import View
from django.views.generic import TemplateView

from jlseko.clock import business_now
from jlseko.ui.access import RoleRequired
from jlseko.ui.views import DeskListView
from sync import corrections, reading, story
from sync.filters import OrderFilterSet
from sync.looks import OPERATIONS, OUTCOMES, stage_of, status_of
from sync.models import Attempt, Correction, Dispatch, Item, Order
from sync.states import Status
from sync.tables import OrderTable, order_url

READ = "exceptions.view_exception"
REVEAL = "exceptions.reveal_personal_data"
FIX = "exceptions.fix_exception"


def with_places(rows: QuerySet[Order]) -> QuerySet[Order]:
    """Orders with ``any_stalled``: something of the order waits for a person."""
    stalled = Item.objects.filter(
        connection=OuterRef("connection"), order_key=OuterRef("order_id"), status=Status.STALLED
    )
    return rows.annotate(any_stalled=Exists(stalled))


class OrderListView(DeskListView):
    """Every order that we know of, the newest first."""

    permission_required = READ
    table_class = OrderTable
    filterset_class = OrderFilterSet
    title = "Orders"
    subtitle = "Every John Lewis order that we know of, wherever it is."
    default_sort = "-placed_at"

    def get_queryset(self) -> QuerySet[Order]:
        """Orders with what the columns show."""
        dispatches = Prefetch("dispatches", queryset=Dispatch.objects.only("order_id", "tracking_number"))
        rows = with_places(Order.objects.all()).select_related("item", "connection").defer("raw", "address")
        return rows.prefetch_related(dispatches)

    def get_empty(self, filtered: bool) -> dict[str, str]:
        """The first poll brings them."""
        if filtered:
            return super().get_empty(filtered)
        return {"title": "No orders yet", "text": "They appear with the first poll of John Lewis.", "icon": "package"}


class OrderView(RoleRequired, TemplateView):
    """Everything known of one order over both systems."""

    permission_required = READ
    template_name = "sync/order.html"

    def get_order(self) -> Order:
        """The order in the address; 404 when there is none."""
        rows = with_places(Order.objects.all()).select_related("item", "connection")
        return get_object_or_404(rows, connection__name=self.kwargs["connection"], order_id=self.kwargs["order_id"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The story, the lines, the dispatches, the exchanges."""
        order = self.get_order()
        stalled = bool(getattr(order, "any_stalled", False))
        shows = self.request.user.has_perm(REVEAL)
        attempts = reading.attempts(order.connection, order.order_id)
        context = {
            "order": order,
            "stage": stage_of(order.item),
            "status": status_of(order.item, stalled=stalled),
            "stalled": stalled,
            "exception_url": _exception_url(order) if stalled else "",
            "steps": story.steps(order, stuck=_stuck(order, stalled=stalled)),
            "events": story.lanes(
                reading.timeline(order.connection, order.order_id), deadline=order.item.deadline, now=business_now()
            ),
            "lines": _lines(order),
            "dispatches": order.dispatches.select_related("item").prefetch_related("lines"),
            "exchanges": [_exchange(attempt, shows=shows) for attempt in attempts],
            "corrections": Correction.objects.filter(item__connection=order.connection, item__order_key=order.order_id)
            .select_related("author", "reverted_by")
            .order_by("-id"),
            "address": _address(order) if shows else None,
            "shows_personal_data": shows,
            "may_fix": self.request.user.has_perm(FIX),
        }
        return super().get_context_data(**context | kwargs)


def _stuck(order: Order, *, stalled: bool) -> tuple[str, str] | None:
    if stalled:
        return "danger", "stuck here"
    return None if order.item.is_final else ("info", "under way")


def _exception_url(order: Order) -> str:
    """The desk is not known here; its address is, where it is installed."""
    try:
        return reverse("exceptions:for-order", args=[order.connection.name, order.order_id])
    except NoReverseMatch:
        return ""


def _address(order: Order) -> list[tuple[str, str]]:
    address = corrections.effective_address(order)
    if address is None:
        return []
    name = " ".join(filter(None, (address.first_name, address.last_name)))
    place = " ".join(filter(None, (address.city, address.county, address.postcode, address.country_code)))
    rows = [("Name", name), ("Company", address.company), ("Street", address.line1), ("", address.line2)]
    rows += [("", address.line3), ("Place", place), ("Phone", address.phone), ("E-mail", address.email)]
    return [(label, value) for label, value in rows if value]


def _lines(order: Order) -> list[dict[str, Any]]:
    sent: dict[str, int] = {}
    for dispatch in order.dispatches.prefetch_related("lines"):
        for part in dispatch.lines.all():
            sent[part.product_key] = sent.get(part.product_key, 0) + part.dispatched
    return [{"line": line, "sent": sent.get(line.sku_key)} for line in order.lines.all()]


def _exchange(attempt: Attempt, *, shows: bool) -> dict[str, Any]:
    outcome, tone = OUTCOMES.get(attempt.outcome, (attempt.outcome, "neutral"))
    return {
        "attempt": attempt,
        "title": f"{OPERATIONS.get(attempt.operation, attempt.operation)} at {attempt.get_side_display()}",
        "outcome": outcome,
        "tone": tone,
        "request": attempt.request_body if shows else "",
        "answer": attempt.response if shows else "",
    }


class RevertView(RoleRequired, View):
    """Takes one correction back."""

    permission_required = (READ, FIX)
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take it back and return to the order."""
        correction = get_object_or_404(Correction.objects.select_related("item__connection"), pk=pk)
        corrections.revert(correction, by=self.person)
        order = Order.objects.filter(connection=correction.item.connection, order_id=correction.item.order_key).first()
        return redirect(order_url(order) if order else reverse("sync:order-list"))


class SearchView(RoleRequired, View):
    """The search box of the frame: one hit opens the order, several open the list."""

    permission_required = READ

    def get(self, request: HttpRequest) -> HttpResponse:
        """Search by order number, SEKO number, SKU, tracking number."""
        text = request.GET.get("q", "")
        found = reading.search(text.replace("\x00", ""))
        if len(found) == 1 and order_url(found[0]):
            return HttpResponseRedirect(order_url(found[0]))
        listing = OrderListView.as_view()
        if not text.strip():
            raise Http404("Nothing was searched for.")
        return listing(request)
