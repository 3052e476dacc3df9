"""People to sign in with on a demo."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from exceptions.groups import grant
from exceptions.roles import ADMIN, FINANCE, MANAGER, OPERATIONS

PEOPLE = (
    ("olivia", "Olivia", "Marsh", OPERATIONS),
    ("owen", "Owen", "Clarke", OPERATIONS),
    ("maya", "Maya", "Patel", MANAGER),
    ("adam", "Adam", "Whitfield", ADMIN),
    ("fiona", "Fiona", "Hughes", FINANCE),
)
PASSWORD = "demo-desk-2026"  # nosec B105  # noqa: S105 - shown on the demo's own sign-in page


class Command(BaseCommand):
    """Creates the groups and one or two people for each."""

    help = "Create the four groups and demo people for them. Not under production settings. Safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        """The password of all of them."""
        parser.add_argument("--password", default=PASSWORD, help=f"password of every demo person (default {PASSWORD})")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        """Create who is missing; passwords are set each time, rights added by hand stay."""
        if settings.PRODUCTION:
            raise CommandError("Demo people are not created under production settings.")
        grant()
        for username, first, last, group in PEOPLE:
            user, _ = User.objects.get_or_create(
                username=username,
                defaults={"first_name": first, "last_name": last, "email": f"{username}@example.com"},
            )
            user.is_active = True
            user.set_password(options["password"])
            user.save()
            user.groups.set([Group.objects.get(name=group)])
            self.stdout.write(f"{username:8} {options['password']}  {group}")
