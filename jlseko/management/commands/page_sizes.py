"""Prints what each page weighs: HTML, first load and statements."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.test import Client
from django.urls import reverse

from exceptions.models import ExceptionRecord
from jlseko.navigation import ENTRIES, place
from jlseko.weights import PageWeight, weigh
from sync.links import order_url
from sync.models import Order


class Command(BaseCommand):
    """Opens every page of the navigation, the newest exception, its cause and the newest order, and changes nothing."""

    help = "Print the size of every page and of what a first visit loads, plain and as gzip sends it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Who looks, and at what."""
        parser.add_argument("--as", dest="username", default="admin", help="whose pages (default: admin)")
        parser.add_argument("paths", nargs="*", help="addresses; without them every page of the navigation")

    def handle(self, *_: Any, **options: Any) -> None:
        """A line for each page, then one for each file of the first page.

        Raises:
            CommandError: nobody has this user name.
        """
        person = get_user_model()._default_manager.filter(username=options["username"]).first()
        if person is None:
            raise CommandError(f"Nobody has the user name {options['username']!r}. Choose another one with --as.")
        with transaction.atomic():
            client = Client(headers={"host": settings.ALLOWED_HOSTS[0]})
            client.force_login(person)
            pages = [weigh(client, path) for path in options["paths"] or _paths()]
            transaction.set_rollback(True)
        self._tell(pages)

    def _tell(self, pages: list[PageWeight]) -> None:
        self.stdout.write(f"{'page':<44}{'status':>7}{'HTML':>18}{'first load':>20}{'SQL':>5}")
        for page in pages:
            html, first = str(page.html), str(page.first_load)
            self.stdout.write(f"{page.path:<44}{page.status:>7}{html:>18}{first:>20}{page.queries:>5}")
        self.stdout.write("\nFiles of the first page, KB plain / gzip")
        for name, weight in pages[0].assets.items():
            self.stdout.write(f"{name:<44}{weight!s:>18}")


def _paths() -> list[str]:
    places = [found[0] for entry in ENTRIES if (found := place(entry.url_name))]
    record = ExceptionRecord.objects.live().filter(cause__isnull=False).order_by("-pk").first()
    if record:
        places += [reverse("exceptions:detail", args=[record.pk]), reverse("exceptions:cause", args=[record.cause_id])]
    order = Order.objects.select_related("connection").order_by("-pk").first()
    return [*places, *([order_url(order)] if order else []), reverse("ui:gallery")]
