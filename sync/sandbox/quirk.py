"""What XML turned into JSON looks like: the quirk of SEKO's older answers (SEKO contract 1.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def collapse(value: Any) -> Any:
    """A list of one becomes its entry, an empty text becomes ``{}``."""
    if isinstance(value, list):
        return collapse(value[0]) if len(value) == 1 else [collapse(entry) for entry in value]
    if isinstance(value, Mapping):
        return {name: collapse(entry) for name, entry in value.items()}
    return {} if value == "" else value
