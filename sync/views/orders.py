"""The order list, and one order."""

from typing import Any

from django.contrib import messages
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views import View
from django.views.generic import TemplateView

from jlseko.ui.access import RoleRequired
from jlseko.ui.views import DeskListView
from sync import corrections
from sync.links import order_url
from sync.models import Correction, Dispatch, Order, OrderLine
from sync.order_pages import reading
from sync.order_pages.filters import OrderFilterSet
from sync.order_pages.page import FIX, REVEAL, OrderPage
from sync.order_pages.tables import OrderTable

READ = "exceptions.view_exception"


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
        rows = reading.orders_with_places().defer("raw", "address")
        lines = Prefetch("lines", queryset=OrderLine.objects.only("order_id", "quantity"))
        return rows.prefetch_related(dispatches, lines)

    def get_empty(self, filtered: bool) -> dict[str, str]:
        """The first poll brings them."""
        if filtered:
            return super().get_empty(filtered)
        return {
            "title": "No orders yet",
            "text": "They appear when John Lewis has been read for the first time.",
            "icon": "package",
        }


class OrderView(RoleRequired, TemplateView):
    """Everything known of one order over both systems."""

    permission_required = READ
    template_name = "sync/order.html"

    def get_order(self) -> Order:
        """The order in the address; 404 when there is none."""
        rows = reading.orders_with_places()
        order_id = self.kwargs["order_id"].replace("\x00", "")  # PostgreSQL knows no such character
        return get_object_or_404(rows, connection__name=self.kwargs["connection"], order_id=order_id)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The story, the lines, the dispatches, the exchanges."""
        return super().get_context_data(**OrderPage(self.get_order(), self.person).context() | kwargs)

    def render_to_response(self, context: dict[str, Any], **response_kwargs: Any) -> HttpResponse:
        """No cache keeps a customer's address."""
        response = super().render_to_response(context, **response_kwargs)
        response["Cache-Control"] = "no-store, private"
        return response


class RevertView(RoleRequired, View):
    """Takes one correction back. Whoever may not see customer data may not change what is sent of them either."""

    permission_required = (READ, FIX, REVEAL)
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take it back and return to the order."""
        correction = get_object_or_404(Correction.objects.select_related("item__connection"), pk=pk)
        corrections.revert(correction, by=self.person)
        messages.success(request, "Taken back: the original shows through again. Nothing was sent.")
        item = correction.item
        order = Order.objects.filter(connection=item.connection, order_id=item.order_key).first()
        return redirect((order_url(order) if order else "") or reverse("sync:order-list"))
