"""Customers made from a seed: UK names and addresses, some awkward but deliverable, and broken ones on demand."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

FIRST = ("Amelia", "Oliver", "Priya", "Rhys", "Siobhán", "Tomasz", "Grace", "Mohammed", "Ffion", "Callum", "Zoë",
         "Harpreet", "Isla", "Kwame", "Eleanor", "Dev", "Niamh", "Arthur", "Chloé", "George")  # fmt: skip
LAST = ("O'Connor", "Smith", "Patel", "Llewellyn", "MacDonald", "Nowak", "Adeyemi", "Khan", "Fitzgerald-Jones",
        "Brown", "Begum", "Ó Briain", "Taylor", "Singh", "Campbell", "Hughes", "Wright", "D'Souza", "Evans",
        "Walker")  # fmt: skip
STREETS = ("High Street", "Station Road", "Church Lane", "Mill Lane", "Victoria Road", "The Green", "Park Avenue",
           "Queensway", "Albert Terrace", "Chapel Hill", "Orchard Close", "Bridge Street")  # fmt: skip
# City, county (None where people never write one), postcode area and district.
PLACES = (("Leeds", "West Yorkshire", "LS6"), ("London", None, "SE15"), ("Bristol", None, "BS3"),
          ("Truro", "Cornwall", "TR1"),
          ("Glasgow", None, "G12"), ("Cardiff", "South Glamorgan", "CF24"), ("Belfast", "County Antrim", "BT9"),
          ("Norwich", "Norfolk", "NR2"), ("Manchester", "Greater Manchester", "M20"), ("York", None, "YO31"),
          ("Aberystwyth", "Ceredigion", "SY23"), ("Inverness", "Highland", "IV2"),
          ("Brighton", "East Sussex", "BN1"))  # fmt: skip
POSTCODE_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
AWKWARD_SHARE = 0.08


@dataclass(frozen=True)
class Person:
    """A customer and the address that the parcel goes to. `country` is free text, `country_iso_code` ISO alpha-3."""

    firstname: str
    lastname: str
    street_1: str
    city: str
    zip_code: str | None
    country: str = "United Kingdom"
    country_iso_code: str = "GBR"
    street_2: str | None = None
    company: str | None = None
    state: str | None = None
    phone: str | None = None
    additional_info: str | None = None
    quirk: str = ""

    def address(self) -> dict[str, Any]:
        """The fields of a marketplace address (John Lewis contract 2.1)."""
        fields = asdict(self)
        fields.pop("quirk")
        return fields


def customer(seed: int, number: int, *, broken: bool = False) -> Person:
    """The customer of order `number`, always the same for the same seed.

    About one in twelve is awkward but deliverable. With `broken` the address is one that no warehouse can send to:
    no town, no postcode, a 120-character line, or a line of emoji.
    """
    draw = random.Random(f"customer {seed} {number}")
    person = _ordinary(draw)
    if broken:
        return _BROKEN[number % len(_BROKEN)](person)
    if draw.random() < AWKWARD_SHARE:
        return draw.choice(_AWKWARD)(person)
    return person


def _ordinary(draw: random.Random) -> Person:
    city, county, district = draw.choice(PLACES)
    inward = f"{draw.randrange(10)}{draw.choice(POSTCODE_LETTERS)}{draw.choice(POSTCODE_LETTERS)}"
    return Person(
        firstname=draw.choice(FIRST),
        lastname=draw.choice(LAST),
        street_1=f"{draw.randrange(1, 240)} {draw.choice(STREETS)}",
        street_2=f"Flat {draw.randrange(1, 30)}" if draw.random() < 0.2 else None,
        city=city,
        state=county if draw.random() < 0.6 else None,
        zip_code=f"{district} {inward}",
        # Ofcom keeps 07700 900000 to 900999 for drama.
        phone=f"07700 900{draw.randrange(1000):03d}" if draw.random() < 0.9 else None,
        additional_info="Leave with a neighbour" if draw.random() < 0.1 else None,
    )


_AWKWARD: tuple[Callable[[Person], Person], ...] = (
    lambda p: replace(p, quirk="no county", state=None, city="Milton Keynes", zip_code="MK9 3QA"),
    lambda p: replace(p, quirk="double quotes", street_1=f'"Rose Cottage", {p.street_1}'),
    lambda p: replace(p, quirk="formula", company='=HYPERLINK("http://example.invalid","Click")'),
    lambda p: replace(p, quirk="markup", additional_info="<script>alert('parcel')</script>"),
    lambda p: replace(p, quirk="bfpo", street_1="12345678 Sgt", city="BFPO", state=None, zip_code="BFPO 61"),
    lambda p: replace(p, quirk="channel islands", city="St Helier", state="Jersey", zip_code="JE2 3AB",
                      country="Jersey", country_iso_code="JEY"),
    lambda p: replace(p, quirk="isle of man", city="Douglas", state=None, zip_code="IM1 2AB",
                      country="Isle of Man", country_iso_code="IMN"),
    lambda p: replace(p, quirk="lower-case postcode", zip_code=(p.zip_code or "").lower().replace(" ", "")),
    lambda p: replace(p, quirk="ampersand", company="Marks, Sparks & Sons <Ltd>"),
    lambda p: replace(p, quirk="spaces", firstname=f" {p.firstname} ", city=f"{p.city} "),
)  # fmt: skip

_BROKEN: tuple[Callable[[Person], Person], ...] = (
    lambda p: replace(p, quirk="no town", city=""),
    lambda p: replace(
        p, quirk="120 characters", street_1=("The Old Stables Behind The Former Corn Exchange " * 3)[:120]
    ),
    lambda p: replace(p, quirk="emoji", street_1="🏡🏡🏡 🌻", street_2=None),
    lambda p: replace(
        p, quirk="right to left", firstname="ליאור", lastname="כהן", street_1="רחוב הרצל 12", city="חיפה"
    ),
    lambda p: replace(p, quirk="no postcode", zip_code=None),
)
