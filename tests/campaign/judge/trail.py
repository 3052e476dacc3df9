"""I10 and I13: the trail of what happened, and what people have corrected."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from itertools import pairwise

from tests.campaign.judge.evidence import Checkpoint, Evidence, Row, requests
from tests.campaign.judge.verdict import Verdict

MACHINE = "jlseko"
IN_ORDER = frozenset({"event", "entry", "correction", "attempt"})
WRITES = frozenset({"websubmit", "cancel", "OR21", "OR23", "OR24", "OR30", "ST01", "ST23", "ST24", "STO01"})
BY_PEOPLE = frozenset(
    {"claimed", "assigned", "handed_back", "reassigned", "note", "fix_saved", "dismissed", "waiting", "snoozed",
     "revealed", "fix_reverted", "step_done", "step_undone", "merged", "split", "proof_made", "owner_rule"}
)  # fmt: skip
AT_ONCE = timedelta(minutes=1)


def trail_is_whole(verdict: Verdict, evidence: Evidence) -> None:
    """Every line with actor and time, ids that rise, and no request to a partner that was not announced before."""
    last: dict[str, int] = defaultdict(int)
    for row in evidence.audit:
        named = bool(row.get("actor")) and bool(row.get("at")) and bool(row.get("what"))
        verdict.look("I10", named, f"{row['kind']} {row['id']} has no actor, time or name")
        if row["kind"] in IN_ORDER:
            verdict.look(
                "I10", row["id"] > last[row["kind"]], f"{row['kind']} {row['id']} comes after {last[row['kind']]}"
            )
            last[row["kind"]] = row["id"]
    _replayed(verdict, evidence)
    _announced(verdict, evidence)


def _replayed(verdict: Verdict, evidence: Evidence) -> None:
    """The lines of an exception begin with its opening, follow upon each other, and end with how it stands."""
    lines: dict[str, list[Row]] = defaultdict(list)
    for row in evidence.audit:
        if row["kind"] == "entry":
            lines[row["subject"]].append(row)
            if row["what"] in BY_PEOPLE:
                verdict.look("I10", row["actor"] != MACHINE, f"{row['subject']}: {row['what']} by nobody")
    for record in evidence.exceptions:
        found = lines[f"exception {record['id']}"]
        opened = bool(found) and found[0]["what"] == "opened"
        verdict.look("I10", opened, f"exception {record['id']} has no line that says it was opened")
        before = None
        for row in found:
            verdict.look(
                "I10", row["from"] == before, f"exception {record['id']}: entry {row['id']} does not follow on"
            )
            before = row["to"]
        stands = {
            "state": record["state"],
            "category": record["category"],
            "queue": record["queue"],
            "owner": record["person"],
        }
        verdict.look("I10", before == stands, f"exception {record['id']}: the trail ends with {before}, it is {stands}")
        sent = sum(row["what"] == "resubmitted" for row in found)
        verdict.look("I10", sent == len(record["resubmits"]), f"exception {record['id']}: {sent} lines of sending back")


def _announced(verdict: Verdict, evidence: Evidence) -> None:
    """Each write that a partner saw was announced before, with the very same body."""
    known: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    ids = {row["id"] for row in evidence.audit if row["kind"] == "attempt"}
    for row in evidence.audit:
        if row["kind"] == "attempt":
            known[row["what"], row["request_hash"]].append(datetime.fromisoformat(row["at"]))
        elif row["kind"] == "attempt_settled":
            verdict.look("I10", row["id"] in ids, f"attempt {row['id']} was settled and never announced")
    slack = AT_ONCE * max(evidence.number("speed", 1), 1)
    for lines in (evidence.market, evidence.depot):
        used: Counter[tuple[str, str]] = Counter()
        for line in requests(lines):
            if line.operation not in WRITES:
                continue
            key = (line.operation, line.body)
            used[key] += 1
            times = known[key]
            fine = len(times) >= used[key] and sorted(times)[used[key] - 1] <= line.at + slack
            verdict.look("I10", fine, f"{line.operation} {line.key} (line {line.seq}) was never announced")


def append_only(verdict: Verdict, evidence: Evidence, points: list[Checkpoint]) -> None:
    """Every line of an earlier export stands unchanged in the later one, in the same order."""
    stages = [*(point.audit for point in points), evidence.audit]
    for earlier, later in pairwise(stages):
        now = {(row["kind"], row["id"]): json.dumps(row, sort_keys=True) for row in later}
        for row in earlier:
            key = (row["kind"], row["id"])
            same = now.get(key) == json.dumps(row, sort_keys=True)
            said = "changed" if key in now else "gone"
            verdict.look("I10", same, f"{row['kind']} {row['id']} of {row['at']} is {said} in a later export")


def corrections_kept(verdict: Verdict, evidence: Evidence) -> None:
    """A correction ends by a person's hand alone, or because another one took its place."""
    made = {row["id"]: row for row in evidence.audit if row["kind"] == "correction"}
    later: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    for row in made.values():
        later[row["subject"], row["path"]].append(datetime.fromisoformat(row["at"]))
        verdict.look("I13", row["actor"] != MACHINE, f"correction {row['id']} of {row['path']} was made by nobody")
    over = {row["id"]: row for row in evidence.audit if row["kind"] == "correction_over"}
    for key, row in over.items():
        verdict.look("I13", key in made, f"correction {key} is over and was never made")
        verdict.look(
            "I13", row["actor"] != MACHINE, f"the correction of {row['path']} of {row['order']} was dropped by nobody"
        )
    told = Counter((row["subject"], row["what"]) for row in evidence.audit if row["kind"] == "event")
    for row in made.values():
        event = told[row["subject"], "corrected"] > 0
        verdict.look("I13", event, f"{row['subject']}: a correction of {row['path']} without its line in the timeline")
    live = Counter((row["subject"], row["path"]) for key, row in made.items() if key not in over)
    for (subject, path), times in live.items():
        verdict.look("I13", times == 1, f"{subject}: {times} corrections of {path} are in force at once")
    _saved_by_people(verdict, evidence, made)


def _saved_by_people(verdict: Verdict, evidence: Evidence, made: dict[int, Row]) -> None:
    """What the runner's people have corrected is there: ``paths`` of an act of the plan."""
    known = {(row["order"], row["path"]) for row in made.values()}
    for act in evidence.plan.get("people", ()):
        for path in act.get("paths", ()):
            fine = (act["order"], path) in known
            verdict.look("I13", fine, f"{act['order']}: the correction of {path} by {act['who']} is nowhere")
