"""Couriers, tracking numbers and what keeps a carrier label from being printed."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple


class Courier(NamedTuple):
    """A courier and its service as texts of a dispatch push, not the codes of the order (SEKO contract 6.2)."""

    name: str
    service: str


def _digits(draw: random.Random, length: int) -> str:
    return "".join(draw.choices("0123456789", k=length))


def s10_check_digit(serial: str) -> str:
    """Check digit of an eight-digit S10 serial number (Universal Postal Union standard S10)."""
    total = sum(int(digit) * weight for digit, weight in zip(serial, (8, 6, 4, 2, 3, 5, 9, 7), strict=True))
    check = 11 - total % 11
    return {10: "0", 11: "5"}.get(check, str(check))


def _royal_mail(draw: random.Random) -> str:
    serial = _digits(draw, 8)
    return f"{''.join(draw.choices('ABCDEFGHJKLMN', k=2))}{serial}{s10_check_digit(serial)}GB"


NUMBERS: dict[str, Callable[[random.Random], str]] = {
    "DPD": lambda draw: f"1550{_digits(draw, 10)}",
    "Royal Mail": _royal_mail,
    "Hermes": lambda draw: f"H{_digits(draw, 15)}",
    "DHL": lambda draw: f"{draw.randint(1, 9)}{_digits(draw, 9)}",
    "Yodel": lambda draw: f"JJD{_digits(draw, 15)}",
    "Fagans Freight": lambda draw: f"FF{_digits(draw, 8)}",
}

EVERYDAY = (
    Courier("DPD", "Next Day"),
    Courier("Royal Mail", "Tracked 24"),
    Courier("Royal Mail", "Tracked 48"),
    Courier("Hermes", "Standard"),
    Courier("DHL", "Next Day"),
)
UNMAPPED = Courier("Fagans Freight", "Pallet 48")
NOT_APPROVED = Courier("Yodel", "Xpect 24")
MALFORMED_TRACKING = "N/A??"


def tracking_number(courier: str, draw: random.Random) -> str:
    """A tracking number in the courier's own shape; an unknown courier gets twelve digits."""
    maker = NUMBERS.get(courier)
    return maker(draw) if maker else _digits(draw, 12)


def tracking_url(courier: str, number: str) -> str:
    """A made-up tracking page, or nothing where there is no number."""
    return f"https://track.example/{courier.lower().replace(' ', '-')}/{number}" if number else ""


def courier_for(scenario: str | None, *, asked: Courier, draw: random.Random) -> Courier:
    """Who carries an order: the scenario's courier, else the one asked for, else one of the everyday ones by lot."""
    if scenario == "unmapped_carrier":
        return UNMAPPED
    if scenario == "carrier_not_approved":
        return NOT_APPROVED
    offered = [courier for courier in EVERYDAY if courier.name == asked.name and asked.service in ("", courier.service)]
    return draw.choice(offered or EVERYDAY)


def knows_courier(asked: Courier) -> bool:
    """Whether an order may ask for this courier and service; asking for none is fine (SEKO contract 7.6)."""
    return (not asked.name or any(courier.name == asked.name for courier in EVERYDAY)) and (
        not asked.service or any(courier.service == asked.service for courier in EVERYDAY)
    )


PRINTED = (
    "Title",
    "FirstName",
    "LastName",
    "Line1",
    "Line2",
    "City",
    "County",
    "PostcodeZip",
    "CountryCode",
    "PhoneNumber",
)
UK_POSTCODE = re.compile(r"(GIR ?0AA|[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}|BFPO ?[0-9]{1,4})", re.IGNORECASE)


def label_problem(delivery: Mapping[str, str]) -> str:
    """Why no label can be made, or nothing.

    Carriers take English only, and no postcode was checked at the upload (SEKO contract 1.2 and 8.3).
    """
    for field in PRINTED:
        if not delivery.get(field, "").isascii():
            return f"{field} has characters that carriers do not print"
    home = delivery.get("CountryCode", "").upper() in ("GB", "GBR")
    if home and not UK_POSTCODE.fullmatch(delivery.get("PostcodeZip", "").strip()):
        return "PostcodeZip is no British postcode"
    return ""
