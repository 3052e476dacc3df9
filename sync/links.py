"""Addresses of what the engine's pages lead to."""

from django.urls import NoReverseMatch, reverse

from sync.models import Order


def order_url(order: Order) -> str:
    """The page of an order; empty where its number cannot stand in an address."""
    try:
        return reverse("sync:order", args=[order.connection.name, order.order_id])
    except NoReverseMatch:
        return ""


def exception_url(order: Order) -> str:
    """Where the exceptions of an order are; empty without a desk, of which the engine knows no more than this name."""
    try:
        return reverse("exceptions:for-order", args=[order.connection.name, order.order_id])
    except NoReverseMatch:
        return ""


def safe_href(address: str) -> str:
    """An address that a partner gave us, if a browser may follow it: web addresses only, never a script."""
    return address if address.lower().startswith(("https://", "http://")) else ""
