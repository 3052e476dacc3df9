"""The crash matrix: 135 kills at named points, 36 states of Redis and PostgreSQL, six runs at the production lease.

Resumable: one JSON line for each run in `.data/campaign/crash.jsonl`; what stands there is not run again.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import os
import random
import shutil
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.campaign.days.command import KEPT, seeds_of
from tests.campaign.days.results import commit
from tests.campaign.processes import recovery
from tests.campaign.processes.cases import REPEATS, Case, every
from tests.campaign.processes.disturbing import Disturbance
from tests.campaign.processes.evidence import Diary, checkpoint, gather
from tests.campaign.processes.journey import Journey
from tests.campaign.processes.programs import end_in_order
from tests.campaign.processes.stack import DidNotCome, Stack, Terms
from tests.campaign.processes.verdict import violations

STACKS = KEPT / "crash"
RUNS_A_STACK, RUNS_A_CHECKPOINT = 40, 10
WITHIN = {"kill": 90.0, "redis": 15.0, "postgres": 60.0}  # seconds until work goes on, for 95 of 100 runs
NEEDS_A_PERSON = frozenset({"exception.opened", "resubmit.saved"})
BY_HAND = ("--max-orders", "0", "--scenario-rates", "none")


@dataclass
class Result:
    """What came of one run. Seconds: ``recovery`` until the work went on, ``settled`` until all of it was done."""

    case: str
    at: str
    violations: list[str] = field(default_factory=list)
    recovery: float | None = None
    settled: float | None = None
    seconds: float = 0.0
    hit: int = 0
    who: str = ""
    expired: int = 0
    commit: str = ""

    @property
    def passed(self) -> bool:
        """Whether nothing was wrong."""
        return not self.violations


def run_case(stack: Stack, case: Case, diary: Diary) -> Result:
    """Live one run on a stack that is at rest, and judge it."""
    began, place = time.monotonic(), stack.witness.place()
    result = Result(case.key, datetime.now(UTC).isoformat(timespec="seconds"), commit=commit())
    journey = Journey(
        stack, diary, random.Random(f"{stack.terms.seed} {case.key}"), patience=case.lease + 80,
        stalls=case.name in NEEDS_A_PERSON or case.phase == "resubmit", stock=case.phase == "stock",
    )  # fmt: skip
    disturbance = Disturbance(stack, case)
    fault = f"{case.group} {case.name} {case.kind}".strip()
    diary.armed(fault)
    try:
        for part in journey.parts():
            if part.name == case.phase:
                disturbance.live(part)
            else:
                part.do()
                part.wait()
        journey.rest()
        if case.strikes == "kill":
            _until_missed(stack, disturbance.at, place, seconds=case.lease + 20)
    except DidNotCome as missing:
        result.violations.append(str(missing))
    finally:
        disturbance.point.disarm()
    diary.fired(fault, min(disturbance.hit, 1))
    if not disturbance.hit:
        result.violations.append("the fault never fired")
    moves = stack.witness.moves(place)
    result.settled = round(time.time() - disturbance.at, 2) if disturbance.at else None
    result.recovery = _recovery(case, disturbance, moves)
    result.hit, result.who, result.expired = disturbance.hit, disturbance.who, recovery.fenced_out(moves)
    result.violations += violations(gather(stack, stack.folder / "evidence", diary))
    result.seconds = round(time.monotonic() - began, 1)
    return result


def _until_missed(stack: Stack, killed_at: float, place: int, *, seconds: float) -> None:
    """Wait until whatever the dead process held has been found and taken a step further."""

    def gone_on() -> bool:
        moves = stack.witness.moves(place)
        taken = {move.now_token: move.at for move in moves if move.now_token}
        held = [token for token in stack.witness.leased().values() if taken.get(token, 0.0) < killed_at]
        return not held and recovery.after_kill(moves, killed_at) is not None

    stack.until(gone_on, f"not within {seconds:.0f} s: a lease of the dead process was taken over", seconds=seconds)


def _recovery(case: Case, disturbance: Disturbance, moves: Sequence[Any]) -> float | None:
    if not disturbance.at:
        return None
    measure: Callable[[Sequence[Any], float], float | None] = {
        "redis": recovery.first_pump, "postgres": recovery.first_step, "kill": recovery.after_kill,
    }[case.strikes]  # fmt: skip
    found = measure(moves, disturbance.at)
    return None if found is None else round(found, 2)


def terms_of(case: Case) -> Terms:
    """The stack that a run needs."""
    acceptance = "automatic" if case.several else "manual"
    return Terms(
        seed=7 + case.several, lease=case.lease, several=case.several,
        market=(*BY_HAND, "--acceptance", acceptance),
        warehouse=("--fulfil-hours", "50000", "--scenario-rates", "none"),
    )  # fmt: skip


def run_all(
    cases: Iterable[Case], *, results: Path, stacks: Path, say: Callable[[str], None], fresh_after: int = RUNS_A_STACK
) -> list[Result]:
    """Run cases, those of one kind of stack together, writing one line for each."""
    groups: dict[Terms, list[Case]] = defaultdict(list)
    for case in cases:
        groups[terms_of(case)].append(case)
    found: list[Result] = []
    for terms, wanted in groups.items():
        left = list(wanted)
        while left:
            done = _run_on_one_stack(terms, left[:fresh_after], results=results, stacks=stacks, say=say)
            found += done
            left = left[max(len(done), 1) :]
    return found


def _run_on_one_stack(
    terms: Terms, cases: Sequence[Case], *, results: Path, stacks: Path, say: Callable[[str], None]
) -> list[Result]:
    """A stack that showed a violation is given up: what follows starts on a fresh one."""
    folder = stacks / f"{datetime.now(UTC):%H%M%S}-{os.getpid()}"
    found: list[Result] = []
    with Stack(folder, terms, say=say) as stack:
        diary = Diary("crash", stack.business_now())
        for number, case in enumerate(cases, 1):
            if number % RUNS_A_CHECKPOINT == 0:
                checkpoint(stack, stack.folder / "evidence", diary)
            result = run_case(stack, case, diary)
            found.append(result)
            _note(results, result)
            say(line(result))
            if not result.passed:
                break
    if all(result.passed for result in found):
        shutil.rmtree(folder, ignore_errors=True)
    return found


def _note(path: Path, result: Result) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    os.write(handle, (json.dumps(asdict(result)) + "\n").encode())
    os.close(handle)


def line(result: Result) -> str:
    word = "ok  " if result.passed else "FAIL"
    text = f"{word} {result.case:<44} {result.seconds:6.1f} s  recovery {result.recovery}  settled {result.settled}"
    again = f"     again: make campaign TIER=crash AFRESH=1 OPTIONS=\"--only '{result.case}'\""
    said = [*(f"     {each}" for each in result.violations[:8]), again] if result.violations else []
    return "\n".join([f"{text}  {result.who}", *said])


def read_results(path: Path) -> dict[str, Result]:
    """The newest result of each run, of the present commit."""
    if not path.exists():
        return {}
    found, now = [Result(**told) for told in map(json.loads, path.read_text().splitlines())], commit()
    return {result.case: result for result in found if result.commit == now}


def table(results: Iterable[Result]) -> str:
    """How many runs of each kind, what was wrong, and how long recovery took."""
    groups = _by_kind(results)
    lines = [f"{'kind':<14} {'runs':>5} {'wrong':>6} {'p50':>7} {'p95':>7} {'max':>7}  seconds until work went on"]
    for name, rows in sorted(groups.items()):
        times = sorted(row.recovery for row in rows if row.recovery is not None)
        wrong = sum(not row.passed for row in rows)
        figures = [_at(times, share) for share in (0.5, 0.95, 1.0)]
        lines.append(f"{name:<14} {len(rows):>5} {wrong:>6} " + " ".join(f"{figure:>7.1f}" for figure in figures))
    return "\n".join(lines)


def too_slow(results: Iterable[Result]) -> list[str]:
    """The kinds of runs in which work went on later than it must (design 3.3: a kill, Redis back, PostgreSQL back)."""
    found = []
    for name, rows in _by_kind(results).items():
        most = next(seconds for start, seconds in WITHIN.items() if name.startswith(start))
        late = _at(sorted(row.recovery for row in rows if row.recovery is not None), 0.95)
        found += [f"TOO SLOW: {name}, {late:.1f} s of at most {most:.0f} s"] if late > most else []
    return found


def _by_kind(results: Iterable[Result]) -> dict[str, list[Result]]:
    groups: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        group, name, *rest = result.case.split("/")
        kind = {"kill": f"kill, {rest[0]}", "lease": f"{Case(group, name, '', 1).strikes} at 60 s"}.get(group, group)
        groups[kind].append(result)
    return groups


def _at(times: Sequence[float], share: float) -> float:
    return times[min(int(len(times) * share), len(times) - 1)] if times else float("nan")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the matrix, or the part of it that is asked for; exit code 1 when anything was wrong."""
    parser = argparse.ArgumentParser(prog="make campaign TIER=crash", description=__doc__)
    parser.add_argument("--only", default="*", help="pattern of runs, such as 'kill/http.*' or '*/horse/1'")
    parser.add_argument("--seeds", default=f"1:{REPEATS}", help="the repeats to run, FIRST:LAST or separated by commas")
    parser.add_argument("--shard", default="1/1", help="I/N: every N-th kind of stack, to run several side by side")
    parser.add_argument("--again", choices=["failed"], help="run anew what failed")
    parser.add_argument("--afresh", action="store_true", help="run everything anew")
    parser.add_argument("--resume", type=Path, default=KEPT, help="folder of the results (default .data/campaign)")
    parser.add_argument(
        "--folder",
        "--stacks",
        dest="stacks",
        type=Path,
        default=STACKS,
        help="where the stacks lie; those that failed stay",
    )
    parser.add_argument("--list", action="store_true", help="name the runs and end")
    told = parser.parse_args(argv)
    file, repeats = told.resume / "crash.jsonl", seeds_of(told.seeds)
    known = {} if told.afresh else read_results(file)
    number, of = (int(part) for part in told.shard.split("/"))
    wanted = [
        case for case in every()
        if fnmatch.fnmatch(case.key, told.only) and case.repeat in repeats
        and int(case.several) % of == number - 1
        and (case.key not in known or (told.again == "failed" and not known[case.key].passed))
    ]  # fmt: skip
    if told.list:
        sys.stdout.write("".join(f"{case.key}\n" for case in wanted))
        return 0
    end_in_order()
    run_all(wanted, results=file, stacks=told.stacks, say=lambda text: print(text, flush=True))  # noqa: T201
    found = read_results(file)
    slow = too_slow(found.values())
    sys.stdout.write("\n".join([table(found.values()), *slow]) + "\n")
    return 1 if slow or any(not result.passed for result in found.values()) else 0


if __name__ == "__main__":
    raise SystemExit(main())
