"""Stock imports of the simulated marketplace, from WAITING to COMPLETE or FAILED (John Lewis contract 3.1).

What becomes of an import is only seen when it completes: until then the offers show what they showed, sales go on, and
then the quantities of the file count, whatever was sold in between.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from ..clock import show_instant
from ..scenarios import chance
from .odd_offers import LOCKED, locked
from .orders import instant, millis
from .reference import SHOP_ID
from .refusal import Refusal
from .settings import DELIMITERS
from .stock_file import Row, Unreadable, read_stock, report
from .world import MarketWorld

Import = dict[str, Any]
TABLE = "import"
NAMESPACE = uuid.UUID("0b6a36f5-56c5-4c43-9d49-0a4f2d9e3a51")
WAITING_SHARE = 0.25  # of the time that an import takes
OUR_FAULT = "The line could not be processed, please try again"


class StockImports:
    """All imports, kept on disk; the world's clock moves them on."""

    def __init__(self, world: MarketWorld) -> None:
        self._world = world
        self._store = world.ground.store
        self._delimiter = DELIMITERS[world.settings.csv_delimiter]
        self._locked = locked(
            list(world.products.values()), seed=world.settings.seed, count=world.settings.locked_offers
        )
        self._all: dict[str, Import] = dict(self._store.all(TABLE))
        for import_id, stored in self._all.items():
            world.agenda.put(TABLE, import_id, stored["due"])
        world.on(TABLE, self._advance)

    def start(self, content: bytes, key: str) -> Import:
        """Take a file in; it is read when its time comes. `key` is the request's natural key, for fault rules."""
        now = self._world.ground.clock.now()
        number = self._store.counter(TABLE)
        rule = self._world.ground.faults.take("STO01", key, "inside")
        fates = {"import_failed": "failed", "import_stuck": "stuck", "line_errors": "lines"}
        fate = fates[rule.kind] if rule else None
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:  # in another encoding no line can be read
            text, fate = "", "failed"
        made: Import = {
            "id": str(uuid.uuid5(NAMESPACE, f"{self._world.settings.seed} {number}")),
            "created": millis(now),
            "state": "WAITING",
            "due": millis(now + self._world.settings.import_time * WAITING_SHARE),
            "content": text,
            "fate": fate,
            "share": rule.share if rule else 0.0,
            "taken": 0,
            "columns": [],
            "errors": [],
        }
        self._save(made)
        return made

    def find(self, import_id: str) -> Import:
        """An import by id. Raises Refusal 404 when there is none."""
        if import_id not in self._all:
            raise Refusal(404, f"Import with id '{import_id}' was not found")
        return self._all[import_id]

    def report(self, import_id: str) -> str:
        """STO03: the lines in error. Raises Refusal 404 where there is no report."""
        found = self.find(import_id)
        if not found["errors"]:
            raise Refusal(404, f"There is no error report for the import '{import_id}'")
        return report(found["columns"], found["errors"], self._delimiter)

    def _advance(self, import_id: str, now: datetime) -> None:
        moved = self._all[import_id]
        if moved["state"] == "WAITING":
            moved["state"] = "RUNNING"
            rest = self._world.settings.import_time * (1 - WAITING_SHARE)
            moved["due"] = None if moved["fate"] == "stuck" else moved["due"] + round(rest.total_seconds() * 1000)
        else:
            moved["due"] = None
            moved["state"] = "FAILED" if moved["fate"] == "failed" else self._apply(moved, now)
            moved["content"] = ""
        self._save(moved)

    def _apply(self, moved: Import, now: datetime) -> str:
        """Read the file and set the quantities; the state that the import ends in."""
        offers, ground = self._world.offers, self._world.ground
        shut = now - ground.started < self._world.settings.unlocked_after

        def fault_of(row: Row) -> str | None:
            if offers.left(row["offer-sku"]) is None:
                return "The offer does not exist"
            if shut and row["offer-sku"] in self._locked:
                return LOCKED
            if moved["fate"] != "lines":
                return None
            drawn = chance(self._world.settings.seed, moved["id"], row["offer-sku"])
            return OUR_FAULT if drawn < moved["share"] else None

        try:
            reading = read_stock(moved["content"], self._delimiter, fault_of)
        except Unreadable:
            return "FAILED"
        offers.change(reading.quantities, f"import {moved['id']}")
        moved["taken"], moved["columns"] = len(reading.quantities), reading.columns
        moved["errors"] = [list(error) for error in reading.errors]
        return "COMPLETE"

    def _save(self, saved: Import) -> None:
        self._all[saved["id"]] = saved
        self._store.put(TABLE, saved["id"], saved)
        self._world.agenda.put(TABLE, saved["id"], saved["due"])


def import_json(shown: Import) -> dict[str, Any]:
    """STO02: how far an import is. There are no counts before it is complete."""
    complete = shown["state"] == "COMPLETE"
    return {
        "import_id": shown["id"],
        "shop_id": SHOP_ID,
        "date_created": show_instant(instant(shown["created"])),
        "status": shown["state"],
        "has_error_report": bool(shown["errors"]),
        "lines_in_success": shown["taken"] if complete else None,
        "lines_in_error": len(shown["errors"]) if complete else None,
    }
