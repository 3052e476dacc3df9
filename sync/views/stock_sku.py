"""The page of one SKU."""

from functools import cached_property
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.generic import TemplateView

from jlseko.ui.access import RoleRequired
from sync.models import Listing
from sync.stock_pages import states
from sync.stock_pages.rights import READ, rights_of
from sync.stock_pages.sku import SkuPage


class SkuView(RoleRequired, TemplateView):
    """Everything known of one SKU, found by its own name or by the number of its listing."""

    permission_required = READ
    template_name = "sync/stock_sku.html"

    @cached_property
    def listing(self) -> Listing:
        """The listing of the address, with its state but for the age of SEKO's figure.

        Raises:
            Http404: there is none.
        """
        rows = states.with_life(Listing.objects.select_related("connection", "product", "item"), old=Q(pk__in=[]))
        if "pk" in self.kwargs:
            return get_object_or_404(rows, pk=self.kwargs["pk"])
        sku = self.kwargs["sku"].replace("\x00", "")  # PostgreSQL knows no such character
        return get_object_or_404(rows, connection__name=self.kwargs["connection"], sku=sku)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page."""
        return self.render_to_response(self.get_context_data())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The sum, the history, the rules."""
        return super().get_context_data(**SkuPage(self.listing, rights_of(self.person)).context() | kwargs)
