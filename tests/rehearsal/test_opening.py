"""A rehearsed day begins at the same hour, whenever it is started."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from jlseko.clock import Anchor
from tests.rehearsal.day import opening


@pytest.mark.parametrize(
    ("real", "shown"),
    [
        ("2026-11-25T23:40:12+00:00", "2026-11-26T17:00:00+00:00"),
        ("2026-11-26T17:00:00+00:00", "2026-11-26T17:00:00+00:00"),
        ("2026-11-26T17:00:01+00:00", "2026-11-27T17:00:00+00:00"),
        ("2026-07-01T13:05:00+00:00", "2026-07-01T16:00:00+00:00"),
    ],
)
def test_it_is_opening_time_when_the_day_begins(real: str, shown: str) -> None:
    begins = datetime.fromisoformat(real).astimezone(UTC)
    anchor = Anchor(opening(begins, 180.0), 180.0)
    assert abs(anchor.business(begins) - datetime.fromisoformat(shown)).total_seconds() < 0.01
