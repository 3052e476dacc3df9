"""`{% load stock %}`: the words of the stock screens, for templates."""

from django import template
from django.forms import BoundField

from sync.links import listing_url as url_of_listing
from sync.links import sku_url
from sync.models import Listing, StockRule
from sync.stock_pages import file_tables, tables

register = template.Library()

# A field that counts for some choices of another only: shown with these where there is JavaScript
WAYS = {
    "sku": ("scope", "sku"),
    "category": ("scope", "category"),
    "quantity": ("kind", "buffer"),
    "at": ("lasts", "at"),
}

register.simple_tag(file_tables.outcome_badge, name="outcome_badge")
register.filter("sku_words", tables.sku_words)


@register.filter
def listing_url(listing: Listing) -> str:
    """The page of a listing."""
    return url_of_listing(listing)


@register.filter
def subject_url(rule: StockRule) -> str:
    """The page of the SKU that a rule is about."""
    return sku_url(rule.connection.name, rule.subject)


@register.filter
def figure(number: int | None) -> str:
    """A number of pieces, grouped; a dash where nobody knows it: `{{ listing.shown|figure }}`."""
    return "–" if number is None else f"{number:,}"


@register.filter
def unsigned(number: int) -> str:
    """A number without its sign, grouped: `{{ delta|unsigned }}`."""
    return f"{abs(number):,}"


@register.filter
def rule_way(bound: BoundField) -> dict[str, str] | None:
    """Which choice of which field a field goes with: `{% with way=bound|rule_way %}`; None = it always shows."""
    other, values = WAYS.get(bound.name, ("", ""))
    if not other or other not in bound.form.fields or bound.form.fields[other].widget.is_hidden:
        return None
    return {"field": bound.form.add_prefix(other), "values": values}
