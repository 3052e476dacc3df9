"""John Lewis Marketplace as the engine's marketplace: the subjects of the seller API, put together."""

from collections.abc import Iterable

import httpx

from sync.partners.mirakl import messages, order_changes, returns, shipments, stock
from sync.partners.mirakl.account import MiraklAccount
from sync.partners.mirakl.client import MiraklClient
from sync.partners.mirakl.documents import MiraklDocuments
from sync.partners.mirakl.messages import MiraklMessages
from sync.partners.mirakl.money import MiraklMoney
from sync.partners.mirakl.offers import Offers
from sync.partners.mirakl.order_changes import OrderChanges
from sync.partners.mirakl.orders import Orders
from sync.partners.mirakl.reference import Reference
from sync.partners.mirakl.returns import MiraklReturns
from sync.partners.mirakl.shipments import Shipments
from sync.partners.mirakl.stock import Stock
from sync.partners.mirakl.verdicts import concluded
from sync.partners.transport import Limits
from sync.ports import Account, Documents, Messages, Money, Returns
from sync.shapes import Answer, Prepared

_JUDGES = {**order_changes.JUDGES, **shipments.JUDGES, **stock.JUDGES, **returns.JUDGES, **messages.JUDGES}


class MiraklMarketplace(Reference, Orders, OrderChanges, Shipments, Stock, Offers):
    """Implements :class:`sync.ports.Marketplace` for the Mirakl seller API.

    Args:
        url: the instance, without ``/api``.
        key: the shop's API key.
        shop_id: only where the key's user can see several shops.
        allowed_hosts, allow_loopback, limits, inner: see :class:`sync.partners.transport.Transport`.

    Raises:
        ValueError: the address is not allowed or the key cannot be sent.
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
        self._client = MiraklClient(
            url,
            key,
            shop_id=shop_id,
            allowed_hosts=allowed_hosts,
            allow_loopback=allow_loopback,
            limits=limits,
            inner=inner,
        )
        self.returns: Returns = MiraklReturns(self._client)
        self.messages: Messages = MiraklMessages(self._client)
        self.documents: Documents = MiraklDocuments(self._client)
        self.money: Money = MiraklMoney(self._client)
        self.account: Account = MiraklAccount(self._client)

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def send(self, prepared: Prepared) -> Answer:
        """Send a prepared write once.

        A call that reports its errors inside the answer is applied only when the answer says so; of any other call
        every 2xx is, unless a web page came instead of the marketplace.
        """
        reply = self._client.write(prepared)
        if reply.is_markup:
            raise reply.unclear(f"The answer was a web page instead of data (HTTP {reply.status}).")
        judge = _JUDGES.get(prepared.operation)
        if judge is None:
            return Answer(exchange=reply.exchange)
        return concluded(prepared, reply, judge(prepared, reply), self._client.redact)
