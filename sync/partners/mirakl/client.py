"""The calls of the Mirakl seller API: paths, parameters and what the codes of refusals mean."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from urllib.parse import urlencode

import httpx

from sync.failures import Refused
from sync.partners.answers import Reply
from sync.partners.mirakl.refusals import refusal
from sync.partners.transport import Limits, Transport
from sync.shapes import Prepared

PAGE = 100


class MiraklClient:
    """One shop of a Mirakl marketplace over HTTP (John Lewis contract 1.1).

    Args:
        url: the instance, without ``/api``.
        key: sent raw in ``Authorization``, without ``Bearer``.
        shop_id: needed only where the key's user can see several shops; empty = the user's default shop.
        allowed_hosts, allow_loopback, limits, inner: see :class:`sync.partners.transport.Transport`.
    """

    def __init__(
        self,
        url: str,
        key: str,
        *,
        shop_id: str = "",
        allowed_hosts: Iterable[str] = (),
        allow_loopback: bool = False,
        limits: Limits | None = None,
        inner: httpx.BaseTransport | None = None,
    ) -> None:
        self._shop = {"shop_id": shop_id} if shop_id else {}
        self._transport = Transport(
            url,
            key=key,
            header="Authorization",
            allowed_hosts=allowed_hosts,
            allow_loopback=allow_loopback,
            limits=limits,
            inner=inner,
        )

    def close(self) -> None:
        """Give the connections back."""
        self._transport.close()

    def account(self) -> Reply:
        """A01: who the key belongs to."""
        return self._get("A01", "/api/account")

    def configuration(self) -> Reply:
        """PC01: what the platform allows."""
        return self._get("PC01", "/api/platform/configuration")

    def shipping_types(self) -> Reply:
        """SH12: the shipping methods."""
        return self._get("SH12", "/api/shipping/types")

    def carriers(self) -> Reply:
        """SH21: the approved carriers."""
        return self._get("SH21", "/api/shipping/carriers")

    def orders(self, *, updated_since: datetime | None, states: Sequence[str], offset: int) -> Reply:
        """OR11 by time of update, oldest order first (John Lewis contract 2.1)."""
        query = {"max": str(PAGE), "offset": str(offset), "sort": "dateCreated", "order": "asc"}
        if updated_since is not None:
            query["start_update_date"] = f"{updated_since.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"
        if states:
            query["order_state_codes"] = ",".join(states)
        return self._get("OR11", "/api/orders", query)

    def orders_by_id(self, order_ids: Sequence[str]) -> Reply:
        """OR11 by order id, at most 100 of them."""
        return self._get("OR11", "/api/orders", {"order_ids": ",".join(order_ids), "max": str(PAGE)})

    def write_path(self, path: str) -> str:
        """The path of a write with the shop, if one was chosen."""
        return f"{path}?{urlencode(self._shop)}" if self._shop else path

    def write(self, prepared: Prepared) -> Reply:
        """Send a write once; raises ``Refused`` when the marketplace said no."""
        reply = self._transport.write(
            prepared.operation, prepared.method, prepared.path, prepared.body, content_type=prepared.content_type
        )
        return self._accepted(prepared.operation, reply, prepared.body)

    def _get(self, operation: str, path: str, query: dict[str, str] | None = None) -> Reply:
        encoded = urlencode({**(query or {}), **self._shop})
        reply = self._transport.read(operation, f"{path}?{encoded}" if encoded else path)
        return self._accepted(operation, reply, None)

    def _accepted(self, operation: str, reply: Reply, sent: bytes | None) -> Reply:
        if not reply.is_success:
            raise Refused(refusal(operation, reply, sent, self._transport.redact), exchange=reply.exchange)
        return reply
