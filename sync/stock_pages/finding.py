"""Finding products by their SKU."""

from typing import Final

from django.db.models.functions import Collate
from django.db.models.lookups import StartsWith

from jlseko.ui.hits import Hit
from sync.links import listing_url
from sync.models import Listing
from sync.skus import key_of

SHORTEST: Final = 3  # characters
LONGEST: Final = 200


def find(text: str, *, limit: int) -> list[Hit]:
    """Listings whose SKU begins so, however it is spelt, in one query."""
    wanted = key_of(text.replace("\x00", ""))
    if not SHORTEST <= len(wanted) <= LONGEST:
        return []
    key = Collate("sku_key", "C")
    rows = Listing.objects.filter(StartsWith(key, wanted)).select_related("connection").order_by(key)[:limit]
    return [Hit("sku", row.sku, listing_url(row), row.title or "No title", exact=row.sku_key == wanted) for row in rows]
