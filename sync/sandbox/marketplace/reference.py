"""What the simulated marketplace answers about itself: carriers, shipping methods, fields, documents, shop.

John Lewis' own codes are not public (John Lewis contract 7): every code here is a sample, invented for the sandbox.
"""

from __future__ import annotations

from typing import Any

SHOP_ID = 2001
SHIPPING_TYPE = {
    "code": "STD",
    "label": "Standard delivery",
    "standard_code": "CU_ADD-STD",
    "description": "Sample: ordered by 16:00, sent within two working days",
    "click_and_collect": False,
    "delivery_by_operator": False,
    "ignore_lead_time_to_ship": False,
    "mandatory_tracking": True,
}
NEXT_DAY_TYPE = {
    **SHIPPING_TYPE,
    "code": "NXD",
    "label": "Next day delivery",
    "standard_code": "CU_ADD-EXP",
    "description": "Sample: ordered by 16:00, delivered the next working day",
}
SHIPPING_TYPES = (SHIPPING_TYPE, NEXT_DAY_TYPE)
ZONE = {"code": "GB", "label": "United Kingdom", "description": "Great Britain and Northern Ireland"}

CARRIERS: tuple[dict[str, str], ...] = (
    {"code": "DPD_UK", "label": "DPD UK", "standard_code": "dpd-uk",
     "tracking_url": "https://track.dpd.example.com/parcels/{trackingId}"},
    {"code": "RM24", "label": "Royal Mail 24", "standard_code": "royal-mail",
     "tracking_url": "https://royalmail.example.com/track/{trackingId}"},
    {"code": "RM48", "label": "Royal Mail 48", "standard_code": "royal-mail",
     "tracking_url": "https://royalmail.example.com/track/{trackingId}"},
    {"code": "EVRI", "label": "Evri", "standard_code": "evri",
     "tracking_url": "https://evri.example.com/parcel/{trackingId}"},
    {"code": "DHL_UK", "label": "DHL Parcel UK", "standard_code": "dhl-parcel-uk",
     "tracking_url": "https://dhl.example.com/track?id={trackingId}"},
    {"code": "PARCELFORCE", "label": "Parcelforce Worldwide", "standard_code": "parcelforce",
     "tracking_url": "https://parcelforce.example.com/{trackingId}"},
    {"code": "UPS_UK", "label": "UPS", "standard_code": "ups",
     "tracking_url": "https://ups.example.com/track/{trackingId}"},
    {"code": "FEDEX_UK", "label": "FedEx UK", "standard_code": "fedex",
     "tracking_url": "https://fedex.example.com/track/{trackingId}"},
)  # fmt: skip
CARRIER_BY_CODE = {carrier["code"]: carrier for carrier in CARRIERS}

CURRENCIES = ({"code": "GBP", "label": "Pound sterling", "platform_default": True},)

ADDITIONAL_FIELDS: tuple[dict[str, Any], ...] = (
    {"code": "source-invoice", "entity": "ORDER", "label": "Source invoice", "type": "STRING", "editable": False,
     "required": False, "description": "Sample: the number that the order has in its source"},
    {"code": "gift-message", "entity": "ORDER_LINE", "label": "Gift message", "type": "STRING", "editable": False,
     "required": False, "description": "Sample: a text that goes with the order"},
)  # fmt: skip

DOCUMENT_TYPES: tuple[dict[str, Any], ...] = (
    {"code": "SYSTEM_DELIVERY_BILL", "entity": "ORDER", "label": "Despatch note",
     "description": "The operator's own despatch note", "mime_types": ["application/pdf"]},
    {"code": "CUSTOMER_INVOICE", "entity": "ORDER", "label": "Invoice",
     "description": "The seller's invoice to the customer", "mime_types": ["application/pdf"]},
)  # fmt: skip


def product_sku(sku: str) -> str:
    """The operator's own number of a product, made from the seller's SKU."""
    return f"MKP{int.from_bytes(sku.encode()[-6:], 'big') % 10**12:012d}"


def account(*, created: str, orders: int, offers: int) -> dict[str, Any]:
    """A01: the seller's shop."""
    place = {"city": "Leeds", "country_iso_code": "GBR", "street_1": "1 Sample Street", "zip_code": "LS1 1AA"}
    return {
        "shop_id": SHOP_ID,
        "shop_name": "Sample Brand",
        "shop_state": "OPEN",
        "model": "MARKETPLACE",
        "currency_iso_code": "GBP",
        "date_created": created,
        "last_updated_date": created,
        "billing_info": {"bank_city": "Leeds", "bank_name": "Sample Bank", "bank_street": "1 Sample Street",
                         "bic": "SAMPLEGB2L", "iban": "GB00SAMP00000000000000", "owner": "Sample Brand Ltd",
                         "zip_code": "LS1 1AA"},
        "channels": ["JL_UK"],
        "contact_informations": {"city": "Leeds", "country": "GBR", "email": "seller@example.com",
                                 "lastname": "Example", "street1": "1 Sample Street", "zip_code": "LS1 1AA"},
        "default_billing_information": {"default_language": "en_GB", "id": "1", "registration_address": place},
        "domains": ["PRODUCT"],
        "evaluations_count": 0,
        "free_shipping": False,
        "is_professional": True,
        "kyc": {"status": "APPROVED"},
        "offers_count": offers,
        "orders_count": orders,
        "payment_details": {"paid_balance": 0, "payable_balance": 0, "pending_balance": 0},
        "payment_info": {"owner": "Sample Brand Ltd", "@type": "IBAN"},
        "payment_method_mandatory": False,
        "premium": False,
        "pro_details": {"corporate_name": "Sample Brand Ltd"},
        "shipping": {"lead_time_to_ship": 2},
        "shipping_country": "GBR",
        "shipping_types": ["STD", "NXD"],
        "shipping_zones": ["GB"],
        "shop_additional_fields": [],
    }  # fmt: skip
