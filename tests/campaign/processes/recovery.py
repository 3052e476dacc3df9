"""How long it took until work went on: from the moves of leases alone."""

from __future__ import annotations

from collections.abc import Sequence

from tests.campaign.processes.witness import Move


def after_kill(moves: Sequence[Move], killed_at: float) -> float | None:
    """Seconds from a kill until whatever the killed process held has made its first step; where it held nothing, until
    the first step of anything. None when that has not happened.
    """
    held = [move for move in moves if move.expired and move.at > killed_at and _began(moves, move) < killed_at]
    if held:
        steps = [_next_step(moves, move) for move in held]
        return None if None in steps else max(step - killed_at for step in steps if step is not None)
    return first_step(moves, killed_at)


def first_step(moves: Sequence[Move], since: float) -> float | None:
    """Seconds until the first step that was begun and ended after an instant."""
    ends = [move.at for move in moves if _is_step(move) and _began(moves, move) >= since]
    return min(ends) - since if ends else None


def first_pump(moves: Sequence[Move], since: float) -> float | None:
    """Seconds until a worker was woken by the doorbell after an instant."""
    beats = [move.at for move in moves if move.kind == "beat" and move.lane.startswith("worker-") and move.at >= since]
    return min(beats) - since if beats else None


def fenced_out(moves: Sequence[Move]) -> int:
    """How many leases ended because their holder did not come back in time."""
    return sum(move.expired for move in moves)


def _is_step(move: Move) -> bool:
    return move.kind in ("item", "flow") and move.ended and not move.expired


def _began(moves: Sequence[Move], ended: Move) -> float:
    """When the lease that ended here was taken; long ago where that was before the list begins."""
    found = [move.at for move in moves if move.now_token == ended.was_token and move.at <= ended.at]
    return found[-1] if found else 0.0


def _next_step(moves: Sequence[Move], freed: Move) -> float | None:
    later = (
        move.at
        for move in moves
        if (move.kind, move.subject) == (freed.kind, freed.subject) and move.id > freed.id and _is_step(move)
    )
    return next(later, None)
