"""Customer data out of sight: in payloads by their keys or altogether, in free text by the values that we know.

Masking is done on the server. What somebody may not see never reaches the browser.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, Final

from jlseko.ui.payload import readable
from sync.models import Correction, Order

HIDDEN: Final = "•••••"
SHORTEST: Final = 3  # shorter values are part of too many harmless words
UNREADABLE: Final = "Not shown: it could not be read, so customer data in it could not be hidden."
ONLY_JSON: Final = "Hidden: it cannot be shown without customer data."

# Keys are compared without case, underscores and dashes
CONTAINERS: Final = frozenset({
    "deliverydetails", "billingdetails", "shippingaddress", "billingaddress", "customer", "orderadditionalfields",
    "orderlineadditionalfields",
})  # fmt: skip
KEYS: Final = frozenset({
    "firstname", "lastname", "civility", "company", "line1", "line2", "line3", "addressline1", "addressline2",
    "addressline3", "street1", "street2", "city", "town", "county", "postcode", "postcodezip", "zipcode", "phonenumber",
    "phone", "phonesecondary", "email", "emailaddress", "customernotificationemail", "contactname",
    "additionalinfo", "internaladditionalinfo", "specialinstructions", "giftmessage", "giftmessagefrom",
    "giftmessageto",
})  # fmt: skip
PLAIN: Final = frozenset({"countrycode", "country", "countryisocode", "locale", "customerid", "type", "code"})


def _plain_key(key: object) -> str:
    return str(key).casefold().replace("_", "").replace("-", "")


class Mask:
    """Hides customer data unless ``show`` is set.

    Args:
        show: whether this reader sees everything.
        known: values that must not appear in any text, such as the address of the order.
    """

    def __init__(self, *, show: bool, known: Iterable[str] = ()) -> None:
        self.show = show
        wanted = {value.strip() for value in known if len(value.strip()) >= SHORTEST}
        escaped = {json.dumps(value)[1:-1] for value in wanted}
        self._known = sorted(wanted | escaped, key=len, reverse=True)

    def text(self, text: str) -> str:
        """Free text with the known values hidden."""
        if self.show:
            return text
        for value in self._known:
            text = text.replace(value, HIDDEN)
        return text

    def value(self, value: str) -> str:
        """A single value that is customer data."""
        return value if self.show or not value else HIDDEN

    def payload(self, body: str) -> Any:
        """A body as data with personal fields hidden; what is no JSON is shown to nobody who may not see it all."""
        data = readable(body)
        if self.show or data == "":
            return data
        if isinstance(data, str):
            return UNREADABLE if body.lstrip().startswith(("{", "[", "<")) else self.text(data)
        return self.payload_of(data)

    def payload_of(self, data: Any) -> Any:
        """The same for a payload that has been read already."""
        return data if self.show else self._masked(data, inside=False)

    def _masked(self, data: Any, *, inside: bool) -> Any:
        if isinstance(data, dict):
            return {key: self._field(_plain_key(key), value, inside=inside) for key, value in data.items()}
        if isinstance(data, list):
            return [self._masked(each, inside=inside) for each in data]
        if isinstance(data, str) and data:
            return HIDDEN if inside else self.text(data)
        return data

    def _field(self, key: str, value: Any, *, inside: bool) -> Any:
        if key in PLAIN and not isinstance(value, dict | list):
            return value
        return self._masked(value, inside=inside or key in CONTAINERS or key in KEYS)


def names_only(body: str) -> Any:
    """The shape of a JSON body with every value hidden; a sentence for anything else, nothing for nothing."""
    data = readable(body)
    if data == "":
        return ""
    return ONLY_JSON if isinstance(data, str) else _without_values(data)


def _without_values(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _without_values(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_without_values(value) for value in data]
    return data if data is None or isinstance(data, bool) else HIDDEN


def customer_values(order: Order | None, corrections: Iterable[Correction] = ()) -> set[str]:
    """What is known of the customer and may turn up in a text: the address, and what was ever corrected of it."""
    address = order.delivery() if order else None
    found = {value for name, value in asdict(address).items() if name != "country_code"} if address else set()
    for each in corrections:
        if each.path.startswith(("delivery.", "gift.")) and each.path != "delivery.country_code":
            found |= {each.value, each.previous}
    return found - {""}
