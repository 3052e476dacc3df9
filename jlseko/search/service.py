"""What one text finds for one person, over all rooms, in three queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from exceptions import finding as cases
from exceptions import services
from exceptions.roles import may_see_personal_data
from jlseko.ui.hits import Hit, the_one
from sync import postcodes
from sync.order_pages import finding as orders
from sync.stock_pages import finding as products

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LONGEST: Final = 200  # characters that are looked at
ON_PAGE: Final = 25
IN_PALETTE: Final = 5


@dataclass(frozen=True, slots=True)
class Found:
    """Hits, those that are the very thing first. ``postcode`` = the text is a whole postcode; ``may_use_it`` = this
    person may find orders by it.
    """

    text: str
    hits: Sequence[Hit]
    postcode: bool = False
    may_use_it: bool = False

    @property
    def the_one(self) -> Hit | None:
        """Where Enter leads at once; None where a person has to choose."""
        return the_one(self.hits)


def search(typed: str, *, user: User, limit: int = ON_PAGE, by_postcode: bool = False) -> Found:
    """Orders and parcels by their numbers, live exceptions of theirs, causes by their words, products by their SKU.

    Args:
        typed: what somebody typed, in any spelling.
        user: who asks; may see exceptions.
        limit: the most hits of a kind and way.
        by_postcode: the person asked for it, by sending the form. It is written down as a look at customer data.
    """
    text = " ".join(typed.replace("\x00", "").split())[:LONGEST]
    postcode, may_use_it = postcodes.is_one(text), may_see_personal_data(user)
    uses_it = postcode and may_use_it and by_postcode
    found = orders.find(text, limit=limit, by_postcode=uses_it)
    if uses_it:
        services.looked_up(by=user, found=sum(hit.why.startswith(orders.BY_POSTCODE) for hit in found.hits))
    skus = products.find(text, limit=limit)
    held = cases.find(text, user, limit=limit, order_keys=found.order_keys, item_ids=found.item_ids)
    return Found(text, [*found.hits, *held, *skus], postcode, may_use_it)
