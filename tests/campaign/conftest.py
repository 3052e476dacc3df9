"""A day of the campaign has a database of its own, so that no test's transaction lies around it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def own_database(django_db_blocker: Any) -> Iterator[None]:
    """Leave to reach the database server."""
    with django_db_blocker.unblock():
        yield
