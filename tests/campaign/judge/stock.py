"""I7: what the marketplace showed of stock, and on what ground."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from tests.campaign.judge.evidence import Evidence, Row
from tests.campaign.judge.verdict import Verdict
from tests.rehearsal import judge as rehearsal
from tests.rehearsal.judge import CLOCKS, Account, Told
from tests.rehearsal.ledgers import Levels

STALE_MINUTES = 75.0
READING = timedelta(seconds=60)


def levels_told(verdict: Verdict, evidence: Evidence) -> None:
    """No level above what was free at the snapshot that it cites; the snapshots only go forward and are not too old."""
    rows = [row for shop in evidence.levels for row in shop["told"]]
    told = [Told.of(row) for row in rows]
    lag = timedelta(minutes=evidence.number("lag_minutes", 0))
    slack = max(READING, timedelta(seconds=evidence.number("speed", 1)))
    report = rehearsal.Verdict()
    rehearsal.stock(
        report, marketplace=evidence.market, warehouse=evidence.depot, told=told, lag=lag, slack=slack
    )  # fmt: skip
    verdict.adopt("I7", report, checks=report.counts["levels shown"])
    promised = rehearsal.Verdict()
    rehearsal.promises(promised, marketplace=evidence.market, warehouse=evidence.depot, told=told)
    verdict.counts.update({name: number for name, number in promised.counts.items() if number})
    _only_forward(verdict, evidence, told)
    _fresh(verdict, evidence, rows)


def _only_forward(verdict: Verdict, evidence: Evidence, told: list[Told]) -> None:
    """What a listing showed cites a snapshot that is not older than the one before it."""
    account = Account(told)
    for sku, steps in Levels.of(evidence.market, "offer").steps.items():
        before: Told | None = None
        for step in steps:
            row = account.of(sku, step) if step.why.startswith("import ") else None
            if row is None:
                continue
            fine = before is None or row.as_of >= before.as_of
            verdict.look("I7", fine, f"{sku} showed {step.after} by figures older than those before ({step.why})")
            before = row


def _fresh(verdict: Verdict, evidence: Evidence, rows: list[Row]) -> None:
    """No file was made from figures that were too old, or from figures of tomorrow; versions only rise."""
    oldest = timedelta(minutes=evidence.number("stock_stale_minutes", STALE_MINUTES)) + READING
    versions: dict[str, int] = defaultdict(int)
    for row in rows:
        drafted, cites = datetime.fromisoformat(row["drafted_at"]), datetime.fromisoformat(row["cites"])
        fine = drafted - cites <= oldest or row["quantity"] == 0
        verdict.look(
            "I7", fine, f"{row['sku']}: {row['quantity']} told at {drafted:%d %H:%M} by figures of {cites:%d %H:%M}"
        )
        verdict.look("I7", cites <= drafted + CLOCKS, f"{row['sku']} cites figures of tomorrow: {cites:%d %H:%M}")
        fine = row["version"] >= versions[row["sku"]]
        verdict.look("I7", fine, f"{row['sku']} was told version {row['version']} after {versions[row['sku']]}")
        versions[row["sku"]] = max(versions[row["sku"]], row["version"])
