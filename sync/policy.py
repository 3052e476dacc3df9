"""Settings of one connection.

What the contracts leave unknown is a setting here, shown as provisional until somebody confirms it.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import Any, Self

NAME = r"[A-Za-z][A-Za-z0-9_-]{0,59}"
_PAIR = re.compile(rf"(?P<one>{NAME})\s*=\s*(?P<other>{NAME})")


def read_aliases(text: str) -> dict[str, tuple[str, ...]]:
    """Names of push fields given as ``ours=theirs,ours=theirs``: ours to theirs, in the order given.

    Raises:
        ValueError: a part is no pair of names. Whether a name of ours exists is for the partner's adapter to say.
    """
    found: dict[str, tuple[str, ...]] = {}
    for ours, theirs in _pairs(text, example="DispatchedQuantity=QtySent,Courier=Haulier"):
        found[ours] = (*found.get(ours, ()), theirs)
    return found


def read_versions(text: str) -> dict[str, str]:
    """Versions of a partner's services given as ``service=version,...``. Raises like :func:`read_aliases`."""
    return dict(_pairs(text, example="orders=v4,stock=v3"))


def _pairs(text: str, *, example: str) -> Iterator[tuple[str, str]]:
    for part in filter(None, (each.strip() for each in text.split(","))):
        pair = _PAIR.fullmatch(part)
        if pair is None:
            raise ValueError(
                f"{part[:60]!r} is no pair of names. Write them separated by commas, for example {example}."
            )
        yield pair["one"], pair["other"]


def _check_parameter(text: str) -> None:
    if not re.fullmatch(NAME, text):
        raise ValueError(
            f"The name of a query parameter is letters, digits, - and _, for example api_key, not {text!r}."
        )


def _setting(
    default: Any,
    *,
    says: str,
    provisional: bool,
    unit: str = "",
    longest: int = 100,
    check: Callable[[str], object] | None = None,
) -> Any:
    told = {"says": says, "provisional": provisional, "unit": unit, "longest": longest, "check": check}
    return field(default=default, metadata=told)


@dataclass(frozen=True, slots=True)
class Policy:
    """Typed settings with their defaults. Times are business time, in the unit that the metadata names."""

    poll_minutes: float = _setting(
        15, unit="minutes", provisional=True,
        says="How often new orders are read from John Lewis. 15 is safe for an external partner; 5 if it confirms.",
    )  # fmt: skip
    poll_overlap_minutes: float = _setting(
        15, unit="minutes", provisional=False, says="How far each reading of orders reaches back behind the last one."
    )
    acceptance_hours: float = _setting(
        24, unit="hours", provisional=True, says="How long John Lewis waits for acceptance. Not published."
    )
    debit_hours: float = _setting(
        72, unit="hours", provisional=True, says="How long payment may stay unconfirmed before a person looks."
    )
    orphan_minutes: float = _setting(
        60, unit="minutes", provisional=False, says="How long an order may be ready to ship and not yet at SEKO."
    )
    visibility_minutes: float = _setting(
        5, unit="minutes", provisional=True, says="How long SEKO needs to show an order that it has accepted."
    )
    unknown_reads: int = _setting(
        5, unit="readings", provisional=False, says="How many failed readings make an outcome unknown for a person."
    )
    no_dispatch_hours: float = _setting(
        24, unit="hours", provisional=True, says="How long an accepted order may stay without dispatch news."
    )
    confirm_hours: float = _setting(
        4, unit="hours", provisional=True, says="How long after dispatch John Lewis must know of it."
    )
    stock_minutes: float = _setting(
        30, unit="minutes", provisional=False, says="How often stock is read (SEKO Fair Usage Policy: 30 at least)."
    )
    stock_publish_minutes: float = _setting(
        1, unit="minutes", provisional=False,
        says="How often changed stock levels are told to John Lewis (once a minute at most, 5 recommended).",
    )  # fmt: skip
    stock_most: int = _setting(
        50_000, unit="pieces", provisional=False,
        says="The most pieces of one product that are believed. A larger figure is passed over and the last one stays.",
    )  # fmt: skip
    stock_stale_minutes: float = _setting(
        75, unit="minutes", provisional=False,
        says="How old SEKO's figures may be. Older ones are not published, and a person is told.",
    )  # fmt: skip
    stock_stale_zero: bool = _setting(
        False, provisional=False, says="Whether John Lewis shows nothing at all while SEKO's figures are too old."
    )
    stock_import_minutes: float = _setting(
        20, unit="minutes", provisional=True, says="How long John Lewis may work on a stock file before it is given up."
    )
    stock_file_tries: int = _setting(
        5, unit="tries", provisional=False, says="How often a refused level is tried before a person is asked."
    )
    stock_file_lines: int = _setting(
        250_000, unit="lines", provisional=True, says="The most levels in one file to John Lewis."
    )
    offers_hours: float = _setting(
        24, unit="hours", provisional=True, says="How often all offers are read back from John Lewis."
    )
    drift_minutes: float = _setting(
        60, unit="minutes", provisional=False, says="How long a level may differ on John Lewis before a person looks."
    )
    velocity_hours: float = _setting(
        24, unit="hours", provisional=False, says="The period over which the speed of sales is measured."
    )
    clock_margin_minutes: float = _setting(
        2, unit="minutes", provisional=True, says="How far SEKO's clock and ours may differ without doing harm."
    )
    pushed_increases: bool = _setting(
        False, provisional=False,
        says="Whether more stock that SEKO pushes counts at once. Otherwise it waits for the next reading, because a "
             "decrease whose message was lost could hide behind it.",
    )  # fmt: skip
    stock_history_days: int = _setting(
        60, unit="days", provisional=False, says="How long past stock levels, and what SEKO pushed of them, are kept."
    )
    push_gap_minutes: float = _setting(
        60, unit="minutes", provisional=True,
        says="How long a missing push message may come late before a person is told (SEKO tries for 45 minutes).",
    )  # fmt: skip
    push_aliases: str = _setting(
        "", provisional=True, longest=500, check=read_aliases,
        says="Other names of push fields, as ours=theirs separated by commas: DispatchedQuantity=QtySent.",
    )  # fmt: skip
    back_orders: bool = _setting(
        False, provisional=True, says="Whether SEKO sends the rest of a short order later by itself."
    )
    parcels_apart_hours: float = _setting(
        2, unit="hours", provisional=True,
        says="How long the parcels of one order may leave after each other before a person is told of a missing one.",
    )  # fmt: skip
    quantity_is_net: bool = _setting(
        False, provisional=True,
        says="Whether John Lewis lowers the quantity of an order line by what was cancelled of it.",
    )  # fmt: skip
    marketplace_visibility_minutes: float = _setting(
        2, unit="minutes", provisional=True,
        says="How long John Lewis needs to show a shipment or a cancellation that it has accepted.",
    )  # fmt: skip
    store_references: bool = _setting(
        True, provisional=False, says="Whether SEKO's order number is stored at John Lewis as the seller reference."
    )
    stock_retry_minutes: float = _setting(
        60, unit="minutes", provisional=False,
        says="How often an order refused for stock may be sent again (SEKO Fair Usage Policy: 60 at least).",
    )  # fmt: skip
    carriers_hours: float = _setting(
        24, unit="hours", provisional=False, says="How often the approved carrier list is read (once a day at most)."
    )
    catalogue_complete: bool = _setting(
        False, provisional=False, says="Whether our catalogue holds every SEKO product, so that absent means unknown."
    )
    county_filler: str = _setting("", provisional=True, longest=50, says="Sent as County where the customer gave none.")
    phone_required: bool = _setting(False, provisional=True, says="Whether SEKO needs a phone number.")
    email_required: bool = _setting(False, provisional=True, says="Whether SEKO needs an e-mail address.")
    send_delivery_notes: bool = _setting(
        False, provisional=True, says="Whether the customer's delivery notes are sent to SEKO as SpecialInstructions."
    )
    gift_message_field: str = _setting(
        "",
        provisional=True,
        says="Code of John Lewis's additional order field that holds a gift message, if any.",
    )
    document_identifier: str = _setting(
        "", provisional=True, says="DocumentIdentifier sent with each order: SEKO's name of a document layout."
    )
    order_type: str = _setting("", provisional=True, says="OrderType sent with each order, for example Retail.")
    dc_code: str = _setting(
        "", provisional=True, says="SEKO's distribution centre code, where the account has several."
    )
    courier_name: str = _setting("", provisional=True, says="CourierName sent with each order, from SEKO's list.")
    courier_service: str = _setting("", provisional=True, says="CourierService sent with each order, from SEKO's list.")
    warehouse_key_parameter: str = _setting(
        "api_key", provisional=True, check=_check_parameter, says="Name of the query parameter that carries SEKO's key."
    )
    warehouse_status_key_parameter: str = _setting(
        "token", provisional=True, check=_check_parameter, says="Its name at SEKO's status address."
    )
    warehouse_versions: str = _setting(
        "", provisional=True, check=read_versions,
        says="Versions of SEKO's services where they differ, as orders=v4,cancel=v3,products=v4,stock=v3,older=v1.",
    )  # fmt: skip
    warehouse_wrapped: bool = _setting(
        False, provisional=True, says="Whether SEKO wants what it is sent inside Request, as its older hub did."
    )
    sellable_locations: str = _setting(
        "Available Stock", provisional=True, says="Location types whose stock may be sold, separated by commas."
    )

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """Defaults overlaid with ``values``; a name that is no setting raises ``ValueError`` with the known ones."""
        known = {f.name: f for f in fields(cls)}
        unknown = sorted(set(values) - set(known))
        if unknown:
            raise ValueError(f"Unknown setting {', '.join(unknown)}. Known settings: {', '.join(known)}.")
        return cls(**dict(values))

    @classmethod
    def parse(cls, name: str, text: str) -> Any:
        """Read one setting given as text (``connect --set name=value``); raises ``ValueError`` saying what fits."""
        known = {f.name: f for f in fields(cls)}
        if name not in known:
            raise ValueError(f"Unknown setting {name}. Known settings: {', '.join(known)}.")
        default = known[name].default
        if isinstance(default, bool):
            if text.lower() not in ("true", "false"):
                raise ValueError(f"Setting {name} is true or false, not {text!r}.")
            return text.lower() == "true"
        if isinstance(default, str):
            longest, check = known[name].metadata["longest"], known[name].metadata["check"]
            if len(text) > longest:
                raise ValueError(f"Setting {name} has {len(text)} characters; it may have {longest}.")
            if check is not None:
                check(text)
            return text
        try:
            number = float(text)
        except ValueError:
            raise ValueError(f"Setting {name} is a number of {known[name].metadata['unit']}, not {text!r}.") from None
        if not 0 < number < 1_000_000:
            raise ValueError(f"Setting {name} must be above 0.")
        if known[name].type is int:  # not by the default: 72 hours may become 1.5
            if not number.is_integer():
                raise ValueError(f"Setting {name} is a whole number, not {text!r}.")
            return int(number)
        return number

    def minutes(self, name: str) -> timedelta:
        """A setting in minutes or hours as a duration."""
        value = float(getattr(self, name))
        return timedelta(hours=value) if name.endswith("_hours") else timedelta(minutes=value)
