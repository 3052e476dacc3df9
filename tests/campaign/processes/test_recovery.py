"""How recovery is measured: by made-up moves of leases."""

from __future__ import annotations

import pytest

from tests.campaign.processes import recovery
from tests.campaign.processes.witness import Move

KILLED = 100.0


def _moves(*rows: tuple[float, str, str | None, str | None, float | None]) -> list[Move]:
    """Rows of time, subject, token before, token after, end of the lease before."""
    return [
        Move(number, at, "item", subject, "orders", "", "", before, after, until)
        for number, (at, subject, before, after, until) in enumerate(rows)
    ]


def test_what_the_dead_process_held_counts_when_it_has_made_a_step() -> None:
    moves = _moves(
        (99.0, "1", None, "dead", None), (109.5, "1", "dead", None, 109.0), (110.0, "1", None, "new", None),
        (110.5, "1", "new", None, 120.0),
    )  # fmt: skip
    assert recovery.after_kill(moves, KILLED) == pytest.approx(10.5)


def test_the_last_of_several_counts() -> None:
    moves = _moves(
        (99.0, "1", None, "a", None), (99.0, "2", None, "b", None),
        (109.5, "1", "a", None, 109.0), (109.5, "2", "b", None, 109.0),
        (110.0, "1", None, "c", None), (110.1, "1", "c", None, 120.0),
        (111.0, "2", None, "d", None), (112.0, "2", "d", None, 121.0),
    )  # fmt: skip
    assert recovery.after_kill(moves, KILLED) == pytest.approx(12.0)


def test_without_a_step_there_is_no_recovery() -> None:
    moves = _moves((99.0, "1", None, "dead", None), (109.5, "1", "dead", None, 109.0))
    assert recovery.after_kill(moves, KILLED) is None
    assert recovery.fenced_out(moves) == 1


def test_a_flow_is_taken_over_without_being_freed_first() -> None:
    moves = _moves(
        (99.0, "poll", None, "dead", None), (109.5, "poll", "dead", "new", 109.0), (110.0, "poll", "new", None, 119.0)
    )  # fmt: skip
    assert recovery.after_kill(moves, KILLED) == pytest.approx(10.0)


def test_where_nothing_was_held_the_next_step_of_anything_counts() -> None:
    moves = _moves(
        (99.0, "1", None, "old", None), (100.2, "1", "old", None, 109.0),  # begun before the kill
        (100.5, "2", None, "new", None), (101.0, "2", "new", None, 110.0),
    )  # fmt: skip
    assert recovery.after_kill(moves, KILLED) == pytest.approx(1.0)


def test_the_doorbell_works_again_when_a_worker_beats() -> None:
    beats = [Move(1, at, "beat", role, role, "", "", None, None, None)
             for at, role in ((100.5, "ticker"), (101.5, "worker-orders"))]  # fmt: skip
    assert recovery.first_pump(beats, KILLED) == pytest.approx(1.5)
