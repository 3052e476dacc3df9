"""Typed values that cross the ports. Plain, frozen, without Django: a partner's wire format ends where these begin.

One file per subject; this is the one place to import them from.
"""

from sync.shapes.exchange import Answer, Exchange, Prepared
from sync.shapes.news import DispatchNews, DispatchNewsLine, News, PushMessage, TrackingNews
from sync.shapes.offers import Offer, OfferPage, StockError, StockImport, StockLevel
from sync.shapes.orders import Address, LineCancelation, MarketplaceLine, MarketplaceOrder, OrderPage
from sync.shapes.products import ProductHandling, ProductIdentifier, ProductLabels, SupplierMapping, WarehouseProduct
from sync.shapes.shipments import ItemToShip, Shipment, ShipmentDraft, ShipmentLine
from sync.shapes.shop import ApprovedCarrier, Reason, ShopProfile
from sync.shapes.stock import (
    GoodsReceived,
    StockAdjustment,
    StockAnswer,
    StockMoveLine,
    StockMovement,
    StockRow,
    StockSummary,
    StockSummaryLine,
)
from sync.shapes.warehouse import (
    CancelReason,
    Carriage,
    ForwardingAgent,
    FurtherTotals,
    GiftMessage,
    Papers,
    SecondaryPrice,
    WarehouseLine,
    WarehouseOrder,
    WarehouseStatus,
)

__all__ = [
    "Address",
    "Answer",
    "ApprovedCarrier",
    "CancelReason",
    "Carriage",
    "DispatchNews",
    "DispatchNewsLine",
    "Exchange",
    "ForwardingAgent",
    "FurtherTotals",
    "GiftMessage",
    "GoodsReceived",
    "ItemToShip",
    "LineCancelation",
    "MarketplaceLine",
    "MarketplaceOrder",
    "News",
    "Offer",
    "OfferPage",
    "OrderPage",
    "Papers",
    "Prepared",
    "ProductHandling",
    "ProductIdentifier",
    "ProductLabels",
    "PushMessage",
    "Reason",
    "SecondaryPrice",
    "Shipment",
    "ShipmentDraft",
    "ShipmentLine",
    "ShopProfile",
    "StockAdjustment",
    "StockAnswer",
    "StockError",
    "StockImport",
    "StockLevel",
    "StockMoveLine",
    "StockMovement",
    "StockRow",
    "StockSummary",
    "StockSummaryLine",
    "SupplierMapping",
    "TrackingNews",
    "WarehouseLine",
    "WarehouseOrder",
    "WarehouseProduct",
    "WarehouseStatus",
]
