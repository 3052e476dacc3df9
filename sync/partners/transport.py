"""One keep-alive HTTP client per partner, with total deadlines, size caps and typed failures.

A read is tried up to three times when the connection fails; a write is sent once, because only the engine knows how to
read back what it did. Whatever goes wrong becomes one of the errors of :mod:`sync.failures`, with the exchange attached
and the key redacted.
"""

import random
import re
import socket
import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from urllib.parse import quote, urlencode

import httpx

from jlseko import failpoints
from sync.failures import NotSent, PartnerError, Reach, Unclear
from sync.partners.answers import Answer, Reply, decoded, judge, too_big
from sync.partners.hosts import allow
from sync.partners.network import Deadline, GuardedBackend, GuardedTransport, SigningTransport
from sync.partners.redaction import Redaction
from sync.shapes import Exchange

__all__ = ["Limits", "Reply", "Transport", "allow", "segment"]

_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_JITTER = random.SystemRandom()
_KEPT_REQUEST = 20_000
_KEPT_RESPONSE = 2_000


@dataclass(frozen=True, slots=True)
class Limits:
    """What one call may take: seconds, tries, bytes, open connections. ``reads_total`` covers all tries of a read."""

    connect: float = 3.0
    read: float = 15.0
    write: float = 10.0
    pool: float = 3.0
    total: float = 25.0
    reads_total: float = 20.0
    tries: int = 3
    pause: float = 0.2
    max_bytes: int = 5 * 1024 * 1024
    connections: int = 32


class Transport:
    """HTTP to one partner. Thread-safe; meant to live long and to be closed once.

    Args:
        base_url: paths are appended to it.
        key: the partner's key; redacted from everything that is kept.
        header: name of the header that carries the key; empty = not in a header.
        parameter: name of the query parameter that carries the key; empty = not in the query.
        allowed_hosts: see :func:`sync.partners.hosts.allow`.
        allow_loopback: see there.
        limits: deadlines and caps.
        inner: stands in for the network in tests.

    Raises:
        ValueError: the address is not allowed, or the key cannot be sent; the sentence says what to do.
    """

    def __init__(
        self,
        base_url: str,
        *,
        key: str,
        header: str = "",
        parameter: str = "",
        allowed_hosts: Iterable[str] = (),
        allow_loopback: bool = False,
        limits: Limits | None = None,
        inner: httpx.BaseTransport | None = None,
    ) -> None:
        allow(base_url, allowed_hosts, allow_loopback)
        if not re.fullmatch(r"[!-~]+", key):
            raise ValueError("The key is empty or holds a space or a character that no key has. Copy it again.")
        self._limits = limits or Limits()
        self._base = base_url.rstrip("/") + "/"
        self._redaction = Redaction(key, parameter=parameter)
        self._deadline = Deadline()
        if inner is None:
            backend = GuardedBackend(deadline=self._deadline, allow_loopback=allow_loopback)
            inner = GuardedTransport(backend=backend, connections=self._limits.connections)
        headers = {header: key} if header else {}
        query = urlencode({parameter: key}) if parameter else ""
        self._client = httpx.Client(
            transport=SigningTransport(inner, headers=headers, query=query),
            timeout=httpx.Timeout(
                connect=self._limits.connect, read=self._limits.read, write=self._limits.write, pool=self._limits.pool
            ),
            headers={"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "jlseko"},
            cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
            follow_redirects=False,
            trust_env=False,
        )

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def redact(self, text: str) -> str:
        """``text`` without the key."""
        return self._redaction.text(text)

    def read(self, operation: str, path: str, *, accept: str = "", counted: bool = False) -> Reply:
        """GET ``path``, trying again after a failed connection while the time for reads lasts.

        ``accept`` stands in for JSON where the answer is a file. ``counted`` = the partner allows so few of these calls
        that one of which it may have heard is not made again at once.

        Raises:
            NotSent, Throttled, Unauthorised, Unclear: see :mod:`sync.failures`.
        """
        request = self._request("GET", path, accept=accept)
        ends = time.monotonic() + self._limits.reads_total
        tries_left = self._limits.tries
        while True:
            tries_left -= 1
            try:
                return self._call(operation, request, b"", ends)
            except PartnerError as error:
                pause = _JITTER.uniform(0.25, 1.0) * self._limits.pause * 2 ** (self._limits.tries - tries_left - 1)
                transport_failed = isinstance(error.__cause__, httpx.TransportError)
                heard = counted and not isinstance(error, NotSent)
                if heard or not transport_failed or tries_left <= 0 or time.monotonic() + pause >= ends:
                    raise
                time.sleep(pause)

    def write(self, operation: str, method: str, path: str, body: bytes | None, *, content_type: str = "") -> Reply:
        """Send a write once.

        Args:
            operation: the contract's name of the call, kept in the exchange.
            method: HTTP method.
            path: appended to the base address, with its query if any.
            body: None is sent as an empty body with its length (John Lewis contract 1.1).
            content_type: left out when empty.

        Raises:
            NotSent, Throttled, Unauthorised, Unclear: see :mod:`sync.failures`.
        """
        content = body or b""
        request = self._request(method, path, content=content, content_type=content_type)
        if failpoints.is_rehearsal:
            request.extensions["trace"] = _after_sending
        return self._call(operation, request, content, time.monotonic() + self._limits.total)

    def _request(
        self, method: str, path: str, *, content: bytes | None = None, content_type: str = "", accept: str = ""
    ) -> httpx.Request:
        headers = {"Content-Type": content_type} if content_type else {}
        if accept:
            headers["Accept"] = accept
        if content is not None:
            headers["Content-Length"] = str(len(content))
        return self._client.build_request(method, self._base + path.lstrip("/"), content=content, headers=headers)

    def _call(self, operation: str, request: httpx.Request, sent: bytes, ends: float) -> Reply:
        began = time.monotonic()

        def exchange(answer: Answer | None) -> Exchange:
            return Exchange(
                operation=operation,
                method=request.method,
                path=self._redaction.text(request.url.raw_path.decode("ascii", "replace")),
                status=answer.status if answer else None,
                request_body=self._redaction.body(sent, _KEPT_REQUEST),
                response_body=self._redaction.body(answer.content, _KEPT_RESPONSE) if answer else "",
                seconds=round(time.monotonic() - began, 4),
            )

        if self._client.is_closed:
            raise NotSent("The connection was given back before this call.", exchange=exchange(None))
        try:
            with self._deadline.until(ends):
                answer = self._exchange(request, ends)
        except (httpx.HTTPError, httpx.StreamError, OSError, RuntimeError, ValueError) as error:
            kind = NotSent if isinstance(error, _NEVER_LEFT) else Unclear
            reach, reason = _reason(error)
            failed = kind(reason, exchange=exchange(None))
            failed.reach = reach
            raise failed from error
        return judge(answer, exchange(answer))

    def _exchange(self, request: httpx.Request, ends: float) -> Answer:
        response = self._client.send(request, stream=True)
        try:
            content, problem = self._body(response, ends)
        except (httpx.HTTPError, httpx.StreamError) as error:
            if response.status_code < 400:
                raise
            # The code says most of what there is to know; judge() decides whether the body is needed.
            content, problem = b"", _reason(error)[1]
        finally:
            response.close()
        return Answer(status=response.status_code, headers=response.headers, content=content, problem=problem)

    def _body(self, response: httpx.Response, ends: float) -> tuple[bytes, str]:
        """Read the body as it comes over the wire, then unpack it: httpx itself would unpack without a cap."""
        limit = self._limits.max_bytes
        chunks: list[bytes] = []
        size = 0
        for chunk in response.stream:  # type: ignore[union-attr]
            size += len(chunk)
            if size > limit:
                return b"".join(chunks), too_big(limit)
            chunks.append(chunk)
            if time.monotonic() >= ends:
                raise httpx.ReadTimeout("The time for this call is up.", request=response.request)
        return decoded(b"".join(chunks), response.headers.get("Content-Encoding", ""), limit)


def _after_sending(event: str, _told: object) -> None:
    if event == "http11.send_request_body.complete":
        failpoints.reach("http.sent")


def segment(value: str) -> str:
    """``value`` as one segment of a path; dots alone must not climb."""
    encoded = quote(value, safe="")
    return encoded if encoded.strip(".") else encoded.replace(".", "%2E")


def _reason(error: Exception) -> tuple[Reach, str]:
    """How a connection failed, and one sentence about it, without the partner's own words."""
    causes: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and len(causes) < 10:
        causes.append(cause)
        cause = cause.__cause__ or cause.__context__
    if any(isinstance(each, ssl.SSLError) for each in causes):
        return Reach.TLS, "No secure connection: the certificate or the encryption was not accepted."
    if any(isinstance(each, socket.gaierror) for each in causes):
        return Reach.NAME, "The partner's host name could not be found."
    if any(isinstance(each, PermissionError) for each in causes):
        return Reach.PRIVATE, "The partner's host name points into a private network, which is refused."
    if isinstance(error, httpx.ConnectTimeout):
        return Reach.TIMEOUT, "The partner did not take the connection in time."
    if isinstance(error, httpx.PoolTimeout):
        return Reach.BUSY, "All connections to the partner were busy."
    if isinstance(error, httpx.ConnectError):
        return Reach.REFUSED, "The partner refused the connection."
    if isinstance(error, httpx.TimeoutException):
        return Reach.TIMEOUT, "The partner did not answer in time."
    return Reach.BROKEN, "The connection broke before the answer was complete."
