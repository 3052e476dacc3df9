"""Carriers and tracking as the seller tells them, and as the marketplace shows them (John Lewis contract 2.4, 2.6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .reference import CARRIER_BY_CODE
from .refusal import Refusal

Carrier = dict[str, str | None]
NAMES = ("carrier_code", "carrier_name", "carrier_standard_code", "tracking_number")


def read_carrier(told: Mapping[str, Any], *, unregistered: bool, address: str) -> Carrier:
    """The carrier of OR23, ST01 or ST23, checked against the approved list.

    `address` is the name of the field with the tracking address: ``carrier_url`` in OR23, ``tracking_url`` in ST01 and
    ST23. Raises Refusal 400 for a carrier outside the list (unless `unregistered` ones are taken, by name) and for a
    tracking number that the carrier's address needs and that is missing.
    """
    names = (*NAMES, address)
    for name in names:
        if told.get(name) is not None and not isinstance(told[name], str):
            raise Refusal(400, f"Invalid value for field '{name}'")
    read = {name: (told.get(name) or "").strip() or None for name in names}
    code = read["carrier_code"]
    if code is None and (read["carrier_name"] is None or not unregistered):
        raise Refusal(400, "Invalid value for field 'carrierCode'")
    if code is not None and code not in CARRIER_BY_CODE:
        raise Refusal(400, "Invalid value for field 'carrierCode'")
    needed = code is not None and "{trackingId}" in CARRIER_BY_CODE[code]["tracking_url"]
    if needed and read["tracking_number"] is None:
        raise Refusal(400, f"The tracking number is mandatory for the carrier '{code}'")
    return {
        "code": code,
        "name": read["carrier_name"],
        "standard_code": read["carrier_standard_code"],
        "url": read[address],
        "tracking_number": read["tracking_number"],
    }


def shown_carrier(carrier: Mapping[str, str | None]) -> Carrier:
    """The same with what the marketplace knows by itself: name, standard code and address of a registered carrier."""
    registered = CARRIER_BY_CODE.get(carrier.get("code") or "")
    number = carrier.get("tracking_number")
    return {
        "code": carrier.get("code"),
        "name": registered["label"] if registered else carrier.get("name"),
        "standard_code": registered["standard_code"] if registered else carrier.get("standard_code"),
        "url": registered["tracking_url"].replace("{trackingId}", number or "") if registered else carrier.get("url"),
        "tracking_number": number,
    }


def told_carrier(carrier: Mapping[str, str | None]) -> str:
    """A carrier in a few words, for the ledger."""
    number = carrier.get("tracking_number")
    return f"carrier {carrier.get('code') or carrier.get('name')}" + (f" {number}" if number else "")
