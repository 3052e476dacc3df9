"""A day of the campaign has a database of its own, so that no test's transaction lies around it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import measured
from tests.campaign.days import sample


@pytest.fixture
def own_database(django_db_blocker: Any) -> Iterator[None]:
    """Leave to reach the database server."""
    with django_db_blocker.unblock():
        yield


@pytest.fixture
def live(tmp_path: Path, own_database: None, record_property: Any) -> Callable[[int], None]:
    """Live one of the seeds of the tests; its result is kept for what must hold of all of them together."""

    def lived(seed: int) -> None:
        record_property(measured.DAY, sample.lived(seed, tmp_path).as_json())

    return lived
