"""What the marketplace is and allows, as discovered at connect time."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class ApprovedCarrier:
    """One row of the marketplace's carrier list (SH21)."""

    code: str
    label: str
    standard_code: str = ""
    tracking_url: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason code (RE01). ``kind`` is the platform's word (CANCELATION, REFUND, INCIDENT_CLOSE ...); ``ours`` =
    whether the shop itself may send it.
    """

    code: str
    label: str
    kind: str
    ours: bool


@dataclass(frozen=True, slots=True)
class ShopProfile:
    """What the marketplace told at connect time (A01, PC01, SH11, SH12, RE01). ``None`` = not said.

    ``returns`` = whether returns run through the platform for this shop's model; ``csv_delimiter`` is ``;`` or ``,``.
    """

    shop_id: str
    shop_name: str
    currency: str
    acceptance: str
    multi_shipment: bool | None
    alternative_carriers_refused: bool | None
    timezone: str
    tracking_mandatory_for: tuple[str, ...] = ()
    shop_state: str = ""
    shop_model: str = ""
    multi_part_items: bool | None = None
    returns: bool | None = None
    order_tax_mode: str = ""
    csv_delimiter: str = ";"
    shipping_types: tuple[str, ...] = ()
    shipping_zones: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class ShopStatistic:
    """One figure about the shop (A21). ``name`` and ``period`` are the platform's words (late_shipment_rate,
    LAST_MONTH ...); ``value`` None = not measured.
    """

    name: str
    period: str
    value: Decimal | None


@dataclass(frozen=True, slots=True)
class ShopStatistics:
    """How the platform judges the shop (A21); ``updated_at`` None = not said."""

    updated_at: datetime | None
    figures: tuple[ShopStatistic, ...]


@dataclass(frozen=True, slots=True)
class CustomField:
    """A field that the operator added (AF01). ``entity`` says where it stands: ORDER, ORDER_LINE, SHOP, OFFER, ..."""

    code: str
    label: str
    entity: str
    kind: str
    required: bool
    editable: bool
    accepted_values: tuple[str, ...] = ()
