"""The calls of SEKO's iHub: paths, parameters and the envelope that carries the verdict."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import httpx

from sync.failures import Code, Failure, NotSent, Refused
from sync.partners.answers import Reply
from sync.partners.seko.paths import Paths
from sync.partners.seko.texts import classify
from sync.partners.seko.wire import Envelope, read_envelope
from sync.partners.strict_json import read_json
from sync.partners.transport import Limits, Transport
from sync.shapes import Prepared

# SEKO allows 2,048 characters of query in all, the key and the distribution centre among them (SEKO contract 1.1).
LONGEST_CODES = 1_800


class SekoClient:
    """One client account at SEKO over HTTP (SEKO contract 1.1).

    Args:
        url: the iHub address with ``/api/``.
        key: sent as a query parameter.
        status_url: the address of the older hub that answers readings by GUID, with ``/api/``; empty = none.
        key_parameter: name of the parameter that carries the key.
        status_key_parameter: its name at the older hub.
        dc_code: needed by readings where the account has several distribution centres.
        paths: where the services are.
        allowed_hosts, allow_loopback, limits, inner: see :class:`sync.partners.transport.Transport`.
    """

    def __init__(
        self,
        url: str,
        key: str,
        *,
        status_url: str = "",
        key_parameter: str = "api_key",
        status_key_parameter: str = "token",
        dc_code: str = "",
        paths: Paths | None = None,
        allowed_hosts: Iterable[str] = (),
        allow_loopback: bool = False,
        limits: Limits | None = None,
        inner: httpx.BaseTransport | None = None,
    ) -> None:
        hosts = tuple(allowed_hosts)

        def transport(base: str, parameter: str) -> Transport:
            return Transport(
                base,
                key=key,
                parameter=parameter,
                allowed_hosts=hosts,
                allow_loopback=allow_loopback,
                limits=limits,
                inner=inner,
            )

        self._dc_code = dc_code
        self._paths = paths or Paths()
        self._hub = transport(url, key_parameter)
        self._older_hub = transport(status_url, status_key_parameter) if status_url else None

    @property
    def can_read_status(self) -> bool:
        return self._older_hub is not None

    def close(self) -> None:
        """Give the connections back."""
        self._hub.close()
        if self._older_hub:
            self._older_hub.close()

    def write(self, prepared: Prepared) -> tuple[Reply, Envelope]:
        """Send a write once; raises ``Refused`` with the classified cause when SEKO said no (SEKO contract 2)."""
        reply = self._hub.write(
            prepared.operation, prepared.method, prepared.path, prepared.body, content_type=prepared.content_type
        )
        envelope = self._envelope(prepared.operation, reply)
        if not envelope.success:
            raise self._refused(prepared.operation, envelope.message, reply)
        return reply, envelope

    def stock(self, operation: str, codes: str) -> tuple[Reply, Envelope]:
        """Read stock quantities; ``codes`` is the encoded list of product codes, empty = all (SEKO contract 7.1)."""
        reply = self._hub.read(operation, self._paths.stock(codes, self._dc_code), counted=True)
        return reply, self._envelope(operation, reply)

    def refused(self, operation: str, envelope: Envelope, reply: Reply) -> Refused:
        """The typed form of a failure that came with HTTP 200."""
        return self._refused(operation, envelope.message, reply)

    def by_guid(self, guid: str, what: str) -> tuple[Reply, Envelope]:
        """Read ``status`` or ``tracking`` of an order from the older hub (SEKO contract 5)."""
        return self._older(what, self._paths.by_guid(guid, what))

    def dispatched(self, start: datetime, end: datetime) -> tuple[Reply, Envelope]:
        """Read what was dispatched in a period from the older hub (SEKO contract 7.2)."""
        return self._older("dispatches", self._paths.dispatched(start, end, self._dc_code), counted=True)

    def _older(self, operation: str, path: str, *, counted: bool = False) -> tuple[Reply, Envelope]:
        if self._older_hub is None:
            raise NotSent("No status address is set for SEKO, so nothing can be read back.")
        reply = self._older_hub.read(operation, path, counted=counted)
        if not reply.is_success:
            raise reply.unclear(f"SEKO's status address does not answer readings (HTTP {reply.status}).")
        return reply, self._read(reply)

    def _envelope(self, operation: str, reply: Reply) -> Envelope:
        if reply.is_success:
            return self._read(reply)
        raise self._refused_by_code(operation, reply)

    def _read(self, reply: Reply) -> Envelope:
        try:
            return read_envelope(reply.json())
        except ValueError as error:
            raise reply.unclear(f"The answer is not what it should be ({error}).") from None

    def _refused(self, operation: str, message: str, reply: Reply) -> Refused:
        return Refused(classify(self._hub.redact(message), operation), exchange=reply.exchange)

    def _refused_by_code(self, operation: str, reply: Reply) -> Refused:
        """A 4xx: the hub has no such path, or its web server did not take the request (SEKO contract 2)."""
        facts = {"operation": operation, "http_status": str(reply.status)}
        if reply.status == 404:
            text = "SEKO's server does not know this address. Check the base address and the versions in it."
            return Refused(Failure(Code.WAREHOUSE_SETUP, text, facts=facts), exchange=reply.exchange)
        said = self._hub.redact(_message(reply))
        text = said or f"SEKO's server did not take the request (HTTP {reply.status}) and gave no reason."
        return Refused(Failure(Code.UNCLASSIFIED, text, facts=facts), exchange=reply.exchange)


def _message(reply: Reply) -> str:
    try:
        body: Any = read_json(reply.content)
    except ValueError:
        return ""
    said = body.get("Message") if isinstance(body, dict) else None
    return said.strip()[:500] if isinstance(said, str) else ""
