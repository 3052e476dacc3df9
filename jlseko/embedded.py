"""Embedded servers."""

from __future__ import annotations

from collections.abc import Sequence


def wanted_by(arguments: Sequence[str]) -> bool:
    return False


def ensure() -> None:
    return None
