"""PC01: what the platform of the simulated marketplace is set to."""

from __future__ import annotations

from typing import Any

from .settings import MarketSettings


def platform_configuration(settings: MarketSettings) -> dict[str, Any]:
    """PC01: the switches that a client must read, as the settings have them (John Lewis contract 2.8)."""
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
            "operator_csv_delimiter": settings.csv_delimiter,
            "disable_seller_alternative_carrier": not settings.unregistered_carriers,
            "order_tax_mode": "TAX_INCLUDED",
            "order_workflows": {
                "no_customer_payment_confirmation": False,
                "order_acceptance": "AUTOMATIC" if settings.acceptance == "automatic" else "NOT_AUTOMATIC",
                "pause_debit_workflow": False,
                "pay_on_due_date": False,
                "pay_on_shipment": False,
                "sellers_edit_shipping_origin": False,
                "shipping_and_billing_details_before_acceptance": False,
            },
            "returns": {"drop_ship": False, "marketplace": settings.returns, "one_creditor": False},
            "shipment": {"multi_part_item_shipment": False, "multi_shipment": settings.multi_shipment},
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
