"""What the simulated marketplace answers about itself: carriers, shipping methods, reasons, configuration, shop.

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

REASONS: tuple[dict[str, Any], ...] = (
    {"code": "REFUSED_NO_STOCK", "label": "No stock", "type": "ORDER_LINE_REFUSAL", "is_shop_right": True},
    {"code": "CANCEL_CUSTOMER", "label": "Customer changed their mind", "type": "CANCELATION", "is_shop_right": True},
    {"code": "CANCEL_NO_STOCK", "label": "Item out of stock", "type": "CANCELATION", "is_shop_right": True},
    {"code": "REFUND_DAMAGED", "label": "Item arrived damaged", "type": "REFUND", "is_shop_right": True},
    {"code": "REFUND_NOT_RECEIVED", "label": "Item not received", "type": "REFUND", "is_shop_right": True},
    {"code": "INCIDENT_NOT_RECEIVED", "label": "Item not received", "type": "INCIDENT_OPEN", "is_shop_right": False},
)


def platform_configuration(*, acceptance: str, unregistered_carriers: bool) -> dict[str, Any]:
    """PC01: the switches that a client must read (John Lewis contract 1.2, 2.1, 2.4, 2.6)."""
    off = {"mandatory": False}
    return {
        "platform_name": "John Lewis marketplace (sandbox)",
        "tenant_name": "sandbox",
        "timezone": "Europe/London",
        "platform_configuration": {
            "customer_model": {"b2b": False, "b2c": True},
            "enhanced_seller_invoicing": {"enabled": False},
            "platform_model": {"drop_ship": False, "marketplace": True, "one_creditor": False},
        },
        "modules": {
            "mirakl_catalog_integrator": False,
            "mirakl_catalog_manager": True,
            "mirakl_catalog_transformer": False,
            "mirakl_platform_services": False,
            "offer_management": True,
            "order_management": True,
            "promotions": False,
            "quotes": False,
            "tax_manager": {"activated": False, "tax_provider": {"avalara": False, "vertex": False}},
        },
        "features": {
            **_plain_features(),
            "disable_seller_alternative_carrier": not unregistered_carriers,
            "order_tax_mode": "TAX_INCLUDED",
            "order_workflows": {
                "no_customer_payment_confirmation": False,
                "order_acceptance": "AUTOMATIC" if acceptance == "automatic" else "NOT_AUTOMATIC",
                "pause_debit_workflow": False,
                "pay_on_due_date": False,
                "pay_on_shipment": False,
                "sellers_edit_shipping_origin": False,
                "shipping_and_billing_details_before_acceptance": False,
            },
            "returns": {"drop_ship": False, "marketplace": False, "one_creditor": False},
            "shipment": {"multi_part_item_shipment": False, "multi_shipment": False},
            "shop_tax_options": {"local_tax_number": off, "tax_identification_number": off},
            "tax_id_number": off,
        },
    }


def _plain_features() -> dict[str, Any]:
    return {
        "catalog": {
            "allow_shop_contribution_to_all_channels": True,
            "exclude_invalid_products": False,
            "list_of_multiple_values_separator": "|",
            "product_acceptance_by_channel": False,
            "product_data_validation_by_channel": False,
            "product_import_only_on_leaf": True,
        },
        "circular_economy_data_collection": False,
        "competitive_pricing_tool": False,
        "direct_payment_customer_store": {"activated": False, "refund_cancel_authorized": False},
        "dropship": {"retail_pricing_edition_enabled": "NO", "retail_pricing_enabled": False},
        "kyc_status_per_seller": False,
        "lead_time_to_ship_by_sellers_enabled": "NO",
        "multi_currency": False,
        "multi_payout_psp_per_seller": False,
        "no_reply_needed": True,
        "offer_prices_decimals": "2",
        "operator_csv_delimiter": "SEMICOLON",
        "order_conditions": {
            "lead_time_to_ship": True,
            "maximum_order_quantity": False,
            "minimum_order_quantity": False,
            "package_order_quantity": False,
        },
        "payment_confirmation": True,
        "pricing": {
            "channel_pricing": "DISABLED",
            "discount_period_required": False,
            "discount_price_creation_in_the_past_blocked": False,
            "scheduled_pricing": False,
            "volume_discount": False,
            "volume_pricing": False,
        },
        "product_data_validation_by_channel": False,
        "promotion": {"cart_promotion_campaign": False, "discount_campaign": False, "seller_promotion": False},
        "tax_collection": {
            "activated": "NO",
            "product_tax_code_mandatory": False,
            "tax_collection_by_operator": False,
        },
        "warehouses": {"geolocation": False, "restricted_countries": []},
    }


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
