"""The sockets below the HTTP client: they know the deadline of a call and refuse addresses inside private networks.

httpx has no total deadline: its read clock restarts with each chunk, also while headers arrive, so a dripping server
would hold a worker for ever. Here every wait of one call is cut to what is left of that call's time.
"""

import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import httpcore
import httpx

from sync.partners.hosts import resolve


class Deadline(threading.local):
    """When the call of this thread must have ended, on the monotonic clock; None outside a call."""

    at: float | None = None

    @contextmanager
    def until(self, at: float) -> Iterator[None]:
        """Cut every wait inside the block so that it ends at ``at``."""
        self.at = at
        try:
            yield
        finally:
            self.at = None

    def cut(self, timeout: float | None) -> float | None:
        """``timeout`` in seconds, or what is left when that is less; 0 or below means that the time is up."""
        if self.at is None:
            return timeout
        left = self.at - time.monotonic()
        return left if timeout is None else min(timeout, left)


class _Stream(httpcore.NetworkStream):
    """A socket whose waits end with the call."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        left = self._deadline.cut(timeout)
        if left is not None and left <= 0:
            raise httpcore.ReadTimeout("The time for this call is up.")
        return self._inner.read(max_bytes, left)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        left = self._deadline.cut(timeout)
        if left is not None and left <= 0:
            raise httpcore.WriteTimeout("The time for this call is up.")
        self._inner.write(buffer, left)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = self._deadline.cut(timeout)
        if left is not None and left <= 0:
            raise httpcore.ConnectTimeout("The time for this call is up.")
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class GuardedBackend(httpcore.NetworkBackend):
    """Connects only to addresses that :func:`sync.partners.hosts.resolve` lets through."""

    def __init__(self, *, deadline: Deadline, allow_loopback: bool) -> None:
        self._sockets = httpcore.SyncBackend()
        self._deadline = deadline
        self._allow_loopback = allow_loopback

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            addresses = resolve(host, port, allow_loopback=self._allow_loopback)
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        failure: Exception = httpcore.ConnectError(f"{host} has no address.")
        for address in addresses:
            left = self._deadline.cut(timeout)
            if left is not None and left <= 0:
                raise httpcore.ConnectTimeout("The time for this call is up.")
            try:
                stream = self._sockets.connect_tcp(address, port, left, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
                continue
            return _Stream(stream, self._deadline)
        raise failure


@cache
def _trusted() -> ssl.SSLContext:
    """The authorities that we believe; read once, because reading them takes longer than a request."""
    return httpx.create_ssl_context(trust_env=False)


class GuardedTransport(httpx.HTTPTransport):
    """httpx's transport with our sockets below it: no proxies of the environment, no retries of its own."""

    def __init__(self, *, backend: httpcore.NetworkBackend, connections: int) -> None:
        verify = _trusted()
        super().__init__(verify=verify, trust_env=False)
        # httpx has no parameter for the sockets; the pool that it just made was never used and holds nothing.
        self._pool = httpcore.ConnectionPool(
            ssl_context=verify,
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=30.0,
            network_backend=backend,
        )


class SigningTransport(httpx.BaseTransport):
    """Adds the key below the client, so that neither httpx's log lines nor its exceptions ever hold it."""

    def __init__(self, inner: httpx.BaseTransport, *, headers: dict[str, str], query: str) -> None:
        self._inner = inner
        self._headers = headers
        self._query = query.encode("ascii")

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        if self._query:
            url = url.copy_with(query=b"&".join(part for part in (url.query, self._query) if part))
        headers = request.headers.copy()
        headers.update(self._headers)
        signed = httpx.Request(
            request.method, url, headers=headers, stream=request.stream, extensions=request.extensions
        )
        return self._inner.handle_request(signed)

    def close(self) -> None:
        self._inner.close()
