"""The page of all parts in all states, for the people who build pages. Staff only; nothing on it is real data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import django_filters
from django import forms
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.utils.safestring import SafeString
from django.views.generic import TemplateView
from django_tables2 import A

from jlseko.clock import business_now
from jlseko.ui import gallery_samples as samples
from jlseko.ui.access import RoleRequired
from jlseko.ui.badges import state_badge, tag
from jlseko.ui.columns import CheckColumn, DeskColumn, DueColumn, MoneyColumn, NumberColumn, PersonColumn, PrimaryColumn
from jlseko.ui.filters import DeskFilterSet, facet
from jlseko.ui.tables import DeskTable


class SampleTable(DeskTable):
    """Causes as the exceptions list might show them."""

    caption = "Sample of open causes"
    noun = ("cause", "causes")

    pk = CheckColumn(label="headline")
    headline = PrimaryColumn(linkify=lambda record: record["url"], orderable=True)
    deadline = DueColumn(orderable=True, verb="due")
    orders = NumberColumn(orderable=True)
    value = MoneyColumn(mid_only=True)
    side = DeskColumn(wide_only=True)
    owner = PersonColumn(mid_only=True)
    state = DeskColumn(accessor=A("state"))

    def render_side(self, value: str) -> SafeString:
        return tag(value)

    def render_state(self, value: tuple[str, str, str]) -> SafeString:
        return state_badge(*value)

    def row_url(self, record: Any) -> str:
        return str(record["url"])

    def row_tone(self, record: Any) -> str:
        return "danger" if record["deadline"] and record["deadline"] < business_now() else ""


class SampleFilters(DeskFilterSet):
    """A filter bar over nothing."""

    search_placeholder = "Order, SKU, tracking"

    q = django_filters.CharFilter(label="Search")
    state = django_filters.ChoiceFilter(
        label="State", choices=[("open", "Open"), ("claimed", "Claimed"), ("snoozed", "Snoozed")]
    )
    side = django_filters.ChoiceFilter(label="Side", choices=[("mapping", "Our mapping"), ("warehouse", "Warehouse")])


class SampleForm(forms.Form):
    """A fix form with every kind of field."""

    street = forms.CharField(label="Street", max_length=35, help_text="SEKO prints at most 35 characters.")
    postcode = forms.CharField(
        label="Postcode", max_length=9, error_messages={"required": "Enter the postcode, for example SW1A 1AA."}
    )
    carrier = forms.ChoiceField(
        label="John Lewis carrier",
        choices=[("", "Choose a carrier"), ("DPD", "DPD (DPD)"), ("RM", "Royal Mail (RM)")],
        required=False,
    )
    quantity = forms.IntegerField(label="Quantity", min_value=1, initial=6)
    until = forms.DateTimeField(
        label="Until", required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    side = forms.ChoiceField(
        label="Whose side", choices=[("seko", "SEKO"), ("john-lewis", "John Lewis")], widget=forms.RadioSelect
    )
    note = forms.CharField(
        label="Note for the history", widget=forms.Textarea(attrs={"rows": 3}), max_length=400, required=False
    )
    order = forms.CharField(label="Order number", initial="JL-88214051-A", disabled=True, required=False)
    tell = forms.BooleanField(label="Tell the owner of the category", required=False)


WRONG: Final = {
    "street": "The Old Converted Granary, Long Meadow Farm Lane", "postcode": "", "carrier": "DPD", "quantity": "0",
    "side": "seko",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Section:
    """A group of parts. It is drawn on light and on dark ground, unless it can be there only once."""

    slug: str
    title: str
    wide: bool = False
    once: bool = False

    @property
    def template(self) -> str:
        """The file with the parts."""
        return f"ui/gallery/_{self.slug}.html"


SECTIONS: Final = (
    Section("type", "Type and colour"),
    Section("buttons", "Buttons"),
    Section("states", "States, times, people"),
    Section("notices", "Notices, banners, messages"),
    Section("pages", "Empty, failed, not allowed, loading"),
    Section("cards", "Cards, figures, rows"),
    Section("fields", "Fields"),
    Section("progress", "Progress, checklist, confirmation"),
    Section("tables", "Table", wide=True),
    Section("timeline", "Steps and lanes", wide=True),
    Section("payloads", "Payload and difference", wide=True),
    Section("lists", "Around a list", once=True),
    Section("layers", "Dialogs and menus", once=True),
    Section("charts", "Charts", once=True),
)


class GalleryView(RoleRequired, TemplateView):
    """Every part in every state."""

    template_name = "ui/gallery.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Staff only.

        Raises:
            PermissionDenied: for anybody else who is signed in.
        """
        if request.user.is_authenticated and not getattr(request.user, "is_staff", False):
            raise PermissionDenied("The page of parts is for the people who build and run the desk.")
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The samples."""
        now = business_now()
        table = SampleTable(data=samples.causes(now))
        table.sort = "deadline"
        filterset = SampleFilters(self.request.GET, queryset=Group.objects.none(), request=self.request)
        panes = [{"theme": theme, "form": SampleForm(WRONG, auto_id=f"{theme}_%s")} for theme in ("light", "dark")]
        context = {
            "title": "Parts", "subtitle": "What pages are made of, in every state. Nothing here is real.",
            "breadcrumbs": [{"label": "Today", "url": "/"}, {"label": "Design"}, {"label": "Parts"}],
            "sections": SECTIONS, "panes": panes, "table": table, "filterset": filterset,
            "facets": [facet(self.request, "category", title="Category", options=samples.FACET, icons=samples.FACET_ICONS)],
            "page": {"before": "a", "after": "b", "rows": range(8)},
            "deadlines": samples.deadlines(now), "moments": samples.moments(now),
        }  # fmt: skip
        return super().get_context_data(**context | samples.parts(now) | kwargs)
