"""A product as the warehouse keeps it (SEKO contract 7.3)."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class ProductHandling:
    """What the warehouse does with a product. Lot and date control cannot be changed later."""

    hazardous: bool
    lot_controlled: bool
    date_controlled: bool
    serial_number_controlled: bool
    quality_controlled: bool
    inward_processing: bool
    wet_bond: bool
    bonded: bool
    kit: bool


@dataclass(frozen=True, slots=True)
class ProductLabels:
    """How a product is described and sorted."""

    brand: str
    colour: str
    size: str
    style_code: str
    group_identifier: str
    business: str
    category1: str
    category2: str
    product_use: str
    client_status: str
    material: str
    dangerous_goods_class: str
    hazmat: str


@dataclass(frozen=True, slots=True)
class SupplierMapping:
    """Who supplies a product; ``units`` is how many are one unit of measure."""

    code: str
    description: str
    units: int


@dataclass(frozen=True, slots=True)
class ProductIdentifier:
    """A further identifier of a product."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class WarehouseProduct:
    """A product with every field that the warehouse keeps of it.

    Nothing here has a default: an update blanks what it leaves out, so whoever sends one must say everything.
    ``gross_weight`` in kilograms; amounts None and numbers None = not known.
    """

    code: str
    description: str
    long_description: str
    ean: str
    hts_code: str
    gross_weight: Decimal
    country_of_origin: str
    unit_price: Decimal | None
    currency: str
    secondary_price: Decimal | None
    secondary_currency: str
    lead_time: int | None
    minimum_order: int | None
    quality_percentage: int | None
    handling: ProductHandling
    labels: ProductLabels
    suppliers: tuple[SupplierMapping, ...]
    categories: tuple[str, ...]
    identifiers: tuple[ProductIdentifier, ...]
