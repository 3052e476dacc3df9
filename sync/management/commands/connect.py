"""``manage.py connect``: pair one John Lewis shop with one SEKO account."""

import os
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_slug

from sync.connections import connecting


class Command(BaseCommand):
    """Creates or changes a connection and prints the URL that SEKO is to push to.

    Keys come from ``JLSEKO_MARKETPLACE_KEY`` and ``JLSEKO_WAREHOUSE_KEY``, so that they appear in no process list.
    """

    help = "Pair a John Lewis shop with a SEKO account; prints the push URL for SEKO."

    def add_arguments(self, parser: CommandParser) -> None:
        """Names and addresses."""
        parser.add_argument("name", help="A short name: letters, digits, hyphens.")
        parser.add_argument("--marketplace", default="mirakl", help="Kind of marketplace.")
        parser.add_argument("--marketplace-url", required=True, help="Base address without /api.")
        parser.add_argument("--warehouse", default="seko", help="Kind of warehouse.")
        parser.add_argument("--warehouse-url", required=True, help="Base address with /api/.")
        parser.add_argument(
            "--warehouse-status-url", default="", help="Where status is read; default: the warehouse base."
        )
        parser.add_argument(
            "--set", action="append", default=[], metavar="NAME=VALUE", help="A setting of the connection."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Check everything, then save; nothing is saved when anything is wrong."""
        try:
            validate_slug(options["name"])
            connection = connecting.connect(
                options["name"],
                marketplace=connecting.Address(options["marketplace"], options["marketplace_url"]),
                warehouse=connecting.Address(options["warehouse"], options["warehouse_url"]),
                status_url=options["warehouse_status_url"],
                marketplace_key=os.environ.get("JLSEKO_MARKETPLACE_KEY", ""),
                warehouse_key=os.environ.get("JLSEKO_WAREHOUSE_KEY", ""),
                settings_text=options["set"],
            )
        except ValidationError:
            raise CommandError("The name may hold letters, digits, hyphens and underscores only.") from None
        except ValueError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"Connected {connection.name}.")
        self.stdout.write(f"Push URL for SEKO: {settings.PUBLIC_URL}{connecting.push_path(connection)}")
