"""One shop of a Mirakl marketplace over HTTP: the shop in every call, typed refusals, prepared writes."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import httpx

from sync.failures import Refused
from sync.partners.answers import Reply
from sync.partners.mirakl.fields import as_body
from sync.partners.mirakl.multipart import Part, form
from sync.partners.mirakl.refusals import refusal
from sync.partners.transport import Limits, Transport
from sync.shapes import Prepared

Query = Mapping[str, str | Sequence[str]]
_LONGEST_KEY = 200
# Allowed once in a while each (John Lewis contract 1.5); orders asked for by their ids are free.
_COUNTED = frozenset({"OR11", "STO02", "STO03", "ST12", "RT11", "TL02"})


class MiraklClient:
    """The way to the marketplace (John Lewis contract 1.1).

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

    def redact(self, text: str) -> str:
        """``text`` without the key."""
        return self._transport.redact(text)

    def read(self, operation: str, path: str, query: Query | None = None, *, accept: str = "") -> Reply:
        """GET ``path``; a sequence in ``query`` is sent as a repeated parameter. Raises ``Refused`` on a "no"."""
        counted = operation in _COUNTED and "order_ids" not in (query or {})
        reply = self._transport.read(operation, self._located(path, query or {}), accept=accept, counted=counted)
        return self._accepted(operation, reply, None)

    def prepare(
        self,
        operation: str,
        method: str,
        path: str,
        *,
        natural_key: str,
        body: Mapping[str, Any] | None = None,
        parts: Sequence[Part] = (),
    ) -> Prepared:
        """A write that is ready to leave: a JSON body, the parts of a form, or an empty body."""
        content, content_type = form(parts) if parts else (None, "")
        if body is not None:
            content, content_type = as_body(body), "application/json"
        return Prepared(
            operation=operation,
            method=method,
            path=self._located(path, {}),
            natural_key=natural_key,
            body=content,
            content_type=content_type,
        )

    def write(self, prepared: Prepared) -> Reply:
        """Send a write once; raises ``Refused`` when the marketplace said no."""
        reply = self._transport.write(
            prepared.operation, prepared.method, prepared.path, prepared.body, content_type=prepared.content_type
        )
        return self._accepted(prepared.operation, reply, prepared.body)

    def _located(self, path: str, query: Query) -> str:
        """The path with its query and the shop, if one was chosen."""
        encoded = urlencode({**query, **self._shop}, doseq=True)
        return f"{path}?{encoded}" if encoded else path

    def _accepted(self, operation: str, reply: Reply, sent: bytes | None) -> Reply:
        if not reply.is_success:
            raise Refused(refusal(operation, reply, sent, self.redact), exchange=reply.exchange)
        return reply


def key_of(*names: str) -> str:
    """The natural key of a write about these things; many or long names are cut short by a digest of them all."""
    joined = ",".join(names)
    if len(joined) <= _LONGEST_KEY:
        return joined
    return f"{names[0][:120]} and {len(names) - 1} more {hashlib.sha256(joined.encode()).hexdigest()[:16]}"
