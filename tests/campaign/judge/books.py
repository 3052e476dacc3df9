"""I1 and I8: where every order is, and whose every exception is."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime, timedelta

from tests.campaign.judge.evidence import Evidence, Row, answered
from tests.campaign.judge.verdict import Verdict

STATES = frozenset({"moving", "done", "stalled"})
OVER = frozenset({"RECEIVED", "CLOSED", "CANCELED", "REFUSED"})
POLLS_TO_BE_SURE = 3


def accounted(verdict: Verdict, evidence: Evidence) -> None:
    """Every order that was polled is in the books once and in one state; none that never was made."""
    known = Counter(row["order_id"] for row in evidence.accounts)
    edge = _polled_until(evidence)
    for order, line in evidence.made.items():
        due = edge is not None and line.at < edge
        verdict.look("I1", known[order] == 1 or (known[order] == 0 and not due), f"{order} stands {known[order]} times")
    for order in known.keys() - evidence.made.keys():
        verdict.look("I1", False, f"{order} was invented")
    held = Counter(row["subject"].removeprefix("order ") for row in evidence.exceptions if row["open"])
    for row in evidence.accounts:
        _one_place(verdict, evidence, row, held[row["order_id"]])
    verdict.counts["orders"] = max(verdict.counts["orders"], len(evidence.made))


def _one_place(verdict: Verdict, evidence: Evidence, row: Row, held: int) -> None:
    order, state = row["order_id"], row["state"]
    verdict.look("I1", state in STATES, f"{order} is {state}, which is no place")
    wanted = 1 if state == "stalled" else 0
    verdict.look("I1", held == wanted, f"{order} is {state} with {held} open exceptions")
    named = bool(row["exception_category"] and row["owner"])
    verdict.look("I1", named == (state == "stalled"), f"{order} is {state}, exception and owner: {named}")
    if state == "done":
        shown = evidence.state_at(order, evidence.ended)
        verdict.look("I1", shown in OVER, f"{order} is done, and the marketplace shows {shown}")


def _polled_until(evidence: Evidence) -> datetime | None:
    """What was ordered before this instant has been read by several polls. ``visible_late_minutes`` of the plan is how
    long the marketplace may keep an order out of its list.
    """
    late = timedelta(minutes=evidence.number("visible_late_minutes", 0))
    polls = [line.at for line in evidence.market if line.operation == "OR11" and not line.key and answered(line)]
    return polls[-POLLS_TO_BE_SURE] - late if len(polls) >= POLLS_TO_BE_SURE else None


def owned(verdict: Verdict, evidence: Evidence) -> None:
    """One owner, one category and one next action for each open exception, and one exception for each subject."""
    subjects: dict[tuple[str, str], list[int]] = defaultdict(list)
    causes: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for row in evidence.exceptions:
        verdict.counts["exceptions"] = max(verdict.counts["exceptions"], len(evidence.exceptions))
        if row["closed_at"]:
            continue
        subjects[row["connection"], row["subject"]].append(row["id"])
        causes[row["connection"], row["order"] or row["item"], row["stage"], row["fingerprint"]].append(row["id"])
        if row["open"]:
            for name in ("owner", "queue", "category", "next_action"):
                one = isinstance(row[name], str) and bool(row[name].strip())
                verdict.look("I8", one, f"exception {row['id']} of {row['subject']} has no {name}: {row[name]!r}")
    for subject, ids in subjects.items():
        verdict.look("I8", len(ids) == 1, f"{subject[1]} has {len(ids)} live exceptions: {ids}")
    for cause, ids in causes.items():
        fine = len(ids) == 1 or not cause[1]
        verdict.look("I8", fine, f"{' '.join(cause[1:])} is told by {len(ids)} live exceptions: {ids}")
    for row in evidence.exceptions:
        _one_fault_each(verdict, row)


def _one_fault_each(verdict: Verdict, row: Row) -> None:
    left = Counter(
        (fault["item"], fault["stage"], fault["cause"], fault["field"], fault["rule"], fault["code"])
        for fault in row["faults"] if not fault["cleared_at"]
    )  # fmt: skip
    for fault, times in left.items():
        verdict.look("I8", times == 1, f"exception {row['id']} tells of the same fault {times} times: {fault[5]}")
