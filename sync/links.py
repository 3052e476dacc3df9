"""Addresses of what the engine's pages lead to."""

import re

from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode

from sync.models import Item, Listing, Order, StockFile

PLAIN = re.compile(r"(?!.*(?:^|/)\.{1,2}(?:/|$))[^\x00-\x1f\x7f\\]+")  # dots alone mean folders to a browser


def order_url(order: Order) -> str:
    """The page of an order; empty where its number cannot stand in an address."""
    return order_number_url(order.connection.name, order.order_id)


def order_number_url(connection: str, order_id: str) -> str:
    """The page of an order by its number; empty where that cannot stand in an address."""
    try:
        return reverse("sync:order", args=[connection, order_id])
    except NoReverseMatch:
        return ""


def exception_url(order: Order) -> str:
    """Where the exceptions of an order are; empty without a desk, of which the engine knows no more than this name."""
    try:
        return reverse("exceptions:for-order", args=[order.connection.name, order.order_id])
    except NoReverseMatch:
        return ""


def listing_url(listing: Listing) -> str:
    """The page of a listing: by its SKU, or by its number where the SKU cannot stand in an address."""
    url = sku_url(listing.connection.name, listing.sku)
    return url or reverse("sync:stock-listing", args=[listing.pk])


def sku_url(connection: str, sku: str) -> str:
    """The page of an SKU by its own name; empty where the name cannot stand in an address."""
    return reverse("sync:stock-sku", args=[connection, sku]) if PLAIN.fullmatch(sku) else ""


def stock_file_url(file: StockFile) -> str:
    """The page of a stock file."""
    return reverse("sync:stock-file", args=[file.pk])


def item_exception_url(item: Item) -> str:
    """Where the exception of an item without an order is; empty without a desk."""
    try:
        return reverse("exceptions:for-item", args=[item.pk])
    except NoReverseMatch:
        return ""


def sku_exceptions_url(sku: str) -> str:
    """The open exceptions that name an SKU; empty without a desk."""
    try:
        return f"{reverse('exceptions:list')}?{urlencode({'view': 'open', 'q': sku.strip()})}"
    except NoReverseMatch:
        return ""


def safe_href(address: str) -> str:
    """An address that a partner gave us, if a browser may follow it: web addresses only, never a script."""
    return address if address.lower().startswith(("https://", "http://")) else ""
