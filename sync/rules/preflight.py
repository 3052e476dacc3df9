"""Everything that SEKO would refuse about an order, found all at once before SEKO sees it; and the order as it would
be sent.
"""

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import ROUND_HALF_UP, Decimal

from sync import skus
from sync.corrections import overlay_address
from sync.failures import Code, Failure
from sync.models import Order, OrderLine
from sync.partners.seko.fields import LINE, longest
from sync.partners.seko.fields import ORDER as ORDER_FIELDS
from sync.rules import address as address_rules
from sync.rules import gift
from sync.shapes import Address, GiftMessage, Papers, WarehouseLine, WarehouseOrder

NAMESPACE = uuid.UUID("6b1f0a52-6d0f-4c0e-9a3e-3c9a1c1f7a10")
NUMBER_LIMIT = longest(ORDER_FIELDS, "number")
REFERENCE_LIMIT = longest(ORDER_FIELDS, "reference")
CODE_LIMIT = longest(LINE, "product_code")
CURRENCY_LENGTH = longest(ORDER_FIELDS, "currency")
PENNY = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Change:
    """One value that leaves differently from how it came: accents taken off, a correction, an alias."""

    path: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Draft:
    """The result of the rules: the faults, and without faults the order that would be sent with the line map.

    ``line_map`` = marketplace order line id to line number at SEKO; several lines may share one.
    """

    failures: list[Failure]
    order: WarehouseOrder | None
    changes: list[Change]
    line_map: dict[str, int]


def guid_of(order: Order, number: str) -> str:
    """The GUID under which SEKO can be asked for this order: a pure function of connection and number."""
    return str(uuid.uuid5(NAMESPACE, f"{order.connection.name}/{number}"))


def check_lines(order: Order, *, with_stock: bool = False) -> tuple[list[Failure], dict[str, skus.Resolved]]:
    """The line rules: known SKU, no case clash, whole quantities; ``with_stock`` also compares the last stock
    reading.
    """
    lines = [line for line in order.lines.all() if line.open_quantity]
    if not lines:
        return [Failure(Code.LINE_INVALID, "The order has no line left to send.", field="lines", rule="lines")], {}
    resolved = skus.resolve(order.connection, [line.sku for line in lines])
    failures = [
        skus.failure_of(resolved[line.sku], line.line_id) for line in lines if resolved[line.sku].problem is not None
    ]
    failures += [fault for line in lines for fault in _check_code(line, resolved[line.sku])]
    if with_stock and not failures:
        failures = _check_stock(lines, resolved)
    return failures, resolved


def _check_code(line: OrderLine, found: skus.Resolved) -> list[Failure]:
    """A product code that SEKO could not hold; an alias says which product is meant instead."""
    code = found.product_code
    if len(code) > CODE_LIMIT:
        text = f"Product code {code[:40]}... has {len(code)} characters; SEKO takes {CODE_LIMIT}."
    elif '"' in code:
        text = f"Product code {code} has a double quote, which SEKO cannot read."
    else:
        return []
    field = f"lines.{line.line_id}.sku"
    return [Failure(Code.UNKNOWN_SKU, text, field=field, value=line.sku, rule="sku.code", facts={"sku": line.sku})]


def _check_stock(lines: list[OrderLine], resolved: Mapping[str, skus.Resolved]) -> list[Failure]:
    needed: dict[str, int] = {}
    for line in lines:
        code = resolved[line.sku].product_code
        needed[code] = needed.get(code, 0) + line.open_quantity
    failures = []
    for line in lines:
        found = resolved[line.sku]
        if found.available is not None and needed.pop(found.product_code, 0) > found.available:
            failures.append(_short(line, found))
    return failures


def _short(line: OrderLine, found: skus.Resolved) -> Failure:
    text = f"SEKO has {found.available} of {found.product_code}; the order needs {line.open_quantity}."
    facts = {"product": found.product_code, "needed": str(line.open_quantity), "available": str(found.available)}
    return Failure(Code.NO_FREE_STOCK, text, field=f"lines.{line.line_id}.quantity", rule="stock", facts=facts)


def draft(order: Order, corrections: Mapping[str, str]) -> Draft:
    """Run every rule on an order that is ready to ship; build what would be sent when none of them objects."""
    policy = order.connection.policy
    failures, resolved = check_lines(order)
    given = order.delivery()
    corrected = overlay_address(given, corrections)
    failures += address_rules.check(corrected, policy)
    number = corrections.get("warehouse.number") or order.order_id
    message = gift.prepare(order, policy, corrections)
    failures += [*_check_number(number), *_check_currency(order.currency), *gift.check(message)]
    if failures or corrected is None:
        return Draft(failures, None, [], {})
    ready = address_rules.prepare(corrected, policy)
    lines, line_map = _merge(order, resolved)
    changes = [
        *_changes("order", {"number": order.order_id}, {"number": number}),
        *_changes("delivery", asdict(given or Address()), asdict(ready)),
        *_changes("gift", {"message": gift.given(order, policy)}, {"message": message}),
        *_new_codes(order, resolved),
    ]
    return Draft([], _build(order, number, ready, lines, gift.of(message)), changes, line_map)


def _check_number(number: str) -> list[Failure]:
    if len(number) > NUMBER_LIMIT:
        text = f"The order number has {len(number)} characters; SEKO takes {NUMBER_LIMIT}."
    elif '"' in number:
        text = "The order number has a double quote, which SEKO cannot read."
    else:
        return []
    return [Failure(Code.UNKNOWN_VALUE, text, field="order_id", value=number, rule="number")]


def _check_currency(currency: str) -> list[Failure]:
    if len(currency) == CURRENCY_LENGTH:
        return []
    text = f"Currency {currency or '(none)'} is not a code of {CURRENCY_LENGTH} letters, for example GBP."
    return [Failure(Code.UNKNOWN_VALUE, text, field="currency", value=currency, rule="currency")]


def _merge(order: Order, resolved: Mapping[str, skus.Resolved]) -> tuple[tuple[WarehouseLine, ...], dict[str, int]]:
    """One line per product (SEKO contract 4.3, rule 3): quantities added, prices averaged by quantity."""
    groups: dict[str, list[OrderLine]] = {}
    codes: dict[str, str] = {}
    for line in order.lines.all():
        if line.open_quantity:
            code = resolved[line.sku].product_code
            groups.setdefault(skus.key_of(code), []).append(line)
            codes.setdefault(skus.key_of(code), code)
    merged: list[WarehouseLine] = []
    line_map: dict[str, int] = {}
    for number, (key, lines) in enumerate(groups.items(), start=1):
        quantity = sum(line.open_quantity for line in lines)
        value = sum((line.unit_price * line.open_quantity for line in lines), Decimal(0))
        tax = sum((line.tax for line in lines), Decimal(0))
        merged.append(WarehouseLine(number, codes[key], quantity, _pence(value / quantity), _pence(tax)))
        line_map |= {line.line_id: number for line in lines}
    return tuple(merged), line_map


def _build(
    order: Order, number: str, delivery: Address, lines: tuple[WarehouseLine, ...], message: GiftMessage | None
) -> WarehouseOrder:
    policy = order.connection.policy
    return WarehouseOrder(
        number=number,
        reference=order.commercial_id[:REFERENCE_LIMIT],
        guid=guid_of(order, number),
        placed_at=order.placed_at,
        currency=order.currency,
        sub_total=_pence(sum((line.unit_price * line.quantity for line in lines), Decimal(0))),
        tax_total=_pence(sum((line.tax for line in lines), Decimal(0))),
        shipping_total=_pence(order.shipping_price),
        delivery=delivery,
        lines=lines,
        dc_code=policy.dc_code,
        courier_name=policy.courier_name,
        courier_service=policy.courier_service,
        notes="John Lewis order",
        instructions=delivery.notes if policy.send_delivery_notes else "",
        gift=message,
        papers=Papers(order_type=policy.order_type, document=policy.document_identifier),
    )


def _pence(amount: Decimal) -> Decimal:
    return amount.quantize(PENNY, rounding=ROUND_HALF_UP)


def _changes(place: str, before: Mapping[str, str], after: Mapping[str, str]) -> list[Change]:
    return [
        Change(f"{place}.{name}", str(before[name]), str(after[name]))
        for name in after
        if str(before[name]) != str(after[name])
    ]


def _new_codes(order: Order, resolved: Mapping[str, skus.Resolved]) -> list[Change]:
    """The lines that travel under another product code than the marketplace gave."""
    lines = [line for line in order.lines.all() if line.open_quantity]
    return [
        Change(f"lines.{line.line_id}.sku", line.sku, resolved[line.sku].product_code)
        for line in lines
        if line.sku != resolved[line.sku].product_code
    ]
