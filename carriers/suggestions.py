"""Codes that a courier probably means, with the reason. Shown to a person; the machine never takes one."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher

from carriers.models import Carrier, CarrierMapping
from carriers.names import key, loose
from carriers.tracking import OTHER, carrier_format

MOST = 3
_ALIKE = 0.75
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An approved code and why it may be meant."""

    code: str
    label: str
    why: str


@dataclass(frozen=True, slots=True)
class Lookalike:
    """A live row whose names look the same but are not: most often a hidden character."""

    mapping: CarrierMapping
    why: str


def suggest(shop: str, courier: str, service: str) -> list[Suggestion]:
    """At most three approved codes for a courier and service, the likeliest first."""
    carriers = Carrier.objects.filter(shop=shop, removed_at__isnull=True)
    siblings = {
        row.carrier_code: row
        for row in CarrierMapping.objects.filter(shop=shop, courier_key=key(courier), retired_at__isnull=True)
        if row.service_key != key(service)
    }
    scored = [(*_score(carrier, courier, service, siblings), carrier) for carrier in carriers]
    best = sorted((entry for entry in scored if entry[0]), key=lambda entry: (-entry[0], entry[2].label))
    return [Suggestion(carrier.code, carrier.label, why) for _, why, carrier in best[:MOST]]


def lookalikes(shop: str, courier: str, service: str) -> list[Lookalike]:
    """Live rows that a person would read as the same courier and service although they are spelt differently."""
    exact, alike = (key(courier), key(service)), (loose(courier), loose(service))
    rows = CarrierMapping.objects.filter(shop=shop, retired_at__isnull=True)
    found = []
    for row in rows:
        wanted = alike if row.service_key or row.courier_key == exact[0] else (alike[0], "")
        if (row.courier_key, row.service_key) == exact or (loose(row.courier), loose(row.service)) != wanted:
            continue
        found.append(Lookalike(row, "same letters and digits, other punctuation, accents or hidden characters"))
    return found


def _score(carrier: Carrier, courier: str, service: str, siblings: dict[str, CarrierMapping]) -> tuple[float, str]:
    names = [carrier.label, carrier.code]
    if loose(f"{courier}{service}") in {loose(name) for name in names}:
        return 5, "same name, but for case, blanks or punctuation"
    family = carrier_format(courier)
    same_family = family is not OTHER and any(carrier_format(name) is family for name in names)
    number = _shared_number(service, names)
    if same_family and number:
        return 4, f"same carrier ({family.name}), and both say {number}"
    if carrier.code in siblings:
        row = siblings[carrier.code]
        return 3, f"{row.courier} {row.service or 'any service'} goes under this code"
    if same_family:
        return 2, f"same carrier ({family.name})"
    alike = max(SequenceMatcher(None, loose(courier), loose(name)).ratio() for name in names)
    return (alike, "spelt much alike") if loose(courier) and alike >= _ALIKE else (0, "")


def _shared_number(service: str, names: Iterable[str]) -> str:
    wanted = set(_DIGITS.findall(service))
    shared = wanted & {number for name in names for number in _DIGITS.findall(name)}
    return min(shared, default="")
