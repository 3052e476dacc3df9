"""Returns of the simulated marketplace, from the customer's wish to the end (John Lewis contract 5.1)."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from ..clock import show_instant
from ..scenarios import chance
from .lines import Line, wanted
from .orders import Order, instant, millis
from .reasons import NON_COMPLIANCE, REJECTIONS, RETURN_REASONS
from .refusal import Refusal
from .world import MarketWorld

Return = dict[str, Any]
TABLE, WISH = "return", "return_wish"
STATES = ("WAITING_ACCEPTANCE", "IN_PROGRESS", "REFUSED", "RECEIVED", "NO_RECEPTION", "CLOSED", "CANCELED")
METHODS = ("RETURN_METHOD_BY_MAIL", "RETURN_METHOD_DROP_OFF_POINT", "RETURN_METHOD_HOME_PICKUP",
           "RETURN_METHOD_IN_STORE", "RETURN_METHOD_RETURNLESS")  # fmt: skip
RETURNABLE = frozenset({"SHIPPED", "TO_COLLECT", "RECEIVED"})
NAMESPACE = uuid.UUID("5b7b5f4e-5c2f-4cf0-8f1e-0e1cf1a2b9d4")
WISHED_WITHIN = timedelta(days=5)
ON_ITS_WAY = timedelta(days=1)
LOST_AFTER = timedelta(days=30)
RETURN_WINDOW = 14  # days
ADDRESS = {"street1": "1 Sample Street", "street2": None, "city": "Leeds", "zip_code": "LS1 1AA", "state": None,
           "country_iso_code": "GBR"}  # fmt: skip
PATCHED = ("rma", "label_url", "method_code")
TRACKING = ("carrier_code", "carrier_name", "carrier_standard_code", "tracking_number", "tracking_url")


class Returns:
    """All returns, kept on disk. While the platform has them on, a share of the delivered orders comes back."""

    def __init__(self, world: MarketWorld) -> None:
        self._world = world
        self._store = world.ground.store
        stored = sorted((doc for _, doc in self._store.all(TABLE)), key=lambda doc: doc["number"])
        self._all: dict[str, Return] = {doc["id"]: doc for doc in stored}
        self._by_line: dict[str, list[Return]] = {}
        for doc in stored:
            self._index(doc)
            world.agenda.put(TABLE, doc["id"], doc["due"])
        for order in world.listed():
            world.agenda.put(WISH, order["order_id"], order.get("return_due"))
        world.on(TABLE, self._advance)
        world.on(WISH, self._wish)
        world.watch("RECEIVED", self._maybe)

    def all(self) -> list[Return]:
        """Every return in order of creation."""
        return list(self._all.values())

    def find(self, return_id: str) -> Return:
        """A return by id. Raises Refusal in the contract's words."""
        try:
            uuid.UUID(return_id)
        except ValueError:
            raise Refusal(400, "The return id is incorrect.") from None
        if return_id not in self._all:
            raise Refusal(404, "The return does not exist.")
        return self._all[return_id]

    def open(self, order: Order, line: Line, *, quantity: int, reason: str) -> Return:
        """The customer asks to send pieces back. Raises Refusal when the order or the quantity does not allow it."""
        if order["state"] not in RETURNABLE:
            raise Refusal(400, "Order is in invalid state")
        if not 1 <= quantity <= self.returnable(line):
            raise Refusal(400, "The quantity to return is invalid")
        now, number = self._world.ground.clock.now(), self._store.counter(TABLE)
        made: Return = {
            "id": str(uuid.uuid5(NAMESPACE, f"{self._world.settings.seed} {number}")),
            "number": number,
            "state": "WAITING_ACCEPTANCE",
            "order_id": order["order_id"],
            "created": millis(now),
            "updated": millis(now),
            "due": None,
            "reason": reason,
            "rejection": None,
            "rma": None,
            "label_url": None,
            "method_code": METHODS[0],
            "address": dict(ADDRESS),
            "tracking": None,
            "lines": [{"order_line_id": line["id"], "quantity": quantity, "reason_code": reason, "compliance": None}],
        }
        self._index(made)
        order["returned"] = True
        self._world.touch(order)
        self._save(made)
        return made

    def returnable(self, line: Line) -> int:
        """How many pieces of a line may still be sent back."""
        live = [each for each in self._by_line.get(line["id"], ()) if each["state"] not in ("REFUSED", "CANCELED")]
        parts = [part for each in live for part in each["lines"] if part["order_line_id"] == line["id"]]
        return wanted(line) - sum(int(part["quantity"]) for part in parts)

    def accept(self, told: dict[str, Any]) -> dict[str, Any]:
        """RT21, one entry: accept or refuse. Raises Refusal with the contract's message."""
        found = self._in(told, "WAITING_ACCEPTANCE")
        if told.get("accepted") is True:
            self._enter(found, "IN_PROGRESS", ON_ITS_WAY)
        elif told.get("rejection_reason_code") in REJECTIONS:
            found["rejection"] = told["rejection_reason_code"]
            self._enter(found, "REFUSED")
        else:
            raise Refusal(400, "The rejection reason code is not valid")
        return {"id": found["id"]}

    def receive(self, told: dict[str, Any]) -> dict[str, Any]:
        """RT25, one entry: the goods are back. Raises Refusal with the contract's message."""
        found = self._in(told, "IN_PROGRESS", "NO_RECEPTION")
        self._enter(found, "RECEIVED")
        return {"id": found["id"]}

    def comply(self, told: dict[str, Any]) -> dict[str, Any]:
        """RT26, one entry: whether what came back is as it should be. Raises Refusal with the contract's message."""
        found = self._in(told, "RECEIVED")
        entries = {entry.get("order_line_id"): entry for entry in told["return_lines"]}
        missing = [line["order_line_id"] for line in found["lines"] if line["order_line_id"] not in entries]
        if missing:
            words = "The compliance has not been specified on the following order lines"
            raise Refusal(400, f"{words}: {', '.join(missing)}")
        for entry in entries.values():
            if not entry.get("compliant") and entry.get("non_compliance_reason_code") not in NON_COMPLIANCE:
                raise Refusal(400, "The non-compliance reason code is not valid")
        for line in found["lines"]:
            entry = entries[line["order_line_id"]]
            names = ("compliant", "non_compliance_reason_code", "non_compliance_additional_info")
            line["compliance"] = [{name: entry.get(name) for name in names}]
        self._enter(found, "RECEIVED")
        return {"id": found["id"]}

    def close(self, told: dict[str, Any]) -> dict[str, Any]:
        """RT27, one entry: the return is over. Raises Refusal with the contract's message."""
        found = self._in(told, "RECEIVED", "NO_RECEPTION")
        self._enter(found, "CLOSED")
        return {"id": found["id"]}

    def patch(self, told: dict[str, Any]) -> dict[str, Any]:
        """RT04, one entry: what is named is changed, what is not stays. Raises Refusal with the contract's message."""
        found = self._in(told, "WAITING_ACCEPTANCE", "IN_PROGRESS")
        if told.get("method_code") not in (None, *METHODS):
            raise Refusal(400, "The return method code is not valid")
        found.update({name: told[name] for name in PATCHED if name in told})
        if "tracking" in told:
            tracking = told["tracking"] or {}
            found["tracking"] = {name: tracking.get(name) for name in TRACKING} if tracking else None
        if isinstance(told.get("return_address"), dict):
            found["address"] = {**ADDRESS, "street2": None, "state": None, **told["return_address"].get("address", {})}
        self._enter(found, found["state"], keep=True)
        return self.json(found)

    def json(self, shown: Return) -> dict[str, Any]:
        """One return as RT11 and RT04 show it."""
        return {
            "id": shown["id"],
            "state": shown["state"],
            "order_id": shown["order_id"],
            "order_commercial_id": self._world.find(shown["order_id"])["commercial_id"],
            "date_created": show_instant(instant(shown["created"])),
            "last_updated": show_instant(instant(shown["updated"])),
            "reason_code": shown["reason"],
            "rejection_reason_code": shown["rejection"],
            "rma": shown["rma"],
            "label_url": shown["label_url"],
            "method_code": shown["method_code"],
            "documents": [],
            "return_address": shown["address"],
            "return_lines": shown["lines"],
            "tracking": shown["tracking"],
        }

    def _in(self, told: dict[str, Any], *states: str) -> Return:
        found = self.find(str(told.get("id")))
        if found["state"] not in states:
            raise Refusal(400, "Return is in invalid state")
        return found

    def _enter(self, moved: Return, state: str, wait: timedelta | None = None, *, keep: bool = False) -> None:
        now = self._world.ground.clock.now()
        moved["state"], moved["updated"] = state, millis(now)
        if not keep:
            moved["due"] = None if wait is None else millis(now + wait)
        self._save(moved)

    def _maybe(self, order: Order, detail: Any, now: datetime) -> None:
        drawn = chance(self._world.settings.seed, "return", order["order_id"])
        if self._world.settings.returns and drawn < self._world.settings.return_share:
            order["return_due"] = millis(now + WISHED_WITHIN * chance(self._world.settings.seed, "when", drawn))
            self._world.agenda.put(WISH, order["order_id"], order["return_due"])
            self._world.save(order)

    def _wish(self, order_id: str, now: datetime) -> None:
        order = self._world.find(order_id)
        order["return_due"] = None
        self._world.agenda.put(WISH, order_id, None)
        self._world.save(order)
        line = next((line for line in order["lines"] if self.returnable(line) > 0), None)
        if line is not None and order["state"] in RETURNABLE:
            drawn = chance(self._world.settings.seed, "why", order_id)
            self.open(order, line, quantity=1, reason=RETURN_REASONS[int(drawn * len(RETURN_REASONS))])

    def _advance(self, return_id: str, now: datetime) -> None:
        """An accepted return is sent, and is given up when it never comes."""
        moved = self._all[return_id]
        if moved["tracking"] is None:
            moved["tracking"] = dict.fromkeys(TRACKING) | {"carrier_code": "EVRI", "carrier_name": "Evri",
                                                           "tracking_number": f"R{moved['number']:08d}"}  # fmt: skip
            self._enter(moved, "IN_PROGRESS", LOST_AFTER)
        else:
            self._enter(moved, "NO_RECEPTION")

    def _index(self, kept: Return) -> None:
        for part in kept["lines"]:
            self._by_line.setdefault(part["order_line_id"], []).append(kept)

    def _save(self, saved: Return) -> None:
        self._all[saved["id"]] = saved
        self._store.put(TABLE, saved["id"], saved)
        self._world.agenda.put(TABLE, saved["id"], saved["due"])
