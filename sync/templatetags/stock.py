"""`{% load stock %}`: the words of the stock screens, for templates."""

from django import template

from sync.links import listing_url as url_of_listing
from sync.links import sku_url
from sync.models import Listing, StockRule
from sync.stock_pages import tables

register = template.Library()

register.simple_tag(tables.outcome_badge, name="outcome_badge")
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
def unsigned(number: int) -> str:
    """A number without its sign, grouped: `{{ delta|unsigned }}`."""
    return f"{abs(number):,}"
