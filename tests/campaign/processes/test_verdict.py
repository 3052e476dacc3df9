"""A fault of the product's own is found in its log, although whatever it stopped was tried again and went well."""

from __future__ import annotations

from pathlib import Path

from tests.campaign.good_day import written
from tests.campaign.processes.verdict import violations

DATABASE = "2026-11-27T03:13:17Z [warning  ] the database failed during a flow [sync.loop.feeds]\n"
OURS = "2026-11-27T03:16:42Z [error    ] flow failed                    [sync.loop.feeds]\nTraceback …\n"


def test_a_good_run_with_a_database_that_was_away_has_nothing_wrong(tmp_path: Path) -> None:
    folder = written(tmp_path)
    (folder / "feeds.log").write_text(DATABASE)
    assert violations(folder) == []


def test_an_internal_fault_is_named_with_its_place(tmp_path: Path) -> None:
    folder = written(tmp_path)
    (folder / "feeds-2.log").write_text(DATABASE + OURS)
    assert violations(folder) == ["internal fault: flow failed, feeds-2.log line 2"]
