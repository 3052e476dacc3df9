"""SEKO's warehouse as the engine's warehouse."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import quote

import httpx

from sync.partners.seko.bodies import order_body, product_body
from sync.partners.seko.client import LONGEST_CODES, SekoClient
from sync.partners.seko.paths import Paths
from sync.partners.seko.push import read_push
from sync.partners.seko.push_fields import FieldNames
from sync.partners.seko.stock import stock_answer
from sync.partners.seko.texts import CANCEL, NOT_KNOWN, NOTHING_FOUND, ORDER, PRODUCT, STOCK
from sync.partners.seko.wire import loose_text, many
from sync.partners.transport import Limits
from sync.shapes import (
    Answer,
    Prepared,
    PushMessage,
    StockAnswer,
    WarehouseOrder,
    WarehouseProduct,
    WarehouseStatus,
)

_NO_PRODUCT = "JLSEKO-CONNECTION-TEST"
_LONGEST_STATUS = 60
_LONGEST_GUID = 100


class SekoWarehouse:
    """Implements :class:`sync.ports.Warehouse` for SEKO's iHub.

    Args:
        url: the iHub address with ``/api/``.
        key: the client account's key.
        status_url: the older hub that answers readings by GUID, with ``/api/``; empty = outcomes cannot be read back.
        key_parameter: name of the query parameter that carries the key.
        status_key_parameter: its name at the older hub.
        dc_code: needed by stock readings where the account has several distribution centres.
        push_aliases: our names of push fields to further names that the account gives them.
        versions: versions of services that differ from the published ones.
        wrapped: whether the account wants its requests inside ``Request``, as the older hub did.
        allowed_hosts, allow_loopback, limits, inner: see :class:`sync.partners.transport.Transport`.

    Raises:
        ValueError: an address is not allowed, the key cannot be sent, or an alias or a version is for nothing of ours.
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
        push_aliases: Mapping[str, tuple[str, ...]] | None = None,
        versions: Mapping[str, str] | None = None,
        wrapped: bool = False,
        allowed_hosts: Iterable[str] = (),
        allow_loopback: bool = False,
        limits: Limits | None = None,
        inner: httpx.BaseTransport | None = None,
    ) -> None:
        self._push_names = FieldNames(push_aliases)
        self._paths = Paths(versions)
        self._wrapped = wrapped
        self._client = SekoClient(
            url,
            key,
            status_url=status_url,
            key_parameter=key_parameter,
            status_key_parameter=status_key_parameter,
            dc_code=dc_code,
            paths=self._paths,
            allowed_hosts=allowed_hosts,
            allow_loopback=allow_loopback,
            limits=limits,
            inner=inner,
        )
        self.can_read_status = self._client.can_read_status

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def ping(self) -> None:
        """Ask for the stock of a product that nobody has: a wrong key is refused, a right one finds nothing."""
        reply, envelope = self._client.stock(STOCK, _NO_PRODUCT)
        if not envelope.success and not NOTHING_FOUND.search(envelope.message):
            raise self._client.refused(STOCK, envelope, reply)

    def prepare_order(self, order: WarehouseOrder) -> Prepared:
        """Load a web sales order (websubmit v4; SEKO contract 4.2).

        Raises:
            ValueError: a value that we chose ourselves is longer than SEKO takes.
        """
        return Prepared(
            operation=ORDER,
            method="POST",
            path=self._paths.orders(),
            natural_key=order.number,
            body=order_body(order, wrapped=self._wrapped),
        )

    def prepare_cancel(self, number: str, *, reason_code: str) -> Prepared:
        """Ask to cancel a whole order (cancel v3; SEKO contract 4.4). A yes may still be taken back by the warehouse.

        Raises:
            ValueError: ``reason_code`` is neither empty nor one of SEKO's.
        """
        path = self._paths.cancel(number, reason_code)
        return Prepared(operation=CANCEL, method="POST", path=path, natural_key=number)

    def prepare_product(self, product: WarehouseProduct, *, update: bool) -> Prepared:
        """Load a product, or say all of it anew (products v4; SEKO contract 7.3).

        Raises:
            ValueError: a text is longer than SEKO takes, or one that it needs is empty.
        """
        return Prepared(
            operation=PRODUCT,
            method="POST",
            path=self._paths.products(update=update),
            natural_key=product.code,
            body=product_body(product, update=update, wrapped=self._wrapped),
        )

    def send(self, prepared: Prepared) -> Answer:
        """Send a prepared write once. The verdict is in the envelope, also with HTTP 200 (SEKO contract 2)."""
        reply, envelope = self._client.write(prepared)
        return Answer(exchange=reply.exchange, reference=envelope.text("GUID"))

    def status(self, guid: str) -> WarehouseStatus:
        """Read where an order is, with courier and tracking number once it is dispatched (SEKO contract 5)."""
        reply, envelope = self._client.by_guid(guid, "status")
        if not envelope.success:
            if NOT_KNOWN.search(envelope.message):
                return WarehouseStatus(found=False)
            raise reply.unclear("SEKO could not tell the status of the order.")
        status = envelope.text("Status", _LONGEST_STATUS)
        if status.casefold() != "dispatched":
            return WarehouseStatus(found=True, status=status)
        reply, envelope = self._client.by_guid(guid, "tracking")
        if not envelope.success:
            raise reply.unclear("SEKO could not tell the tracking number of the order.")
        return WarehouseStatus(
            found=True, status=status, courier=envelope.text("Courier"), tracking_number=envelope.text("TrackingNumber")
        )

    def dispatched_between(self, start: datetime, end: datetime) -> list[str]:
        """Read the GUIDs of the orders that were dispatched in a period, each once (SEKO contract 7.2)."""
        reply, envelope = self._client.dispatched(start, end)
        if not envelope.success:
            if NOTHING_FOUND.search(envelope.message):
                return []
            raise reply.unclear("SEKO could not tell what was dispatched.")
        held = envelope.body.get("List")
        entries = many(held.get("DispatchLineItem")) if isinstance(held, dict) else many(held)
        guids = (loose_text(entry.get("GUID"))[:_LONGEST_GUID] for entry in entries if isinstance(entry, dict))
        return list(dict.fromkeys(filter(None, guids)))

    def stock(self, product_codes: Sequence[str] | None = None) -> StockAnswer:
        """Read stock; all products when no codes are given (SEKO contract 7.1).

        The answer is complete only when all products were asked for and every row could be read. "No results" is an
        answer without rows, not a failure.
        """
        if product_codes is None:
            return self._stock("")
        answers = [self._stock(codes) for codes in _portions(product_codes)]
        times = [answer.remote_now for answer in answers if answer.remote_now]
        return StockAnswer(
            rows=tuple(row for answer in answers for row in answer.rows),
            complete=False,
            remote_now=min(times, default=None),
            skipped=sum(answer.skipped for answer in answers),
        )

    def read_push(self, body: bytes, *, path: str = "") -> list[PushMessage]:
        """Read a pushed body, JSON or XML (SEKO contract 6). Raises ``ValueError`` with a plain reason."""
        return read_push(body, path=path, names=self._push_names)

    def _stock(self, codes: str) -> StockAnswer:
        reply, envelope = self._client.stock(STOCK, codes)
        if envelope.success:
            return replace(stock_answer(envelope.body), remote_now=reply.date)
        if NOTHING_FOUND.search(envelope.message):
            return StockAnswer((), complete=True, remote_now=reply.date)
        raise self._client.refused(STOCK, envelope, reply)


def _portions(product_codes: Sequence[str]) -> Iterator[str]:
    """The codes, encoded and separated by ``~``, in portions that fit SEKO's query; each code once."""
    portion = ""
    for code in dict.fromkeys(product_codes):
        encoded = quote(code, safe="")
        if portion and len(portion) + len(encoded) + 1 > LONGEST_CODES:
            yield portion
            portion = ""
        portion = f"{portion}~{encoded}" if portion else encoded
    if portion:
        yield portion
