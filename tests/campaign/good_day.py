"""Made-up evidence: a small good day, as the judge reads it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.campaign.judge.evidence import Checkpoint, Evidence
from tests.rehearsal.ledgers import Line

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ADDRESS = {
    "firstname": "Zoë",
    "lastname": "O’Connor",
    "street_1": "1 High Street",
    "city": "Truro",
    "zip_code": "TR1 1AA",
}
DELIVERY = {
    "FirstName": "Zoe",
    "LastName": "O'Connor",
    "Line1": "1 High Street",
    "City": "Truro",
    "PostcodeZip": "TR1 1AA",
}


def at(minutes: float) -> datetime:
    return NINE + timedelta(minutes=minutes)


def said(minutes: float) -> str:
    return at(minutes).isoformat()


class Book:
    """A ledger in the making; lines are put in order of time."""

    def __init__(self) -> None:
        self.lines: list[Line] = []

    def ask(self, minutes: float, operation: str, key: str, **told) -> Book:
        values = {"direction": "in", "body": "", "applied": False, "status": 200, "answer": "", "note": "", **told}
        self.lines.append(
            Line(0, at(minutes), operation=operation, key=key, wall=at(minutes), **values)
        )  # fmt: skip
        self.lines.sort(key=lambda line: line.at)
        self.lines = [replace(line, seq=place) for place, line in enumerate(self.lines, start=1)]
        return self

    def world(self, minutes: float, operation: str, key: str, **note) -> Book:
        text = note.pop("text", None) or json.dumps({"lines": {}, **note})
        return self.ask(minutes, operation, key, direction="world", applied=True, status=None, note=text)

    def drop(self, operation: str, key: str = "") -> None:
        self.lines = [line for line in self.lines if (line.operation, line.key or key) != (operation, key)]


class Good:
    """A good day: JL1-A is ordered, loaded, sent, confirmed and delivered; JL2-A waits for a person."""

    def __init__(self) -> None:
        self.market, self.depot = Book(), Book()
        self._orders()
        self._first()
        self.plan = {
            "tier": "made-up", "seed": 1, "ended": said(600), "several": False, "lag_minutes": 5,
            "carriers": [["DPD", "Next Day", "DPD_UK", said(-60), None]], "approved": {"DPD_UK": [said(-60), None]},
            "expected": [{"order": "JL2-A", "category": "unknown_sku", "cause": "unknown_sku"}],
            "people": [{"at": said(40), "who": "ops", "act": "fix", "order": "JL2-A", "paths": ["lines.1.sku"]}],
        }  # fmt: skip
        self.accounts = [
            {"order_id": "JL1-A", "state": "done", "stage": "delivered", "exception_category": None, "owner": None},
            {"order_id": "JL2-A", "state": "stalled", "stage": "received", "exception_category": "unknown_sku",
             "owner": "Product data"},
        ]  # fmt: skip
        self.exceptions = [self.record()]
        self.audit = self.trail()
        self.levels = [{"told": [self.level("i1", 10, cites=-2, version=1), self.level("i2", 8, cites=58, version=2)]}]
        self.points: list[Checkpoint] = []

    def _orders(self) -> None:
        for order, sku in (("JL1-A", "BAG"), ("JL2-A", "STRANGE")):
            self.market.world(0, "order", order, lines={sku: 2}).world(0, "state", order, state="WAITING_DEBIT")
            self.market.world(4, "state", order, state="SHIPPING").world(4, "address", order, **ADDRESS)
        for minutes in range(1, 600, 10):
            self.market.ask(minutes, "OR11", "")
        self.depot.world(-60, "free", "BAG", text="0 -> 10 opening").world(
            10, "free", "BAG", text="10 -> 8 order JL1-A"
        )
        for minutes, number, quantity in ((5, "i1", 10), (65, "i2", 8)):
            body = f"file {number}"
            self.market.ask(minutes, "STO01", "", body=body, applied=True)
            self.market.world(
                minutes + 1, "offer", "BAG", text=f"{0 if quantity == 10 else 10} -> {quantity} import {number}"
            )

    def _first(self) -> None:
        self.market.ask(9, "OR11", "JL1-A")
        self.depot.world(10, "taken", "JL1-A", guid="G-1", delivery=DELIVERY, lines={"BAG": 2})
        self.depot.ask(
            10, "websubmit", "JL1-A", body="load", applied=True, status=None, note="fault after effect: timeout"
        )
        self.depot.ask(16, "status", "G-1")
        parcel = {"courier": "DPD", "service": "Next Day", "tracking": "1550", "lines": {"BAG": 2}}
        self.depot.world(70, "dispatch", "JL1-A", **parcel)
        self.depot.ask(71, "PushDispatchConfirmation", "JL1-A", direction="push", applied=True)
        self.market.ask(72, "OR23", "JL1-A", body="tracking", applied=True, status=204)
        self.market.ask(73, "OR24", "JL1-A", applied=True, status=204)
        self.market.world(73, "shipped", "JL1-A", carrier="DPD_UK", tracking="1550")
        for minutes, state in ((73, "SHIPPED"), (300, "RECEIVED")):
            self.market.world(minutes, "state", "JL1-A", state=state)

    def record(self, **told) -> dict:
        fault = {"id": 1, "item": "order JL2-A", "stage": "received", "category": "unknown_sku", "code": "unknown_sku",
                 "field": "lines.1.sku", "rule": "", "cause": 1, "fingerprint": "sku STRANGE", "occurrences": 1,
                 "found_at": said(5), "fixed_at": None, "cleared_at": None}  # fmt: skip
        return {
            "id": 1, "connection": "shop", "subject": "order JL2-A", "order": "JL2-A", "item": "order JL2-A",
            "stage": "received", "status": "stalled", "category": "unknown_sku", "cause": 1,
            "fingerprint": "sku STRANGE",
            "state": "claimed", "open": True, "owner": "Product data", "queue": "catalogue", "person": "ops",
            "next_action": "ours (Product data), to map it", "opened_at": said(5), "closed_at": None, "resubmits": [],
            "faults": [fault], **told,
        }  # fmt: skip

    def trail(self) -> list[dict]:
        first = {"state": "open", "category": "unknown_sku", "queue": "catalogue", "owner": None}
        then = {**first, "state": "claimed", "owner": "ops"}
        item = {"subject": "order JL2-A", "order": "JL2-A"}
        record = {"subject": "exception 1", "order": "JL2-A"}
        first_order = {"subject": "order JL1-A", "order": "JL1-A", "actor": "jlseko", "from": None, "to": "announced"}
        stock = {**first_order, "subject": "stock_file f", "order": ""}
        shape = {"length": 3, "hash": "h"}
        rows = [
            {"kind": "entry", "id": 1, "at": said(5), "actor": "jlseko", "what": "opened", "from": None, "to": first,
             **record},
            {"kind": "entry", "id": 2, "at": said(40), "actor": "ops", "what": "claimed", "from": first, "to": then,
             **record},
            {"kind": "correction", "id": 1, "at": said(40), "actor": "ops", "what": "corrected", "path": "lines.1.sku",
             "from": None, "to": shape, **item},
            {"kind": "event", "id": 1, "at": said(40), "actor": "ops", "what": "corrected", **item},
        ]  # fmt: skip
        writes = (
            (5, "STO01", "file i1", stock), (10, "websubmit", "load", first_order), (65, "STO01", "file i2", stock),
            (72, "OR23", "tracking", first_order), (73, "OR24", "", first_order),
        )  # fmt: skip
        for place, (minutes, what, body, whose) in enumerate(writes, start=1):
            told = {"id": place, "at": said(minutes), "what": what, "natural_key": "k", "request_hash": body}
            rows.append({"kind": "attempt", **whose, **told})
            rows.append({"kind": "attempt_settled", **whose, **told, "from": "announced", "to": "applied"})
        return rows

    def level(self, number: str, quantity: int, *, cites: float, version: int, drafted: float | None = None) -> dict:
        moment = said(cites + 6 if drafted is None else drafted)
        return {"sku": "BAG", "product": "BAG", "quantity": quantity, "cites": said(cites), "import_id": number,
                "drafted_at": moment, "figure_at": None, "version": version}  # fmt: skip

    def evidence(self) -> Evidence:
        return Evidence(
            plan=self.plan, market=self.market.lines, depot=self.depot.lines, accounts=self.accounts,
            exceptions=self.exceptions, audit=self.audit, levels=self.levels, checkpoints=self.points,
        )  # fmt: skip

    def line(self, kind: str, key: int) -> dict:
        return next(row for row in self.audit if (row["kind"], row["id"]) == (kind, key))

    def checkpoint(self) -> None:
        """The day as it is, at the end, as a checkpoint too."""
        told = json.loads(json.dumps([self.accounts, self.exceptions, self.audit]))
        self.points.append(Checkpoint("01", at(600), len(self.market.lines), len(self.depot.lines), *told))

    def attempt(self, minutes: float, what: str, body: str, key: int = 90, *, settled: bool = True) -> None:
        told = {"id": key, "at": said(minutes), "what": what, "natural_key": "k", "request_hash": body,
                "subject": "order JL1-A", "order": "JL1-A", "actor": "jlseko"}  # fmt: skip
        self.audit.append({"kind": "attempt", **told, "from": None, "to": "announced"})
        if settled:
            self.audit.append({"kind": "attempt_settled", **told, "from": "announced", "to": "applied"})


def written(folder: Path, **plan) -> Path:
    """The good day as a folder."""
    day = Good()
    day.plan.update(plan)
    for name, lines in (("marketplace", day.market.lines), ("warehouse", day.depot.lines)):
        rows = [
            {"seq": line.seq, "sim_time": line.at.isoformat(), "wall_time": line.at.isoformat(), "path": line.path,
             "direction": line.direction, "operation": line.operation, "natural_key": line.key,
             "body_sha256": line.body, "applied": line.applied, "status": line.status, "answer": line.answer,
             "note": line.note}
            for line in lines
        ]  # fmt: skip
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    point = folder / "checkpoints" / "01"
    point.mkdir(parents=True)
    (point / "at.json").write_text(json.dumps({"marketplace": 10**6, "warehouse": 10**6, "time": said(600)}))
    for place in (folder, point):
        for name, told in (("accounts", day.accounts), ("exceptions", day.exceptions), ("levels", day.levels)):
            (place / f"{name}.json").write_text(json.dumps(told))
        (place / "audit.jsonl").write_text("".join(json.dumps(row) + "\n" for row in day.audit))
    (folder / "plan.json").write_text(json.dumps(day.plan))
    return folder
