"""`python -m tests.campaign.judge FOLDER ...`: the verdict over folders of evidence."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.campaign.judge import expectations
from tests.campaign.judge.evidence import Evidence
from tests.campaign.judge.judging import judged


def main(folders: list[str]) -> int:
    """Print each verdict; exit code 1 when an invariant was broken."""
    broken, found = 0, []
    for folder in folders:
        evidence = Evidence.read(Path(folder))
        verdict = judged(evidence)
        found.append(expectations.scores(evidence))
        sys.stdout.write(f"{folder}\n{verdict}\n")
        broken += len(verdict.violations)
    sys.stdout.write(f"{expectations.table(expectations.together(found))}\n")
    return 1 if broken else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
