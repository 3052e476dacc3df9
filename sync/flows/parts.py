"""A part of an order that John Lewis cancels once SEKO has it; SEKO cancels whole orders only (SEKO contract 4.4)."""

import json
from collections.abc import Mapping
from typing import Final

from sync import lanes
from sync.failures import Code, Failure
from sync.models import Item, Order
from sync.rules import parcels

RULE: Final = "part"
SETTLED: Final = "part.settled"


def note_load(item: Item, order: Order) -> None:
    """Keep how many of each line SEKO is told to send: what John Lewis wants less of later is known by it."""
    loaded = {line.line_id: line.open_quantity for line in order.lines.all()}
    with lanes.fenced(item):
        Order.objects.filter(pk=order.pk).update(loaded_lines=loaded)


def cancelled_since(order: Order, corrections: Mapping[str, str]) -> Failure | None:
    """The fault where John Lewis wants less than SEKO was told to send, and less than a person has settled."""
    settled: dict[str, int] = json.loads(corrections.get(SETTLED) or "{}")
    facts: dict[str, str] = {}
    words = []
    for line in order.lines.all():
        loaded = order.loaded_lines.get(line.line_id, 0)
        if line.open_quantity < min(loaded, settled.get(line.line_id, loaded)):
            facts[f"lines.{line.line_id}.wanted"] = str(line.open_quantity)
            words.append(f"{parcels.pieces(loaded - line.open_quantity)} of {line.sku}")
    if not words:
        return None
    text = f"John Lewis cancelled {', '.join(words)}; SEKO still has the whole order and will send it."
    return Failure(Code.CANCELLED_LIVE, text, field="lines", rule=RULE, facts=facts)


def settled_by(order: Order, facts: Mapping[str, str]) -> str:
    """What a person's word on such faults settles, as it is kept in a correction: how many of each line are wanted."""
    wanted = {line.line_id: facts.get(f"lines.{line.line_id}.wanted") for line in order.lines.all()}
    return json.dumps({line_id: int(quantity) for line_id, quantity in wanted.items() if quantity is not None})
