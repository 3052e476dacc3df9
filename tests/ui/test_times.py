"""Deadlines and moments in words, seen from business time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from jlseko.ui import times

NOW = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(times, "business_now", lambda: NOW)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"), (59, "59 s"), (60, "1 m"), (3599, "59 m"), (3600, "1 h"), (4800, "1 h 20 m"), (-4800, "1 h 20 m"),
        (36_000 + 60, "10 h"), (86_400, "1 d"), (86_400 * 3 + 4 * 3600, "3 d 4 h"), (86_400 * 12 + 7200, "12 d"),
    ],
)  # fmt: skip
def test_a_duration_has_at_most_two_units(seconds: int, words: str) -> None:
    assert times.span(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(
    ("offset", "level", "words"),
    [
        (timedelta(hours=-2), "late", "2 h late"),
        (timedelta(0), "late", "0 s late"),
        (timedelta(minutes=80), "soon", "due in 1 h 20 m"),
        (timedelta(hours=2), "soon", "due in 2 h"),
        (timedelta(hours=7), "ok", "due in 7 h"),
    ],
)
def test_a_deadline_says_how_far_away_it_is_in_words_and_with_an_icon(
    offset: timedelta, level: str, words: str
) -> None:
    drawn = times.due(NOW + offset)
    assert f'class="due due-{level}"' in drawn
    assert f">{words}</time>" in drawn
    assert "<svg" in drawn


def test_no_deadline_is_said() -> None:
    assert "No deadline" in times.due(None)


def test_times_are_london_time_with_the_zone_of_their_own_day() -> None:
    assert times.london(datetime(2026, 7, 1, 12, 0, tzinfo=UTC)) == "Wed 1 Jul 2026, 13:00:00 BST"
    assert times.london(datetime(2026, 1, 5, 12, 0, tzinfo=UTC)) == "Mon 5 Jan 2026, 12:00:00 GMT"


def test_a_moment_shows_no_more_of_its_date_than_is_needed() -> None:
    assert times.short_london(datetime(2026, 7, 1, 8, 5, tzinfo=UTC)) == "09:05 BST"
    assert times.short_london(datetime(2026, 6, 30, 22, 59, tzinfo=UTC)) == "30 Jun, 23:59 BST"
    assert times.short_london(datetime(2026, 6, 30, 23, 1, tzinfo=UTC)) == "00:01 BST"
    assert times.short_london(datetime(2025, 12, 24, 8, 5, tzinfo=UTC)) == "24 Dec 2025, 08:05 GMT"


def test_a_moment_keeps_its_full_form_and_distance_in_the_title() -> None:
    drawn = times.when(NOW - timedelta(minutes=5))
    assert 'title="Wed 1 Jul 2026, 12:55:00 BST · 11:55:00 UTC · 5 m ago"' in drawn
    assert 'datetime="2026-07-01T11:55:00+00:00"' in drawn
