"""The page of one SKU."""

from functools import cached_property
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.views.generic import TemplateView

from jlseko.clock import business_now
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
        """The listing of the address, with its state.

        Raises:
            Http404: there is none.
        """
        rows = Listing.objects.select_related("connection", "product", "item")
        if "pk" in self.kwargs:
            rows = rows.filter(pk=self.kwargs["pk"])
        else:
            sku = self.kwargs["sku"].replace("\x00", "")  # PostgreSQL knows no such character
            rows = rows.filter(connection__name=self.kwargs["connection"], sku=sku)
        found = rows.first()
        if found is None:
            raise Http404("There is no such SKU.")
        old = states.stale([found.connection], states.full_readings([found.connection]), business_now())
        return states.with_life(rows, old=old).get(pk=found.pk)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page."""
        return self.render_to_response(self.get_context_data())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The sum, the history, the rules."""
        return super().get_context_data(**SkuPage(self.listing, rights_of(self.person)).context() | kwargs)
