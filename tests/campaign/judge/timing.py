"""I11 and I12: nothing is left undone, and nothing comes before its time."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta

from tests.campaign.judge.evidence import Evidence, requests
from tests.campaign.judge.parcels import left_unconfirmed
from tests.campaign.judge.verdict import Verdict
from tests.rehearsal.ledgers import Line

WAITS = re.compile(r"retry-after (\d{1,3})(?:;|$)")
LONGEST = 600
CALMED = timedelta(seconds=1)
# As the marketplace publishes them: at most one call in so much of its time.
CEILINGS = {
    "OR11": timedelta(minutes=1), "OR04": timedelta(minutes=1), "STO01": timedelta(minutes=1),
    "STO02": timedelta(seconds=15), "STO03": timedelta(minutes=1), "ST12": timedelta(minutes=5),
}  # fmt: skip
LATER_PAGES = re.compile(r"page_token=|[?&]offset=[1-9]")
CLOSE = timedelta(seconds=3)
TO_BE_LOADED = frozenset({"SHIPPING"})
TO_BE_ACCEPTED = frozenset({"WAITING_ACCEPTANCE"})


def nothing_undone(verdict: Verdict, evidence: Evidence) -> None:
    """What was due long enough before the end was done, or a person was asked."""
    for order, missing in left_unconfirmed(evidence):
        fine = missing == 0 or order in evidence.waiting
        verdict.look("I11", fine, f"{order}: {missing} of its parcels are not confirmed, and nobody is asked to look")
    moving = {row["order_id"]: row for row in evidence.accounts if row["state"] == "moving"}
    for order in moving:
        steps = evidence.states.get(order, [])
        if not steps or steps[-1][0] >= evidence.settled:
            continue
        since, state = steps[-1]
        idle = state in TO_BE_ACCEPTED or (state in TO_BE_LOADED and order not in evidence.taken)
        sent = state in TO_BE_LOADED and moving[order]["stage"] not in ("received", "validated")
        verdict.look("I11", not idle or sent, f"{order} is {state} since {since:%d %H:%M}, and nothing was done")
    _nothing_unknown(verdict, evidence)


def _nothing_unknown(verdict: Verdict, evidence: Evidence) -> None:
    """No write whose outcome nobody knows any more, unless a person is asked about it."""
    settled = {row["id"] for row in evidence.audit if row["kind"] == "attempt_settled"}
    asked = {row["order"] for row in evidence.exceptions if row["open"]}
    asked |= {row["item"] for row in evidence.exceptions if row["open"]}
    for row in evidence.audit:
        if row["kind"] != "attempt" or datetime.fromisoformat(row["at"]) >= evidence.settled:
            continue
        fine = row["id"] in settled or row["order"] in asked or row["subject"] in asked
        verdict.look(
            "I11", fine, f"nobody knows since {row['at'][:16]} whether {row['what']} {row['natural_key']} was applied"
        )


def in_its_time(verdict: Verdict, evidence: Evidence) -> None:
    """Retry-After is obeyed, and the published frequencies are kept."""
    for lines in (evidence.market, evidence.depot):
        until: dict[str, tuple[datetime, Line]] = {}
        for line in requests(lines):
            kind, now = _kind(line), line.wall or line.at
            if kind in until:
                wait, by = until.pop(kind)
                fine = now + CALMED >= wait
                verdict.look(
                    "I12", fine, f"{kind} came at {now:%H:%M:%S}; line {by.seq} had said to wait until {wait:%H:%M:%S}"
                )
            found = WAITS.search(line.note)
            if found and line.status == 429 and 0 < int(found[1]) <= LONGEST:
                until[kind] = now + timedelta(seconds=int(found[1])), line
            if line.status == 429 and "Too many requests" in line.note:
                verdict.look("I12", False, f"{kind} came more often than is published (line {line.seq})")
    _not_too_often(verdict, evidence.market)


def _not_too_often(verdict: Verdict, market: list[Line]) -> None:
    last: dict[str, datetime] = {}
    for line in requests(market):
        kind = _kind(line)
        ceiling = CEILINGS.get(kind)
        if ceiling is None or LATER_PAGES.search(line.path):
            continue
        early = kind in last and line.at - last[kind] < ceiling - CLOSE
        verdict.look("I12", not early, f"{kind} came again after {line.at - last.get(kind, line.at)} (line {line.seq})")
        last[kind] = line.at


def _kind(line: Line) -> str:
    """What a call counts as: orders by their ids are another matter than a poll."""
    return f"{line.operation} by id" if line.operation == "OR11" and line.key else line.operation


def one_ticker(verdict: Verdict, evidence: Evidence) -> None:
    """Of the processes that ring the bell for what is due, one is the ticker; another may follow it, never beside it.

    ``rings.jsonl`` tells of each ring: ``at``, ``process``.
    """
    path = evidence.folder / "rings.jsonl" if evidence.folder else None
    if path is None or not path.exists():
        return
    rings = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    over: set[str] = set()
    before = ""
    for ring in sorted(rings, key=lambda each: each["at"]):
        now = ring["process"]
        verdict.look("I12", now not in over, f"{now} rang after another ticker had taken its place")
        if before and before != now:
            over.add(before)
        before = now
