"""The demo left alone for an hour: does any process grow, does any table grow beyond its policy?

``python -m tests.campaign.soak --minutes 60`` runs it on ports and in a folder of its own, looks at it every minute,
and says at the end what it saw. Everything is read from outside: what the system says of each process, and row counts.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil
import psycopg

from tests.system.ports import free_port

PROJECT = Path(__file__).resolve().parents[2]
FOLDER = PROJECT / ".data" / "campaign" / "soak"
MEBIBYTE = 1024 * 1024
WARM = 1 / 3  # of the time, in which caches fill and the first orders come in a burst
FLAT_SHARE, FLAT_MEBIBYTES = 0.1, 8.0  # what a process may gain in the rest of it: the larger of both
GUESTS = ("marketplace", "warehouse")  # the simulated partners keep their world in memory; they are shown, not judged
QUEUES = ("orders", "dispatches", "feeds")
PRODUCT = ("web", "ticker", *QUEUES, "progress")


@dataclass(frozen=True)
class Policy:
    """How a table may grow: ``kind`` with its ``limit``, and why.

    ``fixed``: it does not grow once the world is there (``limit`` = the share by which it may nevertheless).
    ``capped``: at most ``limit`` rows. ``order``: with orders only, at most ``limit`` rows for each. ``kept``: with
    business time, until its rows are forgotten; at most ``limit`` rows an hour of it. ``hourly``: what ``order`` gains
    in such an hour whether anybody orders or not.
    """

    kind: str
    limit: float
    why: str
    hourly: float = 0.0


def _with_orders(limit: float, *, hourly: float = 0.0, why: str = "") -> Policy:
    return Policy("order", limit, "kept with its order" + (f"; {why}" if why else ""), hourly)


_FIXED = Policy("fixed", 0.05, "people and the catalogue make it")
_HISTORY = "forgotten after stock_history_days"

POLICIES: dict[str, Policy] = {
    **dict.fromkeys(
        ("auth_group", "auth_group_permissions", "auth_permission", "auth_user", "auth_user_groups",
         "auth_user_user_permissions", "carriers_carrier", "carriers_carriermapping", "carriers_mappingtable",
         "carriers_mappingversion", "django_content_type", "django_migrations", "django_rq_dashboard",
         "exceptions_attachment", "exceptions_categoryowner", "exceptions_deskreader", "exceptions_mention",
         "exceptions_resubmitrun", "exceptions_runbookstep", "exceptions_runitem", "exceptions_savedview",
         "sync_connection", "sync_onboardinganswer", "sync_pause", "sync_product", "sync_skualias", "sync_stockrule",
         "sync_securityevent"),
        _FIXED,
    ),
    "sync_listing": Policy("fixed", 0.5, "one for each offer, as the offers are read"),
    "sync_order": _with_orders(1), "sync_orderline": _with_orders(6), "sync_item": _with_orders(20),
    "sync_attempt": _with_orders(20), "sync_event": _with_orders(60), "sync_correction": _with_orders(1),
    "sync_dispatch": _with_orders(3), "sync_dispatchline": _with_orders(8),
    "sync_inboundmessage": _with_orders(8, hourly=30, why=f"those about stock {_HISTORY}"),
    "exceptions_cause": _with_orders(1), "exceptions_exceptionrecord": _with_orders(2),
    "exceptions_entry": _with_orders(12), "exceptions_fault": _with_orders(4), "exceptions_placement": _with_orders(4),
    "sync_flowstate": Policy("capped", 40, "one for each flow"),
    "sync_budget": Policy("capped", 60, "one for each call"),
    "sync_partnerstate": Policy("capped", 2, "one for each side"),
    "sync_heartbeat": Policy("capped", 20, "one for each process; forgotten after seven days of silence"),
    "sync_run": Policy("capped", 40 * 201, "200 for each flow"),
    "django_session": Policy("capped", 50, "forgotten when it is over"),
    "carriers_listreading": Policy("kept", 2, "one a day"),
    "sync_pushgap": Policy("kept", 30, "one for each message that is missing"),
    "sync_stockreading": Policy("kept", 10, _HISTORY),
    "sync_stockchange": Policy("kept", 3_000, _HISTORY),
    "sync_stockfile": Policy("kept", 70, _HISTORY),
    "sync_stockfileline": Policy("kept", 20_000, _HISTORY),
    "sync_stocksummarypart": Policy("kept", 100, "forgotten after three days"),
}  # fmt: skip


@dataclass(frozen=True)
class Sample:
    """One look: real and business seconds since the start, mebibytes of each process, rows of each table."""

    seconds: float
    business: float
    memory: dict[str, float]
    rows: dict[str, int]


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Least squares: how much is gained in one second."""
    number = len(points)
    middle_x, middle_y = (sum(point[axis] for point in points) / number for axis in (0, 1))
    spread = sum((x - middle_x) ** 2 for x, _ in points)
    return sum((x - middle_x) * (y - middle_y) for x, y in points) / spread if spread else 0.0


def judge_memory(samples: Sequence[Sample]) -> list[dict[str, object]]:
    """Each process that lived through the time after the warm-up: what it held, what it gained, is that flat."""
    late = [sample for sample in samples if sample.seconds >= samples[-1].seconds * WARM]
    found = []
    for name in sorted({name for sample in late for name in sample.memory}):
        points = [(sample.seconds, sample.memory[name]) for sample in late if name in sample.memory]
        if len(points) < max(3, len(late) * 0.8):
            continue
        held = sum(value for _, value in points) / len(points)
        gained = slope(points) * (points[-1][0] - points[0][0])
        found.append({
            "process": name, "mebibytes": round(held, 1), "gained": round(gained, 1),
            "an_hour": round(slope(points) * 3600, 1), "judged": name not in GUESTS,
            "flat": gained <= max(FLAT_MEBIBYTES, held * FLAT_SHARE),
        })  # fmt: skip
    return found


def judge_tables(samples: Sequence[Sample]) -> list[dict[str, object]]:
    """Each table: its rows after the warm-up and at the end, and what its policy says of that; none = not within."""
    last = samples[-1]
    warm = next(sample for sample in samples if sample.seconds >= last.seconds * WARM)
    found = []
    for table, rows in sorted(last.rows.items()):
        policy = POLICIES.get(table)
        before = warm.rows.get(table, 0)
        found.append({
            "table": table, "warm": before, "end": rows, "policy": policy.why if policy else "none",
            "kind": policy.kind if policy else "none",
            "within": policy is not None and _is_within(policy, table, warm, last),
        })  # fmt: skip
    return found


def _is_within(policy: Policy, table: str, warm: Sample, last: Sample) -> bool:
    before, after = warm.rows.get(table, 0), last.rows[table]
    if policy.kind == "fixed":
        return after <= before + max(3, before * policy.limit)
    if policy.kind == "capped":
        return after <= policy.limit
    if policy.kind == "kept":
        return after - before <= max(5, (last.business - warm.business) / 3600 * policy.limit)
    orders, earlier = last.rows["sync_order"], warm.rows["sync_order"]
    whole, late = (policy.hourly * business / 3600 for business in (last.business, last.business - warm.business))
    most, more = orders * policy.limit + whole, (orders - earlier) * policy.limit + late
    return after <= most and after - before <= max(10, more)


class Soak:
    """The demo of one run, and what is seen of it from outside."""

    def __init__(self, folder: Path, *, speed: float, seed: int) -> None:
        self.folder = folder
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        kept = {
            name: value for name, value in os.environ.items()
            if not name.startswith(("JLSEKO_", "DJANGO_")) and name not in {"DATABASE_URL", "REDIS_URL"}
        }  # fmt: skip
        command = [sys.executable, "-m", "jlseko.demo", "--data", str(folder / "demo"), "--port", str(free_port())]
        command += ["--speed", str(speed), "--seed", str(seed)]
        with (folder / "demo.log").open("wb") as log:
            self.process = subprocess.Popen(command, cwd=PROJECT, env=kept, stdout=log, stderr=log)
        self.began = time.monotonic()
        self.business_began: float | None = None

    def is_ready(self) -> bool:
        """Whether the desk is open."""
        return "The desk is open" in (self.folder / "demo.log").read_text(encoding="utf-8", errors="replace")

    def sample(self) -> Sample:
        """Look once."""
        with psycopg.connect(self._address(), autocommit=True) as database:
            rows = {}
            for (table,) in database.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall():
                found = database.execute(f'SELECT count(*) FROM "{table}"').fetchone()
                rows[table] = int(found[0]) if found else 0
        business = self._business()
        self.business_began = self.business_began or business
        return Sample(time.monotonic() - self.began, business - self.business_began, self._memory(), rows)

    def _address(self) -> str:
        state = json.loads((self.folder / "demo" / "embedded" / "state.json").read_text(encoding="utf-8"))
        return str(state["DATABASE_URL"])

    def _business(self) -> float:
        clock = json.loads((self.folder / "demo" / "clock.json").read_text(encoding="utf-8"))
        epoch = datetime.fromisoformat(clock["epoch"])
        return epoch.timestamp() + (datetime.now(UTC) - epoch).total_seconds() * float(clock["factor"])

    def _memory(self) -> dict[str, float]:
        """Mebibytes that each process holds. A worker's children, which live for one job, are left out.

        A server's processes share most of what they hold, so there each page counts once.
        """
        found: dict[str, float] = {}
        for each in psutil.Process(self.process.pid).children(recursive=True):
            try:
                name = _name_of(each)
                if name and not (name in QUEUES and _name_of(each.parent()) == name):
                    held = each.memory_full_info().pss if name == "PostgreSQL" else each.memory_info().rss
                    found[name] = found.get(name, 0.0) + held / MEBIBYTE
            except psutil.Error:
                continue
        return found

    def stop(self) -> None:
        """End the demo in order."""
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(timeout=90)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _name_of(process: psutil.Process | None) -> str:
    if process is None:
        return ""
    line = process.cmdline()
    if process.name() in ("postgres", "valkey-server"):
        return "PostgreSQL" if process.name() == "postgres" else "Valkey"
    for word, name in (("granian", "web"), ("demo_progress", "progress"), ("ticker", "ticker")):
        if any(part.endswith(word) for part in line):
            return name
    for command in ("rqworker", "sandbox"):
        if command in line:
            return line[line.index(command) + 1]
    return "supervisor" if any("supervisord" in part for part in line) else ""


def verdict(samples: Sequence[Sample]) -> dict[str, object]:
    """Everything that was seen, judged."""
    memory, tables = judge_memory(samples), judge_tables(samples)
    judged = {str(row["process"]) for row in memory}
    missing = sorted(set(PRODUCT) - judged)
    return {
        "minutes": round(samples[-1].seconds / 60, 1), "business_hours": round(samples[-1].business / 3600, 1),
        "orders": samples[-1].rows.get("sync_order", 0), "memory": memory, "tables": tables,
        "flat": not missing and all(row["flat"] for row in memory if row["judged"]), "not_seen": missing,
        "within_policy": all(row["within"] for row in tables),
    }  # fmt: skip


def tell(found: Mapping[str, object]) -> str:
    """The verdict as text."""
    lines = [f"{found['minutes']} minutes, {found['business_hours']} hours of business, {found['orders']} orders"]
    lines += [
        f"  {row['process']:<14} {row['mebibytes']:>8} MiB  {row['an_hour']:>+7} MiB an hour  "
        f"{'flat' if row['flat'] else 'GROWS' if row['judged'] else 'grows with its world'}"
        for row in found["memory"]  # type: ignore[union-attr]
    ]
    lines += [
        f"  {row['table']:<32} {row['warm']:>8} to {row['end']:>8}  {row['kind']:<7} "
        f"{'within' if row['within'] else 'BEYOND'}"
        for row in found["tables"]  # type: ignore[union-attr]
    ]
    lines.append(f"Memory flat: {found['flat']}. Tables within their policies: {found['within_policy']}.")
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the demo for so many minutes and judge it; 0 when memory is flat and every table within its policy."""
    parser = argparse.ArgumentParser(prog="make campaign TIER=soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0, help="how long, in real minutes")
    parser.add_argument(
        "--speed", type=float, default=120.0, help="as SPEED of the demo: a twelfth after the first hours"
    )
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--every", type=float, default=60.0, help="seconds between two looks")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    options = parser.parse_args(argv)
    soak = Soak(options.folder.absolute(), speed=options.speed, seed=options.seed)
    samples: list[Sample] = []
    try:
        while not soak.is_ready() and soak.process.poll() is None and time.monotonic() - soak.began < 300:
            time.sleep(1)
        began = time.monotonic()
        while soak.process.poll() is None and time.monotonic() - began < options.minutes * 60:
            time.sleep(min(options.every, max(options.minutes * 60 - (time.monotonic() - began), 0.1)))
            samples.append(soak.sample())
            with (options.folder / "samples.jsonl").open("a", encoding="utf-8") as kept:
                kept.write(json.dumps(vars(samples[-1])) + "\n")
        died = soak.process.poll() is not None
    finally:
        soak.stop()
    if died or len(samples) < 3:
        sys.stderr.write(
            f"The demo ended by itself, or was too short to judge. Its log: {options.folder / 'demo.log'}\n"
        )
        return 1
    found = verdict(samples)
    (options.folder / "verdict.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(tell(found) + "\n")
    return 0 if found["flat"] and found["within_policy"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
