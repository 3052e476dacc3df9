"""What a search finds, whatever it is: the same few words for an order, an exception, a product, a page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

ICONS: Final = {
    "order": "package",
    "dispatch": "truck",
    "exception": "triangle-alert",
    "cause": "layers",
    "sku": "tag",
}
GROUPS: Final = {
    "order": "Orders",
    "dispatch": "Dispatches",
    "exception": "Exceptions",
    "cause": "Causes",
    "sku": "Products",
}


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found and where it is shown.

    ``why`` names what matched ("Tracking number 1550…"); ``exact`` = that is the very thing that was asked for, not
    only something that begins so or belongs to it.
    """

    kind: str
    title: str
    url: str
    detail: str = ""
    why: str = ""
    exact: bool = False

    @property
    def icon(self) -> str:
        """The icon of its kind."""
        return ICONS[self.kind]


def grouped(hits: Iterable[Hit]) -> list[tuple[str, list[Hit]]]:
    """Hits under the names of their kinds, in the order of :data:`GROUPS`; kinds without a hit are left out."""
    found: dict[str, list[Hit]] = {kind: [] for kind in GROUPS}
    for hit in hits:
        found[hit.kind].append(hit)
    return [(GROUPS[kind], of_kind) for kind, of_kind in found.items() if of_kind]


def the_one(hits: Iterable[Hit]) -> Hit | None:
    """What was meant beyond doubt: the only exact hit, or the only hit at all; None where there are several."""
    found = {hit.url: hit for hit in sorted(hits, key=lambda hit: hit.exact)}
    exact = [hit for hit in found.values() if hit.exact]
    meant = exact or list(found.values())
    return meant[0] if len(meant) == 1 else None
