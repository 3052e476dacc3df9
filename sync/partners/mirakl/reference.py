"""What the platform is and allows, read when connecting (John Lewis contract 2.8)."""

from typing import Annotated

from sync.failures import Refused
from sync.partners.mirakl.client import MiraklClient
from sync.partners.mirakl.fields import Identity, Model, NullIsEmpty, Short, Text, Wire, Word, read
from sync.shapes import ApprovedCarrier, Reason, ShopProfile


class _Account(Wire):
    shop_id: int
    shop_name: Text = ""
    shop_state: Short = ""
    model: Short = ""
    currency_iso_code: Text = ""


class _Workflows(Wire):
    order_acceptance: Text = ""


class _Shipment(Wire):
    multi_shipment: bool | None = None
    multi_part_item_shipment: bool | None = None


class _ReturnsOf(Wire):
    marketplace: bool | None = None
    drop_ship: bool | None = None
    one_creditor: bool | None = None


class _Features(Wire):
    order_workflows: _Workflows | None = None
    shipment: _Shipment | None = None
    disable_seller_alternative_carrier: bool | None = None
    returns: _ReturnsOf | None = None
    order_tax_mode: Text = ""
    operator_csv_delimiter: Text = ""


class _Configuration(Wire):
    features: _Features | None = None
    timezone: Text = ""


class _ShippingType(Wire):
    code: Identity
    mandatory_tracking: bool | None = None


class _ShippingTypes(Wire):
    shipping_types: Annotated[list[_ShippingType], NullIsEmpty] = []


class _Zone(Wire):
    code: Identity


class _Zones(Wire):
    shipping_zones: list[_Zone]


class _Reason(Wire):
    code: Identity
    label: Text = ""
    type: Word
    is_shop_right: bool


class _Reasons(Wire):
    reasons: list[_Reason]


class _Carrier(Wire):
    code: Identity
    label: Short = ""
    standard_code: Short = ""
    tracking_url: Text = ""

    def to_carrier(self) -> ApprovedCarrier:
        return ApprovedCarrier(
            code=self.code, label=self.label, standard_code=self.standard_code, tracking_url=self.tracking_url
        )


class _CarrierList(Wire):
    carriers: list[_Carrier]


class Reference:
    """The part of :class:`sync.ports.Marketplace` that is about the platform and the shop."""

    _client: MiraklClient

    def ping(self) -> None:
        """Read A01: the health call V01 would also answer a wrong key."""
        read(_Account, self._client.read("A01", "/api/account"))

    def carriers(self) -> list[ApprovedCarrier]:
        """Read the approved carrier list (SH21)."""
        found = read(_CarrierList, self._client.read("SH21", "/api/shipping/carriers"))
        return [row.to_carrier() for row in found.carriers]

    def profile(self) -> ShopProfile:
        """Read what the platform allows (A01, PC01, SH11, SH12, RE01).

        A call that is refused leaves its own part unsaid and the others as they are.
        """
        account = _told(self._client, "A01", "/api/account", _Account)
        configuration = _told(self._client, "PC01", "/api/platform/configuration", _Configuration)
        zones = _told(self._client, "SH11", "/api/shipping/zones", _Zones)
        types = _told(self._client, "SH12", "/api/shipping/types", _ShippingTypes)
        reasons = _told(self._client, "RE01", "/api/reasons", _Reasons)
        features = (configuration.features if configuration else None) or _Features()
        shipment = features.shipment or _Shipment()
        shipping_types = types.shipping_types if types else []
        model = account.model if account else ""
        return ShopProfile(
            shop_id=str(account.shop_id) if account else "",
            shop_name=account.shop_name if account else "",
            currency=account.currency_iso_code if account else "",
            acceptance=features.order_workflows.order_acceptance if features.order_workflows else "",
            multi_shipment=shipment.multi_shipment,
            alternative_carriers_refused=features.disable_seller_alternative_carrier,
            timezone=configuration.timezone if configuration else "",
            tracking_mandatory_for=tuple(each.code for each in shipping_types if each.mandatory_tracking),
            shop_state=account.shop_state if account else "",
            shop_model=model,
            multi_part_items=shipment.multi_part_item_shipment,
            returns=_returns(features.returns or _ReturnsOf(), model),
            order_tax_mode=features.order_tax_mode,
            csv_delimiter="," if features.operator_csv_delimiter == "COMMA" else ";",
            shipping_types=tuple(each.code for each in shipping_types),
            shipping_zones=tuple(each.code for each in zones.shipping_zones) if zones else (),
            reasons=tuple(_reason(each) for each in reasons.reasons) if reasons else (),
        )


def _told(client: MiraklClient, operation: str, path: str, model: type[Model]) -> Model | None:
    try:
        return read(model, client.read(operation, path))
    except Refused:
        return None


def _reason(reason: _Reason) -> Reason:
    return Reason(code=reason.code, label=reason.label, kind=reason.type, ours=reason.is_shop_right)


def _returns(told: _ReturnsOf, model: str) -> bool | None:
    """Whether returns run through the platform for a shop of this model; without a model only if all models agree."""
    by_model = {"MARKETPLACE": told.marketplace, "DROPSHIP": told.drop_ship, "ONE_CREDITOR": told.one_creditor}
    if model in by_model:
        return by_model[model]
    answers = {answer for answer in by_model.values() if answer is not None}
    return answers.pop() if len(answers) == 1 else None
