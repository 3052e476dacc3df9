"""Columns of the stock files and of the levels in one of them."""

from django.utils.html import format_html
from django.utils.safestring import SafeString

from jlseko.ui.badges import state_badge
from jlseko.ui.columns import DeskColumn, NumberColumn, PrimaryColumn, WhenColumn
from jlseko.ui.tables import DeskTable
from jlseko.ui.times import span
from sync.links import listing_url, stock_file_url
from sync.models import LineOutcome, StockFile, StockFileLine
from sync.states import Status
from sync.stock_pages.tables import sku_link

OUTCOMES: dict[str, tuple[str, str, str]] = {
    LineOutcome.SENT: ("Sent, no answer yet", "info", "send"),
    LineOutcome.ACCEPTED: ("Accepted", "success", "check"),
    LineOutcome.VERIFIED: ("Accepted and read back", "success", "check-check"),
    LineOutcome.REFUSED: ("Refused", "danger", "circle-x"),
    LineOutcome.NOT_APPLIED: ("Not applied", "neutral", "ban"),
}


def outcome_badge(outcome: str) -> SafeString:
    """What became of a line, as a badge."""
    word, tone, icon_name = OUTCOMES.get(outcome, (outcome, "neutral", "circle-dot"))
    return state_badge(word, tone, icon_name)


FILE_STATES: dict[str, tuple[str, str, str]] = {
    Status.READY: ("Waits to be sent", "info", "clock"),
    Status.LEASED: ("Being sent", "info", "send"),
    Status.WAITING: ("John Lewis is reading it", "info", "hourglass"),
    Status.UNKNOWN: ("Being read back", "warning", "search-check"),
    Status.STALLED: ("Stuck", "danger", "octagon-alert"),
    Status.DONE: ("Done", "success", "circle-check"),
    Status.CANCELLED: ("Replaced by a newer file", "neutral", "ban"),
}


def file_badge(file: StockFile) -> SafeString:
    """Where a file stands, as a badge; John Lewis's own word is its title."""
    word, tone, icon_name = FILE_STATES.get(file.item.status, (file.item.status, "neutral", "circle-dot"))
    if file.item.status == Status.DONE and not file.accepted and not file.refused:
        word, tone, icon_name = "Not applied", "neutral", "ban"
    elif file.item.status == Status.DONE and file.refused:
        word, tone, icon_name = "Done, some refused", "warning", "triangle-alert"
    title = f"John Lewis says {file.import_status}" if file.import_status else ""
    return state_badge(word, tone, icon_name, title)


class FileTable(DeskTable):
    """Files of levels, the newest first."""

    caption = "Stock files"
    noun = ("file", "files")

    created_at = PrimaryColumn(verbose_name="Made", orderable=False)
    state = DeskColumn(verbose_name="State", accessor="item", orderable=False)
    lines = NumberColumn(verbose_name="Levels", orderable=False)
    accepted = NumberColumn(verbose_name="Accepted", orderable=False)
    refused = NumberColumn(verbose_name="Refused", orderable=False)
    took = DeskColumn(verbose_name="Took", accessor="finished_at", orderable=False)
    as_of = WhenColumn(verbose_name="SEKO’s figures as of", orderable=False, wide_only=True)
    import_id = DeskColumn(verbose_name="Import", orderable=False, wide_only=True)

    def row_url(self, record: StockFile) -> str:
        return stock_file_url(record)

    def row_tone(self, record: StockFile) -> str:
        return "danger" if record.item.status == Status.STALLED else ""

    def render_created_at(self, record: StockFile) -> SafeString:
        from_when = WhenColumn().render(record.created_at)
        return format_html(
            '<a href="{}">{}</a><span class="cell-sub">{}</span>', stock_file_url(record), from_when, record.why
        )

    def render_state(self, record: StockFile) -> SafeString:
        return file_badge(record)

    def render_refused(self, value: int) -> SafeString | str:
        return format_html("<strong>{}</strong>", f"{value:,}") if value else "0"

    def render_took(self, record: StockFile) -> str:
        return span(record.finished_at - record.created_at) if record.finished_at else "–"

    def render_import_id(self, value: str) -> SafeString:
        return format_html('<span class="mono">{}</span>', value)


class LineTable(DeskTable):
    """What became of each level of one file."""

    caption = "Levels in this file"
    noun = ("level", "levels")

    sku = PrimaryColumn(verbose_name="Product", accessor="listing", orderable=False)
    outcome = DeskColumn(verbose_name="Outcome", orderable=False)
    quantity = NumberColumn(verbose_name="We told", orderable=False)
    previous = NumberColumn(verbose_name="Before", orderable=False)
    sellable = NumberColumn(verbose_name="SEKO had", orderable=False, mid_only=True)
    in_flight = NumberColumn(verbose_name="On its way", orderable=False, mid_only=True)
    buffer = NumberColumn(verbose_name="Kept back", orderable=False, mid_only=True)
    reason = DeskColumn(verbose_name="What John Lewis says", orderable=False)

    def row_url(self, record: StockFileLine) -> str:
        return listing_url(record.listing)

    def row_tone(self, record: StockFileLine) -> str:
        return "danger" if record.outcome == LineOutcome.REFUSED else ""

    def render_sku(self, record: StockFileLine) -> SafeString:
        return sku_link(record.listing, record.listing.title)

    def render_outcome(self, record: StockFileLine) -> SafeString:
        return outcome_badge(record.outcome)
