"""The handbook of the desk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from exceptions.runbooks import handbook


class Command(BaseCommand):
    """Writes docs/handbook.md from the runbooks."""

    help = "Write docs/handbook.md from the runbooks of the categories."

    def add_arguments(self, parser: CommandParser) -> None:
        """Where to, or only to compare."""
        parser.add_argument("--check", action="store_true", help="change nothing; fail when the file is not up to date")
        parser.add_argument("--to", type=Path, default=Path(settings.BASE_DIR) / "docs" / "handbook.md")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write, or compare."""
        path: Path = options["to"]
        text = handbook()
        if options["check"]:
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                raise CommandError(f"{path.name} is not up to date: run python manage.py handbook")
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        self.stdout.write(f"{path.name} written")
