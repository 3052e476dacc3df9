"""Typed values that cross the ports. Plain, frozen, without Django: a partner's wire format ends where these begin.

One file per subject; this is the one place to import them from.
"""

from sync.shapes.documents import DocumentType, File, OrderDocument
from sync.shapes.exchange import Answer, Exchange, Prepared
from sync.shapes.messages import Attachment, Message, Thread, ThreadPage
from sync.shapes.money import BillingCycle, CyclePage, Invoice, InvoicePage, Transaction, TransactionPage
from sync.shapes.news import DispatchNews, DispatchNewsLine, News, PushMessage, TrackingNews
from sync.shapes.offers import Offer, OfferPage, StockError, StockImport, StockLevel
from sync.shapes.orders import Address, LineCancelation, MarketplaceLine, MarketplaceOrder, OrderPage, TaxAmount
from sync.shapes.products import ProductHandling, ProductIdentifier, ProductLabels, SupplierMapping, WarehouseProduct
from sync.shapes.returns import (
    CustomerReturn,
    Inspection,
    LineRefund,
    ReturnableLine,
    ReturnDecision,
    ReturnDetails,
    ReturnLine,
    ReturnPage,
)
from sync.shapes.shipments import ItemToShip, Shipment, ShipmentDraft, ShipmentLine
from sync.shapes.shop import ApprovedCarrier, CustomField, Reason, ShopProfile, ShopStatistic, ShopStatistics
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
    "Attachment",
    "BillingCycle",
    "CancelReason",
    "Carriage",
    "CustomField",
    "CustomerReturn",
    "CyclePage",
    "DispatchNews",
    "DispatchNewsLine",
    "DocumentType",
    "Exchange",
    "File",
    "ForwardingAgent",
    "FurtherTotals",
    "GiftMessage",
    "GoodsReceived",
    "Inspection",
    "Invoice",
    "InvoicePage",
    "ItemToShip",
    "LineCancelation",
    "LineRefund",
    "MarketplaceLine",
    "MarketplaceOrder",
    "Message",
    "News",
    "Offer",
    "OfferPage",
    "OrderDocument",
    "OrderPage",
    "Papers",
    "Prepared",
    "ProductHandling",
    "ProductIdentifier",
    "ProductLabels",
    "PushMessage",
    "Reason",
    "ReturnDecision",
    "ReturnDetails",
    "ReturnLine",
    "ReturnPage",
    "ReturnableLine",
    "SecondaryPrice",
    "Shipment",
    "ShipmentDraft",
    "ShipmentLine",
    "ShopProfile",
    "ShopStatistic",
    "ShopStatistics",
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
    "TaxAmount",
    "Thread",
    "ThreadPage",
    "TrackingNews",
    "Transaction",
    "TransactionPage",
    "WarehouseLine",
    "WarehouseOrder",
    "WarehouseProduct",
    "WarehouseStatus",
]
