"""One line for each seed: what happened, what was judged; kept, so that a long run can go on another day."""

from __future__ import annotations

import hashlib
import json
import subprocess
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from jlseko.env import PROJECT
from tests.campaign.days.day import Day
from tests.campaign.days.nemesis import EVERY_FAULT
from tests.campaign.days.seeds import Plan
from tests.campaign.judge import expectations
from tests.campaign.judge.evidence import Evidence
from tests.campaign.judge.judging import judged
from tests.campaign.judge.verdict import INVARIANTS

CODE = ("carriers", "exceptions", "jlseko", "sync", "tests/campaign", "tests/rehearsal")
LEDGERS = ("marketplace.jsonl", "warehouse.jsonl")
ENOUGH = 60  # seeds after which whatever there is must have happened
WIDE, LEAST_IN_A_WIDE_RUN = 30_000, 20  # orders, and how often each fault strikes in so many
MUST_HAPPEN = ("writers fenced out", "answers lost after effect", "confirmations", "days with clocks apart")


@dataclass
class Result:
    """What a seed came to. ``wanted`` is the number of orders asked for; ``pairs`` are category, order and whether it
    was right, missed or false.
    """

    seed: int
    wanted: int
    orders: int = 0
    requests: dict[str, int] = field(default_factory=dict)
    faults: dict[str, dict[str, int]] = field(default_factory=dict)
    checks: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    violations: list[list[str]] = field(default_factory=list)
    pairs: list[list[str]] = field(default_factory=list)
    hash: str = ""
    seconds: float = 0.0
    cpu: float = 0.0
    commit: str = ""

    @property
    def is_wrong(self) -> bool:
        """Whether a rule was broken, or an exception was missed or opened for nothing."""
        return bool(self.violations) or any(pair[2] != "right" for pair in self.pairs)

    def as_json(self) -> str:
        """One line that :func:`known` and the summary of the tests read."""
        return json.dumps(asdict(self))

    def replay(self) -> str:
        """The command that lives this day again."""
        return f"make campaign SEEDS={self.seed}:{self.seed} ORDERS={self.wanted} AFRESH=1 KEEP=.data/campaign/evidence"

    def line(self) -> str:
        """One line for the console, and the trouble below it."""
        words = f"seed {self.seed:5} {self.orders:4} orders {sum(self.requests.values()):6} requests "
        words += (
            f"{sum(fault['fired'] for fault in self.faults.values()):4} faults {len(self.violations):3} violations "
        )
        words += f"{self.seconds:6.1f} s {self.cpu:6.1f} s CPU {self.hash[:12]}\n"
        for invariant, text in self.violations[:10]:
            words += f"  VIOLATION {invariant}: {text}\n"
        for category, order, how in self.pairs:
            if how != "right":
                words += f"  {how.upper()}: {category} of {order}\n"
        return words + (f"  again: {self.replay()}\n" if self.is_wrong else "")


def live(seed: int, *, orders: int, folder: Path) -> Result:
    """Live a seed's day and judge it."""
    began, cpu = time.perf_counter(), time.process_time()
    day = Day(folder, Plan(seed=seed, orders=orders))
    day.run()
    evidence = Evidence.read(folder)
    verdict = judged(evidence)
    result = Result(seed, orders, orders=evidence.plan["orders"], faults=evidence.plan["faults"], commit=commit())
    result.requests = {
        side: sum(line.direction == "in" for line in lines)
        for side, lines in (("marketplace", evidence.market), ("warehouse", evidence.depot))
    }
    result.checks, result.counts = dict(verdict.checks), dict(verdict.counts)
    result.counts |= {f"people: {name}": number for name, number in _acts(evidence.plan["people"]).items()}
    result.counts |= day.counts()
    result.violations = [list(each) for each in verdict.violations]
    for category, score in expectations.scores(evidence).items():
        for how, found in (("right", score.right), ("missed", score.missed), ("false", score.false)):
            result.pairs += [[category, order, how] for _, order in sorted(found)]
    result.hash = ledger_hash(folder)
    result.seconds = round(time.perf_counter() - began, 2)
    result.cpu = round(time.process_time() - cpu, 2)
    return result


def _acts(people: Iterable[dict[str, str]]) -> Counter[str]:
    return Counter(act["act"] for act in people)


def ledger_hash(folder: Path) -> str:
    """A digest of both ledgers: the same seed has the same one."""
    digest = hashlib.sha256()
    for name in LEDGERS:
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()


def commit() -> str:
    """What was run: the last commit that touched it, with a plus when files differ from that.

    A change of words or of another test leaves a long run's results in force.
    """

    def git(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=PROJECT, capture_output=True, text=True, check=False)
        return done.stdout.strip()

    changed = git("status", "--porcelain", "--untracked-files=no", "--", *CODE)
    return git("log", "-1", "--format=%h", "--", *CODE) + ("+" if changed else "")


def keep(file: Path, result: Result) -> None:
    """Add a line to the results."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as handle:
        handle.write(result.as_json() + "\n")


def known(file: Path, *, orders: int) -> dict[int, Result]:
    """The last result of each seed with so many orders, of the present commit."""
    if not file.exists():
        return {}
    now, found = commit(), {}
    for text in file.read_text(encoding="utf-8").splitlines():
        told: dict[str, Any] = json.loads(text)
        if told["wanted"] == orders and told["commit"] == now:
            found[told["seed"]] = Result(**told)
    return found


def never_fired(found: Sequence[Result]) -> list[str]:
    """What struck too seldom: each fault there is at least once, and in a wide run as often as was asked for."""
    least = LEAST_IN_A_WIDE_RUN if sum(result.orders for result in found) >= WIDE else 1
    totals = _faults(found)
    names = {*totals, *EVERY_FAULT}
    return sorted(name for name in names if totals.get(name, (0, 0))[1] < least)


def unseen(found: Sequence[Result]) -> list[str]:
    """Invariants that were never looked at, and what the day was to bring about and did not."""
    checks, counts = Counter[str](), Counter[str]()
    for result in found:
        checks.update(result.checks)
        counts.update(result.counts)
    return [name for name in INVARIANTS if not checks[name]] + [name for name in MUST_HAPPEN if not counts[name]]


def wrong(found: Sequence[Result]) -> bool:
    """Whether the run as a whole failed; what never happened only counts where there were seeds enough for it."""
    missing = len(found) >= ENOUGH and bool(never_fired(found) or unseen(found))
    return missing or any(result.is_wrong for result in found)


def _faults(found: Iterable[Result]) -> dict[str, tuple[int, int]]:
    armed, fired = Counter[str](), Counter[str]()
    for result in found:
        for name, fault in result.faults.items():
            armed[name] += fault["armed"]
            fired[name] += fault["fired"]
    return {name: (armed[name], fired[name]) for name in sorted(armed)}


def table(found: Sequence[Result], *, wanted: int) -> str:
    """What is published of a run."""
    seconds, cpu = (sum(getattr(result, name) for result in found) for name in ("seconds", "cpu"))
    orders = sum(result.orders for result in found)
    lines = [f"seeds {len(found)} of {wanted}, simulated days {len(found)}, orders {orders:,}"]
    lines += [f"seconds {seconds:,.0f}, CPU seconds {cpu:,.0f}, commit {commit()}"]
    lines += [
        f"requests to the {side}: {sum(result.requests.get(side, 0) for result in found):,}"
        for side in ("marketplace", "warehouse")
    ]
    lines.append(f"{'fault':44} {'armed':>8} {'fired':>8}")
    lines += [f"{name:44} {armed:8,} {fired:8,}" for name, (armed, fired) in _faults(found).items()]
    checks, counts = Counter[str](), Counter[str]()
    for result in found:
        checks.update(result.checks)
        counts.update(result.counts)
    broken = Counter(invariant for result in found for invariant, _ in result.violations)
    lines.append(f"{'invariant':10} {'checks':>10} {'broken':>8}")
    lines += [f"{name:10} {number:10,} {broken[name]:8,}" for name, number in checks.items()]
    lines += [f"{name:60} {number:8,}" for name, number in sorted(counts.items())]
    lines.append(f"{'category':28} {'right':>8} {'missed':>8} {'false':>8}")
    pairs = Counter((category, how) for result in found for category, _, how in result.pairs)
    for category in sorted({category for category, _ in pairs}):
        three = [pairs[category, how] for how in ("right", "missed", "false")]
        lines.append(f"{category:28} {three[0]:8,} {three[1]:8,} {three[2]:8,}")
    lines += [f"FIRED TOO SELDOM: {name}" for name in never_fired(found)]
    lines += [f"NEVER SEEN: {name}" for name in unseen(found)]
    lines += [result.line().rstrip() for result in found if result.is_wrong]
    lines.append(f"violations: {sum(len(result.violations) for result in found)}")
    return "\n".join(lines) + "\n"
