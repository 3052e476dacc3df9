"""A warehouse adapter on a scripted partner, and an order to send."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sync.partners.seko.adapter import SekoWarehouse
from sync.shapes import (
    Address,
    ProductHandling,
    ProductIdentifier,
    ProductLabels,
    SupplierMapping,
    WarehouseLine,
    WarehouseOrder,
    WarehouseProduct,
)
from tests.partners.doubles import Script

KEY = "Sek0-Test-Key-000111"
GUID = "5e0a4c0e-6a1b-5a9e-9a3e-0f4f6d2b7a11"
GOOD = {"CallStatus": {"Success": True, "Code": 0, "Message": ""}, "GUID": GUID}
ORDER = WarehouseOrder(
    number="JL-1000231",
    reference="JL1000231",
    guid=GUID,
    placed_at=datetime(2026, 3, 2, 9, 5, 7, 120_000, tzinfo=UTC),
    currency="GBP",
    sub_total=Decimal("70.00"),
    tax_total=Decimal("14"),
    shipping_total=Decimal("0"),
    delivery=Address(
        first_name="Ada", last_name="Example", line1='1 "The" Road', city="Leeds", postcode="LS1 1AA", country_code="GB"
    ),
    lines=(WarehouseLine(1, "SKU-RED-M", 2, Decimal("35.10"), Decimal("7")),),
)
PRODUCT = WarehouseProduct(
    code="P-1", description="A bag", long_description="", ean="", hts_code="4202210000", gross_weight=Decimal("0.1250"),
    country_of_origin="GB", unit_price=None, currency="", secondary_price=Decimal("1"), secondary_currency="EUR",
    lead_time=None, minimum_order=3, quality_percentage=0,
    handling=ProductHandling(False, True, False, False, False, False, False, False, False),
    labels=ProductLabels("Brand", "", "", "", "", "", "", "", "", "", "", "", ""),
    suppliers=(SupplierMapping("DEFSUP1", 'The "Best"', 1),), categories=(), identifiers=(ProductIdentifier("N", "V"),),
)  # fmt: skip


def seko(script: Script, **options: Any) -> SekoWarehouse:
    return SekoWarehouse(
        "https://ihub.supplystream.com:8081/api/",
        KEY,
        **{"status_url": "https://hub.supplystream.com/hub/api/", **options},
        allowed_hosts=["ihub.supplystream.com:8081", "hub.supplystream.com"],
        inner=script.transport,
    )


def refused(message: Any, *, wrapped: bool = False) -> dict[str, Any]:
    body = {"CallStatus": {"Success": False, "Code": 100, "Message": message}, "GUID": {}}
    return {"Response": body} if wrapped else body
