"""What apps hang into the frame of every page: counts beside navigation entries, and banners for outages.

An app registers in its `AppConfig.ready`; the frame asks once for each page, so a counter must be cheap.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db import DatabaseError, transaction
from django.http import HttpRequest

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Count:
    """A number beside a navigation entry; `hot` draws attention (something is late)."""

    number: int
    hot: bool = False


@dataclass(frozen=True, slots=True)
class Banner:
    """One line across the top of every page."""

    title: str
    detail: str = ""
    tone: str = "danger"
    url: str = ""
    link_label: str = "See what is affected"


Counter = Callable[[HttpRequest], Count | None]
BannerSource = Callable[[HttpRequest], Iterable[Banner]]

_counters: dict[str, Counter] = {}
_banners: list[BannerSource] = []


def register_counter(url_name: str, counter: Counter) -> None:
    """Show a count beside the navigation entry of this url name, such as `exceptions:list`."""
    _counters[url_name] = counter


def register_banners(source: BannerSource) -> None:
    """Ask this function for banners on every page of a signed-in person."""
    if source not in _banners:
        _banners.append(source)


def count_for(url_name: str, request: HttpRequest) -> Count | None:
    """The count of an entry; None where there is none or the database cannot say."""
    counter = _counters.get(url_name)
    if counter is None:
        return None
    try:
        with transaction.atomic():
            return counter(request)
    except DatabaseError:
        logger.exception("navigation count failed", extra={"entry": url_name})
        return None


def banners_for(request: HttpRequest) -> list[Banner]:
    """All banners of this moment; a source that the database lets down shows nothing."""
    found: list[Banner] = []
    for source in _banners:
        try:
            with transaction.atomic():
                found.extend(source(request))
        except DatabaseError:
            logger.exception("banner source failed")
    return found
