"""Mirakl's adapter against the simulated marketplace, which runs as a server of its own on the loopback address."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sync.partners import registry
from sync.ports import Marketplace
from sync.sandbox.ground import open_ground
from sync.sandbox.marketplace.app import assemble
from sync.sandbox.marketplace.settings import MarketSettings
from sync.sandbox.marketplace.world import MarketWorld
from sync.shapes import Prepared
from tests.contract.places import Exchange
from tests.partners import openapi
from tests.sandbox.marketplace.rig import KEY, Market
from tests.system.ports import free_port
from tests.system.serving import Serving, until

CLIENT = "jlseko"
# The simulated marketplace sends a field that nobody described, to prove tolerance.
EXTRA = ("delivery_promise_score",)


class Witness:
    """Sees every request and every answer of the product, outside of everything that may spoil them."""

    def __init__(self, app: ASGIApp, struck: Callable[[], int]) -> None:
        self._app = app
        self._struck = struck
        self.arrived: list[tuple[str, str, str]] = []
        self.seen: list[Exchange] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope.get("headers", ())}
        if scope["type"] != "http" or headers.get("user-agent") != CLIENT:
            await self._app(scope, receive, send)
            return
        self.arrived.append((scope["method"], scope["path"], scope["query_string"].decode("latin-1")))
        before, heard, said = self._struck(), _Heard(receive), _Said(send)
        try:
            await self._app(scope, heard, said)
        finally:
            self.seen.append(
                Exchange(
                    method=scope["method"],
                    path=scope["path"],
                    query=scope["query_string"].decode("latin-1"),
                    request_type=headers.get("content-type", ""),
                    request_body=heard.body,
                    status=said.status,
                    answer_type=said.kind,
                    answer_body=said.body,
                    spoilt=self._struck() > before,
                )
            )


class _Heard:
    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.body = b""

    async def __call__(self) -> Message:
        message = await self._receive()
        self.body += message.get("body", b"")
        return message


class _Said:
    """Stands for the server's own ``send``, also where the sandbox looks for its connection to cut it."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.__self__ = send.__self__  # type: ignore[attr-defined]
        self.status: int | None = None
        self.kind = ""
        self.body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.kind = dict(message.get("headers", ())).get(b"content-type", b"").decode("latin-1")
        self.body += message.get("body", b"")
        await self._send(message)


class Served(Market):
    """The rig of the sandbox, with the marketplace behind a port instead of in this thread."""

    def start(self) -> None:
        """Open the world and serve it; ends when the server is up."""
        told = {"data": self.folder, "key": KEY, "clock_file": self.folder / "clock.json", "timeout_seconds": 0.01}
        settings = MarketSettings(**(told | self.changes))
        world = MarketWorld(open_ground(settings, name="marketplace"), settings=settings)
        world.tick = self._counting(world.tick)  # type: ignore[method-assign]
        self.world, port = world, free_port()
        self.witness = Witness(assemble(world), lambda: sum(rule["fired"] for rule in world.ground.faults.state()))
        self._server = Serving(self.witness, port=port)
        self.url = f"http://127.0.0.1:{port}"
        self.client = httpx.Client(
            base_url=self.url, headers={"Authorization": KEY}, timeout=10, trust_env=False, verify=False
        )

    def wait(self, *, step: timedelta = timedelta(0), **span: float) -> None:
        """Let sandbox time pass in four parts: what was due in one begins what is due in the next."""
        del step
        for _ in range(4):
            self.time += timedelta(**span) / 4
            self._set_clock()
            ticked = self._ticks
            until(lambda ticked=ticked: self._ticks > ticked + 1, what="the marketplace moves on")

    def stop(self) -> None:
        """End the server."""
        self.client.close()
        self._server.stop()

    def _counting(self, tick: Callable[[], None]) -> Callable[[], None]:
        self._ticks = 0

        def counted() -> None:
            tick()
            self._ticks += 1

        return counted


class MiraklPlace:
    """Implements :class:`tests.contract.places.Place`."""

    shop_id = "2001"
    no_stock_reason, refund_reason, solved_reason = "CANCEL_NO_STOCK", "REFUND_DAMAGED", "INCIDENT_SOLVED"
    carrier, carriers = "DPD_UK", ("DPD_UK", "RM24", "EVRI")

    def __init__(self, folder: Path, **changes: Any) -> None:
        self._rig = Served(
            folder, **({"throttle": False, "multi_shipment": True, "returns": True, "tick_seconds": 0.005} | changes)
        )
        self._ports: list[Marketplace] = []

    def connect(self, *, key: str = "") -> Marketplace:
        """An adapter on this marketplace."""
        return self._adapter(self._rig.url, key or KEY)

    def nowhere(self) -> Marketplace:
        """An adapter on an address where nobody listens."""
        return self._adapter(f"http://127.0.0.1:{free_port()}", KEY)

    def order(self, *quantities: int, ready: bool = True) -> str:
        """A new order; each line is of another product that the shop offers."""
        skus = list(self._rig.world.products)
        order_id = self._rig.make(
            lines=[{"sku": skus[place], "quantity": quantity} for place, quantity in enumerate(quantities)]
        )
        if ready:
            assert self._rig.accept(order_id).status_code == 204
            self._rig.wait(hours=1)
            self.until(lambda: self._rig.state(order_id) == "SHIPPING", what="the order is paid")
        return order_id

    def incident(self, order_id: str) -> None:
        """The customer complains about the first line."""
        self._tell("incident", order_id=order_id)

    def send_back(self, order_id: str) -> None:
        """The customer wants to return a piece of the first line."""
        self._tell("return", order_id=order_id)

    def write_to_shop(self, order_id: str, body: str) -> None:
        """The customer writes about an order."""
        self._tell("message", order_id=order_id, body=body)

    def wait(self, **span: float) -> None:
        """Let the marketplace's time pass."""
        self._rig.wait(**span)

    def until(self, true: Callable[[], bool], *, what: str) -> None:
        """Wait for something that the marketplace does by itself."""
        until(true, what=what)

    def spoil(self, operation: str, kind: str, **told: Any) -> None:
        """Arm a fault for the next call of an operation."""
        self._rig.fault(operation, kind, **told)

    def requests(self, prepared: Prepared | None = None) -> int:
        """How often a write of the product arrived, or how often anything of it did."""
        arrived = self._rig.witness.arrived
        if prepared is None:
            return len(arrived)
        path, _, query = prepared.path.partition("?")
        return arrived.count((prepared.method, path, query))

    def effects(self, prepared: Prepared) -> int:
        """How often a write changed something, by the marketplace's own ledger."""
        return sum(
            line["applied"] and (line["operation"], line["path"]) == (prepared.operation, prepared.path)
            for line in self._rig.ledger()
        )

    def faults(self) -> list[str]:
        """Where an exchange departs from the vendor's description."""
        contract = _contract()
        return [fault for each in self._whole() for fault in _faults(contract, each)] if contract else []

    def checked(self) -> int:
        """How many exchanges were compared."""
        return len(self._whole()) if _contract() else 0

    def close(self) -> None:
        """End the adapters and the server."""
        for port in self._ports:
            port.close()
        self._rig.stop()

    def _tell(self, deed: str, **told: Any) -> None:
        answer = self._rig.client.post(f"/_sandbox/{deed}", json=told)
        assert answer.status_code == 201, answer.text

    def _whole(self) -> list[Exchange]:
        return [each for each in self._rig.witness.seen if not each.spoilt]

    def _adapter(self, url: str, key: str) -> Marketplace:
        made = registry.marketplace("mirakl", url, key, allowed_hosts=[], allow_loopback=True, shop_id=self.shop_id)
        self._ports.append(made)
        return made


def _contract() -> openapi.Contract | None:
    return openapi.contract() if openapi.FILE.exists() else None


def _faults(contract: openapi.Contract, told: Exchange) -> list[str]:
    if told.status is None:
        return [f"{told.method} {told.path} was never answered"]
    answered = contract.response_faults(
        told.method, told.path, told.status, told.answer_type, told.answer_body, extra=EXTRA
    )
    if told.status >= 400:
        return answered
    asked = contract.request_faults(told.method, told.path, told.query, told.request_type, told.request_body)
    return asked + answered
