"""What a person may go to or do from anywhere: pages, views of the triage list, and a few deeds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.db.models import Q
from django.urls import reverse

from exceptions.models import SavedView
from exceptions.triage.quick_views import VIEWS
from jlseko.navigation import ENTRIES, place

if TYPE_CHECKING:
    from django.contrib.auth.models import User

PAGES, VIEWS_OF_LIST, DEEDS, LOOKS = "Pages", "Views", "Actions", "Look"

# Pages that the navigation does not name; one that does not exist is left out
FURTHER: Final = (
    ("exceptions:runs", "Resubmission runs", "send"),
    ("sync:stock-unlisted", "Unlisted products", "package-x"),
    ("sync:stock-files", "Stock files", "file-up"),
    ("sync:stock-rules", "Stock rules", "sliders-horizontal"),
    ("carriers:coverage", "Carrier coverage", "scan-search"),
    ("carriers:approved-list", "Approved carriers", "badge-check"),
    ("carriers:try-it", "Try a carrier mapping", "flask-conical"),
    ("exceptions:roles", "Role matrix", "shield-check"),
    ("exceptions:practice", "Practice exception", "graduation-cap"),
    ("glossary", "Glossary", "book-a"),
)
OFTEN: Final = frozenset({"my-queue", "due-today", "mine"})  # views that are offered before anything was typed
CLAIM: Final = "exceptions.claim_exception"
VIEW: Final = "exceptions.view_exception"
# name and value as the form of the user menu sends them
PREFERENCES: Final = (
    ("theme", "light", "Light theme", "sun"),
    ("theme", "dark", "Dark theme", "moon"),
    ("theme", "auto", "Theme of the system", "sun-moon"),
    ("density", "compact", "Compact rows", "rows-4"),
    ("density", "comfortable", "Roomy rows", "rows-2"),
    ("shortcuts", "on", "Single-key shortcuts on", "keyboard"),
    ("shortcuts", "off", "Single-key shortcuts off", "keyboard-off"),
)


@dataclass(frozen=True, slots=True)
class Offer:
    """One place or deed.

    ``url`` is where it leads, or with ``is_deed`` where it is posted to. ``choice`` is a preference as "name=value",
    ``dialog`` the dialog that it opens: both are for browsers with scripts, which have them in their menus too.
    ``often`` = it is offered before anything was typed.
    """

    group: str
    label: str
    icon: str
    url: str = ""
    is_deed: bool = False
    choice: str = ""
    dialog: str = ""
    often: bool = True
    keywords: str = ""

    def matches(self, words: Iterable[str]) -> bool:
        """Whether it is called by all of these words, or their beginnings."""
        own = f"{self.label} {self.group} {self.keywords}".casefold().replace("-", " ").split()
        return all(any(each.startswith(word) for each in own) for word in words)


def offers(user: User, text: str = "") -> list[Offer]:
    """What this person may go to or do, in one query; with a text only what it names."""
    words = text.casefold().replace("-", " ").split()
    return [each for each in (*_deeds(user), *_views(user), *_pages(user), *_looks()) if each.matches(words)]


def _deeds(user: User) -> Iterator[Offer]:
    if user.has_perms([VIEW, CLAIM]):
        url = reverse("exceptions:take-next")
        yield Offer(DEEDS, "Take the next most urgent", "zap", url, is_deed=True, keywords="claim queue")


def _views(user: User) -> Iterator[Offer]:
    if not user.has_perm(VIEW):
        return
    listed = reverse("exceptions:list")
    for view in VIEWS:
        words = "exceptions views"
        url, often = f"{listed}?view={view.slug}", view.slug in OFTEN
        yield Offer(VIEWS_OF_LIST, f"Exceptions: {view.label}", view.icon, url, often=often, keywords=words)
    for saved in SavedView.objects.filter(Q(owner=user) | Q(shared=True)):
        words = "saved shared views" if saved.shared else "saved views"
        url = f"{listed}?{saved.query}"
        yield Offer(VIEWS_OF_LIST, saved.name, "users-round" if saved.shared else "bookmark", url, keywords=words)


def _pages(user: User) -> Iterator[Offer]:
    known = [(entry.url_name, entry.label, entry.icon, True) for entry in ENTRIES]
    for url_name, label, icon, often in (*known, *((*page, False) for page in FURTHER)):
        at = place(url_name)
        if at is not None and user.has_perms(at[1]):
            yield Offer(PAGES, label, icon, at[0], often=often, keywords="go to page")


def _looks() -> Iterator[Offer]:
    for name, value, label, icon in PREFERENCES:
        yield Offer(LOOKS, label, icon, choice=f"{name}={value}", often=False, keywords=f"{name} change set")
    yield Offer(LOOKS, "Keyboard shortcuts", "circle-question-mark", dialog="keys", keywords="help keys")


def grouped(found: Iterable[Offer]) -> list[tuple[str, list[Offer]]]:
    """Offers under the names of their groups, in the order in which they come."""
    groups: dict[str, list[Offer]] = {}
    for offer in found:
        groups.setdefault(offer.group, []).append(offer)
    return list(groups.items())
