"""I14: keys and marked customers are nowhere but where they belong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.campaign.judge.evidence import Evidence
from tests.campaign.judge.verdict import Verdict

# What the runner may leave in the folder, beside the files that its plan names under "watched".
USUAL = (
    "*.log",
    "log.txt",
    "redis*",
    "rq*",
    "processes*",
    "pages/*",
    "audit.jsonl",
    "exceptions.json",
    "accounts.json",
)
PIECE = 1 << 20


def nothing_leaked(verdict: Verdict, evidence: Evidence) -> None:
    """No canary in logs, in what Redis holds, in arguments of jobs, in error pages, in the list of processes."""
    if evidence.folder is None:
        return
    canaries = [str(word) for word in evidence.plan.get("canaries", ()) if str(word)]
    for path in sorted(set(_files(evidence.folder, evidence.plan.get("watched", ())))):
        for canary in canaries:
            name = path.relative_to(evidence.folder)
            verdict.look("I14", not _holds(path, canary.encode()), f"{canary[:12]}… stands in {name}")


def _files(folder: Path, named: Iterable[str]) -> Iterator[Path]:
    for pattern in (*USUAL, *named):
        yield from (path for path in folder.glob(pattern) if path.is_file())


def _holds(path: Path, word: bytes) -> bool:
    """Whether a file has a word in it, however large the file is."""
    with path.open("rb") as file:
        rest = b""
        while piece := file.read(PIECE):
            if word in rest + piece:
                return True
            rest = piece[-len(word) :]
    return False
