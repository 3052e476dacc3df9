"""The frame of every page as template context: navigation, counts, banners, clock, preferences.

An entry is shown to those who may open its page: the view itself says which permissions that takes, so there is no
second list to keep true. Entries whose page does not exist are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final

from django.http import HttpRequest
from django.urls import NoReverseMatch, get_urlconf, resolve, reverse
from django.utils.functional import SimpleLazyObject

from exceptions.roles import groups_of, wants_shortcuts
from jlseko.clock import business_now, factor
from jlseko.ui.access import RoleRequired
from jlseko.ui.preferences import preferences
from jlseko.ui.registry import Told, told


@dataclass(frozen=True, slots=True)
class Entry:
    """A place in the navigation."""

    url_name: str
    label: str
    icon: str
    short: str = ""  # for the bar at the bottom of a phone


ENTRIES: Final = (
    Entry("home", "Today", "sun"),
    Entry("exceptions:list", "Exceptions", "triangle-alert"),
    Entry("sync:order-list", "Orders", "package"),
    Entry("sync:stock-list", "Stock", "boxes"),
    Entry("carriers:mapping-list", "Carrier mapping", "route", short="Carriers"),
    Entry("exceptions:runbooks", "Runbooks", "book-open"),
    Entry("sync:health", "Sync health", "activity", short="Health"),
    Entry("sync:connections", "Connections", "plug"),
    Entry("exceptions:owners", "Owners", "users"),
)


@lru_cache(maxsize=64)
def _place(url_name: str, urlconf: str | None) -> tuple[str, tuple[str, ...]] | None:
    """The address of a named page and the permissions that it takes; None where it does not exist."""
    try:
        url = reverse(url_name)
    except NoReverseMatch:
        return None
    view = getattr(resolve(url).func, "view_class", None)
    needed = view.permissions_to_read() if isinstance(view, type) and issubclass(view, RoleRequired) else ()
    return url, needed


def place(url_name: str) -> tuple[str, tuple[str, ...]] | None:
    """As `_place`, for the URLs in use now."""
    urlconf = get_urlconf()
    return _place(url_name, urlconf if isinstance(urlconf, str) else None)


def _is_active(url: str, path: str) -> bool:
    return path == url if url == "/" else path.startswith(url)


def navigation(request: HttpRequest, news: Told) -> list[dict[str, Any]]:
    """The entries that this person sees, with the counts of `news`: label, short, url, icon, count, hot, active."""
    found: list[dict[str, Any]] = []
    for entry in ENTRIES:
        at = place(entry.url_name)
        if at is None or not request.user.has_perms(at[1]):
            continue
        count = news.counts.get(entry.url_name)
        found.append({
            "label": entry.label, "short": entry.short or entry.label, "url": at[0], "icon": entry.icon,
            "count": count.number if count else None, "hot": bool(count and count.hot), "active": False,
        })  # fmt: skip
    matching = [each for each in found if _is_active(each["url"], request.path)]
    if matching:
        max(matching, key=lambda each: len(each["url"]))["active"] = True
    return found


def role_of(user: Any) -> str:
    """The names of a person's groups in words."""
    return ", ".join(sorted(groups_of(user))) or "No role yet"


NOTICEABLE: Final = 0.01  # a stopped demo keeps a factor next to 1


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor. Everything that asks the database is lazy: pages that do not show it do not pay for it."""
    user: Any = getattr(request, "user", None)
    signed_in = bool(user and user.is_authenticated)
    speed = factor()
    search = place("search")
    news = cache(lambda: told(request))
    return {
        "navigation": SimpleLazyObject(lambda: navigation(request, news()) if signed_in else []),
        "banners": SimpleLazyObject(lambda: news().banners if signed_in else []),
        "role": SimpleLazyObject(lambda: role_of(user) if signed_in else ""),
        "prefer_shortcuts": "off" if signed_in and not wants_shortcuts(user) else "on",
        "search_url": search[0] if search else "",
        "clock_now": business_now(),
        "clock_factor": speed,
        "clock_label": f"×{speed:g}" if abs(speed - 1) >= NOTICEABLE else "",
        **{f"prefer_{name}": value for name, value in preferences(request).items()},
    }
