"""Columns of the carrier lists."""

from typing import Any
from urllib.parse import urlencode

import django_tables2
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from carriers.coverage import Row, Status
from carriers.models import Carrier, MappingVersion, VersionAction
from carriers.names import visible
from jlseko.ui.badges import person, state_badge
from jlseko.ui.columns import DeskColumn, NumberColumn, PersonColumn, PrimaryColumn, WhenColumn
from jlseko.ui.tables import DeskTable
from jlseko.ui.times import ago

STATUS_LOOKS = {
    Status.UNMAPPED: ("danger", "unlink"),
    Status.NOT_APPROVED: ("danger", "ban"),
    Status.LIST_UNREAD: ("warning", "cloud-off"),
    Status.HELD: ("warning", "hourglass"),
    Status.LIVE: ("success", "circle-check"),
    Status.UNUSED: ("neutral", "moon"),
}


def shown(text: str) -> SafeString:
    """A name with its hidden characters made visible."""
    parts = (
        format_html('<mark title="{0}">[{0}]</mark>', part.hidden) if part.hidden else part.text
        for part in visible(text)
    )
    return (
        format_html("<span>{}</span>", format_html_join("", "{}", ((part,) for part in parts)))
        if text
        else SafeString("")
    )


def edit_url(shop: str, row: Row) -> str:
    """Where a row is changed, or a hole is filled; nowhere for a courier without a name."""
    if row.mapping is not None:
        return reverse("carriers:mapping-edit", args=[row.mapping.pk])
    if row.nameless:
        return ""
    return (
        reverse("carriers:mapping-new")
        + "?"
        + urlencode({"shop": shop, "courier": row.courier, "service": row.service})
    )


class _RowTable(DeskTable):
    """Rows of :mod:`carriers.coverage`; ``shop`` is set by the view."""

    shop = ""

    def row_url(self, record: Row) -> str:
        return edit_url(self.shop, record)

    def row_tone(self, record: Row) -> str:
        tone = STATUS_LOOKS[record.status][0]
        return tone if tone in ("danger", "warning") else ""

    def render_courier(self, record: Row) -> SafeString:
        if record.nameless:
            return format_html('<span class="muted">{}</span>', "Not named")
        return format_html('<a href="{}">{}</a>', edit_url(self.shop, record), shown(record.courier))

    def render_service(self, record: Row) -> SafeString:
        if record.any_service:
            return format_html('<span class="muted">{}</span>', "Any service")
        return shown(record.service) or format_html('<span class="muted">{}</span>', "None given")

    def render_code(self, record: Row) -> SafeString:
        if record.nameless:
            return format_html('<span class="muted">{}</span>', "Ask SEKO which courier took it")
        if not record.code:
            return format_html('<span class="muted">{}</span>', "Choose a code")
        if not record.label or record.label == record.code:
            return format_html("<code>{}</code>", record.code)
        return format_html('<span>{} <span class="cell-sub"><code>{}</code></span></span>', record.label, record.code)

    def render_status(self, record: Row) -> SafeString:
        tone, icon = STATUS_LOOKS[record.status]
        return state_badge(record.status.label, tone, icon)

    def render_waiting(self, value: int) -> SafeString:
        return state_badge(f"{value:,}", "warning", "hourglass", "Dispatches that wait for their carrier")


class MappingTableList(_RowTable):
    """The mapping list: a row for each live mapping and for each courier and service seen without one."""

    caption = "Carrier mappings, holes first"
    noun = ("mapping", "mappings")

    courier = PrimaryColumn(verbose_name="SEKO courier", empty_values=(None,))
    service = DeskColumn(verbose_name="SEKO service", empty_values=(None,))
    code = DeskColumn(verbose_name="John Lewis carrier", empty_values=(None,))
    status = DeskColumn(verbose_name="Status")
    waiting = DeskColumn(verbose_name="Waiting", empty_values=(None, 0))
    parcels = NumberColumn(verbose_name="Parcels, 90 days")
    changed = DeskColumn(verbose_name="Last changed", accessor="mapping", wide_only=True, default="–")

    def render_changed(self, value: Any) -> SafeString:
        who, when = person(value.author, "Set up"), ago(value.updated_at)
        return format_html('<span>{} <span class="cell-sub">{}</span></span>', who, when)


class PairTable(_RowTable):
    """The coverage audit: one row for each courier and service seen, with what decides it."""

    caption = "Couriers and services that SEKO used in 90 days"
    noun = ("service", "services")

    courier = PrimaryColumn(verbose_name="SEKO courier", empty_values=(None,))
    service = DeskColumn(verbose_name="SEKO service", empty_values=(None,))
    parcels = NumberColumn(verbose_name="Parcels")
    share = NumberColumn(verbose_name="Share", empty_values=())
    last_seen_at = WhenColumn(verbose_name="Last seen", relative=True, mid_only=True)
    status = DeskColumn(verbose_name="Status")
    waiting = DeskColumn(verbose_name="Waiting", empty_values=(None, 0))
    code = DeskColumn(verbose_name="Goes as", empty_values=(None,))
    total = 0

    def render_service(self, record: Row) -> SafeString:
        return shown(record.service) or format_html('<span class="muted">{}</span>', "None given")

    def render_share(self, record: Row) -> str:
        share = 100 * record.parcels / self.total if self.total else 0
        return "under 0.1%" if 0 < share < 0.1 else f"{share:.1f}%"


class ApprovedTable(DeskTable):
    """John Lewis' approved carriers; ``uses`` counts the live mappings by code and is set by the view."""

    caption = "Approved carriers"
    noun = ("carrier", "carriers")

    label = PrimaryColumn(verbose_name="Carrier")
    code = DeskColumn(verbose_name="Code")
    standard_code = DeskColumn(verbose_name="Standard code", mid_only=True)
    tracking_url = DeskColumn(verbose_name="Tracking address", wide_only=True)
    first_seen_at = WhenColumn(verbose_name="Approved since", mid_only=True)
    uses = NumberColumn(verbose_name="Mappings", empty_values=())
    removed_at = DeskColumn(verbose_name="State", empty_values=())

    def __init__(self, *args: Any, uses: dict[str, int] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_counts = uses or {}

    def row_tone(self, record: Carrier) -> str:
        return "danger" if record.removed_at and self.use_counts.get(record.code) else ""

    def render_code(self, value: str) -> SafeString:
        return format_html("<code>{}</code>", value)

    def render_tracking_url(self, value: str) -> SafeString:
        return format_html('<span class="small muted">{}</span>', value)

    def render_uses(self, record: Carrier) -> str:
        return str(self.use_counts.get(record.code, 0))

    def render_removed_at(self, record: Carrier) -> SafeString:
        if record.removed_at is None:
            return state_badge("Approved", "success")
        if self.use_counts.get(record.code):
            return state_badge("Removed, still mapped", "danger", "ban")
        return state_badge("Removed", "neutral", "ban")


class VersionTable(DeskTable):
    """Every step of every mapping, the newest first."""

    caption = "Versions"
    noun = ("version", "versions")

    at = WhenColumn(verbose_name="When")
    mapping = PrimaryColumn(verbose_name="Courier and service")
    action = DeskColumn(verbose_name="Step")
    change = django_tables2.Column(verbose_name="Change", accessor="after", empty_values=())
    released = NumberColumn(verbose_name="Released")
    author = PersonColumn(verbose_name="By", default=person(None, "Set up"))

    def render_mapping(self, record: MappingVersion) -> SafeString:
        mapping = record.mapping
        url = reverse("carriers:mapping-edit", args=[mapping.pk])
        return format_html(
            '<a href="{}">{} · {}</a>', url, shown(mapping.courier), shown(mapping.service) or "any service"
        )

    def render_action(self, record: MappingVersion) -> SafeString:
        looks = {
            VersionAction.CREATED: ("success", "plus"),
            VersionAction.CHANGED: ("info", "pencil"),
            VersionAction.RETIRED: ("neutral", "archive"),
            VersionAction.RELEASED: ("info", "send"),
        }
        tone, icon = looks[VersionAction(record.action)]
        return state_badge(record.get_action_display(), tone, icon)

    def render_change(self, record: MappingVersion) -> SafeString:
        return change_words(record)


def change_words(version: MappingVersion) -> SafeString:
    """What a version changed: the code before and after, and the note."""
    before, after = version.before.get("carrier_code", ""), version.after.get("carrier_code", "")
    if before and after and before != after:
        code = format_html("<span><code>{}</code> → <code>{}</code></span>", before, after)
    elif before and not after:
        code = format_html("<span>was <code>{}</code></span>", before)
    else:
        code = format_html("<code>{}</code>", after)
    note = version.after.get("note", "") if version.action != VersionAction.RELEASED else ""
    return format_html('<span>{} <span class="cell-sub">{}</span></span>', code, note) if note else code
