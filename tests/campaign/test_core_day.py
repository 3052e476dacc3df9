"""One quiet day without a fault: the runner's own proof that a day runs from the first order to the last export."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from tests.campaign.days.day import Day
from tests.campaign.days.seeds import Plan


def test_a_quiet_day_ends_with_every_order_delivered(tmp_path: Path, own_database: None) -> None:
    plan = Plan(seed=2, orders=6, faults=False, mixed=False, arrivals=timedelta(hours=1), length=timedelta(hours=9))
    Day(tmp_path, plan).run()
    accounts = json.loads((tmp_path / "accounts.json").read_text())
    assert {(account["stage"], account["state"]) for account in accounts} == {("delivered", "done")}
    assert len(accounts) == json.loads((tmp_path / "plan.json").read_text())["orders"] == 6
    assert json.loads((tmp_path / "exceptions.json").read_text() or "[]") == []
