"""Offers as the marketplace shows them (John Lewis contract 3.2)."""

from typing import Annotated, Any

from sync.partners.mirakl.client import MiraklClient
from sync.partners.mirakl.fields import (
    Identity,
    NullIsEmpty,
    NumberedIdentity,
    Quantity,
    Short,
    Text,
    Wire,
    Word,
    read,
)
from sync.partners.mirakl.paging import PAGE, Counted, each_of, next_offset
from sync.shapes import Offer, OfferPage


class _Offer(Wire):
    offer_id: NumberedIdentity
    shop_sku: Identity
    product_sku: Short = ""
    product_title: Text = ""
    category_code: Short = ""
    quantity: Quantity
    active: bool
    inactivity_reasons: Annotated[list[Word], NullIsEmpty] = []

    def to_offer(self) -> Offer:
        return Offer(
            offer_id=self.offer_id,
            sku=self.shop_sku,
            product_sku=self.product_sku,
            title=self.product_title[:500],
            quantity=self.quantity,
            active=self.active,
            category=self.category_code,
            inactive_because=tuple(self.inactivity_reasons),
        )


class _OfferList(Counted):
    offers: list[Any]


class Offers:
    """The part of :class:`sync.ports.Marketplace` that is about offers."""

    _client: MiraklClient

    def offers_page(self, *, offset: int = 0, sku: str = "") -> OfferPage:
        """Read one page of offers, or the offer of one SKU (OF21); ``unreadable`` counts entries that are no offer."""
        query = {"max": str(PAGE), "offset": str(offset), **({"sku": sku} if sku else {})}
        reply = self._client.read("OF21", "/api/offers", query)
        page = read(_OfferList, reply)
        found, unreadable = each_of(_Offer, page.offers)
        return OfferPage(
            offers=tuple(offer.to_offer() for offer, _ in found if not sku or offer.shop_sku == sku),
            total_count=page.total_count,
            next_offset=next_offset(reply, offset=offset, entries=len(page.offers), total=page.total_count),
            remote_now=reply.date,
            unreadable=unreadable,
        )
