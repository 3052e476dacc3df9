"""Pages that show the carrier table. Nothing here changes anything."""

from typing import Any

from django.db.models import Count, QuerySet
from django.views.generic import TemplateView

from carriers import coverage
from carriers.coverage import Coverage, Status
from carriers.filters import RowFilter, VersionFilterSet
from carriers.forms import TryForm
from carriers.models import Carrier, CarrierMapping, ListReading, MappingTable, MappingVersion
from carriers.resolve import Book
from carriers.shop_pages import ShopPage
from carriers.tables import ApprovedTable, MappingTableList, PairTable, VersionTable, shown
from carriers.tracking import FORMATS, OTHER, carrier_format, check
from jlseko.clock import business_now
from jlseko.ui.times import relative
from jlseko.ui.views import DeskListView

READINGS_SHOWN = 20


class MappingListView(ShopPage, TemplateView):
    """The mapping table, holes first."""

    template_name = "carriers/mapping_list.html"
    page = "mapping-list"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The rows and the figures above them."""
        measured = coverage.measure(self.shop)
        chosen = RowFilter.of(self.request)
        table = MappingTableList(data=chosen.apply(measured.rows))
        table.shop = self.shop
        state = MappingTable.objects.filter(shop=self.shop).select_related("owner", "reviewed_by").first()
        context = {
            "title": "Carriers",
            "table": table,
            "filter": chosen,
            "options": chosen.options(measured.rows),
            "state": state,
            "review_overdue": bool(state and state.next_review and state.next_review < business_now().date()),
            "stats": [
                self._covered(measured),
                self._waiting(measured),
                self._list(state, measured.approved),
                self._review(state),
            ],
            "new_url": self.url("mapping-new"),
            "review_url": self.url("review"),
        }
        return super().get_context_data(**context | kwargs)

    def _covered(self, measured: Coverage) -> dict[str, Any]:
        holes = len(measured.holes)
        note = (
            f"{holes} {'hole' if holes == 1 else 'holes'}" if holes else f"of {measured.parcels:,} parcels in 90 days"
        )
        value = "–" if measured.percent is None else f"{measured.percent:g}%"
        tone = "danger" if holes else "success"
        return {"label": "Parcels covered", "value": value, "note": note, "icon": "radar", "tone": tone,
                "alert": bool(holes), "url": self.url("coverage")}  # fmt: skip

    def _waiting(self, measured: Coverage) -> dict[str, Any]:
        note = "held until their carrier is mapped" if measured.waiting else "nothing is held for its carrier"
        return {"label": "Dispatches waiting", "value": f"{measured.waiting:,}", "note": note, "icon": "hourglass",
                "tone": "warning" if measured.waiting else "neutral", "alert": bool(measured.waiting)}  # fmt: skip

    def _list(self, state: MappingTable | None, approved: int) -> dict[str, Any]:
        looks = {"label": "Approved carriers", "icon": "list-checks", "url": self.url("approved-list")}
        if state is None or state.list_read_at is None:
            return looks | {"value": "–", "note": "never read, so nothing can be sent", "tone": "danger", "alert": True}
        newest = ListReading.objects.filter(shop=self.shop).first()
        removed = len(newest.removed) if newest else 0
        note = f"read {relative(state.list_read_at)}" + (f", {removed} removed" if removed else "")
        return looks | {"value": str(approved), "note": note, "tone": "neutral"}

    def _review(self, state: MappingTable | None) -> dict[str, Any]:
        owner = state.owner if state else None
        looks = {"label": "Owner", "icon": "user-round-check", "tone": "neutral"}
        if owner is None:
            return looks | {"value": "Nobody", "note": "not reviewed yet", "tone": "warning", "alert": True}
        reviewed = state.last_reviewed_at if state else None
        note = f"reviewed {relative(reviewed)}" if reviewed else "not reviewed yet"
        return looks | {"value": owner.get_full_name() or owner.get_username(), "note": note}


class CoverageView(ShopPage, TemplateView):
    """Does every courier that SEKO used in 90 days have a code?"""

    template_name = "carriers/coverage.html"
    page = "coverage"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The pairs seen, and the rows that nothing uses."""
        measured = coverage.measure(self.shop)
        table = PairTable(data=coverage.pairs(self.shop))
        table.shop, table.total = self.shop, measured.parcels
        unused = MappingTableList(data=[row for row in measured.rows if not row.parcels])
        unused.shop = self.shop
        context = {"title": "Carriers", "subtitle": "Every courier and service that SEKO used in the last 90 days.",
                   "table": table, "unused": unused, "coverage": measured}  # fmt: skip
        return super().get_context_data(**context | kwargs)


class ApprovedListView(ShopPage, TemplateView):
    """John Lewis' list, and what its readings changed."""

    template_name = "carriers/approved_list.html"
    page = "approved-list"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The list with the removed ones, and the readings that changed something."""
        live = CarrierMapping.objects.filter(shop=self.shop, retired_at__isnull=True)
        uses = dict(live.order_by().values_list("carrier_code").annotate(number=Count("pk")))
        carriers = list(Carrier.objects.filter(shop=self.shop))
        carriers.sort(key=lambda carrier: (carrier.removed_at is not None, carrier.label.casefold(), carrier.code))
        readings = ListReading.objects.filter(shop=self.shop)
        changes = readings.exclude(added=[], removed=[], changed=[])[:READINGS_SHOWN]
        context = {
            "title": "Carriers",
            "subtitle": "John Lewis' approved carriers, read from the marketplace. Only their codes can be mapped.",
            "table": ApprovedTable(data=carriers, uses=uses) if carriers else None,
            "last": readings.first(),
            "size": sum(carrier.removed_at is None for carrier in carriers),
            "changes": changes,
            "orphans": [carrier for carrier in carriers if carrier.removed_at and uses.get(carrier.code)],
        }
        return super().get_context_data(**context | kwargs)


class VersionListView(ShopPage, DeskListView):
    """Who changed what, and when."""

    template_name = "carriers/version_list.html"
    page = "version-list"
    table_class = VersionTable
    filterset_class = VersionFilterSet
    title = "Carriers"
    subtitle = "Every change to the table. Versions cannot be edited or deleted."
    default_sort = "-pk"

    def get_queryset(self) -> QuerySet[MappingVersion]:
        """The versions of this shop."""
        return MappingVersion.objects.filter(shop=self.shop).select_related("mapping", "author")

    def get_empty(self, filtered: bool) -> dict[str, str]:
        """An empty history."""
        if filtered:
            return super().get_empty(filtered)
        return {"title": "No versions yet", "text": "The first mapping that is saved appears here.", "icon": "history"}


class TryView(ShopPage, TemplateView):
    """The table tried with made-up or real words. It sends and stores nothing, so it is a plain GET."""

    template_name = "carriers/try_it.html"
    page = "try-it"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The form, and the answer once it is filled in."""
        form = TryForm(self.request.GET if "courier" in self.request.GET else None)
        answer = self._answer(form) if form.is_bound and form.is_valid() else None
        context = {"title": "Carriers", "subtitle": "What would John Lewis be told? Nothing is sent or stored.",
                   "form": form, "answer": answer, "formats": [*FORMATS, OTHER]}  # fmt: skip
        return super().get_context_data(**context | kwargs)

    def _answer(self, form: TryForm) -> dict[str, Any]:
        courier, service = form.cleaned_data["courier"], form.cleaned_data["service"]
        number: str = form.cleaned_data["tracking_number"]
        book = Book.load(self.shop)
        found = book.resolve(courier, service)
        mapping = book.row_for(courier, service)
        carrier = book.carriers.get(found.code)
        sent = {"carrier_code": found.code, "tracking_number": number.strip()} if not found.problem else None
        return {
            "courier": shown(courier),
            "service": shown(service),
            "found": found,
            "status": Status(found.problem) if found.problem else Status.LIVE,
            "mapping": mapping,
            "carrier": carrier,
            "number": number,
            "fault": check(courier, found.code, number) if number else "",
            "format": carrier_format(courier, found.code),
            "sent": sent,
            "new_url": self.url("mapping-new", courier=courier, service=service),
        }
