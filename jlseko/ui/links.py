"""Addresses that keep the state of a list: filters, sorting, tab, all in the query string."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

# A changed filter or sort starts again at the first page
PAGING: Final = ("after", "before")


def replaced(request: HttpRequest, **changes: object) -> str:
    """The query string of this request with some parameters set; None or "" removes one.

    Paging is dropped unless it is what changes.
    Returns "?a=1&b=2", or "?" for none, which is a valid link to the bare page.
    """
    query = request.GET.copy()
    for name in PAGING:
        query.pop(name, None)
    for name, value in changes.items():
        if value is None or value == "":
            query.pop(name, None)
        else:
            query[name] = str(value)
    return "?" + query.urlencode()


def without(request: HttpRequest, name: str, value: str) -> str:
    """The query string without one value of a parameter that may have several."""
    query = request.GET.copy()
    for page in PAGING:
        query.pop(page, None)
    query.setlist(name, [each for each in query.getlist(name) if each != value])
    if not query.getlist(name):
        query.pop(name, None)
    return "?" + query.urlencode()


def next_of(request: HttpRequest, fallback: str = "/") -> str:
    """Where the form or the address asks to go afterwards, if that is a page of ours."""
    target = request.POST.get("next") or request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if is_ours else fallback
