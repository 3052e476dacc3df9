"""The paths of SEKO's services, with the version that each of them has at an account (SEKO contract 0 and 1.1)."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

from sync.partners.transport import segment
from sync.shapes import CancelReason

VERSIONS = {"orders": "v4", "cancel": "v3", "products": "v4", "stock": "v3", "older": "v1"}
_VERSION = re.compile(r"[A-Za-z0-9.]{1,20}")


class Paths:
    """Where the services are. ``older`` is the version of the readings at the older hub.

    Args:
        versions: versions that differ from those that SEKO's pages show, by service.

    Raises:
        ValueError: a service is not one of ours or a version cannot be one; the sentence names what fits.
    """

    def __init__(self, versions: Mapping[str, str] | None = None) -> None:
        given = dict(versions or {})
        unknown = sorted(set(given) - set(VERSIONS))
        if unknown:
            raise ValueError(f"{unknown[0]!r} is no service that is called. Known services: {', '.join(VERSIONS)}.")
        wrong = sorted(name for name, version in given.items() if not _VERSION.fullmatch(version))
        if wrong:
            raise ValueError(f"The version of {wrong[0]} is letters and digits, for example {VERSIONS[wrong[0]]}.")
        self._versions = VERSIONS | given

    def orders(self) -> str:
        """Load a web sales order."""
        return f"salesorders/{self._versions['orders']}/websubmit"

    def cancel(self, number: str, reason_code: str) -> str:
        """Cancel an order; raises ``ValueError`` for a reason that SEKO does not have (SEKO contract 4.4)."""
        if reason_code and reason_code not in set(CancelReason):
            raise ValueError(f"{reason_code!r} is no reason to cancel. Known: {', '.join(CancelReason)}.")
        query = f"?{urlencode({'reasonCode': reason_code})}" if reason_code else ""
        return f"salesorders/{self._versions['cancel']}/{segment(number)}/cancel{query}"

    def products(self, *, update: bool) -> str:
        """Load or update a product."""
        return f"products/{self._versions['products']}/{'update' if update else 'submit'}"

    def stock(self, codes: str, dc_code: str) -> str:
        """Stock quantities; ``codes`` is an encoded list, empty = all."""
        parts = (f"productCodes={codes}" if codes else "", f"dc={quote(dc_code, safe='')}" if dc_code else "")
        query = "&".join(filter(None, parts))
        return f"stock/{self._versions['stock']}/quantity{f'?{query}' if query else ''}"

    def by_guid(self, guid: str, what: str) -> str:
        """``status`` or ``tracking`` of one order at the older hub."""
        return f"salesorders/{self._versions['older']}/{segment(guid)}/{what}.json"

    def dispatched(self, start: datetime, end: datetime, dc_code: str) -> str:
        """What was dispatched in a period, at the older hub; whole seconds, both ends included."""
        query = {"status": "Dispatched", **({"dc": dc_code} if dc_code else {})}
        period = f"{_second(start)}/{_second(end)}"
        return f"dispatches/{self._versions['older']}/status/{period}.json?{urlencode(query)}"


def _second(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
