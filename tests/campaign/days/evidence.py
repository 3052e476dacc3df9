"""What a day leaves behind for the judge: the product's public exports, and what the runner did and armed."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.core.management import call_command, get_commands

EXPORTS = (
    ("account_for", ("--json",), "accounts.json"), ("stock_levels", ("--json",), "levels.json"),
    ("export_exceptions", ("--json",), "exceptions.json"), ("export_audit", (), "audit.jsonl"),
)  # fmt: skip


def export(folder: Path, *, without: frozenset[str] = frozenset()) -> None:
    """Write the product's public exports as they are at this moment."""
    folder.mkdir(parents=True, exist_ok=True)
    known = get_commands()
    for command, arguments, name in EXPORTS:
        if command not in known or command in without:
            continue
        out = io.StringIO()
        with suppress(SystemExit):  # books that do not balance: the judge sees it himself
            call_command(command, *arguments, stdout=out, stderr=io.StringIO())
        (folder / name).write_text(out.getvalue(), encoding="utf-8")


def write(path: Path, content: Mapping[str, Any]) -> None:
    """Write one JSON file for people to read, too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1, default=str), encoding="utf-8")
