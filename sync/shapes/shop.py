"""What the marketplace is and allows, as discovered at connect time."""

from dataclasses import dataclass


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
