"""The project's own files, for the rules that read all of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
FOREIGN = frozenset({
    ".git", ".venv", ".data", "node_modules", "staticfiles", "test-results", "__pycache__",
    ".mypy_cache", ".pytest_cache", ".ruff_cache", ".import_linter_cache", ".hypothesis", ".cache",
})  # fmt: skip
WRITTEN = frozenset({".py", ".html", ".css", ".js", ".md", ".toml", ".txt", ".yml", ".yaml", ".cfg", ".svg", ""})


def files(*suffixes: str) -> Iterator[Path]:
    """Every file of the project with one of these endings; every text file without."""
    for path in sorted(PROJECT.rglob("*")):
        inside = path.relative_to(PROJECT)
        if path.is_file() and not FOREIGN & set(inside.parts) and path.suffix in (suffixes or WRITTEN):
            yield path


def named(path: Path) -> str:
    """A path as a person would say it."""
    return str(path.relative_to(PROJECT))
