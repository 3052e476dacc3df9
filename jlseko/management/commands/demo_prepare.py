"""Makes a demo installation ready: tables, people of every group and the connection to the simulated partners."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from jlseko.demo import carriers
from jlseko.demo.people import PASSWORD, PEOPLE

SHOP = "demo"
# A warehouse that sends within two hours, so that the first minutes show every kind of stall.
# John Lewis gets longer to read a stock file: on the fast clock twenty minutes are ten seconds.
SETTINGS = {
    "poll_minutes": 5,
    "no_dispatch_hours": 2,
    "debit_hours": 1.5,
    "stock_minutes": 30,
    "stock_import_minutes": 60,
    "stock_file_tries": 3,
}


class Command(BaseCommand):
    """Safe to repeat; refuses production."""

    help = "Prepare a demo installation: migrate, make the demo people, connect the simulated partners."

    def add_arguments(self, parser: CommandParser) -> None:
        """Where the simulated partners listen; without them only tables and people are made."""
        parser.add_argument("--marketplace-url", default="")
        parser.add_argument("--warehouse-url", default="")

    def handle(self, *_: Any, **options: Any) -> None:
        """Runs the three steps; the last line printed names the push address."""
        if settings.PRODUCTION:
            raise CommandError("The demo does not run with JLSEKO_ENV=production.")
        call_command("migrate", verbosity=0, interactive=False, stdout=self.stderr)
        self._people()
        if options["marketplace_url"]:
            partners = {
                "marketplace": "mirakl",
                "marketplace_url": options["marketplace_url"],
                "warehouse": "seko",
                "warehouse_url": options["warehouse_url"],
            }
            arguments = [part for name, value in partners.items() for part in (f"--{name.replace('_', '-')}", value)]
            arguments += [part for name, value in SETTINGS.items() for part in ("--set", f"{name}={value}")]
            call_command("connect", SHOP, *arguments, stdout=self.stdout)
            carriers.fill(SHOP)

    def _people(self) -> None:
        user_model = get_user_model()
        lines = [f"Sign in with the password  {PASSWORD}  as"]
        for username, (first, last, group) in PEOPLE.items():
            names = {"first_name": first, "last_name": last, "email": f"{username}@desk.example"}
            is_staff = group == "Admin"  # who also sees the page of parts
            user, new = user_model.objects.get_or_create(username=username, defaults={**names, "is_staff": is_staff})
            if new:
                user.set_password(PASSWORD)
                user.save()
            user.groups.add(Group.objects.get_or_create(name=group)[0])
            lines.append(f"    {username:<8}  {first} {last}, {group}")
        (settings.DATA_DIR / "sign-ins.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
