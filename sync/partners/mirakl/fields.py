"""The words of the marketplace's wire format: strict types, open enumerations, unknown fields ignored."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from sync.partners.answers import Reply
from sync.shapes import TaxAmount

Model = TypeVar("Model", bound=BaseModel)
LARGEST_QUANTITY = 1_000_000
LARGEST_PRICE = Decimal(10**9)
MOST_VALUES = 100


def _moment(value: object) -> datetime:
    """A date-time with or without milliseconds, always with an offset (John Lewis contract 1.2)."""
    if not isinstance(value, str):
        raise ValueError("should be a date-time text")
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("should be a date-time with an offset") from None


def _signed(value: object) -> Decimal:
    """A JSON number by its shortest decimal text, so that 0.1 stays 0.1."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError("should be a number")
    if not abs(value) < LARGEST_PRICE:
        raise ValueError("should be an amount below a billion")
    return Decimal(str(value))


def _money(value: object) -> Decimal:
    amount = _signed(value)
    if amount < 0:
        raise ValueError("should be an amount from 0 to a billion")
    return amount


def _text(value: object) -> object:
    """Null is written where a text is empty."""
    return "" if value is None else value


def _number(value: object) -> object:
    """An id that some calls write as a number and others as a text."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _listed(value: object) -> object:
    """Null is written where a list is empty."""
    return [] if value is None else value


Moment = Annotated[datetime, BeforeValidator(_moment)]
Money = Annotated[Decimal, BeforeValidator(_money)]
SignedMoney = Annotated[Decimal, BeforeValidator(_signed)]
Text = Annotated[str, BeforeValidator(_text)]
Identity = Annotated[str, Field(min_length=1, max_length=200)]
NumberedIdentity = Annotated[str, BeforeValidator(_number), Field(min_length=1, max_length=200)]
Word = Annotated[str, Field(min_length=1, max_length=60)]
Short = Annotated[str, BeforeValidator(_text), Field(max_length=200)]
Quantity = Annotated[int, Field(ge=0, le=LARGEST_QUANTITY)]
Positive = Annotated[int, Field(gt=0, le=LARGEST_QUANTITY)]
NullIsEmpty = BeforeValidator(_listed)


class Wire(BaseModel):
    """What every message of the marketplace has in common."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


def parse(model: type[Model], document: Any) -> Model:
    """Read a document; raises ``ValueError`` naming the offending fields, never their values: those may be personal."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        named = [f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}" for each in found[:5]]
        raise ValueError("; ".join(named)) from None


def read(model: type[Model], reply: Reply) -> Model:
    """The body of a reply as a model; what does not fit it raises ``Unclear``."""
    try:
        return parse(model, reply.json())
    except ValueError as error:
        raise reply.unclear(f"The answer is not what it should be ({error}).") from None


def as_body(document: Mapping[str, Any]) -> bytes:
    """A document as the bytes of a JSON body."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def as_number(amount: Decimal) -> int | float:
    """An amount as the JSON number that reads as exactly this amount; raises ``ValueError`` when there is none."""
    if not (amount.is_finite() and abs(amount) < LARGEST_PRICE):
        raise ValueError("An amount must be below a billion.")
    if amount == amount.to_integral_value():
        return int(amount)
    number = float(amount)
    if Decimal(str(number)) != amount:
        raise ValueError(f"{amount} has too many digits for an amount.")
    return number


def as_taxes(taxes: Sequence[TaxAmount], shipping_taxes: Sequence[TaxAmount]) -> dict[str, Any]:
    """The taxes inside an amount and inside its shipping, as far as there are any."""
    listed = {"taxes": taxes, "shipping_taxes": shipping_taxes}
    return {
        name: [{"code": tax.code, "amount": as_number(tax.amount)} for tax in group]
        for name, group in listed.items()
        if group
    }


def as_date(moment: datetime, *, name: str) -> str:
    """A date-time of a query in UTC; raises ``ValueError`` when ``moment`` has no offset."""
    if moment.tzinfo is None:
        raise ValueError(f"{name} needs an offset.")
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"


def at_most(values: Sequence[str], *, name: str, most: int = MOST_VALUES) -> Sequence[str]:
    """``values``, unless the platform would refuse their number (John Lewis contract 1.3) or one of them is empty."""
    if len(values) > most:
        raise ValueError(f"At most {most} {name} can be sent at once.")
    if not all(values):
        raise ValueError(f"One of the {name} is empty.")
    return values
