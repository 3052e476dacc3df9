"""The judge over a folder of evidence: everything that broke an invariant."""

from __future__ import annotations

import json
from pathlib import Path

from tests.campaign.judge.judging import judge


def violations(folder: Path) -> list[str]:
    """Judge one folder, and leave the verdict in it."""
    verdict = judge(folder)
    (folder / "verdict.json").write_text(json.dumps(verdict.as_dict(), indent=1))
    return [f"{invariant}: {text}" for invariant, text in verdict.violations]
