"""One file = one category; every file here is loaded at start."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules


def load() -> None:
    """Import every category, so that it registers itself. An import error passes through and stops the start."""
    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
