"""Two hours of a shop between both simulated partners: what John Lewis shows, SEKO can send."""

import json
from collections import Counter
from datetime import timedelta

import httpx
import pytest
from django.utils import timezone

from jlseko import clock
from sync import inbound, lanes, partners_of
from sync.flows import polling, stock
from sync.flows.context import Context
from sync.loop import work
from sync.models import Budget, FlowState, Item, Listing, OrderLine, StockFile, StockFileLine
from sync.partners.mirakl.adapter import MiraklMarketplace
from sync.partners.seko.adapter import SekoWarehouse
from sync.partners_of import Partners
from sync.states import Lane
from tests.factories.engine import ConnectionFactory
from tests.sandbox.marketplace.rig import KEY, Market
from tests.sandbox.warehouse.rig import Rig

STEP = 5
ROUNDS = 24


class _Through(httpx.BaseTransport):
    """Hands a request to a simulated partner in this process."""

    def __init__(self, client) -> None:
        self.client = client

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        answer = self.client.request(
            request.method, f"http://partner.test{request.url.raw_path.decode()}", content=request.content,
            headers={name: value for name, value in request.headers.items() if name.lower() != "host"},
        )  # fmt: skip
        headers = [(n, v) for n, v in answer.headers.multi_items() if n.lower() != "content-encoding"]
        return httpx.Response(answer.status_code, headers=headers, content=answer.content, request=request)


class Two:
    """The engine between the two."""

    def __init__(self, folder) -> None:
        self.market = Market(folder, orders_per_day=500, max_orders=10_000)
        self.depot = Rig(folder, push_url="http://127.0.0.1:9/push/shop/secret")
        self.connection = ConnectionFactory()
        self.ports = Partners(
            MiraklMarketplace(
                "https://partner.test", KEY, allowed_hosts=["partner.test"], inner=_Through(self.market.client)
            ),
            SekoWarehouse(
                "https://partner.test/api/", KEY, status_url="https://partner.test/api/",
                allowed_hosts=["partner.test"], inner=_Through(self.depot.client),
            ),
        )  # fmt: skip
        self.delivered = 0

    def context(self) -> Context:
        return Context(self.connection, self.connection.policy, self.ports.marketplace, self.ports.warehouse)

    def flow(self, slug: str, run) -> None:
        state, _ = FlowState.objects.get_or_create(
            connection=self.connection, flow=slug, defaults={"due_at": timezone.now()}
        )
        Budget.objects.all().delete()
        run(self.context(), state)
        FlowState.objects.filter(pk=state.pk).update(watermark=state.watermark, last_good_at=clock.business_now())

    def drain(self, rounds: int) -> None:
        """Everything once, as if its time had come; then only what is under way."""
        for number in range(rounds):
            statuses = ["ready", "unknown"] if number else ["ready", "unknown", "waiting"]
            Item.objects.filter(status__in=statuses).update(due_at=timezone.now())
            Budget.objects.all().delete()
            for lane in Lane:
                for item in lanes.claim(lane, limit=200):
                    work._work_on(item.connection, [item], threads=1)

    def wait(self, minutes: int) -> None:
        self.market.wait(minutes=minutes)
        self.depot.wait(minutes=minutes)
        for path, body in self.depot.received[self.delivered :]:
            inbound.keep(self.connection, json.dumps(body).encode(), path=path, content_type="application/json")
        self.delivered = len(self.depot.received)

    def promised(self) -> Counter:
        """What orders hold that SEKO has not been given."""
        held: Counter = Counter()
        lines = OrderLine.objects.filter(order__injected_at=None).exclude(order__marketplace_state__in=["CANCELED"])
        for sku, quantity in lines.exclude(order__item__status="cancelled").values_list("sku", "quantity"):
            held[sku] += quantity
        return held

    def oversold(self) -> dict[str, tuple[int, int]]:
        """Offers that show more than SEKO has free for them: shown, free."""
        found, promised = {}, self.promised()
        for sku in self.market.world.offers.listed():
            code = self.depot.world.stock.find(sku)
            free = max(0, self.depot.world.stock.free(code) - promised[sku]) if code else 0
            shown = self.market.world.offers.left(sku) or 0
            if shown > free:
                found[sku] = (shown, free)
        return found


@pytest.fixture
def two(transactional_db, tmp_path, settings, monkeypatch):
    made = Two(tmp_path)
    settings.CLOCK_FILE = str(tmp_path / "clock.json")
    clock.forget()
    monkeypatch.setattr(clock, "factor", lambda: 1.0)  # a delay in a standing clock has no length
    monkeypatch.setattr(partners_of, "_build", lambda _: made.ports)
    monkeypatch.setattr("sync.doorbell.ring", lambda lane: True)
    partners_of._open.clear()
    yield made
    partners_of._open.clear()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_two_hours_of_sales_and_every_offer_shows_what_seko_can_send(two) -> None:
    two.flow("read-offers", stock.read_offers)
    for number in range(ROUNDS):
        if number % (30 // STEP) == 0:
            two.flow("read-stock", stock.read_stock)
        if number % (15 // STEP) == 0:
            two.flow("poll-orders", polling.poll_orders)
        two.drain(3)
        two.flow("publish-stock", stock.publish_stock)
        two.drain(1)
        two.wait(STEP)
        two.drain(3)
    assert StockFile.objects.filter(accepted__gt=0).count() > 4
    assert StockFileLine.objects.filter(outcome="refused").count() == 0
    two.flow("read-stock", stock.read_stock)
    two.flow("poll-orders", polling.poll_orders)
    two.drain(6)
    two.wait(6)
    two.flow("read-stock", stock.read_stock)
    two.flow("poll-orders", polling.poll_orders)
    two.drain(3)
    two.flow("publish-stock", stock.publish_stock)
    two.drain(1)
    two.wait(1)
    two.wait(1)
    two.drain(3)
    assert two.oversold() == {}
    listings = Listing.objects.filter(active=True)
    assert listings.count() == len(two.market.world.offers)
    lines = StockFileLine.objects.select_related("listing").filter(outcome__in=["accepted", "verified"])
    assert all(line.quantity <= max(0, line.sellable - line.in_flight) for line in lines)
    assert timedelta(0) < clock.business_now() - StockFile.objects.earliest("id").created_at
