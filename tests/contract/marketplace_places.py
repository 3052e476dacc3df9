"""Every marketplace adapter with the partner that it is tried on. A new adapter is one more entry."""

from collections.abc import Callable
from typing import Any

from tests.contract.mirakl_place import MiraklPlace

PLACES: dict[str, Callable[..., Any]] = {"mirakl": MiraklPlace}
