"""The judge of the soak knows every table, and can say no."""

import pytest
from django.apps import apps

from tests.campaign.soak import POLICIES, Sample, judge_memory, judge_tables, slope, verdict

HOUR = 3600.0
ROWS = {table: 2 if policy.kind == "capped" else 10 for table, policy in POLICIES.items()}


def day(*, leak: float = 0.0, growth: dict[str, int] | None = None, orders: int = 10) -> list[Sample]:
    """An hour of samples: the web process gains ``leak`` MiB in it, tables gain ``growth`` rows."""
    made = []
    for minute in range(61):
        part = minute / 60
        memory = {
            name: 100.0 + (leak * part if name == "web" else 0.0)
            for name in ("web", "ticker", "orders", "dispatches", "feeds", "progress", "marketplace")
        }
        rows = {table: begun + int((growth or {}).get(table, 0) * part) for table, begun in ROWS.items()}
        rows |= {"sync_order": 100 + int(orders * part), "sync_item": 300 + int(3 * orders * part)}
        made.append(Sample(minute * 60.0, minute * 600.0, memory, rows))
    return made


def test_every_table_has_a_policy():
    tables = {model._meta.db_table for model in apps.get_models(include_auto_created=True)} | {"django_migrations"}
    assert tables == set(POLICIES)


def test_a_quiet_hour_is_flat_and_within():
    found = verdict(day())
    assert (found["flat"], found["within_policy"], found["not_seen"]) == (True, True, [])


def test_a_process_that_gains_without_end_is_seen():
    rows = {row["process"]: row for row in judge_memory(day(leak=60))}
    assert not rows["web"]["flat"]
    assert rows["ticker"]["flat"]
    assert rows["web"]["an_hour"] == pytest.approx(60, abs=1)


@pytest.mark.parametrize(
    ("table", "rows"),
    [("sync_product", 50), ("sync_run", 20_000), ("sync_event", 20_000), ("sync_stockreading", 2_000)],
)
def test_a_table_that_outgrows_its_policy_is_seen(table, rows):
    beyond = [row["table"] for row in judge_tables(day(growth={table: rows})) if not row["within"]]
    assert beyond == [table]


def test_stock_messages_come_with_time_and_not_with_orders():
    """An hour of the desk is ten of business here, and nobody orders anything."""
    quiet = day(orders=0, growth={"sync_inboundmessage": 200})
    assert verdict(quiet)["within_policy"]
    flood = day(orders=0, growth={"sync_inboundmessage": 400})
    assert [row["table"] for row in judge_tables(flood) if not row["within"]] == ["sync_inboundmessage"]


def test_a_table_without_a_policy_is_seen():
    samples = [Sample(s.seconds, s.business, s.memory, {**s.rows, "sync_new": 1}) for s in day()]
    assert not verdict(samples)["within_policy"]


def test_a_process_that_was_not_seen_is_no_success():
    samples = [
        Sample(s.seconds, s.business, {k: v for k, v in s.memory.items() if k != "feeds"}, s.rows) for s in day()
    ]
    assert (verdict(samples)["flat"], verdict(samples)["not_seen"]) == (False, ["feeds"])


def test_the_slope_is_what_is_gained_in_a_second():
    assert slope([(0, 1), (10, 21), (20, 41)]) == pytest.approx(2.0)
