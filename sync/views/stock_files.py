"""The files of levels that went to John Lewis, and what became of every line."""

import csv
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.views import View

from jlseko.ui.access import RoleRequired
from jlseko.ui.filters import DeskFilterSet, Facet, facet
from jlseko.ui.spreadsheets import harmless
from jlseko.ui.times import iso
from jlseko.ui.views import DeskListView
from sync.links import item_exception_url
from sync.models import StockFile, StockFileLine
from sync.states import Status
from sync.stock_pages.file_tables import OUTCOMES, FileTable, LineTable, file_badge
from sync.stock_pages.filters import LineFilterSet
from sync.stock_pages.rights import EXPORT, READ

HEADINGS = ("SKU", "Title", "Told", "Before", "SEKO had", "On its way", "Kept back", "Figures as of", "Outcome",
            "What John Lewis says")  # fmt: skip


class FileListView(DeskListView):
    """Every file, the newest first."""

    permission_required = READ
    table_class = FileTable
    title = "Stock files"
    subtitle = "What jlseko told John Lewis, when, and what it took."
    default_sort = "-pk"
    template_name = "sync/stock_files.html"

    def get_queryset(self) -> QuerySet[StockFile]:
        """Files with where they stand."""
        return StockFile.objects.select_related("item")

    def get_empty(self, filtered: bool) -> dict[str, str]:
        """The first changed level makes one."""
        text = "The first file goes as soon as a level differs from what John Lewis shows."
        return {"title": "No file has gone yet", "text": text, "icon": "file-up"}


class FileView(DeskListView):
    """One file: its facts, and its levels by outcome."""

    permission_required = READ
    table_class = LineTable
    filterset_class = LineFilterSet
    template_name = "sync/stock_file.html"
    default_sort = "pk"

    @cached_property
    def file(self) -> StockFile:
        """The file of the address."""
        return get_object_or_404(StockFile.objects.select_related("item", "connection"), pk=self.kwargs["pk"])

    def get_queryset(self) -> QuerySet[StockFileLine]:
        """Its lines."""
        return self.file.rows.select_related("listing__connection")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The facts beside the lines."""
        file = self.file
        stuck = file.item.status == Status.STALLED
        return super().get_context_data(
            file=file, badge=file_badge(file), may_export=self.person.has_perm(EXPORT),
            exception_url=item_exception_url(file.item) if stuck else "", attempts=list(file.item.attempt_log.all()),
            took=file.finished_at - file.created_at if file.finished_at else None,
            failures=[failure.get("text", "") for failure in file.item.failures] if stuck else [], **kwargs,
        )  # fmt: skip

    def get_facets(self, filterset: DeskFilterSet | None) -> list[Facet]:
        """How many of each outcome."""
        counts = self.file.rows.order_by().values_list("outcome").annotate(number=Count("pk"))
        numbers: dict[str, int] = {}
        for outcome, number in counts:
            name = "good" if outcome in ("accepted", "verified") else outcome
            numbers[name] = numbers.get(name, 0) + number
        words = [
            ("refused", "Refused"),
            ("not_applied", "Not applied"),
            ("good", "Accepted"),
            ("sent", "No answer yet"),
        ]
        shown = [(value, label, numbers[value]) for value, label in words if value in numbers]
        return [facet(self.request, "outcome", title="Outcome", options=shown)] if len(shown) > 1 else []

    def get_empty(self, filtered: bool) -> dict[str, str]:
        """Lines are swept away before their file."""
        if filtered:
            return super().get_empty(filtered)
        return {"title": "No levels kept", "text": "The lines of old files are cleared away.", "icon": "file-x"}


class _Echo:
    """A file that hands back what is written into it."""

    def write(self, text: str) -> str:
        return text


class FileDownloadView(RoleRequired, View):
    """The results of a file as CSV, in UTF-8 with a mark that spreadsheets know it by."""

    permission_required = (READ, EXPORT)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse | StreamingHttpResponse:
        """Row by row, however many there are."""
        file = get_object_or_404(StockFile, pk=pk)
        answer = StreamingHttpResponse(_rows(file), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="stock-file-{file.pk}.csv"'
        return answer


def _rows(file: StockFile) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff"
    yield writer.writerow(HEADINGS)
    for line in file.rows.select_related("listing").iterator(chunk_size=2000):
        cells = (line.listing.sku, line.listing.title, line.quantity, line.previous, line.sellable, line.in_flight,
                 line.buffer, iso(line.as_of), OUTCOMES.get(line.outcome, (line.outcome,))[0], line.reason)  # fmt: skip
        yield writer.writerow([harmless(cell) for cell in cells])
